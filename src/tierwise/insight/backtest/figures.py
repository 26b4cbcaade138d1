"""From sums to shares, lifts, correlations and intervals: exact fractions, roots in decimal. Source: spec 12.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import isqrt
from typing import TypeVar

from tierwise.insight.backtest.measuring import Chosen
from tierwise.insight.backtest.model import Caught, Correlation, Interval

Sums = Mapping[str, int]
Edges = Mapping[tuple[str, int], tuple[int, int]]
PLACES = 4
"""Places of a rank correlation."""
Number = TypeVar("Number", Fraction, Decimal)


def share(sums: Sums, edges: Edges, chosen: Chosen) -> Fraction | None:
    """Percent of the total that the chosen brought; those who tie at the end share the places left."""
    total = sums[f"t_{chosen.value}"]
    if total <= 0:
        return None
    left, tied = edges[chosen.order, chosen.places]
    edge = Fraction(sums[f"e_{chosen.column}"] * left, tied)
    return 100 * (sums[f"s_{chosen.column}"] + edge) / total


def caught(
    chosen: Chosen, past: Chosen | None, sums: Sums, edges: Edges, resamples: Sequence[Sums], customers: int
) -> Caught:
    """What an order caught with so many places, and how much more than past spend did."""
    pct = share(sums, edges, chosen)
    lift = None if pct is None else pct / Fraction(100 * chosen.places, customers)
    interval = interval_of([share(one, edges, chosen) for one in resamples])
    if past is None:
        return Caught(pct, lift, interval)
    more = _minus(pct, share(sums, edges, past))
    mores = [_minus(share(one, edges, chosen), share(one, edges, past)) for one in resamples]
    return Caught(pct, lift, interval, more, interval_of(mores))


def _minus(a: Fraction | None, b: Fraction | None) -> Fraction | None:
    return None if a is None or b is None else a - b


def interval_of(values: Sequence[Fraction | None]) -> Interval | None:
    """The middle 95 percent by nearest rank; null if fewer than half of the resamples have a value."""
    ends = _middle(values)
    return None if ends is None else Interval(*ends)


def _middle(values: Sequence[Number | None]) -> tuple[Number, Number] | None:
    known = sorted(value for value in values if value is not None)
    if not known or 2 * len(known) < len(values):
        return None
    return known[-(-25 * len(known) // 1000) - 1], known[-(-975 * len(known) // 1000) - 1]


def spearman(sums: Sums, order: str, value: str) -> Decimal | None:
    """Spearman's correlation from sums of doubled ranks, rounded half up to four places; null without variation."""
    n, a, b = sums["n"], sums[f"r_a_{order}_{value}"], sums[f"r_b_{value}"]
    up = n * sums[f"r_ab_{order}_{value}"] - a * b
    spread_a = n * sums[f"r_aa_{order}_{value}"] - a * a
    spread_b = n * sums[f"r_bb_{value}"] - b * b
    if spread_a <= 0 or spread_b <= 0:
        return None
    return rounded_ratio(up, spread_a * spread_b)


def rounded_ratio(up: int, square: int) -> Decimal:
    """up / root of square, halves away from zero, to four places: exact, because it compares squares of integers."""
    # half up: the largest k with (2k - 1) / 2 <= 10^4 |up| / root, that is (2k - 1)^2 square <= (2 x 10^4 up)^2
    reach = isqrt((2 * 10**PLACES * up) ** 2 // square)
    whole = (reach + 1) // 2
    with localcontext() as context:
        context.prec = 60
        found = Decimal(whole if up >= 0 else -whole).scaleb(-PLACES)
        return found.quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP)


def correlation(order: str, value: str, sums: Sums, resamples: Sequence[Sums]) -> Correlation:
    """The rank correlation of an order with what came; resamples keep the ranks of the whole field."""
    return Correlation(
        spearman(sums, order, value), _middle([spearman(one, order, value) for one in resamples])
    )
