"""Working days of mainland China, with make-up workdays, and of the company."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tierwise.book.calendar import (
    COVERED_YEARS,
    add_working_days,
    calendar_warning,
    is_working_day,
    working_days_between,
)
from tierwise.book.settings import Settings

CN = Settings(name="x")
PLAIN = Settings(name="x", working_days="weekdays")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-14", True),  # a Saturday made up for the Spring Festival
        ("2026-02-16", False),
        ("2026-02-24", True),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2024-05-11", True),
        ("2024-09-16", False),
        ("2023-01-29", True),
        ("2026-11-21", False),  # an ordinary Saturday
        ("2026-11-23", True),
    ],
)
def test_the_mainland_calendar_knows_holidays_and_made_up_days(day, works):
    assert is_working_day(date.fromisoformat(day), CN) is works


@pytest.mark.parametrize(("year", "days"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_each_covered_year_has_its_number_of_working_days(year, days):
    first = date(year, 1, 1)
    span = (date(year + 1, 1, 1) - first).days
    assert sum(is_working_day(first + timedelta(days=n), CN) for n in range(span)) == days


def test_the_plain_calendar_is_monday_to_friday():
    assert is_working_day(date(2026, 2, 16), PLAIN)
    assert not is_working_day(date(2026, 2, 14), PLAIN)


def test_the_companys_own_days_win():
    own = Settings(
        name="x", extra_holidays=(date(2026, 11, 23),), extra_workdays=(date(2026, 11, 21), date(2026, 2, 16))
    )
    assert not is_working_day(date(2026, 11, 23), own)
    assert is_working_day(date(2026, 11, 21), own)
    assert is_working_day(date(2026, 2, 16), own)


def test_working_days_are_counted_forwards_and_backwards():
    assert add_working_days(date(2026, 2, 13), 1, CN) == date(2026, 2, 14)
    assert add_working_days(date(2026, 2, 13), 2, CN) == date(2026, 2, 24)
    assert add_working_days(date(2026, 2, 24), -1, CN) == date(2026, 2, 14)
    assert add_working_days(date(2026, 2, 15), 0, CN) == date(2026, 2, 15)
    assert working_days_between(date(2026, 2, 13), date(2026, 2, 24), CN) == 2


def test_years_beyond_the_known_ones_are_named():
    problem = calendar_warning(date(2026, 1, 1), date(2028, 1, 1), CN)
    assert problem is not None
    assert "2027, 2028" in problem.say("en")
    assert calendar_warning(date(2023, 1, 1), date(COVERED_YEARS[-1], 12, 31), CN) is None
    assert calendar_warning(date(2030, 1, 1), date(2030, 1, 1), PLAIN) is None
