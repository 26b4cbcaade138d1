"""Scores of scorecard criteria. Source: spec 4.4, 6.3, 6.4, 6.12; examples E05, E07, E19."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from tests.oracle.days import DAY, add_months
from tests.oracle.facts import Row
from tests.oracle.numbers import best_rank, ceil_share, half_away

Mark = tuple[Fraction | None, str]
MISSING: Mark = (None, "missing")
EXPIRED: Mark = (None, "expired")


class World(Protocol):
    """What criteria may ask for."""

    as_of: date
    population: list[str]
    ranked: list[str]

    def metric(self, unit: str, name: str) -> Any: ...

    def exact(self, unit: str, name: str) -> Any: ...

    def record(self, unit: str) -> Row: ...

    def assessment(self, unit: str, template: str | None, criterion: str) -> Row | None: ...


def mark(world: World, unit: str, template: str | None, criterion: Any) -> Mark:
    """The score of one criterion (0 to its top) and its status."""
    source, top = criterion.source, Fraction(criterion.top)
    if source.kind == "assessment":
        given = _assessed(world, unit, template, criterion)
    elif source.kind == "metric_bands":
        given = _banded(world, unit, source)
    elif source.kind == "metric_linear":
        given = _linear(world, unit, source, top)
    elif source.kind == "fixed_by_enum":
        given = _enumerated(world, unit, source)
    elif source.kind == "metric_score":
        value = world.exact(unit, source.metric)
        given = MISSING if value is None else (value * top / 100, "ok")
    elif source.kind == "rank_score":
        given = _ranked(world, unit, source, top)
    else:
        given = _among_others(world, unit, source, top)
    value, status = given
    return (value, "invalid") if value is not None and not 0 <= value <= top else (value, status)


def _assessed(world: World, unit: str, template: str | None, criterion: Any) -> Mark:
    source = criterion.source
    row = world.assessment(unit, template, source.criterion or criterion.code)
    if row is not None and last_day(row) >= world.as_of:
        return score_of_assessment(source, Fraction(row["score"]), row["level"], Fraction(criterion.top))
    if source.attribute is not None:
        level = source.attribute_levels.get(world.record(unit).get(source.attribute))
        if level is not None:
            return Fraction(source.fixed[level]), "from_attribute"
    return MISSING if row is None else EXPIRED


def last_day(row: Row) -> date:
    """The last day on which an assessment holds: as stated, else twelve months in all."""
    return row["valid_until"] or add_months(row["as_of"], 12) - DAY  # type: ignore[no-any-return]


def score_of_assessment(source: Any, score: Fraction, level: str | None, top: Fraction) -> Mark:
    """The score a person gave, if it fits its step, its maximum and the level that was chosen (E05)."""
    if not 0 <= score <= top or (
        source.step is not None and (score / Fraction(source.step)).denominator != 1
    ):
        return score, "invalid"
    if source.fixed:
        allowed = [points for code, points in source.fixed.items() if level in (None, code)]
        return score, "ok" if score in [Fraction(points) for points in allowed] else "invalid"
    if source.levels and level is not None and level != level_of(source.levels, score):
        return score, "invalid"
    return score, "ok"


def level_of(levels: Any, score: Fraction) -> str | None:
    """The level that a score lies in; a shared end point belongs to the better one."""
    return next((level.code for level in levels if score >= Fraction(level.min)), None)


def _banded(world: World, unit: str, source: Any) -> Mark:
    if source.metric is not None:
        value = world.metric(unit, source.metric)
    else:
        value = world.record(unit).get(source.attribute)
    if value is None:
        return MISSING
    reached = (band for band in source.bands if band.start is None or Fraction(value) >= Fraction(band.start))
    return next(((Fraction(band.points), "ok") for band in reached), MISSING)


def _linear(world: World, unit: str, source: Any, top: Fraction) -> Mark:
    value = world.metric(unit, source.metric)
    if value is None:
        return MISSING
    zero, full = Fraction(source.zero_at), Fraction(source.full_at)
    points = top * (value - zero) / (full - zero)
    return half_away(min(top, max(Fraction(0), points)), 9), "ok"


def _enumerated(world: World, unit: str, source: Any) -> Mark:
    value = world.record(unit).get(source.attribute)
    points = None if value is None else source.points.get(value, source.otherwise)
    return MISSING if points is None else (Fraction(points), "ok")


def _ranked(world: World, unit: str, source: Any, top: Fraction) -> Mark:
    values = {code: world.metric(code, source.metric) for code in world.ranked}
    known = {code: Fraction(value) for code, value in values.items() if value is not None}
    value = known.get(unit)
    if value is None:
        return (Fraction(0), "ok") if source.null_is_zero else MISSING
    score = rank_score(value, list(known.values()), more=source.better == "more")
    if source.better == "more" and source.nonpositive_is_zero and value <= 0:
        score = Fraction(0)
    return score * top / 100, "ok"


def _among_others(world: World, unit: str, source: Any, top: Fraction) -> Mark:
    """Share of the maximum, min-max and bands of places over the ranked population (spec 6.4)."""
    known = [Fraction(v) for c in world.ranked if (v := world.metric(c, source.metric)) is not None]
    given = world.metric(unit, source.metric)
    if given is None:
        return MISSING
    value, more = Fraction(given), getattr(source, "better", "more") == "more"
    if more and value <= 0 and getattr(source, "nonpositive_is_zero", True):
        return Fraction(0), "ok"
    if source.kind == "percentile_bands":
        last = best_rank(value, known, more=more)
        places = ((ceil_share(len(known), Fraction(b.top_pct)), b.points) for b in source.bands)
        return next(Fraction(points) for place, points in places if last <= place), "ok"
    share = max_share(value, known) if source.kind == "share_of_maximum" else min_max(value, known, more=more)
    return half_away(top * share, 9), "ok"


def max_share(value: Fraction, values: list[Fraction]) -> Fraction:
    """The value as a part of the largest; nothing where none is positive."""
    return value / max(values) if max(values) > 0 else Fraction(0)


def min_max(value: Fraction, values: list[Fraction], *, more: bool = True) -> Fraction:
    """How far the value lies on the way from the worst to the best; all equal: all of it if positive, else none."""
    low, high = min(values), max(values)
    if low == high:
        return Fraction(1 if low > 0 or not more else 0)
    return (value - low if more else high - value) / (high - low)


def rank_score(value: Fraction, values: list[Fraction], *, more: bool = True) -> Fraction:
    """100 x (N - rank) / (N - 1), or 100 for the only one (E07)."""
    count = len(values)
    return (
        Fraction(100 * (count - best_rank(value, values, more=more)), count - 1)
        if count > 1
        else Fraction(100)
    )


@dataclass(frozen=True)
class Total:
    """The total of a card with the status that decides: ``graded``, ``invalid`` or ``incomplete``."""

    score: Fraction | None
    status: str


def total_of(method: Any, marks: dict[str, Mark], *, reweight: bool, limit: Fraction) -> Total:
    """The weighted total; missing criteria as the rule says (E05, E07_missing)."""
    if any(status == "invalid" for _, status in marks.values()):
        return Total(None, "invalid")
    present = [c for c in method.criteria if marks[c.code][0] is not None]
    absent = [c for c in method.criteria if marks[c.code][0] is None]
    missing = sum((Fraction(c.weight) for c in absent), Fraction(0))
    if not present or any(c.required for c in absent) or (absent and (not reweight or missing > limit)):
        return Total(None, "incomplete")
    points = sum((Fraction(c.weight) * marks[c.code][0] / Fraction(c.top) for c in present), Fraction(0))
    return Total(100 * points / sum(Fraction(c.weight) for c in present), "graded")
