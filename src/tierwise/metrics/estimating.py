"""Metrics with roots, a column at a time: floats where nine places are beyond doubt, and a mark where they are not.

A value is computed in floating point with a bound of its error; where a half at the ninth place lies within the bound
the row is *unsure* and left to whole numbers (``outside``). So the answer is the exact one on every machine, and few
rows in ten thousand are computed in Python. Source: spec 5.1(12), SAL-11, SAL-12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.metrics.sales import fiscal_years

if TYPE_CHECKING:
    from tierwise.metrics.scene import Scene

PLACES = 9
ONE: int = 10**PLACES
FULL_YEARS, FULL_MONTHS = 3, 6
VALUE = pa.decimal128(38, 10)
ERROR = 2.0**-44
"""More than the relative error of what is computed here: some 50 steps of at most 2^-53 each."""
DIGITS = pa.decimal128(38, 0)


@dataclass(frozen=True, slots=True)
class Estimated:
    """A column of values, those in doubt by a mark, and the statuses, which are certain."""

    values: pa.Array
    unsure: pa.Array
    statuses: pa.Array


def months_in(rows: pa.Table) -> int:
    """How many months stand in a row of sums: behind unit and lines, the sum of each and then the lines of each."""
    half: int = (rows.num_columns - 2) // 2
    return half


def estimated_volatility(rows: pa.Table) -> Estimated | None:
    """Standard deviation / mean of monthly sales; null if amounts are too large for this way."""
    half = months_in(rows)
    try:
        months = [_small(column) for column in rows.columns[2 : 2 + half]]
        total = _sum(months)
        apart = [pc.subtract_checked(pc.multiply_checked(month, half), total) for month in months]
    except pa.ArrowInvalid:
        return None
    # n x sum(x^2) - sum(x)^2 = sum((n x - sum)^2) / n, and nothing is lost by taking equals apart
    squares = _sum([pc.multiply(_float(one), _float(one)) for one in apart])
    mean = _float(total)
    value = pc.divide(pc.multiply(pc.sqrt(pc.divide(squares, float(half))), float(ONE)), mean)
    filled = _sum([_one_where(column) for column in rows.columns[2 + half :]])
    bought = pc.fill_null(pc.greater(rows["m_lines"].combine_chunks(), 0), False)
    known = pc.greater(total, 0)
    status = pc.case_when(
        pc.make_struct(pc.invert(bought), pc.invert(known), pc.greater_equal(filled, FULL_MONTHS)),
        "no_history", "nonpositive_mean", "ok", "short_history",
    )  # fmt: skip
    return _rounded(value, pc.multiply(value, ERROR), pc.and_(bought, known), status)


def estimated_growth(rows: pa.Table, scene: Scene) -> Estimated | None:
    """Average growth of fiscal years in percent; null if amounts are too large for this way."""
    spans = fiscal_years(scene)
    try:
        sums = [_small(column) for column in rows.columns[2:]]
    except pa.ArrowInvalid:
        return None
    first = rows["m_first_on"].combine_chunks()
    since = [pc.fill_null(pc.less_equal(first, pa.scalar(spans[back].end)), False) for back in (3, 2, 1)]
    years = pc.make_struct(*since)
    start, end = pc.case_when(years, sums[3], sums[2], sums[1], 0), sums[0]
    status = pc.case_when(
        pc.make_struct(
            pc.is_null(first), pc.invert(since[2]), pc.equal(start, 0), pc.less(start, 0), pc.less(end, 0), since[0]
        ),
        "no_history", "short_history", "from_zero", "negative_base", "negative_end", "ok", "short_history",
    )  # fmt: skip
    known = pc.and_(since[2], pc.and_(pc.greater(start, 0), pc.greater_equal(end, 0)))
    times = pc.divide(_float(pc.if_else(known, end, 1)), _float(pc.if_else(known, start, 1)))
    root = pc.case_when(years, pc.power(times, 1 / 3), pc.sqrt(times), times, times)
    whole = pc.multiply(root, float(100 * ONE))
    return _rounded(
        pc.subtract(whole, float(100 * ONE)), pc.multiply(pc.add(whole, float(ONE)), ERROR), known, status
    )


def _rounded(value: pa.Array, error: pa.Array, known: pa.Array, status: pa.Array) -> Estimated:
    """Digits with nine places, half up; in doubt where a half lies nearer than the error."""
    raised = pc.add(pc.if_else(known, value, 0.0), 0.5)
    floor = pc.floor(raised)
    above = pc.subtract(raised, floor)
    bound = pc.if_else(known, error, 0.0)
    sure = pc.and_(pc.greater(above, bound), pc.less(above, pc.subtract(1.0, bound)))
    digits = pc.cast(pc.if_else(sure, floor, 0.0), pa.int64())
    tenths = pc.cast(pc.multiply(digits, 10), DIGITS)
    values = pa.Array.from_buffers(VALUE, len(tenths), tenths.buffers(), offset=tenths.offset)
    return Estimated(
        pc.if_else(known, values, pa.scalar(None, VALUE)), pc.and_(known, pc.invert(sure)), status
    )


def _small(column: pa.ChunkedArray) -> pa.Array:
    """The digits of decimals as 64 bits, 0 for null. **Raises** ``pa.ArrowInvalid`` where one has more."""
    whole = column.combine_chunks()
    digits = pa.Array.from_buffers(
        DIGITS, len(whole), whole.buffers(), null_count=whole.null_count, offset=whole.offset
    )
    return pc.fill_null(pc.cast(digits, pa.int64()), 0)


def _sum(columns: list[Any]) -> pa.Array:
    total = columns[0]
    for column in columns[1:]:
        total = pc.add_checked(total, column)
    return total


def _float(column: pa.Array) -> pa.Array:
    return pc.cast(column, pa.float64(), safe=False)


def _one_where(column: pa.ChunkedArray) -> pa.Array:
    """1 where a count is there and not 0, else 0."""
    return pc.cast(pc.fill_null(pc.not_equal(column.combine_chunks(), 0), False), pa.int64())
