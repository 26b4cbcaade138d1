"""Ratings from 1 to 5 that people gave, and their exact weighted mean. Source: spec 6.10, 6.11; examples E17, E23."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context
from tierwise.grading.criteria import PLAIN, with_assessments
from tierwise.kernel.ratio import INTEGER, RATIO, exact, quotient, units, whole
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.policy.judged import HIGHEST, LOWEST

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.judged import Rating


def rated_members(
    name: str,
    ratings: tuple[Rating, ...],
    template: str,
    context: Context,
    *,
    more: tuple[str, ...] = (),
    carried: tuple[str, ...] = (),
    told: bool = False,
) -> Table:
    """Every member with ``<code>_rating``, ``<code>_status``, ``<code>_proposed`` and the weighted mean ``score``.

    ``more``: further criteria of the template; their columns are ``a_<criterion>_…``, with ``told`` also by whom, when
    and why. ``carried``: columns of the members that the method reads later. ``score`` is null unless every rating is there.
    """
    asked = tuple(dict.fromkeys([c for rating in ratings for c in rating.asked] + list(more)))
    t = with_assessments(context.members, {c: c for c in asked}, template, context, evidence=told)
    for criterion in asked:
        t = t.mutate(**{f"s_{criterion}": _status(t, criterion)})
    columns: dict[str, Any] = {}
    for rating in ratings:
        columns |= _rating(rating, t)
    proposed = {f"{r.code}_proposed": _fifth(r.proposal, t, context) for r in ratings if r.proposal}
    parts = ("level", "by", "on", "why") if told else ("level",)
    kept = [c for criterion in more for c in (f"s_{criterion}", *(f"a_{criterion}_{part}" for part in parts))]
    wide = t.select(*dict.fromkeys(("unit", *carried)), *kept, **columns, **proposed)
    return context.stages.keep(f"tw_{name}_rated", wide.mutate(score=_mean(ratings, wide)))


def _status(t: Table, criterion: str) -> Any:
    given, fresh = t[f"a_{criterion}_score"].cast("decimal(38,4)"), t[f"a_{criterion}_fresh"].coalesce(False)
    wrong = (given < exact(str(LOWEST))) | (given > exact(str(HIGHEST)))
    return ibis.cases(
        (fresh & wrong.coalesce(False), "invalid"),
        (fresh, "ok"),
        (given.notnull(), "expired"),
        else_="missing",
    )


def _rating(rating: Rating, t: Table) -> dict[str, Any]:
    """The rating, its status, and its exact value in ten-thousandths times the number of its factors, ``_x``."""
    states = [t[f"s_{c}"] for c in rating.asked]
    status = ibis.cases(
        *[(ibis.or_(*(s == code for s in states)), code) for code in ("invalid", "missing", "expired")],
        else_="ok",
    )
    parts = [units(t[f"a_{c}_score"]) for c in rating.asked]
    total = sum(parts[1:], parts[0])
    n = len(parts)
    x = whole((LOWEST + HIGHEST) * n * PLAIN) - total if rating.inverse_of else total
    shown = (
        quotient(x, whole(n * PLAIN)) if rating.inverse_of else t[f"a_{rating.asked[0]}_score"].cast(RATIO)
    )
    known = status == "ok" if rating.inverse_of else status.isin(("ok", "invalid"))
    return {
        f"{rating.code}_rating": ibis.ifelse(known, shown, ibis.null(RATIO)),
        f"{rating.code}_status": status,
        f"{rating.code}_x": ibis.ifelse(status == "ok", x, ibis.null(INTEGER)),
    }


def _mean(ratings: tuple[Rating, ...], t: Table) -> Any:
    """Sum of weight x rating / 100, one exact division; null where a rating is missing."""
    common = math.lcm(*(len(rating.asked) for rating in ratings))
    total = whole(0)
    for rating in ratings:
        factor = int(rating.weight_pct * PLAIN) * (common // len(rating.asked))
        total = total + t[f"{rating.code}_x"] * whole(factor)
    return quotient(total.cast(INTEGER), whole(100 * PLAIN * PLAIN * common))


def _fifth(metric: str | None, t: Table, context: Context) -> Any:
    """5 - floor((rank - 1) x 5 / N) among the members that have the value. Source: spec 6.5, 6.10."""
    use = use_of(metric or "", context.policy.window_months)
    value = t[use.column]
    n = one(context.stages.engine, context.members.agg(n=context.members[use.column].count()))["n"]
    less = METRICS[use.name].less_is_better
    order = value.asc(nulls_first=False) if less else value.desc(nulls_first=False)
    before = ibis.rank().over(ibis.window(order_by=[order])) * 5
    score = ibis.cases(*[(before < n * k, 6 - k) for k in range(1, 5)], else_=1)
    return ibis.ifelse(value.isnull(), ibis.null("int64"), score.cast("int64"))


def lacking(ratings: tuple[Rating, ...], t: Table) -> tuple[Any, Any]:
    """Whether a rating is invalid, and whether one is missing or has expired."""
    states = [t[f"{rating.code}_status"] for rating in ratings]
    invalid = ibis.or_(*(state == "invalid" for state in states))
    absent = ibis.or_(*(state.isin(("missing", "expired")) for state in states))
    return invalid, absent


def rating_columns(ratings: tuple[Rating, ...], t: Table) -> dict[str, Any]:
    """The columns of the ratings that are stored with a result."""
    names = [f"{r.code}_{part}" for r in ratings for part in ("rating", "status", "proposed")]
    return {name: t[name] for name in names if name in t.columns}
