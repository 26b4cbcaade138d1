"""Rising stars: who is on the way to a better grade. Source: spec 8.4; example E39."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

Number = Decimal | Fraction | int
RISE_PCT, NEAR_PCT, ON_TIME_PCT = 30, 20, 90
"""Momentum or growth from the first on, or a gap up to the second in percent of the cut; payment from the third on."""
ATTRACTIVE = ("medium", "high")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides whether a graded customer is a rising star; what is not known is null."""

    customer: str
    grade: str
    net_sales: Number | None
    momentum_pct: Number | None
    growth_pct: Number | None
    gap_pct_of_cut: Number | None
    on_time_pct: Number | None
    attractiveness: str | None = None


def rising_stars(
    candidates: Iterable[Candidate],
    medians: Mapping[str, Number | None],
    *,
    grades: Iterable[str] = ("B", "C"),
) -> list[Candidate]:
    """The stars of the grades below the best: nearest to the cut first, then by momentum, then by code.

    ``medians`` are the median net sales of every grade (``median_sales``), below which a jump is no star.
    """
    below = frozenset(grades)
    stars = [c for c in candidates if c.grade in below and _is_star(c, medians.get(c.grade))]
    return sorted(stars, key=_order)


def median_sales(candidates: Iterable[Candidate]) -> dict[str, Fraction]:
    """Grade -> median net sales of its customers, those without a value left out."""
    found: dict[str, list[Fraction]] = defaultdict(list)
    for c in candidates:
        if c.net_sales is not None:
            found[c.grade].append(Fraction(c.net_sales))
    return {grade: median(values) for grade, values in found.items()}


def _is_star(c: Candidate, least: Number | None) -> bool:
    rises = any(value is not None and value >= RISE_PCT for value in (c.momentum_pct, c.growth_pct))
    near = c.gap_pct_of_cut is not None and c.gap_pct_of_cut <= NEAR_PCT
    pays = c.on_time_pct is None or c.on_time_pct >= ON_TIME_PCT
    attracts = c.attractiveness is None or c.attractiveness in ATTRACTIVE
    weighs = c.net_sales is not None and least is not None and c.net_sales >= least
    return (rises or near) and pays and attracts and weighs


def _order(c: Candidate) -> tuple[bool, Number, bool, Number, str]:
    gap, momentum = c.gap_pct_of_cut, c.momentum_pct
    return (gap is None, gap or 0, momentum is None, -(momentum or 0), c.customer)
