"""Methods that cut a ranked value into classes: by rank, by cumulative share, by thresholds.

Each gives one ``Verdict`` per customer. Source: spec 6.1, 6.2, 6.3, 6.7; examples E01, E02, E35, E38.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from tests.oracle.numbers import best_rank, ceil_share

Values = dict[str, Fraction]


@dataclass
class Verdict:
    """What a method says of one customer."""

    status: str = "graded"
    reason: str | None = None
    grade: str | None = None
    score: Fraction | None = None
    rank: int | None = None
    gap: Fraction | None = None
    cushion: Fraction | None = None
    near: str | None = None
    own: dict[str, Any] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)


def cut_counts(count: int, shares: list[Fraction], rounding: str) -> list[int]:
    """How many customers each cut takes (E01_cutoff_counts)."""
    exact = [count * share / 100 for share in shares]
    if rounding == "ceil":
        return [ceil_share(count, share) for share in shares]
    return [floor(x + Fraction(1, 2)) if rounding == "nearest" else floor(x) for x in exact]


def near_cut(
    gap: Fraction | None, cut: Fraction | None, cushion: Fraction | None, own: Fraction, pct: Fraction
) -> str:
    """``up``, ``down``, ``both`` or ``none``: within so many percent of the cut, or of the own value."""
    up = gap is not None and cut is not None and 100 * gap <= pct * cut
    down = cushion is not None and own > 0 and 100 * cushion <= pct * own
    return {(True, True): "both", (True, False): "up", (False, True): "down"}.get((up, down), "none")


def place_of(values: Values, tie_rule: str, tie_key: Callable[[str], Any]) -> dict[str, int]:
    """The rank that is held against the cuts: best, worst, or position after tie-breaks."""
    numbers = list(values.values())
    if tie_rule == "include":
        return {code: best_rank(value, numbers) for code, value in values.items()}
    if tie_rule == "exclude":
        return {code: sum(1 for other in numbers if other >= value) for code, value in values.items()}
    ordered = sorted(values, key=lambda code: (-values[code], tie_key(code), code))
    return {code: at for at, code in enumerate(ordered, 1)}


def abc_rank(
    values: Values,
    population: int,
    grades: list[str],
    shares: list[Fraction],
    *,
    tie_rule: str = "include",
    rounding: str = "ceil",
    tie_key: Callable[[str], Any] = lambda code: 0,
    pct: Fraction = Fraction(5),
) -> dict[str, Verdict]:
    """G01: classes by rank."""
    counts = cut_counts(population, shares, rounding)
    places = place_of(values, tie_rule, tie_key)
    ordered = sorted(values.values(), reverse=True)
    found = {}
    for code, value in values.items():
        if value > 0:
            index = next((i for i, count in enumerate(counts) if places[code] <= count), len(counts))
            reason = "abc.within-cut" if index < len(counts) else "abc.below-cut"
        else:
            index, reason = len(counts), "abc.nonpositive"
        cut = _at(ordered, counts[index - 1]) if index else None
        cut = cut if cut is not None and cut > 0 else None
        below = _at(ordered, counts[index] + 1) if index < len(counts) else None
        found[code] = _verdict(grades[index], reason, value, ordered, cut, below, pct)
        if tie_rule == "break":
            found[code].own["position"] = places[code]
    return found


def _at(ordered: list[Fraction], position: int) -> Fraction | None:
    return ordered[position - 1] if 1 <= position <= len(ordered) else None


def _verdict(
    grade: str,
    reason: str,
    value: Fraction,
    field_of: list[Fraction],
    cut: Fraction | None,
    below: Fraction | None,
    pct: Fraction,
) -> Verdict:
    gap = None if cut is None else cut - value
    cushion = None if below is None else value - below
    return Verdict(
        reason=reason,
        grade=grade,
        score=value,
        rank=best_rank(value, field_of),
        gap=gap,
        cushion=cushion,
        near=near_cut(gap, cut, cushion, value, pct),
        flags=set() if value > 0 or not reason.endswith("nonpositive") else {"nonpositive_value"},
    )


def abc_cumulative(values: Values, grades: list[str], limits: list[Fraction]) -> dict[str, Verdict]:
    """G02: classes by the share of the value before the customer."""
    total = sum((value for value in values.values() if value > 0), Fraction(0))
    index: dict[str, int] = {}
    for code, value in values.items():
        before = sum((other for other in values.values() if other > value), Fraction(0))
        inside = (i for i, limit in enumerate(limits) if 100 * before < limit * total)
        index[code] = next(inside, len(limits)) if value > 0 else len(limits)
    found = {}
    for code, value in values.items():
        i = index[code]
        reason = "nonpositive" if value <= 0 else "within-cut" if i < len(limits) else "below-cut"
        found[code] = _verdict(
            grades[i], f"cumulative.{reason}", value, list(values.values()), None, None, Fraction(0)
        )
        found[code].near = None  # the total would move with the value: there is no distance
        found[code].own["before"] = sum((v for v in values.values() if v > max(value, 0)), Fraction(0))
    return found


def by_thresholds(
    scores: Values, grades: list[str], limits: list[Fraction], reason: str, pct: Fraction = Fraction(5)
) -> dict[str, Verdict]:
    """Grades by lower bounds, inclusive, checked from the best."""
    found = {}
    for code, score in scores.items():
        index = next((i for i, limit in enumerate(limits) if score >= limit), len(limits))
        cut = limits[index - 1] if index else None
        below = limits[index] if index < len(limits) else None
        why = f"{reason}at-or-above" if index < len(limits) else f"{reason}below-all"
        found[code] = _verdict(grades[index], why, score, list(scores.values()), cut, below, pct)
    return found
