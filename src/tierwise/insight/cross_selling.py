"""What customers of the same kind buy and this one does not. Source: spec 5.9 (MKT-05 to MKT-07), 8.5; E15."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from tierwise.insight.retention import pct

Holdings = Mapping[str, Set[str]]
"""Customer of a peer group -> the products (or categories) that it buys."""
THRESHOLD_PCT = Fraction(50)
LEAST_PAIRS = 3
"""Two or fewer customers that have both make no rule."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A product to offer: how many of the other peers have it, and the margin that may be expected."""

    product: str
    penetration_pct: Fraction
    expected_margin: Fraction


@dataclass(frozen=True, slots=True)
class Association:
    """How often two products go together; confidence and lift are null where nobody has what they start from."""

    support_pct: Fraction | None
    confidence_pct: Fraction | None
    lift: Fraction | None


def penetration(holdings: Holdings) -> dict[str, Fraction]:
    """Product -> percent of the peers that have it. **Source** spec MKT-05."""
    counts = Counter(product for owned in holdings.values() for product in owned)
    return {product: Fraction(n * 100, len(holdings)) for product, n in sorted(counts.items())}


def recommendations(
    holdings: Holdings, average_margin: Mapping[str, Decimal], threshold_pct: Fraction = THRESHOLD_PCT
) -> dict[str, list[Recommendation]]:
    """Customer -> what to offer it, the largest expected margin first.

    The customer itself is left out of its peers, so that it is not measured by what it does not buy; a product
    without a known margin is not recommended. **Source** spec MKT-05, example E15.
    """
    every = Counter(product for owned in holdings.values() for product in owned)
    others = len(holdings) - 1
    counts = {p: n for p, n in every.items() if p in average_margin and n * 100 >= threshold_pct * others}
    found: dict[str, list[Recommendation]] = {}
    for customer, owned in holdings.items():
        missing = {p: pct(n, others) for p, n in counts.items() if p not in owned}
        offers = [
            Recommendation(product, share, share / 100 * Fraction(average_margin[product]))
            for product, share in missing.items()
            if share is not None and share >= threshold_pct
        ]
        found[customer] = sorted(offers, key=lambda offer: (-offer.expected_margin, offer.product))
    return found


def hit_rate(recommended: Iterable[tuple[str, str]], ordered: Iterable[tuple[str, str]]) -> Fraction | None:
    """Percent of recommended (customer, product) pairs that were ordered; null without any. **Source** MKT-06."""
    offers = set(recommended)
    return pct(len(offers & set(ordered)), len(offers))


def association(holdings: Holdings, antecedent: str, consequent: str) -> Association:
    """Support, confidence and lift of "who has the first has the second". **Source** spec MKT-07, example E15."""
    first = sum(1 for owned in holdings.values() if antecedent in owned)
    second = sum(1 for owned in holdings.values() if consequent in owned)
    both = sum(1 for owned in holdings.values() if {antecedent, consequent} <= owned)
    return _association(len(holdings), first, second, both)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has the first has the second, too, more often than the group."""

    antecedent: str
    consequent: str
    found: Association


def rules(holdings: Holdings, least_support_pct: int = 10, products: int = 20) -> list[Rule]:
    """The associations with a lift above 1 among the most common products, the strongest first. **Source** MKT-07."""
    counts = Counter(product for owned in holdings.values() for product in owned)
    common = {product for product, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:products]}
    pairs = Counter(pair for owned in holdings.values() for pair in combinations(sorted(owned & common), 2))
    total, found = len(holdings), []
    for (one, other), both in pairs.items():
        if both < LEAST_PAIRS or both * 100 < least_support_pct * total:
            continue
        for first, second in ((one, other), (other, one)):
            found.append(Rule(first, second, _association(total, counts[first], counts[second], both)))
    above = [(rule.found.lift, rule) for rule in found if rule.found.lift is not None and rule.found.lift > 1]
    return [rule for _, rule in sorted(above, key=lambda x: (-x[0], x[1].antecedent, x[1].consequent))]


def _association(total: int, first: int, second: int, both: int) -> Association:
    confidence = pct(both, first)
    lift = None if confidence is None or not second else confidence / Fraction(second * 100, total)
    return Association(pct(both, total), confidence, lift)
