"""Windows of months that close at ``as_of``, inclusive. Source: spec 5.1(1), example E24."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day of another month, clamped to that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def month_end(day: date) -> date:
    """The last day of the month that ``day`` lies in."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@dataclass(frozen=True, slots=True)
class Window:
    """A span of days, both ends inclusive."""

    start: date
    end: date
    months: int

    @property
    def days(self) -> int:
        """Number of days in the window."""
        return (self.end - self.start).days + 1

    def previous(self) -> Window:
        """The window of the same length that ends the day before this one starts."""
        return window(self.start - timedelta(days=1), self.months)


def window(as_of: date, months: int) -> Window:
    """The window of ``months`` months that ends on ``as_of``.

    **Raises** ``ValueError`` if ``months`` is not positive.
    """
    if months < 1:
        raise ValueError(f"a window has at least one month, not {months}")
    return Window(add_months(as_of + timedelta(days=1), -months), as_of, months)


def month_ends(last: date, count: int) -> list[date]:
    """The last ``count`` month ends up to and including the month of ``last``, oldest first."""
    first_of_last = last.replace(day=1)
    return [month_end(add_months(first_of_last, -back)) for back in range(count - 1, -1, -1)]
