"""Money as whole cents, written with two decimals; never a float on the way to a file."""

from __future__ import annotations


def text(cents: int) -> str:
    """Cents as a decimal with two places: ``-1205`` -> ``-12.05``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def with_tax(cents: int, tax_pct: int) -> int:
    """The amount with tax, halves away from zero."""
    grown = abs(cents) * (100 + tax_pct)
    rounded = (grown + 50) // 100
    return rounded if cents >= 0 else -rounded


def part(cents: int, numerator: int, denominator: int) -> int:
    """``cents × numerator / denominator``, cut toward zero, so that parts never exceed the whole."""
    piece = abs(cents) * numerator // denominator
    return piece if cents >= 0 else -piece


def coarse(cents: float, step: int) -> int:
    """A positive amount brought to a multiple of ``step`` cents, at least one step."""
    return max(step, round(cents / step) * step)
