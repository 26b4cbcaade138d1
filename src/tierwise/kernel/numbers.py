"""Decimals as text, for what is stored and compared; pages have formats of their own."""

from __future__ import annotations

from decimal import Decimal


def plain_number(value: Decimal) -> str:
    """The shortest text of a decimal without exponent: ``7.5`` for 7.50, ``100`` for 1E+2, ``0`` for -0."""
    return format(value.normalize(), "f") if value else "0"
