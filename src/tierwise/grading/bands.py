"""G08 and G06: grades by fixed bands of a value. Source: spec 6.8, 6.6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.grading.base import Context, Graded, by_thresholds, with_missing
from tierwise.metrics.catalogue import use_of

if TYPE_CHECKING:
    from tierwise.policy.model import ValueBands


def grade_value_bands(method: ValueBands, context: Context) -> Graded:
    """The best grade whose lower bound the value reaches; without a value there is none."""
    use = use_of(method.value, context.policy.window_months)
    cuts = dict(method.bands)
    last = context.policy.scale_of(method)[-1].code
    rated, count = by_thresholds(use.column, cuts, last, "bands", context)
    facts = {
        "value": use.column,
        "n": count,
        "cuts": [{"grade": c, "least": str(v)} for c, v in cuts.items()],
    }
    return Graded(with_missing(context, rated, count), facts)
