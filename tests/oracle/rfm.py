"""Recency, frequency and money on five points. Source: spec 6.5, example E04, the R package rfm."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle.numbers import best_rank

Scores = dict[str, int]
EIGHT = {
    "HHH": "important_value",
    "LHH": "important_keep",
    "HLH": "important_develop",
    "LLH": "important_winback",
    "HHL": "general_value",
    "LHL": "general_keep",
    "HLL": "general_develop",
    "LLL": "general_winback",
}
NAMED = (
    ("champions", (5, 5), (5, 5), (5, 5)),
    ("potential_loyalist", (3, 5), (3, 5), (2, 5)),
    ("loyal_customers", (2, 4), (2, 4), (2, 4)),
    ("promising", (3, 4), (1, 3), (3, 5)),
    ("new_customers", (4, 5), (1, 3), (1, 5)),
    ("cant_lose_them", (1, 2), (3, 4), (4, 5)),
    ("at_risk", (1, 2), (2, 5), (4, 5)),
    ("need_attention", (1, 3), (3, 5), (3, 5)),
    ("about_to_sleep", (2, 3), (1, 3), (1, 4)),
    ("lost", (1, 1), (1, 5), (1, 5)),
)


@dataclass(frozen=True)
class Values:
    """The three numbers of one customer."""

    r: Fraction
    f: Fraction
    m: Fraction


def by_rank(values: dict[str, Fraction], *, more: bool) -> Scores:
    """5 - floor((rank - 1) x 5 / N)."""
    numbers = list(values.values())
    return {
        code: 5 - (best_rank(v, numbers, more=more) - 1) * 5 // len(numbers) for code, v in values.items()
    }


def by_bins(values: dict[str, Fraction], limits: list[Fraction], *, more: bool) -> Scores:
    """Fixed bins, best limit first, inclusive: at least so much, or at most so many days."""
    if more:
        return {code: 1 + sum(1 for limit in limits if v >= limit) for code, v in values.items()}
    return {code: 1 + sum(1 for limit in limits if v <= limit) for code, v in values.items()}


def quantile(ordered: list[Fraction], fifths: int) -> Fraction:
    """The type-7 quantile."""
    low, rest = divmod((len(ordered) - 1) * fifths, 5)
    return ordered[low] + (Fraction(rest, 5) * (ordered[low + 1] - ordered[low]) if rest else 0)


def by_quantiles(values: dict[str, Fraction], *, more: bool) -> Scores:
    """Half-open bins between the quantiles + 1."""
    if not values:
        return {}
    ordered = sorted(values.values())
    cuts = [quantile(ordered, i) + 1 for i in (1, 2, 3, 4)]
    passed = {code: sum(1 for cut in cuts if v >= cut) for code, v in values.items()}
    return {code: 1 + n if more else 5 - n for code, n in passed.items()}


def nested(values: dict[str, Fraction], groups: dict[str, Any]) -> Scores:
    """Rank scores inside each group."""
    members: dict[Any, dict[str, Fraction]] = defaultdict(dict)
    for code, value in values.items():
        members[groups[code]][code] = value
    return {code: n for group in members.values() for code, n in by_rank(group, more=True).items()}


def scores(values: dict[str, Values], method: Any) -> dict[str, tuple[int, int, int]]:
    """The three scores of everyone; no order in the window and no money always score 1."""
    r, f, m = ({code: getattr(v, name) for code, v in values.items()} for name in "rfm")
    if method.scoring == "fixed_bins":
        limits = [
            [Fraction(x) for x in getattr(method, f"{n}_bins")] for n in ("recency", "frequency", "monetary")
        ]
        rs, fs, ms = (
            by_bins(r, limits[0], more=False),
            by_bins(f, limits[1], more=True),
            by_bins(m, limits[2], more=True),
        )
    elif method.scoring == "quantile_bins":
        rs, fs, ms = by_quantiles(r, more=False), by_quantiles(f, more=True), by_quantiles(m, more=True)
    else:
        rs = by_rank(r, more=False)
        fs = nested(f, rs) if method.binning == "nested" else by_rank(f, more=True)
        fs = zero_scores_one(fs, f)
        pairs = {code: (rs[code], fs[code]) for code in values}
        ms = nested(m, pairs) if method.binning == "nested" else by_rank(m, more=True)
    fs, ms = zero_scores_one(fs, f), zero_scores_one(ms, m)
    return {code: (rs[code], fs[code], ms[code]) for code in values}


def zero_scores_one(found: Scores, values: dict[str, Fraction]) -> Scores:
    """E04_rfm_zero: nothing bought scores 1."""
    return {code: score if values[code] > 0 else 1 for code, score in found.items()}


def segments(found: dict[str, tuple[int, int, int]], method: Any) -> dict[str, str | None]:
    """The segment of everyone by the policy's table."""
    if method.segments == "none":
        return dict.fromkeys(found)
    if method.segments == "named":
        return {code: named(*triple) for code, triple in found.items()}
    means = [Fraction(sum(t[i] for t in found.values()), len(found)) for i in range(3)] if found else []
    result: dict[str, str | None] = {}
    for code, triple in found.items():
        high = [
            score > mean if method.high == "above_mean" else score >= method.high_from
            for score, mean in zip(triple, means, strict=True)
        ]
        result[code] = EIGHT["".join("H" if h else "L" for h in high)]
    return result


def named(r: int, f: int, m: int) -> str:
    """The first range of the ten that fits."""
    for name, rs, fs, ms in NAMED:
        if rs[0] <= r <= rs[1] and fs[0] <= f <= fs[1] and ms[0] <= m <= ms[1]:
            return name
    return "others"
