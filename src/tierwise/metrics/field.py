"""Metrics over the whole field: ranks and shares. Source: spec SAL-08, SAL-09, PRF-07, PRF-08, 5.1(13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.ratio import RATIO, quotient, units, whole
from tierwise.metrics.model import Use

if TYPE_CHECKING:
    from ibis.expr.types import Table


def field_columns(t: Table, use: Use) -> dict[str, Any]:
    """Value and status of a field metric over all rows of a table with the metrics it needs."""
    base = Use(
        "net_sales" if use.name in ("share_of_sales_pct", "sales_rank") else "customer_profit", use.months
    )
    value, status = t[base.column], t[base.status]
    if use.name in ("sales_rank", "profit_rank"):
        # nulls last take ranks nobody sees
        order = ibis.window(order_by=[value.desc(nulls_first=False)])
        rank = (ibis.rank().over(order) + 1).cast("int64")
        return {
            use.column: ibis.ifelse(value.isnull(), ibis.null("int64"), rank),
            use.status: ibis.ifelse(value.isnull(), status, "ok"),
        }
    total = value.sum().over(ibis.window()).cast("decimal(38,4)")
    share = quotient(units(value) * whole(100), units(total)).cast(RATIO)
    return {
        use.column: share,
        use.status: ibis.cases((value.isnull(), status), (total <= 0, "nonpositive_total"), else_="ok"),
    }
