"""Exact numbers: how a value is rounded and stored (decision 0004, spec 5.1)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor


def half_away(value: Fraction, places: int) -> Fraction:
    """Rounded to ``places``, halves away from zero."""
    scale = 10**places
    size = floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(size if value >= 0 else -size, scale)


def stored_ratio(value: Fraction) -> Fraction:
    """Nine places towards minus infinity, and a tenth that is 5 if anything was cut off."""
    low = floor(value * 10**9)
    return Fraction(low, 10**9) + (0 if value * 10**9 == low else Fraction(5, 10**10))


def root(value: Fraction, degree: int) -> Fraction:
    """The positive root to 60 digits."""
    with localcontext() as context:
        context.prec = 80
        power = Decimal(1) / Decimal(degree)
        ratio = Decimal(value.numerator) / Decimal(value.denominator)
        near = ratio**power if ratio else Decimal(0)
    guess = Fraction(near).limit_denominator(10**12)
    return guess if guess**degree == value else Fraction(near)


def median(values: list[int]) -> Fraction:
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return Fraction(low + high, 2)


def ceil_share(count: int, pct: Fraction) -> int:
    """The smallest integer >= count x pct / 100."""
    return -floor(-count * pct / 100)


def best_rank(value: Fraction, values: Iterable[Fraction], *, more: bool = True) -> int:
    """Competition rank: 1 + the number of strictly better values."""
    return 1 + sum(1 for other in values if (other > value if more else other < value))


def decimal(value: Fraction, places: int) -> Decimal:
    """A fraction that is exact at ``places`` as a decimal of that scale."""
    scaled = value * 10**places
    if scaled.denominator != 1:
        raise ValueError(f"{value} has more than {places} places")
    return Decimal(scaled.numerator).scaleb(-places)
