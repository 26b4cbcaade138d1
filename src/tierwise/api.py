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
from tierwise.book.undoing import undo_import, undo_loss
from tierwise.engine.place import EngineName, Place
from tierwise.grading.explain import Explanation, explain
from tierwise.grading.export import export_results, write_results
from tierwise.grading.memory import grade_tables
from tierwise.grading.record import RunRecord
from tierwise.grading.replay import Replay, replay_run
from tierwise.grading.run import RunResult, find_run, grade_book, list_runs, read_results
from tierwise.insight.backtest.model import Backtest
from tierwise.insight.backtest.model import Request as BacktestRequest
from tierwise.insight.backtest.run import backtest
from tierwise.insight.lists.gather import Only, list_of
from tierwise.insight.lists.model import Listed as CustomerList
from tierwise.kernel.periods import Period
from tierwise.metrics.compute import Progress, silent
from tierwise.metrics.report import compute_for_people
from tierwise.movement.cycle import Cycle, run_cycle
from tierwise.movement.history import History, build_history
from tierwise.movement.lever_lists import Listed, levers_of_customer, levers_of_run
from tierwise.movement.moving import Movement, movement
from tierwise.movement.overrides import Override, list_overrides
from tierwise.movement.overriding import (
    Request,
    approve_override,
    reject_override,
    request_override,
    revoke_override,
)
from tierwise.movement.publishing import Published, approve_run, publish_run, request_reopening
from tierwise.movement.review import (
    Review,
    events_of,
    grades_of_day,
    grades_of_period,
    published_run,
    review,
)
from tierwise.movement.states import CycleRun, cycle_runs
from tierwise.policy.load import PolicyDocument, list_policies, load_policy
from tierwise.rehearsal.model import Rehearsal
from tierwise.rehearsal.policies import (
    decide_on_policy,
    draft_policy,
    policy_states,
    publish_policy,
    retire_policy,
    submit_policy,
)
from tierwise.rehearsal.records import find_rehearsal, list_rehearsals, movers_of
from tierwise.rehearsal.rehearse import rehearse

__all__ = [
    "Backtest",
    "BacktestRequest",
    "Book",
    "CustomerList",
    "Cycle",
    "CycleRun",
    "Explanation",
    "History",
    "ImportItem",
    "ImportSummary",
    "Listed",
    "Movement",
    "Only",
    "Override",
    "Period",
    "PolicyDocument",
    "Published",
    "Rehearsal",
    "Replay",
    "Request",
    "Review",
    "RunRecord",
    "RunResult",
    "Settings",
    "approve_override",
    "approve_run",
    "backtest",
    "build_history",
    "check_book",
    "compute_metrics",
    "create_book",
    "cycle_runs",
    "decide_on_policy",
    "draft_policy",
    "events_of",
    "explain",
    "export_results",
    "find_rehearsal",
    "find_run",
    "grade",
    "grade_tables",
    "grades_of_day",
    "grades_of_period",
    "import_batch",
    "import_files",
    "levers_of_customer",
    "levers_of_run",
    "list_of",
    "list_overrides",
    "list_policies",
    "list_rehearsals",
    "list_runs",
    "load_policy",
    "movement",
    "movers_of",
    "open_book",
    "policy_states",
    "publish_policy",
    "publish_run",
    "published_run",
    "read_results",
    "rehearse",
    "reject_override",
    "replay",
    "request_override",
    "request_reopening",
    "retire_policy",
    "review",
    "revoke_override",
    "run_cycle",
    "submit_policy",
    "undo_import",
    "undo_loss",
    "write_results",
]


def create_book(path: str | Path, *, name: str, actor: str, at: datetime, **settings: Any) -> Book:
    """A new, empty book in a folder of its own; ``settings`` as in ``book.yaml``."""
    checked = Settings.model_validate({"name": name, **settings}, context=NEW)
    return Book.create(Path(path), checked, actor=actor, at=at)


def open_book(path: str | Path, *, engine: EngineName | None = None, spark: Any = None) -> Book:
    """The book in a folder, computed where its settings say, or on another engine.

    ``spark``: the URL of a master or of a Spark Connect server, or a ``SparkSession`` that exists.
    With ``engine="spark"`` alone it is the one that the settings name. **Raises** ``book.not-found`` if there is none,
    ``engine.two-places`` for another engine together with ``spark``.
    """
    return Book.open(Path(path), Place.asked(engine, spark))


def grade(
    book: Book,
    policy: str | Path | PolicyDocument,
    *,
    as_of: date,
    actor: str,
    at: datetime,
    dry_run: bool = False,
    progress: Progress = silent,
) -> RunResult:
    """Grades a book by a policy document, a file, or a shipped policy's name.

    ``progress`` is called with each stage; what it raises stops the run, of which nothing is stored then.
    """
    document = policy if isinstance(policy, PolicyDocument) else load_policy(policy)
    return grade_book(book, document, as_of, actor=actor, at=at, dry_run=dry_run, progress=progress)


def replay(book: Book, run: str | None = None) -> Replay:
    """Computes a run again (the latest by default) and says whether one digit differs."""
    return replay_run(book, run)


def compute_metrics(
    book: Book, names: Sequence[str], *, as_of: date, customers: Sequence[str] | None = None
) -> Any:
    """Chosen metrics of chosen customers (all by default) as an Arrow table."""
    return compute_for_people(book, names, as_of, customers)
