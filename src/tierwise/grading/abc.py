"""G01 and G06: classes by rank of a value. Source: spec 6.1, 6.6; examples E01, E02, E35."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context, Graded, by_grade, missing_status, near_cut
from tierwise.kernel.ratio import RATIO
from tierwise.metrics.catalogue import use_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import AbcRank


def cut_count(population: int, share_pct: Decimal, rounding: Literal["ceil", "nearest", "floor"]) -> int:
    """How many of a population a cumulative share takes, in exact arithmetic (nearest: halves up).

    **Source** spec 6.1(2), example E01_cutoff_counts.
    """
    exact = Fraction(population) * Fraction(share_pct) / 100
    if rounding == "ceil":
        return -((-exact.numerator) // exact.denominator)
    if rounding == "floor":
        return exact.numerator // exact.denominator
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def grade_abc_rank(method: AbcRank, context: Context) -> Graded:
    """Ranks the members that have the value and cuts at the declared shares."""
    use = use_of(method.value, context.policy.window_months)
    t = _places(method, context, use.column)
    kept = context.stages.keep(f"tw_{method.id}_places", t)
    count = one(context.stages.engine, kept.agg(n=kept.count()))["n"]
    codes = [grade.code for grade in context.policy.scale_of(method)]
    counts = {code: cut_count(count, method.shares_pct[code], method.rounding) for code in codes[:-1]}
    at = _values_at(context, kept, [*counts.values(), *(n + 1 for n in counts.values())])
    cuts = {code: _positive(at.get(n)) for code, n in counts.items()}
    table = _grade(method, context, kept, codes, counts, cuts, at)
    facts = {
        "value": use.column,
        "n": count,
        "cuts": [
            {"grade": c, "share_pct": str(method.shares_pct[c]), "count": counts[c], "value": _text(cuts[c])}
            for c in counts
        ],
        "tie_rule": method.tie_rule,
        "rounding": method.rounding,
    }
    return Graded(_with_missing(context, table), facts)


def _places(method: AbcRank, context: Context, column: str) -> Table:
    """Unit, score, best rank, worst rank and position of every member with a value."""
    m = context.members
    steps = method.tie_break if method.tie_rule == "break" else ()
    uses = [(use_of(step.metric, context.policy.window_months), step.order) for step in steps]
    valued = m.filter(m[column].notnull())
    best = ibis.rank().over(ibis.window(order_by=[valued[column].desc()])) + 1
    order: list[Any] = [valued[column].desc()]
    for use, better in uses:
        tie = valued[use.column]
        order.append(tie.desc(nulls_first=False) if better == "more" else tie.asc(nulls_first=False))
    position = ibis.row_number().over(ibis.window(order_by=[*order, valued.unit.asc()])) + 1
    smaller = ibis.rank().over(ibis.window(order_by=[valued[column].asc()]))
    everyone = valued.unit.count().over(ibis.window())
    return valued.select(
        "unit",
        score=valued[column].cast(RATIO),
        rank=best.cast("int64"),
        worst=(everyone - smaller).cast("int64"),
        position=position.cast("int64"),
    )


def _values_at(context: Context, kept: Table, positions: list[int]) -> dict[int, Decimal]:
    wanted = sorted({p for p in positions if p > 0})
    if not wanted:
        return {}
    rows = context.stages.engine.fetch(
        kept.filter(kept.position.isin(wanted)).select("position", "score")
    ).to_pylist()
    return {row["position"]: row["score"] for row in rows}


def _positive(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value > 0 else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _grade(
    method: AbcRank,
    context: Context,
    t: Table,
    codes: list[str],
    counts: dict[str, int],
    cuts: dict[str, Decimal | None],
    at: dict[int, Decimal],
) -> Table:
    last = codes[-1]
    place = {"include": t["rank"], "exclude": t.worst, "break": t.position}[method.tie_rule]
    positive = t.score > 0
    within = ibis.cases(*[(place <= n, code) for code, n in counts.items()], else_=last)
    grade = ibis.ifelse(positive, within, last)
    better = {code: cuts[codes[i - 1]] for i, code in enumerate(codes) if i > 0}
    below = {code: at.get(n + 1) for code, n in counts.items()}
    gap = (by_grade(grade, better) - t.score).cast(RATIO)
    cushion = (t.score - by_grade(grade, below)).cast(RATIO)
    pct = context.policy.near_cut_pct
    limits = {code: None if cut is None else pct * cut / 100 for code, cut in better.items()}
    reason = ibis.cases(
        (~positive, "abc.nonpositive"), (grade == last, "abc.below-cut"), else_="abc.within-cut"
    )
    extra = {"position": t.position} if method.tie_rule == "break" else {}
    return t.select(
        "unit",
        "score",
        rank=t["rank"],
        grade=grade,
        gap=gap,
        cushion=cushion,
        near=near_cut(gap, by_grade(grade, limits), cushion, t.score, pct),
        reason=reason,
        **extra,
    )


def _with_missing(context: Context, graded: Table) -> Table:
    """Every member: graded, or why its value is missing."""
    m = context.members
    base = m.select("unit", "bought")
    joined = base.left_join(graded, "unit")
    missing = joined.grade.isnull()
    why = missing_status(joined.bought)
    columns = {c: joined[c] for c in graded.columns if c not in ("unit", "reason")}
    return joined.select(
        joined.unit,
        **columns,
        status=ibis.ifelse(missing, why, "graded"),
        reason=ibis.ifelse(
            missing, ibis.ifelse(why == "no_history", "history.none", "value.missing"), joined.reason
        ),
    )
