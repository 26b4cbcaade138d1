"""G12: the profit set, the characteristics that facts show, the evaluation by people. Source: spec 6.11; E03, E23."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context, Fact, Graded, constant, distances, threshold_grade
from tierwise.grading.ratings import lacking, rated_members, rating_columns
from tierwise.kernel.ratio import RATIO, count_where, whole
from tierwise.metrics.catalogue import use_of
from tierwise.metrics.scene import book_table, visible
from tierwise.policy.judged import CHARACTERISTICS, MET, NOT_MET

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.judged import KeyAccount


def grade_key_account(method: KeyAccount, context: Context) -> Graded:
    """Every member with its place in the profit set, its characteristics and the reading of its evaluation."""
    named = [
        name for name in (method.profit, method.sales_share, method.expected, method.work) if name is not None
    ]
    read = tuple(use_of(name, context.policy.window_months).column for name in named)
    items = tuple(CHARACTERISTICS) if _anything_corrected(method, context) else ()
    rated = rated_members(
        method.id, method.ratings, method.template, context, more=items, carried=read, told=bool(items)
    )
    t, facts = _profit_set(method, context, rated)
    t = context.stages.keep(f"tw_{method.id}_set", t)
    last = context.policy.scale_of(method)[-1].code
    cuts = dict(method.thresholds)
    known = t.score.notnull()
    grade = ibis.ifelse(known, threshold_grade(t.score, cuts, last), ibis.null("string"))
    gap, cushion, near = distances(t.score, grade, cuts, last, context.policy.near_cut_pct)
    invalid, _ = lacking(method.ratings, t)
    rank = ibis.rank().over(ibis.window(order_by=[t.score.desc(nulls_first=False)])) + 1
    reason = ibis.cases(
        (invalid, "key.invalid"),
        (~known, "key.missing"),
        (grade == last, "key.below-all"),
        else_="key.at-or-above",
    )
    table = t.select(
        "unit",
        status=ibis.cases((invalid, "invalid"), (known, "graded"), else_="incomplete"),
        score=t.score,
        rank=ibis.ifelse(known, rank.cast("int64"), ibis.null("int64")),
        grade=grade,
        gap=gap,
        cushion=cushion,
        near=ibis.ifelse(known, near, ibis.null("string")),
        reason=reason,
        member=t.member,
        profit_before=t.profit_before,
        **_corrected(items, _characteristics(method, context, t), t),
        **rating_columns(method.ratings, t),
    )
    inside = one(context.stages.engine, t.agg(n=count_where(t.member)))["n"]
    cut_facts = [{"grade": code, "from": str(limit)} for code, limit in cuts.items()]
    facts |= {"n": context.population, "size": inside, "cuts": cut_facts}
    return Graded(table, facts, _warnings(method, facts))


def _profit_set(method: KeyAccount, context: Context, t: Table) -> tuple[Table, Fact]:
    """Taken, best first, until strictly more than the share is reached; who ties with the last belongs to it."""
    use = use_of(method.profit, context.policy.window_months)
    zero = ibis.literal("0").cast(RATIO)
    profit = t[use.column].cast(RATIO).coalesce(zero)
    t = t.mutate(positive=ibis.ifelse(profit > zero, profit, zero))
    sums = one(
        context.stages.engine,
        t.agg(total=t[use.column].sum().cast(RATIO), positive=t.positive.sum().cast(RATIO)),
    )
    total, positive = sums["total"] or Decimal(0), sums["positive"] or Decimal(0)
    base = total if total > 0 else positive
    running = t.positive.sum().over(ibis.window(order_by=[t.positive.desc()], range=(None, 0)))
    ties = t.positive.sum().over(ibis.window(group_by=[t.positive]))
    t = t.mutate(profit_before=(running - ties).cast(RATIO))
    limit = base * method.more_than_pct / 100
    member = (t.positive > zero) & (t.profit_before <= constant(limit))
    facts = {
        "profit": use.column,
        "total": f"{total:f}",
        "base": f"{base:f}",
        "more_than_pct": str(method.more_than_pct),
    }
    return t.mutate(member=member), facts


def _characteristics(method: KeyAccount, context: Context, t: Table) -> dict[str, Any]:
    """The items of the checklist that facts show; null where nothing measures them. Source: spec 6.11, KC-02 to KC-09."""
    months = context.policy.window_months
    large = (
        t[use_of(method.sales_share, months).column].cast(RATIO) >= constant(method.sales_share_from)
    ).coalesce(False)
    busy: Any = ibis.null("boolean")
    if method.work is not None:
        worked, total = _summed(method.work, context, t)
        if total > 0:
            busy = (worked * whole(context.population) >= constant(method.work_times * total)).coalesce(False)
    later = large
    if method.expected is not None:
        expected, total = _summed(method.expected, context, t)
        if total > 0:
            later = large | (expected * whole(100) >= constant(method.sales_share_from * total)).coalesce(
                False
            )
    return {"kc_02": large | t.member, "kc_05": busy, "kc_08": later, "kc_09": busy}


def _anything_corrected(method: KeyAccount, context: Context) -> bool:
    """Whether the day sees any correction: without one there are no columns for it."""
    seen = visible(book_table("assessments"), context.scene.as_of, "as_of")
    mine = seen.filter((seen.template == method.template) & seen.criterion.isin(tuple(CHARACTERISTICS)))
    return bool(one(context.stages.engine, mine.agg(n=mine.count()))["n"])


def _corrected(items: tuple[str, ...], found: dict[str, Any], t: Table) -> dict[str, Any]:
    """The characteristics as corrected; beside each what facts show, and who corrected it, when and why."""
    columns = dict(found)
    for item in items:
        level, status = t[f"a_{item}_level"], t[f"s_{item}"]
        speaks = status.isin(("ok", "invalid")) & level.isin((MET, NOT_MET)).coalesce(False)
        columns[item] = ibis.ifelse(speaks, level == MET, found[item])
        columns[f"{item}_found"] = found[item]
        for part, kind in (("by", "string"), ("on", "date"), ("why", "string")):
            columns[f"{item}_{part}"] = ibis.ifelse(speaks, t[f"a_{item}_{part}"], ibis.null(kind))
    return columns


def _summed(metric: str, context: Context, t: Table) -> tuple[Any, Decimal]:
    """A metric of every member, and its sum."""
    value = t[use_of(metric, context.policy.window_months).column].cast(RATIO)
    return value, one(context.stages.engine, t.agg(n=value.sum().cast(RATIO)))["n"] or Decimal(0)


def _warnings(method: KeyAccount, facts: Fact) -> tuple[Fact, ...]:
    found: list[Fact] = []
    if facts["n"] and Decimal(facts["total"]) <= 0:
        found.append({"code": "key.total-not-positive"})
    if facts["size"] * 100 > method.small_share_pct * facts["n"]:
        found.append({"code": "key.set-large", "size": facts["size"], "n": facts["n"],
                      "limit": str(method.small_share_pct)})  # fmt: skip
    return tuple(found)
