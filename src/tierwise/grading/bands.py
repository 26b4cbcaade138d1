"""G08 and G06: grades by fixed bands of a value. Source: spec 6.8, 6.6."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tierwise.engine.base import one
from tierwise.grading.abc import with_missing
from tierwise.grading.base import Context, Graded, distances, ranked, threshold_grade
from tierwise.kernel.ratio import RATIO
from tierwise.metrics.catalogue import use_of

if TYPE_CHECKING:
    from tierwise.policy.model import ValueBands


def grade_value_bands(method: ValueBands, context: Context) -> Graded:
    """The best grade whose lower bound the value reaches; without a value there is none."""
    use = use_of(method.value, context.policy.window_months)
    m = context.members
    valued = m.filter(m[use.column].notnull()).select("unit", score=m[use.column].cast(RATIO))
    last = context.policy.scale_of(method)[-1].code
    cuts = dict(method.bands)
    grade = threshold_grade(valued.score, cuts, last)
    gap, cushion, near = distances(valued.score, grade, cuts, last, context.policy.near_cut_pct)
    reason = ibis.ifelse(grade == last, "bands.below-all", "bands.at-or-above")
    rated = valued.mutate(
        rank=ranked(valued), grade=grade, gap=gap, cushion=cushion, near=near, reason=reason
    )
    count = one(context.stages.engine, valued.agg(n=valued.count()))["n"]
    facts = {
        "value": use.column,
        "n": count,
        "cuts": [{"grade": c, "least": str(v)} for c, v in cuts.items()],
    }
    return Graded(with_missing(context, rated, count), facts)
