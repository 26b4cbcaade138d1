"""G07: the credit score in levels. Source: spec 6.7, 5.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.grading.base import Context, Graded, by_thresholds, with_missing
from tierwise.metrics.catalogue import use_of

if TYPE_CHECKING:
    from tierwise.policy.model import CreditRating


def grade_credit_rating(method: CreditRating, context: Context) -> Graded:
    """Levels of the credit score; without a score there is no rating, never a good one."""
    use = use_of(method.score, context.policy.window_months)
    cuts = dict(method.levels)
    last = context.policy.scale_of(method)[-1].code
    rated, count = by_thresholds(use.column, cuts, last, "credit", context)
    facts = {"value": use.column, "n": count, "cuts": [{"grade": c, "from": str(v)} for c, v in cuts.items()]}
    return Graded(with_missing(context, rated, count, "credit.no-rating"), facts)
