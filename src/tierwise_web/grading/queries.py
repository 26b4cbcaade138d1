"""Runs as people look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tierwise import api
from tierwise.kernel.text import Text
from tierwise.movement.publishing import STATE_WORDS
from tierwise.movement.states import chain
from tierwise_web.published.editions import current_edition

WAITING = ("under_review", "approved", "reopen_requested")
TRIAL = Text("trial", "试算")


@dataclass(frozen=True, slots=True)
class Row:
    """A run, its state in the cycle if it has one, and whether pages show it."""

    record: api.RunRecord
    cycle: api.CycleRun | None
    shown: bool

    @property
    def state(self) -> Text:
        """The state in words."""
        return STATE_WORDS[self.cycle.state] if self.cycle else TRIAL


def runs(book: api.Book) -> list[Row]:
    """All runs, the newest first."""
    cycles = {run.run_id: run for run in api.cycle_runs(book)}
    current = current_edition()
    shown = current.run_id if current else None
    records = api.list_runs(book)
    return [Row(r, cycles.get(r.run_id), r.run_id == shown) for r in reversed(records)]


def run(book: api.Book, run_id: str) -> Row | None:
    """One run; ``None`` if there is none."""
    return next((row for row in runs(book) if row.record.run_id == run_id), None)


def waiting(book: api.Book) -> list[api.CycleRun]:
    """The months that wait for somebody who approves or publishes, the oldest first."""
    found = [run for run in api.cycle_runs(book) if run.state in WAITING]
    return sorted(found, key=lambda run: (run.period, run.run_id))


@dataclass(frozen=True, slots=True)
class Month:
    """The month that a policy would grade next."""

    period: api.Period
    from_day: date
    """The first day on which it is over."""
    over: bool


def months(book: api.Book, policies: Sequence[str], today: date) -> dict[str, Month]:
    """Policy -> the month that it grades next: after its last published one, or that one where it was reopened.

    A policy without any begins with the month of the last run, where that is over, else with the last that is.
    """
    cycles, records = api.cycle_runs(book), api.list_runs(book)
    last_over = _period_of(today).plus(-1)
    first = min(last_over, _period_of(records[-1].as_of)) if records else last_over
    found = {}
    for code in policies:
        published = chain(cycles, code)
        period = month_after(published[-1]) if published else first
        found[code] = Month(period, period.end + timedelta(days=1), period.end < today)
    return found


def month_after(last: api.CycleRun) -> api.Period:
    """The month that is graded next after the last published one: that one itself where it was reopened."""
    return last.period if last.state == "reopened" else last.period.plus(1)


def _period_of(day: date) -> api.Period:
    return api.Period(day.year, day.month)
