"""G03, G04, G11: weighted scorecards. Source: spec 6.3, 6.4, 6.12; examples E05, E07, E19, E35."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import Context, Graded, distances, ranked, threshold_grade
from tierwise.grading.criteria import Card, compile_criteria
from tierwise.kernel.ratio import INTEGER, RATIO, floor_divide, quotient, whole

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import Criterion, Scorecard


def grade_scorecard(method: Scorecard, context: Context) -> Graded:
    """Weighted total over the criteria that are present, and the grade of its threshold."""
    card = compile_criteria(method.id, method.criteria, method.template, context)
    status = _status(method, card.table)
    t = context.stages.keep(f"tw_{method.id}_status", card.table.mutate(status=status))
    totals = weighted_totals(method.id, method.criteria, card, t.filter(t.status == "graded"), context)
    last = context.policy.scale_of(method)[-1].code
    cuts = dict(method.thresholds)
    grade = threshold_grade(totals.score, cuts, last)
    gap, cushion, near = distances(totals.score, grade, cuts, last, context.policy.near_cut_pct)
    reason = ibis.ifelse(grade == last, "scorecard.below-all", "scorecard.at-or-above")
    graded = totals.mutate(
        rank=ranked(totals), grade=grade, gap=gap, cushion=cushion, near=near, reason=reason
    )
    table = _everyone(t, graded, method.criteria)
    n = one(context.stages.engine, totals.agg(n=totals.count()))["n"]
    facts = {
        "n": n,
        "template": method.template,
        "criteria": criteria_facts(method.criteria, card),
        "cuts": [{"grade": c, "from": str(v)} for c, v in cuts.items()],
        "missing_rule": method.missing_rule,
        "max_missing_weight_pct": str(method.max_missing_weight_pct),
    }
    return Graded(table, facts)


def criteria_facts(criteria: tuple[Criterion, ...], card: Card) -> list[dict[str, Any]]:
    """What explains the criteria: weight, top, source, and the size of the field of ranked ones."""
    ranks = {rank.criterion.code: rank for rank in card.ranks}
    among = {extent.criterion.code: extent for extent in card.extents}
    return [
        {
            "code": c.code,
            "weight": str(c.weight),
            "top": str(c.top),
            "kind": c.source.kind,
            **({"metric": ranks[c.code].use.column, "n": ranks[c.code].n} if c.code in ranks else {}),
            **(among[c.code].facts if c.code in among else {}),
        }
        for c in criteria
    ]


def _status(method: Scorecard, t: Table) -> Any:
    scale = _scale(method.criteria)
    invalid, required = ibis.literal(False), ibis.literal(False)
    missing = whole(0)
    for c in method.criteria:
        absent = t[f"{c.code}_x"].isnull()
        invalid = invalid | (t[f"{c.code}_status"] == "invalid")
        missing = missing + ibis.ifelse(absent, whole(int(c.weight * scale)), whole(0))
        if c.required or method.missing_rule == "incomplete":
            required = required | absent
    allowed = whole(int(method.max_missing_weight_pct * scale * 10_000))
    everything = whole(100 * scale)
    lacking = required | (missing * whole(10_000) > allowed) | (missing >= everything)
    from_facts = any(getattr(c.source, "metric", None) is not None for c in method.criteria)
    never = ~t.bought & (lacking | invalid) if from_facts else ibis.literal(False)
    return ibis.cases((never, "no_history"), (invalid, "invalid"), (lacking, "incomplete"), else_="graded")


def _scale(criteria: tuple[Criterion, ...]) -> int:
    """The smallest power of ten that makes every weight an integer."""
    places = max(0, *(-int(c.weight.normalize().as_tuple().exponent) for c in criteria))
    return int(10**places)


def weighted_totals(
    name: str, criteria: tuple[Criterion, ...], card: Card, t: Table, context: Context
) -> Table:
    """Unit and ``score``, the exact weighted total to nine places and a sticky tenth.

    total = sum(x_i x multiplier_i) / (common denominator x sum of present weights); a criterion with an
    own denominator y multiplies everything else by it. Decision 0004 has the bounds.
    """
    weights = _multipliers(criteria)
    own = next((c for c in criteria if c.source.kind == "metric_score"), None)
    common = card.denominator
    total, present = whole(0), whole(0)
    for c in criteria:
        multiplier, weight = weights[c.code]
        there = t[f"{c.code}_x"].notnull()
        present = present + ibis.ifelse(there, whole(weight), whole(0))
        if c is not own:
            total = total + ibis.ifelse(there, t[f"{c.code}_x"] * whole(multiplier), whole(0))
    numerator, denominator = total, present * whole(common)
    top = 1
    if own is not None:
        x, y = t[f"{own.code}_x"], t[f"{own.code}_y"]
        has = x.notnull()
        mine = x * whole(weights[own.code][0]) * whole(common)
        numerator = ibis.ifelse(has, total * y + mine, total)
        denominator = ibis.ifelse(has, denominator * y, denominator)
        top = int(one(context.stages.engine, t.agg(m=y.max()))["m"] or 1)
    size = 100 * sum(w for _, w in weights.values()) * common * top
    return _divide(name, t, numerator, denominator, size, context)


def _multipliers(criteria: tuple[Criterion, ...]) -> dict[str, tuple[int, int]]:
    """Per criterion: what its score is multiplied by, and its weight; reduced by their common divisor."""
    scale = _scale(criteria)
    pairs: dict[str, tuple[int, int]] = {}
    for c in criteria:
        weight = int(c.weight * scale)
        hundred_based = c.weight_pct is not None or c.source.kind in ("rank_score", "metric_score")
        pairs[c.code] = (weight if hundred_based else 100 * scale, weight)
    divisor = math.gcd(*(n for pair in pairs.values() for n in pair))
    return {code: (m // divisor, w // divisor) for code, (m, w) in pairs.items()}


def _divide(name: str, t: Table, numerator: Any, denominator: Any, size: int, context: Context) -> Table:
    """The quotient, by long division where the numbers are too wide for one step."""
    kept = context.stages.keep(
        f"tw_{name}_fraction", t.select("unit", num=numerator.cast(INTEGER), den=denominator.cast(INTEGER))
    )
    if size < 10**29:
        return context.stages.keep(
            f"tw_{name}_total", kept.select("unit", score=quotient(kept.num, kept.den))
        )
    digits, rest = floor_divide(kept.num, kept.den)
    step = context.stages.keep(f"tw_{name}_step0", kept.select("unit", "den", q=digits, r=rest))
    for i in range(1, 4):
        digits, rest = floor_divide(step.r * whole(1000), step.den)
        step = context.stages.keep(
            f"tw_{name}_step{i}",
            step.select("unit", "den", q=(step.q * whole(1000) + digits).cast(INTEGER), r=rest),
        )
    sticky = ibis.ifelse(step.r == whole(0), whole(0), whole(5))
    value = (step.q * whole(10) + sticky) * ibis.literal("0.0000000001").cast(RATIO)
    return context.stages.keep(f"tw_{name}_total", step.select("unit", score=value.cast(RATIO)))


def _everyone(t: Table, graded: Table, criteria: tuple[Criterion, ...]) -> Table:
    parts = ("score", "status", "assessor", "assessed_on")
    own = {n: t[n] for c in criteria for n in (f"{c.code}_{part}" for part in parts) if n in t.columns}
    base = t.select("unit", "status", **own)
    joined = base.left_join(graded, "unit")
    why = ibis.cases(
        (joined.status == "no_history", "history.none"),
        (joined.status == "invalid", "scorecard.invalid"),
        (joined.status == "incomplete", "scorecard.missing"),
        else_=joined.reason,
    )
    columns = {c: joined[c] for c in ("score", "rank", "grade", "gap", "cushion", "near")}
    return joined.select(joined.unit, joined.status, **columns, reason=why, **{c: joined[c] for c in own})
