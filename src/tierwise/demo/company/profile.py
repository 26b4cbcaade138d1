"""Who a customer is: everything that decides its orders, payments and costs, from its own random stream.

The stream depends on the seed and the customer's number alone, so that customer 17 is the same in a company
of twenty and in one of a hundred thousand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from tierwise.demo.company import stories, words
from tierwise.demo.company.days import Days
from tierwise.demo.company.products import CATEGORIES, Product

MEDIAN_YEAR = 6_000_000
"""Yearly sales of the median customer in cents of base currency."""

_SIGMA = 1.84
_HEAVY_SHARE = 0.27


@dataclass(frozen=True, slots=True)
class Payer:
    """How a customer pays: chance to be late, usual delay in days, chance never to pay."""

    kind: str
    late: float
    delay: tuple[int, int]
    never: float


PAYERS: tuple[tuple[Payer, int], ...] = (
    (Payer("prompt", 0.02, (1, 5), 0.0), 24),
    (Payer("good", 0.10, (1, 14), 0.0), 34),
    (Payer("normal", 0.30, (2, 28), 0.002), 25),
    (Payer("slow", 0.72, (10, 60), 0.01), 12),
    (Payer("bad", 0.85, (25, 130), 0.12), 5),
)
_PERFECT = Payer("perfect", 0.0, (0, 0), 0.0)
_OWN_FAULT = Payer("own_fault", 0.8, (20, 95), 0.03)
_EXCUSED = Payer("excused", 0.7, (8, 50), 0.0)


@dataclass(slots=True)
class Profile:
    """A customer of the sample company. Amounts in cents of base currency unless said otherwise."""

    index: int
    code: str
    role: str
    rng: Random
    kind: str
    region: str
    country: str
    currency: str
    overseas_name: str
    industry: int
    year_sales: int
    gap_days: float
    first_contact: int
    start: int
    stop: int
    growth: float
    noise: float
    rhythm: int
    """How regular the intervals between orders are: the shape of their gamma distribution."""
    price_pct: int
    goods: tuple[Product, ...]
    prices: tuple[int, ...]
    lines_mean: float
    terms: int
    payer: Payer
    service_share: float
    service_fixed: int
    return_rate: float
    rebate_bp: int
    agent_code: str

    @property
    def buys(self) -> bool:
        """Whether the customer has ever had an order that counts."""
        return self.kind in ("existing", "internal")

    @property
    def export(self) -> bool:
        """Whether invoices carry no value-added tax."""
        return self.currency != "CNY"


def customer_code(index: int) -> str:
    """The code of the 1-based customer index."""
    return f"C{index:06d}"


def profile_of(index: int, seed: int, days: Days, products: tuple[Product, ...]) -> Profile:
    """The customer of that number."""
    rng = Random(f"tierwise-demo:{seed}:customer:{index}")
    role = stories.role_of(index)
    kind = _kind(rng, role)
    country, currency, overseas, region = _place(rng, role)
    size = _size(rng, role, index)
    goods, industry = _goods(rng, role, products)
    start, stop, contact = _life(rng, role, kind, days)
    gap = _gap(rng, role, size)
    share, fixed = _service(rng, role, size)
    return Profile(
        index=index, code=customer_code(index), role=role, rng=rng, kind=kind, region=region, country=country,
        currency=currency, overseas_name=overseas, industry=industry, year_sales=round(size * MEDIAN_YEAR),
        gap_days=gap, first_contact=contact, start=start, stop=stop,
        growth=0.0 if role != "ordinary" else rng.gauss(0.04, 0.22), rhythm=16 if role in _STEADY else 4,
        noise=0.12 if role in _STEADY else 0.55,
        price_pct=_price_pct(rng, size), goods=goods, prices=tuple(p.price for p in goods),
        lines_mean=min(3.3, 0.93 + 0.45 * math.log1p(size)), terms=_terms(rng, role, size),
        payer=_payer(rng, role), service_share=share, service_fixed=fixed,
        return_rate=0.09 if role == "big_but_unprofitable" else 0.01 if role == "rising_star" else rng.choice((0.0, 0.01, 0.02, 0.05)),
        rebate_bp=_rebate(rng, role, size),
        agent_code=_agent(rng, role, index),
    )  # fmt: skip


_STEADY = frozenset({"rising_star", "group", "fading", "single_huge_order"})


def _kind(rng: Random, role: str) -> str:
    draw = rng.random()
    if role == "internal_unit":
        return "internal"
    if role == "hot_prospect":
        return "prospect"
    if role != "ordinary":
        return "existing"
    return "prospect" if draw < 0.10 else "suspect" if draw < 0.115 else "existing"


def _place(rng: Random, role: str) -> tuple[str, str, str, str]:
    from_abroad, pick, region_draw = rng.random(), rng.random(), rng.random()
    if role == "ordinary" and from_abroad < 0.06:
        country, currency, prefix, names = words.OVERSEAS[int(pick * len(words.OVERSEAS))]
        return country, currency, f"{prefix}{names[int(region_draw * len(names))]}", "海外"
    return "CN", "CNY", "", weighted(words.REGIONS, region_draw)


def weighted(choices: tuple[tuple[str, int], ...], draw: float) -> str:
    """The choice on which a draw from 0 to 1 falls."""
    point = draw * sum(weight for _, weight in choices)
    for choice, weight in choices:
        point -= weight
        if point < 0:
            return choice
    return choices[-1][0]


def _size(rng: Random, role: str, index: int) -> float:
    draw = rng.gauss(0.0, 1.0)
    if role == "group":
        return stories.group_size_factor(index) * math.exp(0.05 * draw)
    if role in stories.SIZE:
        return stories.SIZE[role] * math.exp(0.12 * draw)
    return math.exp(_SIGMA * max(-2.6, min(draw, 3.0)))


def _goods(rng: Random, role: str, products: tuple[Product, ...]) -> tuple[tuple[Product, ...], int]:
    names = [trade[0] for trade in words.INDUSTRIES]
    industry = names.index(weighted(tuple((t[0], t[3]) for t in words.INDUSTRIES), rng.random()))
    count = rng.choice((1, 2, 2, 3, 3, 4, 5))
    first = (industry * 3 + rng.randrange(4)) % len(CATEGORIES)
    taken = {CATEGORIES[(first + step * 3) % len(CATEGORIES)].code for step in range(count)}
    pieces_only = rng.random() < 0.5
    usable = [p for p in products if p.category.code in taken and (not pieces_only or p.dimension == "piece")]
    bought = rng.sample(usable, min(len(usable), 6 + 3 * count))
    if role != "ordinary":
        bought = [p for p in bought if p.cost_known] or bought
    return tuple(sorted(bought, key=lambda p: (p.price, p.code))), industry


def _life(rng: Random, role: str, kind: str, days: Days) -> tuple[int, int, int]:
    span = days.end - days.first
    fate, early, late = rng.random(), rng.random(), rng.random()
    contact = days.first - 30 - int(early * 4200)
    start, stop = days.first, days.end
    if kind in ("prospect", "suspect"):
        return start, stop, days.end - 20 - int(early * min(span, 900))
    if role == "ordinary" and fate < 0.20:
        start = days.first + int(late * max(0, span - 20))
        contact = start - 10 - int(early * 150)
    elif role == "ordinary" and fate < 0.31:
        stop = days.first + int(late * max(0, span - 370))
    return start, stop, contact


def _gap(rng: Random, role: str, size: float) -> float:
    noise = math.exp(rng.gauss(0.0, 0.25))
    orders_a_year = min(150.0, max(0.9, 3.7 * math.pow(size, 0.46) * noise))
    if role in ("group", "fading", "regained"):
        orders_a_year = max(18.0, orders_a_year)
    if role == "rising_star":
        orders_a_year = 36.0
    if role in ("single_huge_order", "small_but_perfect_payer"):
        orders_a_year = 7.0
    return 365.0 / orders_a_year


def _service(rng: Random, role: str, size: float) -> tuple[float, int]:
    heavy, spread = rng.random() < _HEAVY_SHARE, rng.random()
    fixed = round(rng.choice((2_000, 5_000, 9_000, 14_000)) * min(3.0, size**0.3))
    if role == "big_but_unprofitable":
        return 0.34 + 0.06 * spread, fixed
    if role in ("small_but_perfect_payer", "rising_star"):
        return 0.02, 500
    if role == "ordinary" and heavy:
        return 0.275 + 0.21 * spread, fixed
    return 0.03 + 0.075 * spread, fixed


def _price_pct(rng: Random, size: float) -> int:
    return round(100 - min(9.0, 1.6 * math.log1p(size)) - rng.random() * 4)


def _terms(rng: Random, role: str, size: float) -> int:
    cash = rng.random() < 0.12
    if role == "small_but_perfect_payer":
        return 30
    if role == "ordinary" and cash:
        return 0
    return rng.choice((30, 30, 45, 60)) if size < 6 else rng.choice((60, 60, 90))


def _payer(rng: Random, role: str) -> Payer:
    kind = weighted(tuple((payer.kind, weight) for payer, weight in PAYERS), rng.random())
    by_role = {
        "small_but_perfect_payer": _PERFECT,
        "rising_star": _PERFECT,
        "late_payer_own_fault": _OWN_FAULT,
        "late_payer_excused": _EXCUSED,
    }
    return by_role.get(role) or next(payer for payer, _ in PAYERS if payer.kind == kind)


def _rebate(rng: Random, role: str, size: float) -> int:
    draw = rng.random()
    if role in ("big_but_unprofitable", "agent"):
        return 300
    return rng.choice((100, 150, 200)) if size > 8 and draw < 0.5 else 0


def _agent(rng: Random, role: str, index: int) -> str:
    draw = rng.random()
    if role != "ordinary" or draw >= 0.05:
        return ""
    block_start = index - stories.place_of(index)
    return customer_code(block_start + 20)
