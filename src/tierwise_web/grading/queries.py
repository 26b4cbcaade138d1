"""Runs as people look at them."""

from __future__ import annotations

from dataclasses import dataclass

from tierwise import api
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise.movement.publishing import STATE_WORDS
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


def next_period(book: api.Book, policy: str | None) -> str:
    """The month that would be graded next: after the last published one of a policy, else the last that is over."""
    try:
        return str(api.published_run(book, policy, None).period.plus(1))
    except TierwiseError:
        records = api.list_runs(book)
        return records[-1].as_of.strftime("%Y-%m") if records else ""
