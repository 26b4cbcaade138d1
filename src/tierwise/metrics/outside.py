"""Metrics with roots, computed in decimal beside the engine. Source: spec 5.1(12), SAL-11, SAL-12; E08."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierwise.metrics.sales import fiscal_years, month_windows
from tierwise.metrics.scene import Scene

if TYPE_CHECKING:
    from datetime import date

    from tierwise.metrics.model import Use

NINE = Decimal("1e-9")
PRECISION = 50


def compound_growth(start: Decimal, end: Decimal, years: int, wanted: int = 3) -> tuple[Decimal | None, str]:
    """Average growth in percent over so many years, and its status.

    **Source** spec SAL-11, example E08_cagr.
    """
    if start <= 0:
        return None, "from_zero" if start == 0 else "negative_base"
    if end < 0:
        return None, "negative_end"
    with localcontext() as context:
        context.prec = PRECISION
        if end == 0:
            rate = Decimal(-100)
        else:
            rate = (((end / start).ln() / years).exp() - 1) * 100
        rounded = rate.quantize(NINE, rounding=ROUND_HALF_UP)
    return rounded, "ok" if years == wanted else "short_history"


def volatility(months: Sequence[Decimal], months_with_lines: int) -> tuple[Decimal | None, str]:
    """Population standard deviation / mean of monthly sales, and its status. **Source** spec SAL-12."""
    total, count = sum(months, Decimal(0)), len(months)
    if total <= 0:
        return None, "nonpositive_mean"
    with localcontext() as context:
        context.prec = PRECISION
        spread = count * sum((x * x for x in months), Decimal(0)) - total * total
        value = (spread.sqrt() / total).quantize(NINE, rounding=ROUND_HALF_UP)
    return value, "ok" if months_with_lines >= 6 else "short_history"


def growth_of(row: dict[str, Any], scene: Scene) -> tuple[Decimal | None, str]:
    """Three-year growth from the fiscal-year sums of one customer."""
    first: date | None = row["m_first_on"]
    spans = fiscal_years(scene)
    if first is None:
        return None, "no_history"
    reached = [back for back in (3, 2, 1) if first <= spans[back].end]
    if not reached:
        return None, "short_history"
    years = reached[0]
    zero = Decimal(0)
    return compound_growth(row[f"m_year_{years}"] or zero, row["m_year_0"] or zero, years)


def volatility_of(row: dict[str, Any], scene: Scene, months: int) -> tuple[Decimal | None, str]:
    """Volatility from the monthly sums of one customer."""
    if not row["m_lines"]:
        return None, "no_history"
    count = len(month_windows(scene, months))
    values = [row[f"m_month_{months}m_{i}"] or Decimal(0) for i in range(count)]
    filled = sum(1 for i in range(count) if row[f"m_month_lines_{months}m_{i}"])
    return volatility(values, filled)


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
    values: list[Decimal | None] = []
    statuses: list[str] = []
    for row in rows.to_pylist():
        value, status = (
            growth_of(row, scene)
            if use.name == "three_year_growth_pct"
            else volatility_of(row, scene, use.months or 12)
        )
        values.append(value)
        statuses.append(status)
    return pa.table(
        {
            "unit": rows["unit"].cast(pa.string()),
            use.column: pa.array(values, pa.decimal128(38, 10)),
            use.status: pa.array(statuses, pa.string()),
        }
    )
