"""Windows of months, written again from spec 5.1(1) and example E24."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, clamped to the end of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def span(as_of: date, months: int) -> tuple[date, date]:
    """First and last day of the window, both inclusive."""
    return add_months(as_of + DAY, -months), as_of


def span_before(as_of: date, months: int) -> tuple[date, date]:
    """The window of the same length that ends the day before the window starts."""
    return span(span(as_of, months)[0] - DAY, months)


def span_year_ago(as_of: date, months: int) -> tuple[date, date]:
    """The window of the same length that ends a year earlier."""
    return span(add_months(as_of + DAY, -12) - DAY, months)


def whole_months(first: date, last: date) -> int:
    """Completed months from ``first`` to ``last``."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if add_months(first, months) <= last else months - 1


def month_parts(as_of: date, months: int) -> list[tuple[date, date]]:
    """The months of a window, oldest first."""
    starts = [add_months(as_of + DAY, -back) for back in range(months, -1, -1)]
    return [(a, b - DAY) for a, b in pairwise(starts)]


def within(day: date, bounds: tuple[date, date]) -> bool:
    """Whether the day lies in the span, ends included."""
    return bounds[0] <= day <= bounds[1]
