"""The days of the sample company: working days, holidays, seasons. A day is a proleptic ordinal.

Holidays are seven days at most, so that with the weekends around them no more than nine days pass
without a working day (and without a quotation of exchange rates).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta

from tierwise.kernel.periods import add_months, month_end

_SPRING_FESTIVAL: dict[int, tuple[int, int]] = {
    2015: (2, 19), 2016: (2, 8), 2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12),
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26),
    2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
"""The first day of the Chinese year; other years are taken as 5 February."""

_MONTH_WEIGHT = (0.92, 0.80, 1.14, 1.02, 0.98, 1.08, 0.93, 0.95, 1.10, 0.96, 1.05, 1.12)
"""Quarter ends push, summer and the months of the long holidays dip."""

_BEFORE, _AFTER = 60, 400
"""Days kept before the first and after the last day of the data (due dates lie in the future)."""


def spring_festival(year: int) -> date:
    """The first day of the Chinese year that starts in ``year``."""
    month, day = _SPRING_FESTIVAL.get(year, (2, 5))
    return date(year, month, day)


def holidays(year: int) -> set[int]:
    """Public holidays of a year, as ordinals."""
    eve = spring_festival(year).toordinal() - 1
    days = set(range(eve, eve + 7))
    for month, day, count in ((1, 1, 1), (4, 5, 1), (5, 1, 5), (10, 1, 7)):
        first = date(year, month, day).toordinal()
        days.update(range(first, first + count))
    return days


class Days:
    """The span of the data with its working days, written forms and seasonal weights."""

    def __init__(self, last_month: date, months: int) -> None:
        if months < 1:
            raise ValueError(f"the company has at least one month, not {months}")
        self.end = month_end(last_month).toordinal()
        self.first = add_months(last_month.replace(day=1), 1 - months).toordinal()
        self.months = months
        self.end_month = last_month.month
        self._low = self.first - _BEFORE
        span = [date.fromordinal(day) for day in range(self._low, self.end + _AFTER)]
        off = set().union(*(holidays(year) for year in {day.year for day in span}))
        self._iso = [day.isoformat() for day in span]
        self._year = [day.year for day in span]
        self._working = [d.toordinal() for d in span if d.weekday() < 5 and d.toordinal() not in off]
        last = date.fromordinal(self.end)
        self._age = [(last.year - day.year) * 12 + last.month - day.month for day in span]
        self._season = [_weight(day) for day in span]
        start = date.fromordinal(self.first)
        self.closings = tuple(month_end(add_months(start, n)).toordinal() for n in range(months))
        """The last day of each month of the data, oldest first."""

    def iso(self, day: int) -> str:
        """The day in ISO form."""
        if 0 <= day - self._low < len(self._iso):
            return self._iso[day - self._low]
        return date.fromordinal(day).isoformat()

    def year(self, day: int) -> int:
        """The calendar year of a day of the data."""
        return self._year[day - self._low]

    def months_ago(self, day: int) -> int:
        """Months before the last month: 0 in the last one."""
        return self._age[day - self._low]

    def season(self, day: int) -> float:
        """The seasonal weight of a day, about 1."""
        return self._season[day - self._low]

    def work(self, day: int) -> int:
        """The day itself or the next working day."""
        return self._working[bisect_left(self._working, day)]

    def work_by(self, day: int) -> int:
        """The day itself or the last working day before it."""
        return self._working[bisect_right(self._working, day) - 1]

    def working(self, start: int, end: int) -> list[int]:
        """The working days of a span, both ends inclusive."""
        return self._working[bisect_left(self._working, start) : bisect_right(self._working, end)]


def _weight(day: date) -> float:
    festival = spring_festival(day.year)
    quiet = festival - timedelta(days=9) <= day <= festival + timedelta(days=15)
    return _MONTH_WEIGHT[day.month - 1] * (0.35 if quiet else 1.0)
