"""What customers of the same kind buy and this one does not. Source: spec 5.9 (MKT-05 to MKT-07), 8.5; E15."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tierwise.insight.retention import pct

Holdings = Mapping[str, Set[str]]
"""Customer of a peer group -> the products (or categories) that it buys."""
THRESHOLD_PCT = Fraction(50)


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
    counts = Counter(product for owned in holdings.values() for product in owned)
    others = len(holdings) - 1
    found: dict[str, list[Recommendation]] = {}
    for customer, owned in holdings.items():
        missing = {p: pct(n, others) for p, n in counts.items() if p not in owned and p in average_margin}
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
    total = len(holdings)
    first = sum(1 for owned in holdings.values() if antecedent in owned)
    second = sum(1 for owned in holdings.values() if consequent in owned)
    both = sum(1 for owned in holdings.values() if {antecedent, consequent} <= owned)
    confidence = pct(both, first)
    lift = None if confidence is None or not second else confidence / Fraction(second * 100, total)
    return Association(pct(both, total), confidence, lift)
