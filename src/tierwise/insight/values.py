"""The values of a whole field as exact integers, largest first: what every picture of it starts from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from operator import neg
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

PLACES = 10
_WIDEST = pa.decimal128(38, PLACES)
_LOW = 2**64 - 1


@dataclass(frozen=True)
class Values:
    """The known values of a field in units of 10^-10, largest first, and how many customers have none.

    Sorting is the dear part: make it once with ``field_of`` and hand it to every function.
    """

    units: tuple[int, ...]
    missing: int = 0

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def sums(self) -> list[int]:
        """Running sums: after no customer, after the first, … after all."""
        return list(accumulate(self.units, initial=0))

    @property
    def total(self) -> int:
        """The sum of all, in units."""
        return self.sums[-1]

    @cached_property
    def positives(self) -> int:
        """How many values are above 0: after so many customers the running sum is highest, the first time."""
        return bisect_left(self.units, 0, key=neg)

    @cached_property
    def negatives(self) -> int:
        """How many values are below 0."""
        return len(self.units) - bisect_left(self.units, 1, key=neg)

    @cached_property
    def nonnegative(self) -> Values:
        """The same field with negative values set to 0."""
        if not self.negatives:
            return self
        kept = self.units[: len(self.units) - self.negatives]
        return Values(kept + (0,) * self.negatives, self.missing)


def field_of(values: Values | Iterable[Any]) -> Values:
    """The values of a field from an Arrow column or from decimals and integers; nulls are left out and counted.

    **Raises** ``pyarrow.ArrowException`` for floats and for more than ten places: they would not stay exact.
    """
    if isinstance(values, Values):
        return values
    column = values if isinstance(values, pa.Array | pa.ChunkedArray) else _column(list(values))
    known = _widest(column.drop_null())
    order = pc.array_sort_indices(known, order="descending")
    return Values(tuple(_units(known.take(order))), column.null_count)


def _column(values: list[Any]) -> Any:
    if any(isinstance(value, float) for value in values):
        raise pa.ArrowTypeError("a float is not exact; give decimals or integers")
    return pa.array(values, _WIDEST)


def _widest(column: Any) -> Any:
    """One array of decimals with ten places."""
    if pa.types.is_floating(column.type):
        raise pa.ArrowTypeError("a float is not exact; give decimals or integers")
    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return plain if plain.type == _WIDEST else plain.cast(_WIDEST)


def _units(column: Any) -> list[int]:
    """The integers behind an array of decimals without nulls: 16 bytes each, the low half first."""
    if len(column) == 0:
        return []
    halves = memoryview(column.buffers()[1]).cast("q")
    start, end = 2 * column.offset, 2 * (column.offset + len(column))
    low, high = halves[start:end:2].tolist(), halves[start + 1 : end : 2].tolist()
    return [lo if h == lo >> 63 else (h << 64) | (lo & _LOW) for lo, h in zip(low, high, strict=True)]


def decimal_of(units: int) -> Decimal:
    """Units of 10^-10 as a decimal without needless places."""
    with localcontext() as context:
        context.prec = 60
        value = Decimal(units).scaleb(-PLACES)
        whole = value == value.to_integral_value()
        return value.quantize(Decimal(1)) if whole else value.normalize()


def half_up(value: Fraction | None, places: int = 2) -> Decimal | None:
    """A fraction rounded for display, halves away from zero; null stays null. **Source** spec 5.1(8)."""
    if value is None:
        return None
    with localcontext() as context:
        context.prec = 60
        scaled = abs(value) * 10**places
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        step = Decimal(1).scaleb(-places)
        signed = Decimal(whole if value >= 0 else -whole).scaleb(-places)
        return signed.quantize(step, rounding=ROUND_HALF_UP)
