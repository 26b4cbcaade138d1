"""Orders of one customer: sales with their freight and services, in whole cents of the order's currency."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from tierwise.demo.company import stories, words
from tierwise.demo.company.amounts import coarse, text
from tierwise.demo.company.days import Days
from tierwise.demo.company.people import owner_on
from tierwise.demo.company.products import Product, rise_day
from tierwise.demo.company.profile import Profile
from tierwise.demo.company.rates import TYPICAL

COLUMNS = (
    "order_number", "line_no", "customer_code", "order_date", "posting_date", "amount_ex_tax", "currency",
    "line_type", "status", "product_code", "qty", "uom", "cost_amount", "linked_order", "linked_line",
    "to_stock", "reported_by_agent", "channel", "sales_person", "note", "known_on",
)  # fmt: skip

_CANCELLED, _DRAFT, _LATE_KNOWN = 0.025, 0.07, 0.004
_FREIGHT, _SERVICE, _NO_COST = 0.13, 0.06, 0.03
_MOST_LINES = 9


@dataclass(slots=True)
class Line:
    """One line of an order; ``qty`` in units of the product, ``cost`` unknown when None."""

    number: int
    kind: str
    amount: int
    cost: int | None
    product: Product | None = None
    qty: int = 0
    note: str = ""


@dataclass(slots=True)
class Order:
    """One order with its lines."""

    number: str
    ordered: int
    posted: int
    status: str
    reported: bool
    known: int | None
    channel: str
    lines: list[Line] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether it is posted or later and ours."""
        return self.status not in ("cancelled", "draft") and not self.reported

    @property
    def invoiced(self) -> int:
        """What the invoice asks for, without tax."""
        return sum(line.amount for line in self.lines)


@dataclass(slots=True)
class Pricing:
    """What turns a list price into this customer's price: discount, currency, smallest step."""

    profile: Profile
    rate: float
    step: int
    rise: int

    def foreign(self, cents: float) -> int:
        """Base-currency cents in the customer's currency."""
        return coarse(cents / self.rate, self.step)

    def price(self, product: Product) -> int:
        """The price per unit."""
        return self.foreign(product.price * self.profile.price_pct / 100)

    def cost(self, product: Product, qty: int, day: int) -> int:
        """The actual cost of a quantity, near the standard cost."""
        each = product.cost_later if day >= self.rise else product.cost
        return self.foreign(each * qty * (0.97 + 0.07 * self.profile.rng.random()))


def pricing_of(profile: Profile, days: Days) -> Pricing:
    """The customer's pricing."""
    step = 100 if profile.currency == "JPY" else 1
    return Pricing(profile, TYPICAL[profile.currency], step, rise_day(days))


def orders_of(profile: Profile, days: Days) -> list[Order]:
    """All orders of the customer, oldest first."""
    if not profile.buys or not profile.goods:
        return _quotations(profile, days)
    pricing = pricing_of(profile, days)
    return [
        _order(pricing, days, number, day, target)
        for number, (day, target) in enumerate(_occasions(profile, days), start=1)
    ]


def _occasions(profile: Profile, days: Days) -> Iterator[tuple[int, float]]:
    """The order days with the value aimed at, in cents of base currency."""
    rng, usual = profile.rng, profile.year_sales * profile.gap_days / 365
    at = profile.start + rng.random() * profile.gap_days
    huge_open = profile.role == "single_huge_order"
    while at <= profile.stop:
        day = min(days.work(int(at)), days.end)
        strength = _strength(profile, days, day)
        if strength <= 0:
            at += 12
            continue
        root = math.sqrt(strength)
        target = usual * root * math.exp(profile.noise * rng.gauss(0, 1) - profile.noise**2 / 2)
        if huge_open and days.months_ago(day) <= 5:
            huge_open, target = False, float(profile.year_sales * stories.HUGE_ORDER_FACTOR)
        yield day, target
        at = max(at, day) + max(
            1.0, rng.gammavariate(profile.rhythm, profile.gap_days / profile.rhythm) / root
        )


def _strength(profile: Profile, days: Days, day: int) -> float:
    ago = days.months_ago(day)
    month = (days.end_month - ago - 1) % 12 + 1
    course = stories.level(profile.role, ago, month)
    if profile.role in ("rising_star", "seasonal"):
        return course
    return course * days.season(day) * math.exp(-profile.growth * ago / 12)


def _order(pricing: Pricing, days: Days, number: int, day: int, target: float) -> Order:
    profile, rng = pricing.profile, pricing.profile.rng
    posted = days.work(day + rng.randint(1, 6))
    order = Order(
        f"SO{days.iso(day)[2:7].replace('-', '')}-{profile.code[1:]}-{number:03d}", day, posted,
        _status(profile, days, day, posted), bool(profile.agent_code) and rng.random() < 0.5,
        None, rng.choice(words.CHANNELS),
    )  # fmt: skip
    order.posted = min(posted, days.end)
    if rng.random() < _LATE_KNOWN and order.posted + 45 < days.end:
        order.known = order.posted + rng.randint(8, 45)
    _fill(pricing, order, target)
    return order


def _status(profile: Profile, days: Days, day: int, posted: int) -> str:
    draw, ago = profile.rng.random(), days.months_ago(day)
    steady = profile.role != "ordinary"
    if not steady and draw < _CANCELLED:
        return "cancelled"
    if posted > days.end:
        return "posted" if steady else "draft"
    if ago == 0:
        return (
            "draft"
            if draw > 1 - _DRAFT and not steady
            else ("posted", "part_shipped", "shipped")[int(draw * 3)]
        )
    return "shipped" if ago == 1 else "closed"


def _fill(pricing: Pricing, order: Order, target: float) -> None:
    profile, rng = pricing.profile, pricing.profile.rng
    count = min(_MOST_LINES, 1 + int(rng.expovariate(1 / profile.lines_mean)))
    for number in range(1, count + 1):
        order.lines.append(_sale(pricing, number, order.ordered, target / count * (0.5 + rng.random())))
    if rng.random() < _FREIGHT:
        cost = pricing.foreign(rng.randint(3_000, 45_000))
        order.lines.append(Line(len(order.lines) + 1, "freight", cost, None))
    if rng.random() < _SERVICE:
        fee = pricing.foreign(target * rng.uniform(0.02, 0.06) + 8_000)
        order.lines.append(
            Line(
                len(order.lines) + 1,
                "service",
                fee,
                pricing.foreign(fee * pricing.rate * 0.6),
                note="安装调试",
            )
        )


def _sale(pricing: Pricing, number: int, day: int, target: float) -> Line:
    profile, rng = pricing.profile, pricing.profile.rng
    affordable = max(1, bisect_right(profile.prices, target))
    low = max(0, affordable - 14)
    product = profile.goods[low + int(rng.random() * (affordable - low))]
    qty = max(1, round(target / product.price))
    amount = pricing.price(product) * qty
    if number == 1 and profile.role == "missing_cost":
        return Line(number, "sale", amount, None, None, qty, "零星采购")
    known = product.cost_known and rng.random() >= _NO_COST
    cost = pricing.cost(product, qty, day) if known else None
    return Line(number, "sale", amount, cost, product, qty)


def _quotations(profile: Profile, days: Days) -> list[Order]:
    """Drafts of a promising prospect: offers that do not count."""
    if profile.kind != "prospect" or not profile.goods or profile.rng.random() > 0.25:
        return []
    order = _order(
        pricing_of(profile, days), days, 1, days.work_by(days.end - profile.rng.randint(8, 40)), 4e6
    )
    order.status, order.reported, order.known = "draft", False, None
    return [order] if order.ordered >= max(days.first, profile.first_contact) else []


def line_rows(profile: Profile, days: Days, orders: list[Order]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Year of posting and row of ``order_lines`` for every line of the orders."""
    for order in orders:
        head = (order.number,)
        dates = (days.iso(order.ordered), days.iso(order.posted))
        tail = (
            "", "", "", "true" if order.reported else "", order.channel, owner_on(profile, days, order.ordered),
        )  # fmt: skip
        known = days.iso(order.known) if order.known else ""
        year = days.year(order.posted)
        for line in order.lines:
            yield year, (
                *head, str(line.number), profile.code, *dates, text(line.amount), profile.currency, line.kind,
                order.status, *_goods_of(line), "" if line.cost is None else text(line.cost), *tail, line.note,
                known,
            )  # fmt: skip


def _goods_of(line: Line) -> tuple[str, str, str]:
    if line.product is not None:
        return line.product.code, str(line.qty), line.product.uom
    return ("", str(line.qty), "件") if line.qty else ("", "", "")
