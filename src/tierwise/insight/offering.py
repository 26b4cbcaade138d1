"""What to offer whom, from the orders of a book: penetration, recommendations, rules, hits. Source: spec 8.5, MKT-05 to MKT-07.

Peers are the customers of one grade and main segment, of the grade alone where they are fewer than five. Items are categories
of products where the book has them, else products.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.engine.stages import Stages
from tierwise.insight.cross_selling import Recommendation, Rule, hit_rate, penetration, recommendations, rules
from tierwise.kernel.periods import add_months
from tierwise.metrics.compute import Level, customers_seen
from tierwise.metrics.orders import holdings
from tierwise.metrics.report import scene_for_people
from tierwise.metrics.scene import book_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine

LEAST_PEERS, YEAR, HIT_MONTHS = 5, 12, 3
Bought = dict[str, dict[str, Decimal | None]]
"""Customer -> item -> what it earned there, null where a cost is not known."""


@dataclass(frozen=True, slots=True)
class Group:
    """One peer group: who is in it, what most of them have, and which items go together."""

    name: str
    customers: int
    penetration: Mapping[str, Fraction]
    rules: tuple[Rule, ...]
    hits_pct: Fraction | None
    """Of what would have been recommended three months ago, the share ordered since (MKT-06)."""
    recommended: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What to offer one customer."""

    customer: str
    group: str
    offer: Recommendation


@dataclass(frozen=True, slots=True)
class Offering:
    """The peer groups, and all offers, the largest expected margin first."""

    by_category: bool
    groups: tuple[Group, ...]
    offers: tuple[Offer, ...]


def peer_groups(grade_of: Mapping[str, str], segment_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Name of the group -> its customers: grade and segment, or the grade alone for groups of fewer than five."""
    fine: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, grade in sorted(grade_of.items()):
        fine[grade, segment_of.get(code, "")].append(code)
    found: dict[str, list[str]] = defaultdict(list)
    for (grade, segment), codes in sorted(fine.items()):
        alone = not segment or len(codes) < LEAST_PEERS
        found[grade if alone else f"{grade} · {segment}"] += codes
    return {name: sorted(codes) for name, codes in found.items()}


def offering(
    book: Book, as_of: date, groups: Mapping[str, list[str]], quiet: frozenset[str], level: Level
) -> Offering:
    """What to offer on a day; ``quiet`` are customers with an open complaint, to whom nothing is offered."""
    before = add_months(as_of + timedelta(days=1), -HIT_MONTHS) - timedelta(days=1)
    by_category = _has_categories(book, as_of)
    now, then, since = (
        _bought(book, day, months, by_category, level)
        for day, months in ((as_of, YEAR), (before, YEAR), (as_of, HIT_MONTHS))
    )
    made, offers = [], []
    for name, codes in groups.items():
        peers = {code: frozenset(now.get(code, ())) for code in codes}
        past = _recommended(codes, then)
        ordered = {(code, item) for code in codes for item in since.get(code, ())}
        shares = dict(sorted(penetration(peers).items(), key=lambda one: (-one[1], one[0])))
        made.append(Group(name, len(codes), shares, tuple(rules(peers)), hit_rate(past, ordered), len(past)))
        given = recommendations(peers, _average(codes, now))
        offers += [Offer(code, name, one) for code in codes if code not in quiet for one in given[code]]
    offers.sort(key=lambda one: (-one.offer.expected_margin, one.customer, one.offer.product))
    return Offering(by_category, tuple(made), tuple(offers))


def _recommended(codes: list[str], bought: Bought) -> set[tuple[str, str]]:
    peers = {code: frozenset(bought.get(code, ())) for code in codes}
    given = recommendations(peers, _average(codes, bought))
    return {(code, one.product) for code, found in given.items() for one in found}


def _average(codes: list[str], bought: Bought) -> dict[str, Decimal]:
    """Item -> mean margin of the holders in the group whose margin is known."""
    margins: dict[str, list[Decimal]] = defaultdict(list)
    for code in codes:
        for item, margin in bought.get(code, {}).items():
            if margin is not None:
                margins[item].append(margin)
    return {item: sum(found, Decimal(0)) / len(found) for item, found in margins.items()}


def _has_categories(book: Book, as_of: date) -> bool:
    products = book_table("products", "category")
    with book.engine() as engine:
        book.open_in(engine, book.upcoming(), ("products",), as_of=as_of)
        return bool(_fetch(engine, products.filter(products.category.notnull()).select("category").limit(1)))


def _bought(book: Book, day: date, months: int, by_category: bool, level: Level) -> Bought:
    version = book.upcoming()
    with book.engine() as engine:
        book.open_in(engine, version, ("customers", "order_lines", "products"), as_of=day)
        stages = Stages(engine)
        scene = customers_seen(stages, scene_for_people(version.settings, day), level)
        rows = _fetch(engine, holdings(stages, scene, months, by_category=by_category))
    found: Bought = defaultdict(dict)
    for row in rows:
        found[row["unit"]][row["item"]] = row["margin"]
    return found


def _fetch(engine: Engine, expr: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.fetch(expr).to_pylist()
    return rows
