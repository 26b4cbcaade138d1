"""How the amount, the cost and the kind of an order line come out of what a file has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tierwise.book.looking import Desk, Sheet
from tierwise.onboarding.matching import Match, part
from tierwise.onboarding.model import Confidence, Reason, Source
from tierwise.onboarding.words import said


@dataclass(frozen=True, slots=True)
class _Line:
    """The parts of an order line that a sheet has."""

    desk: Desk
    sheet: Sheet
    found: Mapping[str, Match]
    free: frozenset[str]

    def part(self, name: str) -> str | None:
        return part(self.desk, self.sheet, name, self.free)

    @property
    def qty(self) -> str | None:
        return self.found["qty"].header if "qty" in self.found else None


def line_sources(
    desk: Desk, sheet: Sheet, found: Mapping[str, Match], *, comma: bool
) -> Iterator[tuple[str, Source]]:
    """Where amount, cost and line type come from, for the columns that no header alone gives."""
    taken = {match.header for match in found.values()}
    line = _Line(desk, sheet, found, frozenset(header for header in sheet.headers if header not in taken))
    amount = _amount(line)
    if amount is not None:
        yield "amount_ex_tax", amount
    cost = _cost(line, amount)
    if cost is not None:
        yield "cost_amount", cost
    kind = _line_type(line, amount, comma=comma)
    if kind is not None:
        yield "line_type", kind


def _source(
    column: str, expression: Any, confidence: Confidence, code: str, *headers: str, **slots: Any
) -> Source:
    return Source(column, expression, confidence, (Reason(code, slots),), headers)


def _amount(line: _Line) -> Source | None:
    stated = line.found.get("amount_ex_tax")
    if stated is not None and said(stated.header).tax != "in":
        return None  # the header alone gives it
    gross = stated.header if stated is not None else line.part("gross")
    tax = line.part("tax")
    if gross and tax:
        return _source("amount_ex_tax", {"subtract": [gross, tax]}, "medium", "less-tax", gross, tax)
    product = _product(line)
    if product is not None:
        return product
    return _source("amount_ex_tax", gross, "low", "with-tax", gross) if gross else None


def _product(line: _Line) -> Source | None:
    price, discount, qty = line.part("price"), line.part("discount"), line.qty
    if not price or not qty:
        return None
    whole = {"multiply": [qty, price]}
    sure: Confidence = "low" if said(price).tax == "in" else "medium"
    if not discount:
        return _source("amount_ex_tax", whole, sure, "product-of", qty, price)
    left = {"subtract": [1, _share(line, discount)]}
    expression = {"multiply": [whole, left]}
    return _source("amount_ex_tax", expression, sure, "less-discount", qty, price, discount)


def _share(line: _Line, discount: str) -> Any:
    """A discount as a share of one: 0.15 stays, 15 is a hundredth of itself."""
    numbers = line.desk.numbers(line.sheet, discount)
    if numbers.within_one == numbers.count:
        return discount
    return {"multiply": [discount, 0.01], "places": 6}


def _cost(line: _Line, amount: Source | None) -> Source | None:
    if "cost_amount" in line.found:
        return None
    unit, qty = line.part("unit_cost"), line.qty
    if unit and qty:
        return _source("cost_amount", {"multiply": [qty, unit]}, "medium", "times-quantity", qty, unit)
    profit, stated = line.part("profit"), line.found.get("amount_ex_tax")
    if profit and stated is not None and amount is None:
        expression = {"subtract": [stated.header, profit]}
        return _source("cost_amount", expression, "medium", "less-profit", stated.header, profit)
    return None


def _line_type(line: _Line, amount: Source | None, *, comma: bool) -> Source | None:
    """Negative amounts are returns where nothing else says what a line is."""
    if "line_type" in line.found:
        return None
    stated = line.found.get("amount_ex_tax")
    deciding = line.qty if amount is not None and line.qty in amount.headers else stated and stated.header
    if not deciding:
        return None
    negative = line.desk.numbers(line.sheet, deciding, comma=comma).negative
    if not negative:
        return None
    kinds = {"if": {"column": deciding, "lt": 0}, "then": {"const": "return"}, "else": {"const": "sale"}}
    return _source("line_type", kinds, "medium", "sign", deciding, count=negative)
