"""Order lines as metrics see them: visible, counted, rolled up to units, joined into orders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.oracle.facts import Row
from tierwise.book.contract.choices import COUNTED_STATUSES

SALES = ("sale", "service")
NET = ("sale", "service", "return", "rebate", "allowance")


@dataclass
class Order:
    """All lines of one order key of one unit."""

    lines: list[Row] = field(default_factory=list)

    @property
    def bought(self) -> list[Row]:
        """The sale and service lines with a positive amount."""
        return [line for line in self.lines if line["line_type"] in SALES and line["base_amount"] > 0]

    @property
    def counted(self) -> bool:
        """Something was bought and not all of it came back."""
        kept = sum(line["base_amount"] for line in self.lines if line["line_type"] in (*SALES, "return"))
        return bool(self.bought) and kept > 0

    @property
    def date(self) -> date:
        """The first day on which something of it was ordered."""
        return min(line["order_date"] for line in self.bought)


def counted_lines(rows: list[Row], unit_of: dict[str, str], *, freight: bool) -> list[Row]:
    """The visible lines that count, each with its unit. Freight only where it is asked for."""
    types = (*NET, "freight") if freight else NET
    return [
        row | {"unit": unit_of.get(row["customer_code"], row["customer_code"])}
        for row in rows
        if row["status"] in COUNTED_STATUSES and not row["reported_by_agent"] and row["line_type"] in types
    ]


def orders_of(lines: list[Row]) -> dict[str, list[Order]]:
    """The orders of every unit. A return belongs to the order of its sale, any other line to its own."""
    found: dict[tuple[str, str], Order] = defaultdict(Order)
    for line in lines:
        sale = line["linked_order"] if line["line_type"] == "return" else None
        found[line["unit"], sale or line["order_number"]].lines.append(line)
    by_unit: dict[str, list[Order]] = defaultdict(list)
    for (unit, _), order in found.items():
        by_unit[unit].append(order)
    return by_unit


def amount(lines: list[Row], *types: str) -> Fraction:
    """The exact sum of base amounts, of some line types or of all."""
    return sum(
        (Fraction(line["base_amount"]) for line in lines if not types or line["line_type"] in types),
        Fraction(0),
    )
