"""What is planned with a customer for the next two years, and what that makes of its sales. Source: spec 6.11, KC-08.

Plans look ahead: a row counts from the day on which it was known, though its month has not begun. The row `national`
is the whole of an account; `all` speaks for its categories where it is stated.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tierwise.engine.picking import pick
from tierwise.kernel.periods import add_months, month_end
from tierwise.kernel.ratio import MONEY, money_quotient, whole
from tierwise.metrics.sales import zero
from tierwise.metrics.scene import Scene, book_table, day, with_unit

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.model import Use

MONTHS = 24
"""The next two plan years."""
METRICS = frozenset({"planned_sales", "planned_months"})
NATIONAL, ALL = "national", "all"


def ahead(scene: Scene) -> Table:
    """One row per unit with a plan: ``plan_sales`` and ``plan_months`` of the months after that of the day."""
    t = with_unit(pick(_known(scene), "month", "plan", customer_code="account_code"), scene)
    return t.group_by("unit").agg(
        plan_sales=t.plan.sum().cast(MONEY), plan_months=t.month.nunique().cast("int64")
    )


def _known(scene: Scene) -> Table:
    """The plan of every account and month, the months counted through."""
    first = month_end(scene.as_of) + timedelta(days=1)
    t, today = book_table("plans"), day(scene.as_of)
    asked = t.filter(
        t.known_on <= today,
        t.superseded_on.isnull() | (t.superseded_on > today),
        t.month >= day(first),
        t.month < day(add_months(first, MONTHS)),
        t.region == NATIONAL,
        t.measure == "sales",
    )
    asked = asked.mutate(month=asked.month.year() * 12 + asked.month.month())
    both = asked.group_by(["account_code", "month"]).agg(
        of_all=asked.plan.sum(where=asked.category == ALL), of_parts=asked.plan.sum()
    )
    return both.mutate(plan=both.of_all.coalesce(both.of_parts).cast(MONEY))


def finish(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value of a metric of plans; ``None`` for others."""
    if use.name == "planned_sales":
        return zero(t.plan_sales), None
    if use.name == "planned_months":
        return t.plan_months.coalesce(0).cast("int64"), None
    return None


def derive(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Net sales of the window and of the two years after it: as planned, else at the pace of the window."""
    if use.name != "expected_sales":
        return None
    n = use.months or 12
    at_pace = zero(t[f"net_sales_{n}m"]) * whole(n + MONTHS - t.planned_months)
    return money_quotient(at_pace + t.planned_sales * whole(n), whole(n)), None
