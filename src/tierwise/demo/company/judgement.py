"""What people judged: scorecards of project customers, the need of prospects, the outlook of others."""

from __future__ import annotations

from collections.abc import Iterator

from tierwise.demo.company import words
from tierwise.demo.company.days import Days
from tierwise.demo.company.profile import Profile
from tierwise.demo.company.stories import place_of

Row = tuple[str, ...]

COLUMNS = (
    "customer_code", "template", "criterion", "score", "level", "assessor", "as_of", "valid_until", "evidence",
    "comment",
)  # fmt: skip

_LEVELS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "strength": (("strong", 10, 15), ("average", 5, 10), ("weak", 0, 5)),
    "growth": (("high", 10, 15), ("medium", 5, 10), ("low", 0, 5)),
    "profit_contribution": (("large", 10, 15), ("average", 5, 10), ("small", 0, 5)),
    "relationship": (("top_level", 15, 20), ("senior_level", 10, 15), ("none", 0, 10)),
    "strategic_importance": (("very_important", 15, 20), ("moderately_important", 10, 15), ("not_important", 0, 10)),
}  # fmt: skip
"""Level, lower bound (inclusive) and upper bound, which belongs to the level above."""

_NATURE = {
    "government": ("government_or_soe", "15"), "state_owned": ("government_or_soe", "15"),
    "joint_stock": ("joint_stock", "10"),
}  # fmt: skip

_SCORECARD_EVERY, _SCORECARD_PLACES = 20, 12
_INCOMPLETE, _EXPIRED, _YEAR = 0.07, 0.08, 365


def is_project_customer(profile: Profile) -> bool:
    """Whether the customer is judged by the real-estate scorecard: twelve places of each block."""
    return place_of(profile.index) % _SCORECARD_EVERY == 15 and profile.buys


def assessment_rows(profile: Profile, days: Days, nature: str) -> Iterator[Row]:
    """Rows of ``assessments`` of one customer."""
    if profile.kind == "prospect":
        yield from _prospect(profile, days)
    elif profile.kind == "existing":
        if is_project_customer(profile):
            yield from _scorecard(profile, days, nature)
        if profile.role != "ordinary" or profile.rng.random() < 0.6:
            yield from _outlook(profile, days)


def _dates(profile: Profile, days: Days) -> tuple[str, str]:
    """Day of the assessment and the last day of its validity, a year later."""
    expired = profile.rng.random() < _EXPIRED and days.end - 640 > days.first
    back = profile.rng.randint(420, 620) if expired else profile.rng.randint(10, 330)
    day = days.work_by(max(days.first + 10, days.end - back))
    return days.iso(day), days.iso(day + _YEAR)


def _prospect(profile: Profile, days: Days) -> Iterator[Row]:
    hot = profile.role == "hot_prospect"
    if not hot and profile.rng.random() < 0.12:
        return
    score = profile.rng.randint(85, 98) if hot else min(98, max(5, round(profile.rng.gauss(58, 18))))
    day = days.iso(days.work_by(days.end - profile.rng.randint(3, 15)))
    until = days.iso(days.end + _YEAR - 20)
    yield _row(
        profile, "prospect_scorecard", "potential_demand", str(score), "", day, until, "按年度采购预算估计"
    )


def _outlook(profile: Profile, days: Days) -> Iterator[Row]:
    base = 85 if profile.role == "rising_star" else 35 if profile.role == "fading" else 60
    score = min(100, max(0, round(profile.rng.gauss(base, 9 if profile.role != "ordinary" else 17))))
    yield _row(profile, "five_indicator", "prospect", str(score), "", *_dates(profile, days), "")


def _scorecard(profile: Profile, days: Days, nature: str) -> Iterator[Row]:
    rng = profile.rng
    dates = _dates(profile, days)
    quality = rng.gauss(0.62, 0.16)
    missing = rng.choice(tuple(_LEVELS)) if rng.random() < _INCOMPLETE else ""
    level, points = _NATURE.get(nature, ("private", "5"))
    comment = "" if nature in (*_NATURE, "private") else "按民营档评定：出资人结构相近"
    yield _row(profile, "realestate_scorecard", "nature", points, level, *dates, comment)
    for criterion, bands in _LEVELS.items():
        halves = min(2 * bands[0][2], max(0, round(2 * bands[0][2] * rng.gauss(quality, 0.13))))
        if criterion != missing:
            level = next(name for name, low, _ in bands if halves >= 2 * low)
            score = f"{halves // 2}.{halves % 2 * 5}"
            yield _row(profile, "realestate_scorecard", criterion, score, level, *dates, "")


def _row(
    profile: Profile,
    template: str,
    criterion: str,
    score: str,
    level: str,
    day: str,
    until: str,
    comment: str,
) -> Row:
    assessor = words.ASSESSORS[profile.index % len(words.ASSESSORS)]
    evidence = words.EVIDENCE[(profile.index + len(criterion)) % len(words.EVIDENCE)]
    return profile.code, template, criterion, score, level, assessor, day, until, evidence, comment
