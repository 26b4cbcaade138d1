"""G01 and G06: classes by rank of a value. Source: spec 6.1, 6.6; examples E01, E02, E35."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context, Graded, by_grade, near_cut, with_missing
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
    """Ranks the members that have the value and cuts at the declared shares of all members."""
    use = use_of(method.value, context.policy.window_months)
    t = _places(method, context, use.column)
    kept = context.stages.keep(f"tw_{method.id}_places", t)
    count = one(context.stages.engine, kept.agg(n=kept.count()))["n"]
    codes = [grade.code for grade in context.policy.scale_of(method)]
    counts = {
        code: cut_count(context.population, method.shares_pct[code], method.rounding) for code in codes[:-1]
    }
    wanted = {p for n in counts.values() for p in (n, n + 1) if 0 < p <= count}
    at = _values_at(context, kept, sorted(wanted))
    cuts = {code: _positive(at.get(n)) for code, n in counts.items()}
    table = _grade(method, context, kept, codes, counts, cuts, at)
    facts = {
        "value": use.column,
        "n": context.population,
        "with_value": count,
        "cuts": [
            {"grade": c, "share_pct": str(method.shares_pct[c]), "count": counts[c], "value": _text(cuts[c])}
            for c in counts
        ],
        "tie_rule": method.tie_rule,
        "rounding": method.rounding,
    }
    return Graded(with_missing(context, table, count), facts)


def _places(method: AbcRank, context: Context, column: str) -> Table:
    """Unit, score and best rank of every member with a value; worst rank and position if the tie rule asks."""
    m = context.members
    valued = m.filter(m[column].notnull())
    best = ibis.rank().over(ibis.window(order_by=[valued[column].desc()])) + 1
    extra = {}
    if method.tie_rule == "exclude":
        smaller = ibis.rank().over(ibis.window(order_by=[valued[column].asc()]))
        everyone = valued.unit.count().over(ibis.window())
        extra["worst"] = (everyone - smaller).cast("int64")
    if method.tie_rule == "break":
        extra["position"] = _position(method, context, valued, column)
    return valued.select("unit", score=valued[column].cast(RATIO), rank=best.cast("int64"), **extra)


def _position(method: AbcRank, context: Context, valued: Table, column: str) -> Any:
    """Place by value, then by the tie-breakers, then by customer."""
    order: list[Any] = [valued[column].desc()]
    for step in method.tie_break:
        tie = valued[use_of(step.metric, context.policy.window_months).column]
        order.append(tie.desc(nulls_first=False) if step.order == "more" else tie.asc(nulls_first=False))
    position = ibis.row_number().over(ibis.window(order_by=[*order, valued.unit.asc()])) + 1
    return position.cast("int64")


def _values_at(context: Context, kept: Table, positions: list[int]) -> dict[int, Decimal]:
    """The value at each position: the smallest of those that rank there or better, so ties need no order."""
    if not positions:
        return {}
    smallest = {f"at_{p}": kept.score.min(where=kept["rank"] <= p) for p in positions}
    row = one(context.stages.engine, kept.agg(**smallest))
    return {p: row[f"at_{p}"] for p in positions}


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
    place = t[{"include": "rank", "exclude": "worst", "break": "position"}[method.tie_rule]]
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
