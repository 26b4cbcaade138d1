"""Levers of a scorecard: which change of one criterion's metric brings the total to a threshold. Source: spec 6.3, 8.1(7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from tierwise.grading.wording import WIDE
from tierwise.metrics.catalogue import use_of
from tierwise.policy.model import Criterion, FromBands, FromLinear, Policy, Scorecard

Found = tuple[Literal["up", "keep"], str, str, Decimal, Decimal, str]


def scorecard_levers(
    policy: Policy, card: Scorecard, row: Mapping[str, Any], step_of: Callable[[str], Decimal]
) -> Iterator[Found]:
    """For each criterion by bands or by a line over a metric: way, column, grade, value, change, criterion."""
    codes = [grade.code for grade in policy.scale]
    place = codes.index(row["grade"])
    for c in card.criteria:
        metric = getattr(c.source, "metric", None)
        if metric is None or not isinstance(c.source, FromBands | FromLinear):
            continue
        column = use_of(metric, policy.window_months).column
        value, score = row[column], row[f"{card.id}_{c.code}_score"]
        if value is None or score is None:
            continue
        value, step = Decimal(value), step_of(column)
        if place:
            grade = codes[place - 1]
            change = _reach(c, value, _wanted(card, row, c, grade), step)
            if change is not None:
                yield "up", column, grade, value, change, c.code
        if place < len(codes) - 1:
            room = _room(c, value, _wanted(card, row, c, codes[place]), step)
            if room is not None:
                yield "keep", column, codes[place], value, room, c.code


def _wanted(card: Scorecard, row: Mapping[str, Any], c: Criterion, grade: str) -> Fraction:
    """The score of a criterion with which the total just reaches the threshold of a grade."""
    present = [x for x in card.criteria if row[f"{card.id}_{x.code}_score"] is not None]
    weight = sum((Fraction(x.weight) for x in present), Fraction(0))
    per_point = 100 * Fraction(c.weight) / (Fraction(c.top) * weight)
    missing = Fraction(card.thresholds[grade]) - Fraction(row["score"])
    return Fraction(row[f"{card.id}_{c.code}_score"]) + missing / per_point


def _reach(c: Criterion, value: Decimal, wanted: Fraction, step: Decimal) -> Decimal | None:
    """The smallest change of the metric that gives the criterion that score, either way."""
    if wanted > Fraction(c.top):
        return None
    if isinstance(c.source, FromLinear):
        way, distance = _on_line(c, c.source, value, wanted)
        return WIDE.multiply(way * _up(distance, step), step)
    assert isinstance(c.source, FromBands)
    return min(_into(c.source, value, step, lambda points: points >= wanted), key=abs, default=None)


def _room(c: Criterion, value: Decimal, wanted: Fraction, step: Decimal) -> Decimal | None:
    """The largest change of the metric for the worse with which the criterion still has that score; null: any."""
    if wanted <= 0:
        return None
    if isinstance(c.source, FromLinear):
        way, distance = _on_line(c, c.source, value, wanted)
        return WIDE.multiply(-way * Decimal(_down(-distance, step)), step)
    assert isinstance(c.source, FromBands)
    first = min(_into(c.source, value, step, lambda points: points < wanted), key=abs, default=None)
    if first is None:
        return None
    return WIDE.subtract(first, step if first > 0 else -step)


def _on_line(c: Criterion, source: FromLinear, value: Decimal, wanted: Fraction) -> tuple[Decimal, Fraction]:
    """Which way is better, and how far off the value lies whose score, rounded half up, is the wanted one."""
    nine = 10**9
    least = Fraction(_ceil(wanted * nine), nine) - Fraction(1, 2 * nine)
    span = Fraction(source.full_at) - Fraction(source.zero_at)
    target = Fraction(source.zero_at) + least / Fraction(c.top) * span
    way = 1 if span > 0 else -1
    return Decimal(way), (target - Fraction(value)) * way


def _ceil(number: Fraction) -> int:
    return -(-number.numerator // number.denominator)


def _up(distance: Fraction, step: Decimal) -> Decimal:
    return Decimal(max(_ceil(distance / Fraction(step)), 0))


def _down(distance: Fraction, step: Decimal) -> int:
    steps = distance / Fraction(step)
    return max(steps.numerator // steps.denominator, 0)


def _into(
    source: FromBands, value: Decimal, step: Decimal, fits: Callable[[Fraction], bool]
) -> Iterator[Decimal]:
    """The smallest changes into every band whose points fit; what lies below all bands has none."""
    bounds = [(band.start, Fraction(band.points)) for band in source.bands]
    if bounds[-1][0] is not None:
        bounds.append((None, Fraction(0)))
    upper: Decimal | None = None
    for start, points in bounds:
        if fits(points):
            if start is not None and value < start:
                yield WIDE.multiply(_up(Fraction(start) - Fraction(value), step), step)
            elif upper is not None and value >= upper:
                steps = _down(Fraction(value) - Fraction(upper), step) + 1
                yield -WIDE.multiply(Decimal(steps), step)
        upper = start
