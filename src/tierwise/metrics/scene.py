"""What a computation of metrics sees: the day, the windows, the settings, and the tables by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.contract import schema_of
from tierwise.engine.picking import pick
from tierwise.kernel.periods import Window, window
from tierwise.metrics.settings import MetricSettings

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table


@dataclass(frozen=True, slots=True)
class Scene:
    """The point of view of a computation.

    ``by_invoice``: sales and profit use the posting date, otherwise the order date (spec 5.1(2)).
    ``rolled_up``: a table ``tw_units`` (customer_code, unit) maps members to the graded unit.
    """

    as_of: date
    settings: MetricSettings = field(default_factory=MetricSettings)
    by_invoice: bool = True
    fiscal_year_start: int = 1
    financing_rate_pct: Decimal | None = None
    rolled_up: bool = False
    members_too: bool = False
    """Whether a member has figures of its own beside those of its unit: ``tw_units`` then leads to both."""
    costs_to_find: bool = True
    """Whether some counted line has no given cost (then products are looked up)."""
    returns_to_cost: bool = True
    """Whether some return without given cost is linked to a sale."""
    service_costs_recorded: bool = True
    allocations_reversed: bool = True
    """Whether some allocation is negative (then they are netted)."""
    paid_in_other_currency: bool = True
    """Whether payments and invoices bear more than one currency (then payments that name an invoice are converted)."""
    by_months: bool = False
    """Whether the tables of ``metrics.months`` stand in the engine for the lines."""
    merged: bool = False
    """Whether some customer is merged into another: months are kept as written, and led to survivors when read."""

    def window(self, months: int) -> Window:
        """The window of so many months that ends on ``as_of``."""
        return window(self.as_of, months)


TIMES = ("known_on", "superseded_on")


@lru_cache(maxsize=256)
def book_table(name: str, *columns: str) -> Table:
    """The unbound table of the book with its declared columns, or with some of them and its times.

    Every column that is carried through a view costs time when the view becomes text.
    """
    declared = schema_of(name)
    wanted = (*columns, *TIMES) if columns else declared
    return ibis.table({column: declared[column] for column in wanted}, name=name)


@lru_cache(maxsize=256)
def day(value: date) -> Any:
    """A date constant."""
    return ibis.date(value.year, value.month, value.day)


def within(column: Any, span: Window) -> BooleanValue:
    """Whether a date column lies in a window, both ends inclusive."""
    return (column >= day(span.start)) & (column <= day(span.end))


def visible(table: Table, as_of: date, effective_on: str, *conditions: Any) -> Table:
    """The rows that could be seen on ``as_of``, and meet more conditions. Source: spec 5.1(10), decision 0001."""
    today = day(as_of)
    current = table.superseded_on.isnull() | (table.superseded_on > today)
    return table.filter(table[effective_on] <= today, table.known_on <= today, current, *conditions)


def with_unit(table: Table, scene: Scene) -> Table:
    """Adds ``unit``, the customer that is graded for the row's ``customer_code``.

    With ``members_too`` the row of a member comes twice: for its unit, and for the member itself.
    """
    if not scene.rolled_up:
        return pick(table, *table.columns, unit="customer_code")
    units = ibis.table({"customer_code": "string", "unit": "string"}, name="tw_units")
    joined = table.left_join(units, "customer_code")
    beside = pick(joined, *table.columns, above="unit")
    return pick(beside, *table.columns, unit=beside.above.coalesce(beside.customer_code))
