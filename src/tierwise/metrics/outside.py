"""Metrics with roots, computed in whole numbers beside the engine. Source: spec 5.1(12), SAL-11, SAL-12; E08.

Amounts are taken as the digits in which they are kept; the roots are of whole numbers and exact, so that the half
at the ninth place is a half, and rounds away from zero. Most rows are told by an estimate that is surely near enough
(``estimating``); the others are computed here one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isqrt
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.metrics.estimating import (
    FULL_MONTHS,
    FULL_YEARS,
    ONE,
    PLACES,
    VALUE,
    estimated_growth,
    estimated_volatility,
    months_in,
)
from tierwise.metrics.sales import fiscal_years, month_windows

if TYPE_CHECKING:
    from datetime import date

    from tierwise.kernel.periods import Window
    from tierwise.metrics.model import Use
    from tierwise.metrics.scene import Scene

Found = tuple[int | None, str]
"""Digits with nine places, and the status."""


def growth_of(first: date | None, sums: Sequence[int], spans: Sequence[Window]) -> Found:
    """Average growth in percent from the sums of fiscal years, the last completed one first.

    **Source** spec SAL-11, example E08_cagr.
    """
    if first is None:
        return None, "no_history"
    years = next((back for back in (3, 2, 1) if first <= spans[back].end), 0)
    if not years:
        return None, "short_history"
    end, start = sums[0], sums[years]
    if start <= 0:
        return None, "from_zero" if start == 0 else "negative_base"
    if end < 0:
        return None, "negative_end"
    return _compound(start, end, years), "ok" if years == FULL_YEARS else "short_history"


def _compound(start: int, end: int, years: int) -> int:
    """(end / start) ^ (1 / years) - 1 in percent, digits with nine places."""
    whole = 100 * ONE
    radicand: int = end * (2 * whole) ** years
    doubled = _root(radicand // start, years)
    digits = (doubled + 1) // 2 - whole
    half = doubled % 2 and doubled**years * start == radicand
    return digits - 1 if half and digits <= 0 else digits


def _root(value: int, degree: int) -> int:
    """The whole part of the first, second or third root."""
    if degree < FULL_YEARS:
        return value if degree == 1 else isqrt(value)
    near: int = round(value ** (1 / 3))
    near = (2 * near + value // near**2) // 3 if near else 0
    while near**3 > value:
        near -= 1
    while (near + 1) ** 3 <= value:
        near += 1
    return near


def volatility_of(bought: int, sums: Sequence[int], lines: Sequence[int | None]) -> Found:
    """Population standard deviation / mean of monthly sales. **Source** spec SAL-12."""
    if not bought:
        return None, "no_history"
    total = sum(sums)
    if total <= 0:
        return None, "nonpositive_mean"
    spread = len(sums) * sum(x * x for x in sums) - total * total
    digits = (isqrt(spread * (2 * ONE) ** 2) + total) // (2 * total)
    return digits, "ok" if sum(map(bool, lines)) >= FULL_MONTHS else "short_history"


def needed_columns(use: Use, scene: Scene) -> list[str]:
    """The raw measures that an outside metric reads."""
    if use.name == "three_year_growth_pct":
        return ["m_first_on", *(f"m_year_{i}" for i in range(4))]
    n = use.months or 12
    count = len(month_windows(scene, n))
    return [
        "m_lines",
        *(f"m_month_{n}m_{i}" for i in range(count)),
        *(f"m_month_lines_{n}m_{i}" for i in range(count)),
    ]


def compute(use: Use, rows: pa.Table, scene: Scene) -> pa.Table:
    """Unit, value and status of an outside metric, from the raw measures."""
    growing = use.name == "three_year_growth_pct"
    found = estimated_growth(rows, scene) if growing else estimated_volatility(rows)
    if found is None:
        values, statuses = _exact(use, rows, scene)
    else:
        unsure = rows.filter(found.unsure)
        exact, _ = _exact(use, unsure, scene)
        values, statuses = pc.replace_with_mask(found.values, found.unsure, exact), found.statuses
    return pa.table({"unit": rows["unit"].cast(pa.string()), use.column: values, use.status: statuses})


def _exact(use: Use, rows: pa.Table, scene: Scene) -> tuple[pa.Array, pa.Array]:
    """Values and statuses by whole numbers, one row after the other."""
    found = list(_growths(rows, scene) if use.name == "three_year_growth_pct" else _volatilities(rows))
    values = [None if digits is None else Decimal(digits).scaleb(-PLACES) for digits, _ in found]
    return pa.array(values, VALUE), pa.array([status for _, status in found], pa.string())


def _growths(rows: pa.Table, scene: Scene) -> Iterator[Found]:
    spans = fiscal_years(scene)
    years = zip(*(_digits(column) for column in rows.columns[2:]), strict=True)
    for first, sums in zip(rows["m_first_on"].to_pylist(), years, strict=True):
        yield growth_of(first, sums, spans)


def _volatilities(rows: pa.Table) -> Iterator[Found]:
    """Of units, their number of lines, the sums of their months, and the lines of these months."""
    half = months_in(rows)
    sums = zip(*(_digits(column) for column in rows.columns[2 : 2 + half]), strict=True)
    lines = zip(*(column.to_pylist() for column in rows.columns[2 + half :]), strict=True)
    for bought, months, filled in zip(rows["m_lines"].to_pylist(), sums, lines, strict=True):
        yield volatility_of(bought, months, filled)


def _digits(column: pa.ChunkedArray) -> list[int]:
    """The digits of decimals without their point, 0 for null: a tenth of the time of decimals in Python."""
    filled = pc.fill_null(column, pa.scalar(Decimal(0), column.type))
    return [digits for chunk in filled.chunks if len(chunk) for digits in _of_chunk(chunk)]


def _of_chunk(array: pa.Array) -> Iterator[int]:
    """Sixteen bytes each: the lower and, with the sign, the upper half."""
    halves = memoryview(array.buffers()[1]).cast("q")[2 * array.offset : 2 * (array.offset + len(array))]
    for low, high in zip(halves[::2].tolist(), halves[1::2].tolist(), strict=True):
        yield low if high == low >> 63 else (high << 64) | (low & 0xFFFF_FFFF_FFFF_FFFF)
