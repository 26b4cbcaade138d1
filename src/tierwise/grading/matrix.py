"""G10: attractiveness x relationship, a proposed account class. Source: spec 6.10; example E17."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context, Graded, constant
from tierwise.grading.ratings import lacking, rated_members, rating_columns
from tierwise.kernel.ratio import RATIO
from tierwise.policy.judged import (
    KEY,
    ORDINARY,
    PROSPECT,
    RELATIONSHIP_STATES,
    THREATENED,
    UNATTRACTIVE,
    WEAK,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.judged import Attractiveness


def grade_attractiveness(method: Attractiveness, context: Context) -> Graded:
    """The class of every member; without a rating (or, where it decides, the relationship) the class stays open."""
    asked = (method.relationship,)
    t = rated_members(method.id, method.ratings, method.template, context, more=asked, carried=("bought",))
    state = _state(method, t)
    t = context.stages.keep(f"tw_{method.id}_state", t.mutate(relationship=state, level=level_of(method, t)))
    status = _status(method, t)
    t = context.stages.keep(f"tw_{method.id}_judged", t.mutate(status=status))
    graded = t.status == "graded"
    rank = ibis.rank().over(ibis.window(order_by=[t.score.desc(nulls_first=False)])) + 1
    table = t.select(
        "unit",
        "status",
        "score",
        rank=ibis.ifelse(t.score.isnull(), ibis.null("int64"), rank.cast("int64")),
        grade=ibis.ifelse(graded, _class(t), ibis.null("string")),
        gap=ibis.null(RATIO),
        cushion=ibis.null(RATIO),
        near=ibis.ifelse(graded, "none", ibis.null("string")),
        reason=_reason(t),
        level=t["level"],
        relationship=t.relationship,
        purchased=t.bought,
        **rating_columns(method.ratings, t),
        **_flags(method, t),
    )
    n = one(context.stages.engine, t.agg(n=t.count()))["n"]
    facts = {"n": n, "high_from": str(method.high_from), "medium_from": str(method.medium_from)}
    return Graded(table, facts)


def _state(method: Attractiveness, t: Table) -> Any:
    """The state of the relationship; one that is expired or unknown says nothing."""
    level, status = t[f"a_{method.relationship}_level"], t[f"s_{method.relationship}"]
    speaks = status.isin(("ok", "invalid")) & level.isin(RELATIONSHIP_STATES).coalesce(False)
    return ibis.ifelse(speaks, level, ibis.null("string"))


def level_of(method: Attractiveness, t: Table) -> Any:
    """High, medium or low by the weighted mean ``score``; null where a rating is missing."""
    return ibis.cases(
        (t.score.isnull(), ibis.null("string")),
        (t.score >= constant(method.high_from), "high"),
        (t.score >= constant(method.medium_from), "medium"),
        else_="low",
    )


def _status(method: Attractiveness, t: Table) -> Any:
    invalid, absent = lacking(method.ratings, t)
    undecided = (t["level"] == "high").coalesce(False) & t.bought & t.relationship.isnull()
    return ibis.cases((invalid, "invalid"), (absent | undecided, "incomplete"), else_="graded")


def _class(t: Table) -> Any:
    high, low = t["level"] == "high", t["level"] == "low"
    weak = t.relationship.isin(WEAK).coalesce(False)
    return ibis.cases(
        (~t.bought & low, UNATTRACTIVE), (~t.bought, PROSPECT), (high & ~weak, KEY), else_=ORDINARY
    )


def _reason(t: Table) -> Any:
    return ibis.cases(
        (t.status == "invalid", "matrix.invalid"),
        (t.status == "incomplete", "matrix.open"),
        else_="matrix.class",
    )


def _flags(method: Attractiveness, t: Table) -> dict[str, Any]:
    """What the matrix points out beside the class."""
    graded, weak = t.status == "graded", t.relationship.isin(WEAK).coalesce(False)
    wanted = (t[f"{method.pursue}_rating"] >= constant(method.pursue_from)).coalesce(False)
    return {
        "flag_at_risk": t.bought & t.relationship.isin(THREATENED).coalesce(False),
        "flag_key_candidate": graded & t.bought & weak & (t["level"] == "high").coalesce(False),
        "flag_worth_pursuing": graded & ~t.bought & wanted & (t["level"] == "low").coalesce(False),
    }
