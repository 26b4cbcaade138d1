"""Working days: mainland China with its make-up workdays, or Monday to Friday; plus the company's own days.

**Source** the yearly notices of the General Office of the State Council (国务院办公厅关于部分节假日安排的通知).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from tierwise.book.settings import Settings
from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Text

COVERED_YEARS = (2023, 2024, 2025, 2026)
"""The years whose notices are known; other years count Monday to Friday."""

# Spans of days off, ends inclusive, as month-day; days off on a weekend may be among them.
_HOLIDAYS: dict[int, tuple[tuple[str, str], ...]] = {
    2023: (
        ("01-01", "01-02"),
        ("01-21", "01-27"),
        ("04-05", "04-05"),
        ("04-29", "05-03"),
        ("06-22", "06-24"),
        ("09-29", "10-06"),
    ),
    2024: (
        ("01-01", "01-01"),
        ("02-10", "02-17"),
        ("04-04", "04-06"),
        ("05-01", "05-05"),
        ("06-10", "06-10"),
        ("09-15", "09-17"),
        ("10-01", "10-07"),
    ),
    2025: (
        ("01-01", "01-01"),
        ("01-28", "02-04"),
        ("04-04", "04-06"),
        ("05-01", "05-05"),
        ("05-31", "06-02"),
        ("10-01", "10-08"),
    ),
    2026: (
        ("01-01", "01-03"),
        ("02-15", "02-23"),
        ("04-04", "04-06"),
        ("05-01", "05-05"),
        ("06-19", "06-21"),
        ("09-25", "09-27"),
        ("10-01", "10-07"),
    ),
}
_WORKDAYS: dict[int, tuple[str, ...]] = {
    2023: ("01-28", "01-29", "04-23", "05-06", "06-25", "10-07", "10-08"),
    2024: ("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"),
    2025: ("01-26", "02-08", "04-27", "09-28", "10-11"),
    2026: ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
}


def is_working_day(day: date, settings: Settings) -> bool:
    """Whether people work on that day; the company's own days win over the calendar."""
    if day in settings.extra_workdays:
        return True
    if day in settings.extra_holidays:
        return False
    if settings.working_days == "cn-mainland":
        if day in _days_off(day.year):
            return False
        if day in _made_up(day.year):
            return True
    return day.weekday() < 5


def add_working_days(day: date, count: int, settings: Settings) -> date:
    """The ``count``-th working day after ``day`` (before it, if negative); 0 gives ``day`` itself."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, settings)
    return day


def working_days_between(start: date, end: date, settings: Settings) -> int:
    """The number of working days after ``start`` up to and including ``end``."""
    span = (end - start).days
    return sum(is_working_day(start + timedelta(days=n), settings) for n in range(1, span + 1))


def calendar_warning(first: date, last: date, settings: Settings) -> Problem | None:
    """A warning if the days reach beyond the years whose holidays are known, else None."""
    missing = [year for year in range(first.year, last.year + 1) if year not in COVERED_YEARS]
    if settings.working_days != "cn-mainland" or not missing:
        return None
    return Problem(
        "calendar.not-covered",
        Text(
            "public holidays are known for {first} to {last}; {years} count Monday to Friday "
            "(extra_holidays and extra_workdays in book.yaml add days)",
            "节假日数据覆盖 {first} 至 {last} 年；{years} 按周一至周五计算（可在 book.yaml 的 extra_holidays 与 "
            "extra_workdays 中补充）",
        ),
        {
            "first": COVERED_YEARS[0],
            "last": COVERED_YEARS[-1],
            "years": ", ".join(str(year) for year in missing),
        },
    )


@cache
def _days_off(year: int) -> frozenset[date]:
    spans = ((_day(year, a), _day(year, b)) for a, b in _HOLIDAYS.get(year, ()))
    return frozenset(day for first, last in spans for day in _span(first, last))


@cache
def _made_up(year: int) -> frozenset[date]:
    return frozenset(_day(year, text) for text in _WORKDAYS.get(year, ()))


def _day(year: int, text: str) -> date:
    return date.fromisoformat(f"{year}-{text}")


def _span(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
