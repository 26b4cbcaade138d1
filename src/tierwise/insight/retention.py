"""Who stays, who goes, and who comes back. Source: spec 5.7 (RET-02 to RET-04, RET-06, RET-08); E30, E32.

Percentages are exact fractions of 100; ``half_up`` rounds for display.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from tierwise.kernel.periods import add_months, month_end

EVERYONE = None
"""The key of all customers together: no grade can be called so."""
REGAIN_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Retention:
    """Last period's customers and what became of them; percentages are null where nobody was there before."""

    base: int
    """Customers with an order in the window before."""
    kept: int
    """Those of them with an order in the window."""
    retention_pct: Fraction | None
    churn_pct: Fraction | None
    net_revenue_pct: Fraction | None
    """Their sales in the window over those in the window before; null if the latter are not positive."""


def retention(
    rows: pa.Table | Iterable[Mapping[str, Any]], months: int = 12, grade: str = "grade"
) -> dict[str | None, Retention]:
    """Retention of every grade at the start, and under ``EVERYONE`` of all, who stand first.

    Rows have ``orders_<n>m``, ``orders_before_<n>m``, ``net_sales_<n>m``, ``net_sales_before_<n>m`` and the grade
    that the customer had at the start; without one it counts for all only. **Source** spec RET-02 to RET-04.
    """
    every, groups = list(_rows(rows)), defaultdict[str, list[Mapping[str, Any]]](list)
    for row in every:
        if row.get(grade) is not None:
            groups[str(row[grade])].append(row)
    found: dict[str | None, Retention] = {EVERYONE: _kept(every, f"{months}m")}
    return found | {name: _kept(groups[name], f"{months}m") for name in sorted(groups)}


def _kept(rows: list[Mapping[str, Any]], window: str) -> Retention:
    base = [row for row in rows if row[f"orders_before_{window}"]]
    kept = sum(1 for row in base if row[f"orders_{window}"])
    share = pct(kept, len(base))
    before = sum((Fraction(row.get(f"net_sales_before_{window}") or 0) for row in base), Fraction(0))
    now = sum((Fraction(row.get(f"net_sales_{window}") or 0) for row in base), Fraction(0))
    return Retention(len(base), kept, share, None if share is None else 100 - share, pct(now, before))


@dataclass(frozen=True, slots=True)
class Regained:
    """The customers lost in one month, and how many of them came back within twelve months."""

    lost: int
    contacted: int
    regained: int
    contact_pct: Fraction | None
    of_lost_pct: Fraction | None
    of_contacted_pct: Fraction | None
    open: bool
    """Younger than twelve months: more may still come back."""


def regain_rates(rows: pa.Table | Iterable[Mapping[str, Any]], as_of: date) -> dict[date, Regained]:
    """Regain by month of loss (its last day). **Source** spec RET-06, example E30.

    Rows have ``lost_on``, ``contacted`` and ``regained_on`` or null; what is later than the day is not seen.
    """
    cohorts: dict[date, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _rows(rows):
        if row["lost_on"] <= as_of:
            cohorts[month_end(row["lost_on"])].append(row)
    return {month: _regained(cohorts[month], month, as_of) for month in sorted(cohorts)}


def _regained(rows: list[Mapping[str, Any]], month: date, as_of: date) -> Regained:
    back = [row for row in rows if row["regained_on"] is not None and row["regained_on"] <= as_of]
    timely = [row for row in back if row["regained_on"] <= add_months(row["lost_on"], REGAIN_MONTHS)]
    lost, contacted, regained = len(rows), sum(1 for row in rows if row["contacted"]), len(timely)
    return Regained(
        lost,
        contacted,
        regained,
        pct(contacted, lost),
        pct(regained, lost),
        pct(sum(1 for row in timely if row["contacted"]), contacted),
        add_months(month, REGAIN_MONTHS) > as_of,
    )


def regain_profit(
    regained: int, average_second_lifetime_value: Decimal, offer_cost: Decimal, dialogue_cost: Decimal
) -> Decimal:
    """What winning back was worth. **Source** spec RET-08, example E30."""
    return regained * average_second_lifetime_value - offer_cost - dialogue_cost


def pct(part: Any, whole: Any) -> Fraction | None:
    """A part in percent of a whole; null if the whole is not positive."""
    return Fraction(part) * 100 / Fraction(whole) if whole > 0 else None


def _rows(rows: pa.Table | Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    found: Iterable[Mapping[str, Any]] = rows.to_pylist() if isinstance(rows, pa.Table) else rows
    return found
