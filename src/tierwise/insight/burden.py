"""What groups of customers cost in effort against what they bring. Source: spec 8.6 (case 3-1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tierwise.insight.retention import pct

NEW_MONTHS = 12
"""A customer is new until so many whole months after its first order."""
NEW, OLDER = "new", "older"
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Burden:
    """One group of customers: the sum of every measure, and its share of all groups in percent."""

    group: str
    customers: int
    customer_pct: Fraction | None
    sums: Mapping[str, Decimal]
    shares: Mapping[str, Fraction | None]
    """Null where the total of a measure is not positive."""


def new_customer_burden(rows: Rows, measures: Sequence[str]) -> tuple[Burden, Burden]:
    """Customers younger than twelve months, and the older ones. Who never bought is in neither.

    Rows have ``tenure_months`` and the measures; a null measure counts nothing. **Source** spec 8.6.
    """
    bought = [row for row in rows if row["tenure_months"] is not None]
    new, older = burdens(
        bought, lambda row: NEW if row["tenure_months"] < NEW_MONTHS else OLDER, measures, (NEW, OLDER)
    )
    return new, older


def burdens(
    rows: Rows, group_of: Callable[[Mapping[str, Any]], str], measures: Sequence[str], groups: Sequence[str]
) -> tuple[Burden, ...]:
    """The burden of every group, in the order of ``groups``."""
    members: dict[str, list[Mapping[str, Any]]] = {group: [] for group in groups}
    for row in rows:
        members[group_of(row)].append(row)
    sums = {group: {name: _sum(mine, name) for name in measures} for group, mine in members.items()}
    everyone = sum(len(mine) for mine in members.values())
    totals = {name: sum((sums[group][name] for group in groups), Decimal(0)) for name in measures}
    return tuple(
        Burden(
            group,
            len(members[group]),
            pct(len(members[group]), everyone),
            sums[group],
            {name: pct(sums[group][name], totals[name]) for name in measures},
        )
        for group in groups
    )


def _sum(rows: Rows, name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows if row[name] is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class HalfYears:
    """A group of customers in the half-year before a policy and in the one after it."""

    group: str
    customers: int
    profit_before: Decimal
    profit_after: Decimal
    change_pct: Fraction | None
    """Null where there was no profit before."""
    service_before: Decimal
    service_after: Decimal
    unknown: int
    """Customers whose profit is unknown in one of the halves: they are left out of the profits, not of the costs."""

    @property
    def change(self) -> Decimal:
        """What the profit gained or lost."""
        return self.profit_after - self.profit_before

    @property
    def service_change(self) -> Decimal:
        """What the service cost rose or fell."""
        return self.service_after - self.service_before


def half_years(
    groups: Mapping[str, Sequence[str]],
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    *,
    profit: str = "customer_profit_6m",
    service: str = "cost_to_serve_6m",
) -> tuple[HalfYears, ...]:
    """Profit and service cost of the same customers before and after. **Source** spec 8.6."""
    return tuple(_halves(group, codes, before, after, profit, service) for group, codes in groups.items())


def _halves(
    group: str,
    codes: Sequence[str],
    before: Mapping[str, Mapping[str, Any]],
    after: Mapping[str, Mapping[str, Any]],
    profit: str,
    service: str,
) -> HalfYears:
    pairs = [(before.get(code, {}), after.get(code, {})) for code in codes]
    earned = [(_earned(a, profit, service), _earned(b, profit, service)) for a, b in pairs]
    known = [(a, b) for a, b in earned if a is not None and b is not None]
    was, now = sum((a for a, _ in known), Decimal(0)), sum((b for _, b in known), Decimal(0))
    return HalfYears(
        group,
        len(codes),
        was,
        now,
        pct(now - was, was),
        _sum_of([a for a, _ in pairs], service),
        _sum_of([b for _, b in pairs], service),
        len(pairs) - len(known),
    )


def _earned(row: Mapping[str, Any], profit: str, service: str) -> Decimal | None:
    """The profit of a half; one without a single line earns nothing and still costs its service."""
    if row.get(profit) is not None:
        return Decimal(row[profit])
    nothing_sold = row.get(f"{profit}_status") in (None, "no_lines", "no_history")
    return -Decimal(row.get(service) or 0) if nothing_sold else None


def _sum_of(rows: Rows, name: str) -> Decimal:
    return sum((Decimal(row.get(name) or 0) for row in rows), Decimal(0))
