"""Why customers pay late: amounts by reason. Source: spec CRD-07."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.kernel.ratio import MONEY, count_where
from tierwise.metrics.credit import BILLS, invoices, items

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.metrics.scene import Scene

UNKNOWN = "unknown"
"""The reason of a delay for which nobody gave one."""


def late_reasons(stages: Stages, scene: Scene, months: int) -> Table:
    """``tw_late_reasons``: what was paid late or is overdue, by graded unit and reason.

    **Shape** customer_id, reason, excused, amount (base currency), parts (payments and open remainders).
    The excused amounts add up to ``late_excused``, the others to ``late_not_excused``.
    """
    stages.keep(BILLS, invoices(scene))
    every = items(scene, months, told=True)
    late = every.filter(every.late > 0)
    late = late.select("amount", "excused", customer_id="unit", reason=late.why.coalesce(UNKNOWN))
    sums = late.group_by(["customer_id", "reason", "excused"]).agg(
        amount=late.amount.sum().cast(MONEY), parts=count_where(late.amount.notnull()).cast("int64")
    )
    kept = stages.keep("tw_late_reasons", sums)
    stages.drop(BILLS)
    return kept
