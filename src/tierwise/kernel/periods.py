"""Windows of months that close at ``as_of``, inclusive. Source: spec 5.1(1), example E24."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from tierwise.kernel.errors import fail

_PERIOD = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])")


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


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month, in which grades are published. Source: spec 6.15."""

    year: int
    month: int

    @classmethod
    def of(cls, text: str) -> Period:
        """The period that a text like ``2026-10`` names. **Raises** ``period.unreadable`` for any other text."""
        found = _PERIOD.fullmatch(text.strip())
        if found is None:
            raise fail(
                "period.unreadable",
                "{text} is no period; write a month as 2026-10",
                "{text} 不是期间；请写成 2026-10 这样的月份",
                text=text,
            )
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def on(cls, day: date) -> Period:
        """The period that a day lies in."""
        return cls(day.year, day.month)

    @property
    def end(self) -> date:
        """Its last day: the day as of which its grades are computed."""
        return month_end(date(self.year, self.month, 1))

    def plus(self, months: int) -> Period:
        """The period so many months later."""
        day = add_months(date(self.year, self.month, 1), months)
        return Period(day.year, day.month)

    def through(self, last: Period) -> list[Period]:
        """This period and those up to the last one; none if the last is earlier."""
        found, period = [], self
        while period <= last:
            found.append(period)
            period = period.plus(1)
        return found

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"
