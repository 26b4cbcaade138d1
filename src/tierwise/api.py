"""The public door: what a program that uses Tierwise as a library imports.

>>> from tierwise import api
>>> book = api.open_book("my-book")
>>> run = api.grade(book, "abc_sales", as_of=date(2026, 10, 31), actor="me", at=now)  # doctest: +SKIP
>>> print(" ".join(api.explain(book, "C000001").sentences("en")))  # doctest: +SKIP

Every function takes the clock and the actor as arguments; none reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tierwise.book.checking import check as check_book
from tierwise.book.importing import ImportItem, ImportSummary, import_batch, import_files
from tierwise.book.settings import NEW, Settings
from tierwise.book.store import Book
from tierwise.book.undoing import undo_import
from tierwise.grading.explain import Explanation, explain
from tierwise.grading.export import export_results, write_results
from tierwise.grading.memory import grade_tables
from tierwise.grading.record import RunRecord
from tierwise.grading.replay import Replay, replay_run
from tierwise.grading.run import RunResult, find_run, grade_book, list_runs, read_results
from tierwise.metrics.report import compute_for_people
from tierwise.policy.load import PolicyDocument, list_policies, load_policy

__all__ = [
    "Book",
    "Explanation",
    "ImportItem",
    "ImportSummary",
    "PolicyDocument",
    "Replay",
    "RunRecord",
    "RunResult",
    "Settings",
    "check_book",
    "compute_metrics",
    "create_book",
    "explain",
    "export_results",
    "find_run",
    "grade",
    "grade_tables",
    "import_batch",
    "import_files",
    "list_policies",
    "list_runs",
    "load_policy",
    "open_book",
    "read_results",
    "replay",
    "undo_import",
    "write_results",
]


def create_book(path: str | Path, *, name: str, actor: str, at: datetime, **settings: Any) -> Book:
    """A new, empty book in a folder of its own; ``settings`` as in ``book.yaml``."""
    checked = Settings.model_validate({"name": name, **settings}, context=NEW)
    return Book.create(Path(path), checked, actor=actor, at=at)


def open_book(path: str | Path) -> Book:
    """The book in a folder. **Raises** ``book.not-found`` if there is none."""
    return Book.open(Path(path))


def grade(
    book: Book,
    policy: str | Path | PolicyDocument,
    *,
    as_of: date,
    actor: str,
    at: datetime,
    dry_run: bool = False,
) -> RunResult:
    """Grades a book by a policy document, a file, or a shipped policy's name."""
    document = policy if isinstance(policy, PolicyDocument) else load_policy(policy)
    return grade_book(book, document, as_of, actor=actor, at=at, dry_run=dry_run)


def replay(book: Book, run: str | None = None) -> Replay:
    """Computes a run again (the latest by default) and says whether one digit differs."""
    return replay_run(book, run)


def compute_metrics(
    book: Book, names: Sequence[str], *, as_of: date, customers: Sequence[str] | None = None
) -> Any:
    """Chosen metrics of chosen customers (all by default) as an Arrow table."""
    return compute_for_people(book, names, as_of, customers)
