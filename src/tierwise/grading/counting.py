"""Which of the source rows behind a number counted in it, and what they come to. Source: spec 5.1(3), 5.2, 8.1(3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.grading.wording import metric_use
from tierwise.kernel.periods import window
from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.credit import OUTSIDE_RECEIVABLE
from tierwise.metrics.lines import NET, SALES

if TYPE_CHECKING:
    from tierwise.grading.record import RunRecord
    from tierwise.metrics.model import Use
    from tierwise.policy.model import Policy

_NET = (
    "net_sales order_amount cumulative_sales average_sales_per_month average_sales_per_quarter average_sales_per_year "
    "average_sales_per_month_since_first_order share_of_sales_pct sales_rank"
).split()
_TYPES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_NET, NET),
    "gross_sales": SALES,
    "returns": ("return",),
}
"""Metrics that come from one sum of base amounts, with the line types that it adds up."""
_TWICE = ("net_sales_before", "sales_growth_pct")
"""Metrics of net sales that read the window of the same length before."""
NOT_COUNTED = Text("not counted", "不计入")
BEFORE = Text("before the window", "窗口之前")
AFTER = Text("after the window", "窗口之后")
NOT_DUE = Text("not yet due", "未到期")


@dataclass(frozen=True, slots=True)
class Counting:
    """How a metric of a run takes its source rows."""

    use: Use | None
    as_of: date
    by_invoice: bool
    freight: bool
    """Whether freight counts as sales."""

    def left_out(self, table: str, row: Mapping[str, Any]) -> Text | None:
        """Why a row of ``source_lines`` did not count; ``None`` where it did, or where its rows alone do not tell."""
        if not row["counts"]:
            return NOT_COUNTED
        if self.use is None:
            return None
        if self.use.name == "overdue" and table == "invoices":
            return self._not_overdue(row)
        if table == "order_lines" and self._other_type(row):
            return NOT_COUNTED
        return self._outside(row.get({"order_lines": self._day, "service_costs": "date"}.get(table, "")))

    def sum_of(self, table: str, rows: Iterable[Mapping[str, Any]]) -> tuple[int, Decimal] | None:
        """How many rows counted and the sum of their base amounts; ``None`` for metrics that no one sum gives."""
        if self.use is None or self.use.name not in _TYPES or table != "order_lines":
            return None
        counted = [row["base_amount"] for row in rows if self.left_out(table, row) is None]
        known = [amount for amount in counted if amount is not None]
        return len(known), sum(known, Decimal(0))

    @property
    def _day(self) -> str:
        ordered = self.use is not None and self.use.name == "order_amount"
        return "posting_date" if self.by_invoice and not ordered else "order_date"

    def _other_type(self, row: Mapping[str, Any]) -> bool:
        name = self.use.name if self.use else ""
        types = NET if name in _TWICE else _TYPES.get(name)
        if types is None:
            return False
        freight = self.freight and name != "returns" and row["line_type"] == "freight"
        return not freight and row["line_type"] not in types

    def _not_overdue(self, row: Mapping[str, Any]) -> Text | None:
        if row["status"] in (*OUTSIDE_RECEIVABLE, "disputed"):
            return NOT_COUNTED
        return NOT_DUE if row["due_date"] is not None and row["due_date"] >= self.as_of else None

    def _outside(self, on: date | None) -> Text | None:
        """Whether a day lies outside of what the metric reads; nothing is said of metrics that read other windows too."""
        if self.use is None or self.use.months is None or on is None:
            return None
        span = window(self.as_of, self.use.months)
        if self.use.name in _TWICE:
            before = span.previous()
            if on > before.end and self.use.name == "net_sales_before":
                return AFTER
            return BEFORE if on < before.start else None
        if _reads_elsewhere(self.use.name):
            return None
        return BEFORE if on < span.start else None


def _reads_elsewhere(name: str) -> bool:
    """Whether a metric, or one that it is made of, reads another window than its own."""
    said = name.split("_")
    return (
        "before" in said
        or "ago" in said
        or any(_reads_elsewhere(one) for one in METRICS[name].needs if one in METRICS)
    )


def counting(column: str | None, run: RunRecord, policy: Policy) -> Counting:
    """How a metric's column of a run took its rows; without a column only what no metric reads is left out."""
    by_invoice = run.settings["posting_basis"] == "invoice"
    return Counting(metric_use(column or ""), run.as_of, by_invoice, policy.settings.include_freight)
