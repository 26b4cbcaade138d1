"""Months that no window reaches any more, as few rows: what never leaves is kept once per customer. Decision 0021.

The rows have the columns of ``metrics.months`` and stand among the rows of months: a customer's first and last order,
whether it ever bought, and what it bought in all come out the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import ibis

from tierwise.kernel.ratio import integer_sum
from tierwise.metrics import profit, sales
from tierwise.metrics.catalogue import METRICS, with_needs
from tierwise.metrics.lines import SUM, Measure, OrderMeasure, of_type
from tierwise.metrics.months import (
    COSTED,
    LINE_COLUMNS,
    LOOKED_UP,
    ORDER_COLUMNS,
    month_number,
    needs_lines,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.model import Use
    from tierwise.metrics.scene import Scene

WHOLE_TIME = frozenset({"m_lines", "m_net_ever", "m_first_on", "o_first", "o_last"})
"""Measures of all time that sums, first and last days per customer answer."""
EVERY_ORDER = frozenset({"purchase_interval_days", "regained_on", "expected_next_order_confidence"})
"""Metrics that look at every order, however old."""


def first_day(asked: Iterable[Use], scene: Scene) -> date | None:
    """The first day that some window of lines or orders reaches; null if all months are needed one by one."""
    uses = with_needs(set(asked))
    raw = sorted(use for use in uses if METRICS[use.name].sort in ("base", "outside"))
    if needs_lines(uses) or any(use.name in EVERY_ORDER for use in raw):
        return None
    of_lines = sales.line_measures(raw, scene) | profit.line_measures(raw, scene)
    measures: list[Measure | OrderMeasure] = [*of_lines.values(), *sales.order_measures(raw, scene).values()]
    spans = [m.span for m in measures if m.column not in WHOLE_TIME]
    starts = [span.start for span in spans if span is not None]
    return min(starts) if starts and len(starts) == len(spans) else None


def older_lines(rows: Table, through: int) -> Table:
    """The rows of ``tw_month_lines`` up to a month, added up by customer and type.

    Lines that must be looked up for their cost stay, and those of orders dated after that month.
    """
    bare = rows.base_cost.isnull() & of_type(rows.line_type, COSTED)
    t = rows.mutate(stays=bare | (month_number(rows.order_date) > through))
    summed = t.filter(~t.stays)
    groups = summed.group_by(["customer_code", "line_type"]).agg(
        month=summed.month.max(),
        order_date=summed.order_date.min(),
        posting_date=summed.posting_date.min(),
        base_amount=summed.base_amount.sum().cast(SUM),
        base_cost=summed.base_cost.sum().cast(SUM),
        lines=integer_sum(summed.lines),
    )
    nothing = {name: ibis.null(kind) for name, kind in LOOKED_UP.items()}
    together = groups.mutate(**nothing).select(*LINE_COLUMNS)
    return together.union(t.filter(t.stays).select(*LINE_COLUMNS))


def older_orders(rows: Table, split: Table, through: int) -> Table:
    """The rows of ``tw_month_orders`` up to a month, as the first and the last order of each customer.

    Orders stay of which a later row speaks, a row dated after that month, or rows of several customers: what they
    come to is not settled by these months alone, or not by one customer. What stands for others has no key.
    """
    keyed = rows.filter(rows.order_key.notnull())
    later = split.filter(split["last"] > through).select("order_key", late=ibis.literal(True))
    beside = keyed.left_join(later, "order_key")
    t = beside.select(*[beside[c] for c in ORDER_COLUMNS], late=beside.late.coalesce(False))
    orders = t.group_by("order_key").agg(
        code=t.customer_code.min(),
        other=t.customer_code.max(),
        on=t.ordered_on.min(),
        sold=t.goods.sum().cast(SUM),
        dated=t.ordered.max(),
        late=t.late.any(),
    )
    settled = (orders.code == orders.other) & (orders.dated <= through) & ~orders.late
    counted = orders.filter(settled, orders.on.notnull(), orders.sold > 0)
    before = rows.filter(rows.order_key.isnull())
    days = counted.select(customer_code=counted.code, on=counted.on).union(
        before.select("customer_code", on=before.ordered_on)
    )
    ends = days.group_by("customer_code").agg(first=days.on.min(), last=days.on.max())
    again = ends.filter(ends["last"] > ends["first"])
    found = ends.select("customer_code", ordered_on=ends["first"]).union(
        again.select("customer_code", ordered_on=again["last"])
    )
    open_ = orders.filter(~settled)
    stays = keyed.semi_join(open_, "order_key").select(*ORDER_COLUMNS)
    return _standing_for_others(found, through).union(stays)


def _standing_for_others(found: Table, through: int) -> Table:
    month = ibis.literal(through, "int64")
    nothing = {name: ibis.null(kind) for name, kind in ORDER_COLUMNS.items() if name not in found.columns}
    own = nothing | {"month": month, "ordered": month, "counted": ibis.literal(True)}
    return found.mutate(**own).select(*ORDER_COLUMNS)


def joined_later(split: Table, through: int, built: int) -> Table:
    """Orders of the older months of which a row speaks that was posted after those months were put together."""
    return split.filter(split["first"] <= through, split["last"] > built).select("order_key")


def with_recent(older: Table, rows: Table, through: int) -> Table:
    """The older months as few rows, and the later months as they are."""
    return older.union(rows.filter(rows.month > through).select(*older.columns))


def taken_apart(older: Table, rows: Table, through: int, orders: Table) -> Table:
    """The older rows of ``tw_month_orders``; customers of some orders have all their own rows again."""
    old = rows.filter(rows.month <= through)
    customers = old.semi_join(orders, "order_key").select("customer_code").distinct()
    own = old.semi_join(customers, "customer_code").select(*ORDER_COLUMNS)
    rest = older.anti_join(customers, "customer_code").select(*ORDER_COLUMNS)
    return rest.union(own)
