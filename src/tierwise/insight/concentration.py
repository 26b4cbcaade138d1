"""How value is spread over customers: shares, curves, indices, pyramid. Source: spec 5.5 (CON-01 to CON-09), 7.3.

Percentages are exact fractions of 100, money is exact decimals; ``half_up`` rounds for display. Values
are an Arrow column, decimals, integers, or a field made once with ``field_of``. Nulls are left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from operator import mul, neg
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.insight.values import Values, decimal_of, field_of, half_up

__all__ = [
    "Curve",
    "GradeResources",
    "Index",
    "Inversion",
    "LossMaking",
    "Needed",
    "Point",
    "PyramidLevel",
    "Resources",
    "Values",
    "customers_for_share",
    "field_of",
    "gini",
    "half_up",
    "hhi",
    "loss_making",
    "mean_ratio",
    "pareto_curve",
    "percentile_ratio",
    "pyramid",
    "resource_inversion",
    "top_share",
    "whale_curve",
]

Field = Values | Iterable[Any]
Number = Decimal | int | str
Verdict = Literal["inverted", "flat", "graded"]
POINTS = 400
"""A chart has at most so many points; the figures beside it are those of all customers."""
FLAT_BELOW = Fraction(3, 2)
"""The best grade gets less than so many times the worst: everybody is served alike (CON-07)."""


@dataclass(frozen=True, slots=True)
class Needed:
    """How many of the best customers bring a share."""

    customers: int
    customer_pct: Fraction
    last_value: Decimal
    """The value of the last of them."""
    with_ties: int
    """Their number when all that tie with the last are taken, too (spec 6.11, step 1)."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index of concentration; ``negatives`` values were set to 0 for it, more than none is a flag."""

    value: Fraction | None
    negatives: int


@dataclass(frozen=True, slots=True)
class Point:
    """After so many customers, best first: the sum so far. ``pct`` is null when the total is not positive."""

    customers: int
    customer_pct: Fraction
    cumulative: Decimal
    pct: Fraction | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A cumulative curve by descending value, with its peak. Percentages are null when the total is not positive."""

    customers: int
    total: Decimal
    peak: Decimal
    peak_pct: Fraction | None
    peak_customers: int
    peak_customer_pct: Fraction
    destroyed: Decimal
    """What the negative values take away again, as a positive number."""
    destroyed_pct: Fraction | None
    points: tuple[Point, ...]
    """At most 400, the origin, the peak and the end among them."""


@dataclass(frozen=True, slots=True)
class LossMaking:
    """Customers with a value below 0."""

    customers: int
    pct: Fraction | None
    loss: Decimal


@dataclass(frozen=True, slots=True)
class PyramidLevel:
    """One grade of the pyramid."""

    grade: str
    customers: int
    customer_pct: Fraction
    value: Decimal
    value_pct: Fraction | None
    """Null when the total is not positive."""
    intensity: Fraction | None
    """Share of value / share of customers; with hours as the value this is CON-08."""
    without_value: int


@dataclass(frozen=True, slots=True)
class Resources:
    """What one grade brings and costs; grades are given best first."""

    grade: str
    customers: int
    profit: Decimal | int
    cost: Decimal | int
    """Service cost, or hours."""


@dataclass(frozen=True, slots=True)
class GradeResources:
    """Shares and intensity of one grade."""

    grade: str
    customers: int
    profit_pct: Fraction | None
    cost_pct: Fraction | None
    index: Fraction | None
    intensity: Fraction
    cost_without_profit: bool


@dataclass(frozen=True, slots=True)
class Inversion:
    """Grades with customers, best first, and the verdict (null without cost or with a single grade)."""

    grades: tuple[GradeResources, ...]
    verdict: Verdict | None


def top_share(values: Field, pct: Number) -> Fraction | None:
    """Percent of the total that the best ceil(N x pct / 100) customers bring; null if the total is not positive.

    **Source** spec CON-01, example E03.
    """
    field = field_of(values)
    share = Fraction(pct) * len(field) / 100
    return _pct(field.sums[min(-(-share.numerator // share.denominator), len(field))], field.total)


def customers_for_share(values: Field, pct: Number, strict: bool = False) -> Needed | None:
    """The fewest customers whose sum reaches (``strict``: exceeds) a percentage of the total.

    Null if the total is not positive or the share is never reached. **Source** spec CON-02, 6.11, example E03.
    """
    field = field_of(values)
    if field.total <= 0:
        return None
    asked = Fraction(pct) * field.total / 100
    # in integers: sum >= asked is sum >= ceil(asked); sum > asked is sum >= floor(asked) + 1
    least = asked.numerator // asked.denominator + 1 if strict else -(-asked.numerator // asked.denominator)
    rising = field.sums[: field.positives + 1]
    count = bisect_left(rising, least, lo=1)
    if count >= len(rising):
        return None
    last = field.units[count - 1]
    ties = bisect_left(field.units, -last + 1, key=neg)
    return Needed(count, Fraction(100 * count, len(field)), decimal_of(last), ties)


def gini(values: Field) -> Index:
    """The Gini coefficient, 0 (all alike) … 1; negative values count as 0 and are flagged.

    Sum of (2i - N - 1) x / (N x total), x ascending. Null if nothing is positive. **Source** spec CON-03, example E03.
    """
    field = field_of(values)
    flat, n = field.nonnegative, len(field)
    if flat.total == 0:
        return Index(None, field.negatives)
    # descending and counted from 0 the sum is that of (n - 1 - 2i) x, and the sum of i x is n total - all running sums
    weighted = (n - 1) * flat.total - 2 * (n * flat.total - sum(flat.sums))
    return Index(Fraction(weighted, n * flat.total), field.negatives)


def hhi(values: Field) -> Index:
    """The Herfindahl-Hirschman index, at most 10,000; negative values count as 0 and are flagged.

    **Source** spec CON-04.
    """
    field = field_of(values)
    flat = field.nonnegative
    if flat.total == 0:
        return Index(None, field.negatives)
    return Index(Fraction(10_000 * sum(map(mul, flat.units, flat.units)), flat.total**2), field.negatives)


def whale_curve(values: Field, points: int = POINTS) -> Curve:
    """Cumulative profit by descending profit, its peak, and the profit destroyed.

    The peak is the first highest point; the curve starts at no customer and 0, so that a field of losses
    only has its peak there. **Source** spec CON-05, example E03.
    """
    field = field_of(values)
    n, total, at = len(field), field.total, field.positives
    destroyed = field.sums[at] - total
    return Curve(
        customers=n,
        total=decimal_of(total),
        peak=decimal_of(field.sums[at]),
        peak_pct=_pct(field.sums[at], total),
        peak_customers=at,
        peak_customer_pct=_part(at, n),
        destroyed=decimal_of(destroyed),
        destroyed_pct=_pct(destroyed, total),
        points=tuple(
            Point(k, _part(k, n), decimal_of(field.sums[k]), _pct(field.sums[k], total))
            for k in _chosen(field.sums, at, points)
        ),
    )


def pareto_curve(values: Field, points: int = POINTS) -> Curve:
    """Cumulative share of a measure by descending value: the same curve over sales. **Source** spec 7.3, CON-01."""
    return whale_curve(values, points)


def loss_making(values: Field) -> LossMaking:
    """How many customers have a value below 0, and how much they lose. **Source** spec CON-06."""
    field = field_of(values)
    loss = field.sums[field.positives] - field.total
    pct = Fraction(100 * field.negatives, len(field)) if len(field) else None
    return LossMaking(field.negatives, pct, decimal_of(loss))


def percentile_ratio(values: Field, high: int = 90, low: int = 10) -> Fraction | None:
    """A high percentile over a low one; null if the low one is not positive.

    Percentiles interpolate linearly between neighbours (type 7). **Source** spec CON-09.
    """
    field = field_of(values)
    if not len(field):
        return None
    below = _percentile(field.units, low)
    return _percentile(field.units, high) / below if below > 0 else None


def mean_ratio(best: Field, worst: Field) -> Fraction | None:
    """Mean value of the best grade over that of the worst; null if the latter is not positive or a grade is empty.

    **Source** spec CON-09.
    """
    a, c = field_of(best), field_of(worst)
    if not len(a) or not len(c) or c.total <= 0:
        return None
    return Fraction(a.total * len(c), len(a) * c.total)


def pyramid(
    rows: pa.Table | Iterable[Mapping[str, Any]],
    value: str = "net_sales_12m",
    scale: Sequence[str] = ("A", "B", "C"),
) -> tuple[PyramidLevel, ...]:
    """Customers and value of every grade of the scale, best first, from the result rows of a run.

    Rows without grade and members of a graded group (``unit`` is another customer) do not count; a grade
    without customers stands with 0. **Source** spec 7.3, CON-08, example E21.
    """
    table = rows if isinstance(rows, pa.Table) else _table(rows, value)
    graded = table.filter(pc.is_valid(table["grade"]))
    if "unit" in graded.column_names and "customer_id" in graded.column_names:
        graded = graded.filter(pc.equal(graded["unit"], graded["customer_id"]))
    fields = {grade: field_of(graded.filter(pc.equal(graded["grade"], grade))[value]) for grade in scale}
    everyone = sum(len(field) + field.missing for field in fields.values())
    total = sum(field.total for field in fields.values())
    return tuple(_level(grade, field, everyone, total) for grade, field in fields.items())


def resource_inversion(grades: Iterable[Resources]) -> Inversion:
    """Whether better grades get more service per customer: ``inverted``, ``flat`` or ``graded``.

    Grades best first; one without customers is left out. **Source** spec CON-07, example E29.
    """
    kept = [grade for grade in grades if grade.customers > 0]
    profit = sum((Fraction(grade.profit) for grade in kept), Fraction(0))
    cost = sum((Fraction(grade.cost) for grade in kept), Fraction(0))
    rows = tuple(_resources(grade, profit, cost) for grade in kept)
    per = [row.intensity for row in rows]
    if len(per) < 2 or cost <= 0:
        return Inversion(rows, None)
    if any(better < worse for i, better in enumerate(per) for worse in per[i + 1 :]):
        return Inversion(rows, "inverted")
    return Inversion(rows, "flat" if per[0] < FLAT_BELOW * per[-1] else "graded")


def _resources(grade: Resources, profit: Fraction, cost: Fraction) -> GradeResources:
    profit_pct = 100 * Fraction(grade.profit) / profit if profit > 0 else None
    cost_pct = 100 * Fraction(grade.cost) / cost if cost > 0 else None
    earns = profit_pct is not None and profit_pct > 0
    index = cost_pct / profit_pct if earns and cost_pct is not None and profit_pct is not None else None
    spent = Fraction(grade.cost)
    return GradeResources(
        grade.grade,
        grade.customers,
        profit_pct,
        cost_pct,
        index,
        spent / grade.customers,
        cost_without_profit=spent > 0 and not earns,
    )


def _level(grade: str, field: Values, everyone: int, total: int) -> PyramidLevel:
    customers = len(field) + field.missing
    value_pct = _pct(field.total, total)
    share = _part(customers, everyone)
    intensity = value_pct / share if value_pct is not None and share > 0 else None
    return PyramidLevel(grade, customers, share, decimal_of(field.total), value_pct, intensity, field.missing)


def _table(rows: Iterable[Mapping[str, Any]], value: str) -> pa.Table:
    kept = [row for row in rows if row["grade"] is not None and row.get("unit") == row.get("customer_id")]
    amounts = pa.array([row[value] for row in kept], pa.decimal128(38, 10))
    return pa.table({"grade": pa.array([row["grade"] for row in kept], pa.string()), value: amounts})


def _pct(part: int, total: int) -> Fraction | None:
    return Fraction(100 * part, total) if total > 0 else None


def _part(count: int, everyone: int) -> Fraction:
    return Fraction(100 * count, everyone) if everyone else Fraction(0)


def _percentile(descending: Sequence[int], pct: int) -> Fraction:
    place, rest = divmod((len(descending) - 1) * pct, 100)
    here = descending[-1 - place]
    return Fraction(here) + (Fraction(rest, 100) * (descending[-2 - place] - here) if rest else 0)


def _chosen(sums: Sequence[int], peak: int, most: int) -> list[int]:
    """At most so many places of a curve: even steps along both axes, with both ends and the peak."""
    last = len(sums) - 1
    if last < most:
        return list(range(last + 1))
    steps = (most - 3) // 3
    places = {0, peak, last} | {last * i // steps for i in range(1, steps)}
    rise, fall = sums[peak] - sums[0], sums[peak] - sums[last]
    for i in range(1, steps):
        places.add(bisect_left(sums, rise * i // steps, hi=peak))
        places.add(bisect_left(sums, fall * i // steps, lo=peak, key=lambda x: sums[peak] - x))
    return sorted(places)
