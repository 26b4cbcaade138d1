"""What a customer could do, as changed facts: pay sooner, order once more, order more often, cost less. Spec 8.1(7).

A change has a size, a whole number of steps; with it the rows of the tables are as the book would have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.book.contract.choices import COUNTED_STATUSES
from tierwise.metrics.lines import SALES

Kind: TypeAlias = Literal["payments", "sale", "orders", "cost"]
Tables: TypeAlias = Mapping[str, pa.Table]
DATED = {"allocations": "allocated_on", "payments": "date"}
"""The tables that say when an invoice was settled, and the day in each."""
CENT = Decimal("0.01")
MOST_MONEY = 10**12
"""So many cents are tried at most."""
MOST_ORDERS = 1000


@dataclass(frozen=True, slots=True)
class Own:
    """The facts of one customer that changes start from, as the day of the run saw them."""

    code: str
    members: frozenset[str]
    """The customers that are graded as this one, itself among them."""
    late: tuple[int, ...] = ()
    """By how many days each settlement came after its due date."""
    sales: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    """Base amounts and given cost of its sales within the window of the policy, and how many orders they were."""
    orders: int = 0

    @property
    def average(self) -> Decimal:
        """The mean amount of an order, to the cent."""
        return _cents(self.sales / self.orders) if self.orders else Decimal(0)

    def cost_of(self, amount: Decimal) -> Decimal | None:
        """What goods for so much would cost at the customer's own margin; unknown where no cost is given."""
        return _cents(amount * self.cost / self.sales) if self.cost > 0 and self.sales > 0 else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Payments:
    """Every settlement that came late so many days sooner, though not before it was due; what is unpaid stays unpaid."""

    as_of: date
    due: Mapping[str, date]
    kind: ClassVar[Kind] = "payments"
    touched: ClassVar[tuple[str, ...]] = tuple(DATED)

    def most(self, own: Own) -> int:
        """The days of the latest one."""
        return max(own.late, default=0)

    def said(self, own: Own, steps: int) -> Decimal:
        """Days."""
        return Decimal(steps)

    def tables(
        self, facts: Tables, steps: Mapping[str, int], owners: Mapping[str, Own]
    ) -> dict[str, pa.Table]:
        """Allocations and payments as they would have been."""
        days = {member: steps[code] for code, own in owners.items() for member in own.members}
        whose = {number: days.get(customer, 0) for number, customer in _billed(facts["invoices"])}
        return {name: self._moved(facts[name], column, whose) for name, column in DATED.items()}

    def _moved(self, table: pa.Table, column: str, days: Mapping[str, int]) -> pa.Table:
        told = zip(table[column].to_pylist(), table["invoice_number"].to_pylist(), strict=True)
        moved = [self._day(on, self.due.get(number), days.get(number, 0)) for on, number in told]
        at = table.column_names.index(column)
        return table.set_column(at, table.schema.field(at), pa.array(moved, pa.date32()))

    def _day(self, on: date, due: date | None, days: int) -> date:
        if due is None or on <= due or on > self.as_of:
            return on
        return max(due, on - timedelta(days=days))


def _billed(invoices: pa.Table) -> Iterable[tuple[str, str]]:
    return zip(invoices["number"].to_pylist(), invoices["customer_code"].to_pylist(), strict=True)


@dataclass(frozen=True, slots=True)
class Sale:
    """One more order on the day of the run, for so many cents, at the margin that the customer's sales have."""

    as_of: date
    currency: str
    kind: ClassVar[Kind] = "sale"
    touched: ClassVar[tuple[str, ...]] = ("order_lines",)

    def most(self, own: Own) -> int:
        """Ten milliard."""
        return MOST_MONEY

    def said(self, own: Own, steps: int) -> Decimal:
        """The amount."""
        return steps * CENT

    def tables(
        self, facts: Tables, steps: Mapping[str, int], owners: Mapping[str, Own]
    ) -> dict[str, pa.Table]:
        """Order lines with one more for each customer."""
        more = [
            ordered(own, self.as_of, self.currency, 1, steps[code] * CENT)
            for code, own in owners.items()
            if steps[code]
        ]
        return {"order_lines": with_rows(facts["order_lines"], more)}


@dataclass(frozen=True, slots=True)
class Orders:
    """So many more orders on the day of the run, each of the mean amount and at the margin of the customer's sales."""

    as_of: date
    currency: str
    kind: ClassVar[Kind] = "orders"
    touched: ClassVar[tuple[str, ...]] = ("order_lines",)

    def most(self, own: Own) -> int:
        """A thousand; none where there was no order yet, so that no amount is known."""
        return MOST_ORDERS if own.average > 0 else 0

    def said(self, own: Own, steps: int) -> Decimal:
        """How many."""
        return Decimal(steps)

    def tables(
        self, facts: Tables, steps: Mapping[str, int], owners: Mapping[str, Own]
    ) -> dict[str, pa.Table]:
        """Order lines with so many more."""
        more = [
            ordered(own, self.as_of, self.currency, n, own.average)
            for code, own in owners.items()
            for n in range(1, steps[code] + 1)
        ]
        return {"order_lines": with_rows(facts["order_lines"], more)}


@dataclass(frozen=True, slots=True)
class Cost:
    """So many cents less cost of what was sold within the window, off the latest lines whose cost is given."""

    as_of: date
    start: date
    kind: ClassVar[Kind] = "cost"
    touched: ClassVar[tuple[str, ...]] = ("order_lines",)

    def most(self, own: Own) -> int:
        """All that is given."""
        return int(own.cost / CENT)

    def said(self, own: Own, steps: int) -> Decimal:
        """The amount."""
        return steps * CENT

    def tables(
        self, facts: Tables, steps: Mapping[str, int], owners: Mapping[str, Own]
    ) -> dict[str, pa.Table]:
        """Order lines with lower costs."""
        lines = facts["order_lines"]
        left = {code: steps[code] * CENT for code in owners}
        whose = {member: code for code, own in owners.items() for member in own.members}
        own = among(lines, "customer_code", whose)
        rows = lines.filter(own).to_pylist()
        costs = [row["base_cost"] for row in rows]
        for at in sorted(range(len(rows)), key=lambda at: _latest(rows[at]), reverse=True):
            code = whose[rows[at]["customer_code"]]
            if not left[code] or not sold_within(rows[at], self.start, self.as_of):
                continue
            off = min(left[code], costs[at] or Decimal(0))
            if off > 0:
                costs[at], left[code] = costs[at] - off, left[code] - off
        at = lines.column_names.index("base_cost")
        kind = lines.schema.field(at)
        changed = pc.replace_with_mask(lines[at].combine_chunks(), own, pa.array(costs, kind.type))
        return {"order_lines": lines.set_column(at, kind, changed)}


Change: TypeAlias = Payments | Sale | Orders | Cost


def among(table: pa.Table, column: str, wanted: Iterable[str]) -> pa.Array:
    """Which rows have one of some texts in a column."""
    texts = pa.array(sorted(wanted), pa.string())
    return pc.is_in(table[column].combine_chunks(), texts)


def rows_where(table: pa.Table, column: str, wanted: Iterable[str]) -> list[dict[str, Any]]:
    """The rows with one of some texts in a column."""
    rows: list[dict[str, Any]] = table.filter(among(table, column, wanted)).to_pylist()
    return rows


def _latest(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["order_date"], row["order_number"], row["line_no"] or 0


def sold_within(row: Mapping[str, Any], start: date, end: date) -> bool:
    """Whether a line is a sale that counts, that both days of it place within a window, and that the last day of it saw."""
    gone = row["superseded_on"] is not None and row["superseded_on"] <= end
    counts = row["status"] in COUNTED_STATUSES and not row["reported_by_agent"]
    sold = counts and row["line_type"] in SALES and row["base_amount"] is not None
    days = (row["order_date"], row["posting_date"] or row["order_date"])
    return sold and not gone and row["known_on"] <= end and all(start <= day <= end for day in days)


def ordered(own: Own, day: date, currency: str, number: int, amount: Decimal) -> dict[str, Any]:
    """A line of a further order, as the book would have it."""
    cost = own.cost_of(amount)
    return {
        "order_number": f"further-{own.code}-{number}", "line_no": 1, "customer_code": own.code, "order_date": day,
        "posting_date": day, "amount_ex_tax": amount, "currency": currency, "line_type": "sale", "status": "posted",
        "to_stock": False, "reported_by_agent": False, "cost_amount": cost, "fx_rate": Decimal(1), "base_amount": amount,
        "base_cost": cost, "known_on": day,
    }  # fmt: skip


def with_rows(table: pa.Table, more: list[dict[str, Any]]) -> pa.Table:
    """A table with further rows; what they do not say is null."""
    return pa.concat_tables([table, pa.Table.from_pylist(more, table.schema)]) if more else table
