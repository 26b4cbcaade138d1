"""G07: the credit score in levels. Source: spec 6.7, 5.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tierwise.engine.base import one
from tierwise.grading.base import (
    Context,
    Graded,
    all_graded,
    distances,
    missing_status,
    ranked,
    threshold_grade,
)
from tierwise.kernel.ratio import RATIO
from tierwise.metrics.catalogue import use_of

if TYPE_CHECKING:
    from tierwise.policy.model import CreditRating


def grade_credit_rating(method: CreditRating, context: Context) -> Graded:
    """Levels of the credit score; without a score there is no rating, never a good one."""
    use = use_of(method.score, context.policy.window_months)
    m = context.members
    valued = m.filter(m[use.column].notnull()).select("unit", score=m[use.column].cast(RATIO))
    last = context.policy.scale_of(method)[-1].code
    cuts = dict(method.levels)
    grade = threshold_grade(valued.score, cuts, last)
    gap, cushion, near = distances(valued.score, grade, cuts, last, context.policy.near_cut_pct)
    reason = ibis.ifelse(grade == last, "credit.below-all", "credit.at-or-above")
    rated = valued.mutate(
        rank=ranked(valued), grade=grade, gap=gap, cushion=cushion, near=near, reason=reason
    )
    count = one(context.stages.engine, valued.agg(n=valued.count()))["n"]
    facts = {"value": use.column, "n": count, "cuts": [{"grade": c, "from": str(v)} for c, v in cuts.items()]}
    if count == context.population:
        return Graded(all_graded(rated), facts)
    base = m.select("unit", "bought")
    joined = base.left_join(rated, "unit")
    missing = joined.grade.isnull()
    why = missing_status(joined.bought)
    table = joined.select(
        joined.unit,
        **{c: joined[c] for c in rated.columns if c not in ("unit", "reason")},
        status=ibis.ifelse(missing, why, "graded"),
        reason=ibis.cases(
            (~missing, joined.reason), (why == "no_history", "history.none"), else_="credit.no-rating"
        ),
    )
    return Graded(table, facts)
