"""The months of the demo: all but the last are history, the last one waits for somebody who approves and publishes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from tierwise.kernel.periods import Period
from tierwise.movement.cycle import run_cycle
from tierwise.movement.history import build_history

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.policy.load import PolicyDocument

Progress = Callable[..., None]

IMPORTER, ANALYST = "data-steward", "analyst"
"""Who took on the history, and who ran the month under review: sign-ins of the web application's demo."""


def not_before(at: datetime, last_month: date) -> datetime:
    """The clock, or where it is behind the sample company's last month, the noon after it: nobody closes a month that runs."""
    noon = datetime.combine(last_month + timedelta(days=1), datetime.min.time(), UTC).replace(hour=12)
    return max(at, noon)


def grade_months(
    book: Book, document: PolicyDocument, days: Sequence[date], *, at: datetime, progress: Progress
) -> list[str]:
    """Grades the month ends, oldest first, and gives their runs; the last one is left under review."""
    months = [Period.on(day) for day in days]
    runs: list[str] = []
    if len(months) > 1:

        def told(stage: str, done: int = 0, _: int = 0) -> None:
            if stage == "grade":
                progress(done)

        history = build_history(book, document, months[0], months[-2], actor=IMPORTER, at=at, progress=told)
        runs = [run.run_id for run in history.made]
    progress(len(runs))
    last = run_cycle(book, document, months[-1], actor=ANALYST, at=at)
    return [*runs, last.run.run_id]
