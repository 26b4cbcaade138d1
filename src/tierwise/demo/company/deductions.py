"""What lowers sales after the sale: returns linked to their lines, allowances, quarterly rebates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tierwise.demo.company.amounts import part, text
from tierwise.demo.company.days import Days
from tierwise.demo.company.orders import Line, Order
from tierwise.demo.company.profile import Profile

_ALLOWANCE = 0.012
_SCRAPPED = 0.15
_FULL = 0.35
_SECOND = 0.3


@dataclass(frozen=True, slots=True)
class Deduction:
    """A negative line with its own order number; a return names the sale it takes back."""

    kind: str
    day: int
    amount: int
    cost: int | None = None
    order: Order | None = None
    line: Line | None = None
    qty: int = 0
    to_stock: bool = True


def deductions_of(profile: Profile, days: Days, orders: list[Order]) -> list[Deduction]:
    """All deductions of the customer that happened within the data, in order of day."""
    counted = [order for order in orders if order.counts]
    found = [d for order in counted for line in order.lines for d in _returns(profile, days, order, line)]
    found += [d for order in counted for d in _allowances(profile, days, order)]
    found += _rebates(profile, days, counted)
    return sorted((d for d in found if d.day <= days.end), key=lambda d: d.day)


def _returns(profile: Profile, days: Days, order: Order, line: Line) -> Iterator[Deduction]:
    rng = profile.rng
    if line.kind != "sale" or not profile.return_rate or rng.random() >= profile.return_rate:
        return
    day = days.work(order.posted + rng.randint(5, 45))
    if line.qty == 1 or rng.random() < _FULL:
        yield _taken_back(profile, order, line, day, line.qty, line.amount)
        return
    qty = rng.randint(1, max(1, line.qty // 2))
    amount = _whole(profile, part(line.amount, qty, line.qty))
    yield _taken_back(profile, order, line, day, qty, amount)
    if rng.random() < _SECOND:
        later = days.work(day + rng.randint(3, 20))
        yield _taken_back(profile, order, line, later, line.qty - qty, line.amount - amount)


def _taken_back(profile: Profile, order: Order, line: Line, day: int, qty: int, amount: int) -> Deduction:
    to_stock = profile.rng.random() >= _SCRAPPED
    cost = None
    if line.cost is not None and to_stock:
        cost = -_whole(profile, part(line.cost, qty, line.qty))
    return Deduction("return", day, -amount, cost, order, line, qty, to_stock)


def _allowances(profile: Profile, days: Days, order: Order) -> Iterator[Deduction]:
    often = 8 if profile.role == "big_but_unprofitable" else 1
    if profile.rng.random() < _ALLOWANCE * often:
        amount = _whole(profile, order.invoiced * profile.rng.randint(1, 5) // 100)
        if amount:
            yield Deduction("allowance", days.work(order.posted + profile.rng.randint(3, 25)), -amount)


def _rebates(profile: Profile, days: Days, orders: list[Order]) -> list[Deduction]:
    if not profile.rebate_bp:
        return []
    closings = [day for day in days.closings if days.iso(day)[5:7] in ("03", "06", "09", "12")]
    rebates, since = [], days.first
    for closing in closings:
        sold = sum(o.invoiced for o in orders if since <= o.posted <= closing)
        amount = _whole(profile, sold * profile.rebate_bp // 10_000)
        if amount:
            rebates.append(Deduction("rebate", days.work(closing + 10), -amount))
        since = closing + 1
    return rebates


def _whole(profile: Profile, cents: int) -> int:
    return cents // 100 * 100 if profile.currency == "JPY" else cents


_PREFIX = {"return": "RT", "allowance": "AL", "rebate": "RB"}
_NOTE = {"return": "客户退货", "allowance": "质量折让", "rebate": "季度返利"}


def deduction_rows(
    profile: Profile, days: Days, deductions: list[Deduction]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Year of posting and row of ``order_lines`` for every deduction."""
    for number, d in enumerate(deductions, start=1):
        day = days.iso(d.day)
        yield days.year(d.day), (
            f"{_PREFIX[d.kind]}{day[2:7].replace('-', '')}-{profile.code[1:]}-{number:03d}", "1", profile.code,
            day, day, text(d.amount), profile.currency, d.kind, "closed", *_returned(d), "", "", "",
            _NOTE[d.kind] if d.to_stock else "客户退货，报废", "",
        )  # fmt: skip


def _returned(d: Deduction) -> tuple[str, ...]:
    """Product, quantity, unit, cost, linked order and line, back to stock."""
    if d.order is None or d.line is None:
        return "", "", "", "", "", "", ""
    goods = (
        (d.line.product.code, str(-d.qty), d.line.product.uom) if d.line.product else ("", str(-d.qty), "件")
    )
    cost = "" if d.cost is None else text(d.cost)
    return *goods, cost, d.order.number, str(d.line.number), "true" if d.to_stock else "false"
