"""Publishing a run to the pages, and the file that pages read."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from django.conf import settings
from django.db import transaction

from tierwise import api
from tierwise.movement.states import IN_FORCE
from tierwise.policy.load import parse_policy
from tierwise_web.common.asking import Question
from tierwise_web.published.build import OF_FORMAT, Progress, build, file_name
from tierwise_web.published.models import Current, Edition, Moved
from tierwise_web.published.moving import LEADING, settled_again
from tierwise_web.published.shape import NOT_YET

if TYPE_CHECKING:
    from tierwise.grading.record import RunRecord

HISTORY = 12
"""Earlier month ends that a page shows at most."""
KEPT = 3
"""Files that are kept: the current one, and those that somebody may still be paging through."""
OF_CAUSES = ".causes"
"""What the split of an edition's movement, which lies beside its file, is called after it."""
_OPEN = threading.local()


def folder() -> Path:
    """Where read models lie."""
    return Path(settings.DATA) / "read"


def silent(done: int, total: int) -> None:
    """No progress to show."""


def publish(book: api.Book, record: RunRecord, *, at: datetime, progress: Progress = silent) -> Edition:
    """Builds the read model of a run and points all pages to it at once. Readers never see half a run."""
    states = {run.run_id: run for run in api.cycle_runs(book)}
    cycle = states.get(record.run_id)
    earlier = earlier_runs(api.list_runs(book), record, {k for k, r in states.items() if r.state in IN_FORCE})
    file, customers = build(book, record, earlier, folder(), in_cycle=cycle is not None, progress=progress)
    fields = {
        "run_id": record.run_id,
        "policy_code": record.policy_code,
        "as_of": record.as_of,
        "digest": record.digest,
        "customers": customers,
        "in_force": cycle is not None and cycle.state in IN_FORCE,
        "made_at": at,
    }
    # made anew, it may count from another run before; what moved has to be split again
    (folder() / f"{file.name}{OF_CAUSES}").unlink(missing_ok=True)
    # a file that this one takes the place of is let go here: freeing a gigabyte takes a third of a second, and nobody who
    # writes to the database should wait for that
    connect(key_of_file(file))
    with transaction.atomic():
        edition, _ = Edition.objects.update_or_create(file=file.name, defaults=fields)
        Current.objects.update_or_create(id=1, defaults={"edition": edition, "since": at})
        settled_again(leading(edition, list(Moved.objects.values_list("code", flat=True))))
    _tidy()
    return edition


def leading(edition: Edition, codes: Sequence[str]) -> dict[str, dict[str, str | None]]:
    """Code -> who looks after it in an edition, whoever may see it: what transfers are laid over."""
    found: dict[str, dict[str, str | None]] = {}
    base = connect(key_of(edition))
    for start in range(0, len(codes), 5000):
        some = codes[start : start + 5000]
        sql = f"SELECT code, {', '.join(LEADING)} FROM customers WHERE code IN ({', '.join('?' * len(some))})"
        found |= {row["code"]: {name: row[name] for name in LEADING} for row in base.execute(sql, some)}
    return found


def earlier_runs(runs: Sequence[RunRecord], record: RunRecord, in_force: set[str]) -> list[RunRecord]:
    """The run of each earlier day under the same policy, oldest first: the one in force, else the newest."""
    days: dict[object, RunRecord] = {}
    for run in sorted(runs, key=lambda run: (run.run_id in in_force, run.number)):
        if run.policy_code == record.policy_code and run.as_of < record.as_of:
            days[run.as_of] = run
    return sorted(days.values(), key=lambda run: run.as_of)[-HISTORY:]


def to_show(book: api.Book) -> RunRecord | None:
    """The run that pages should show; one that grades prospects alone has a page of its own."""
    runs = api.list_runs(book)
    return _to_show(book, [run for run in runs if not kinds_of(run) or kinds_of(run) - NOT_YET] or runs)


def prospects_to_show(book: api.Book) -> RunRecord | None:
    """The run to show of those that grade who has not bought yet."""
    return _to_show(book, [run for run in api.list_runs(book) if kinds_of(run) & NOT_YET])


def kinds_of(run: RunRecord) -> frozenset[str]:
    """The kinds of customers that a run grades."""
    return _kinds(run.policy_text)


@lru_cache(maxsize=64)
def _kinds(policy: str) -> frozenset[str]:
    return frozenset(parse_policy(policy, "policy").population.kinds)


def _to_show(book: api.Book, runs: Sequence[RunRecord]) -> RunRecord | None:
    """The last published one; before the first, the last trial of the policy that graded most days. What waits for
    approval is shown on its own page alone."""
    cycles = {run.run_id: run.state in IN_FORCE for run in api.cycle_runs(book)}
    published = [run for run in runs if cycles.get(run.run_id)]
    if published:
        return max(published, key=lambda run: (run.as_of, run.number))
    trials = [run for run in runs if run.run_id not in cycles]
    days: dict[str, set[object]] = {}
    for run in trials:
        days.setdefault(run.policy_code, set()).add(run.as_of)
    return max(trials, key=lambda run: (len(days[run.policy_code]), run.as_of, run.number), default=None)


def is_current(record: RunRecord) -> bool:
    """Whether pages show this run already, from a file of today's form."""
    current = current_edition()
    return current is not None and current.file == file_name(record) and (folder() / current.file).is_file()


_CURRENT = Question(
    Edition,
    "e",
    "FROM published_edition e JOIN published_current c ON c.edition_id = e.id WHERE c.id = 1",
    also=[("some_moved", "EXISTS (SELECT 1 FROM published_moved)")],
)


def current_edition() -> Edition | None:
    """What pages read now; ``None`` before the first run was published to them."""
    return next(iter(_CURRENT.ask()), None)


def edition_of(number: int | None) -> Edition | None:
    """The edition that somebody began to page through if it is still there, else the current one."""
    kept = Edition.objects.filter(pk=number, file__endswith=OF_FORMAT).first() if number else None
    return kept if kept is not None and (folder() / kept.file).is_file() else current_edition()


FileKey = tuple[str, int, int]
"""What tells a file from every other, also from one that took its name: path, number and time of change."""


def key_of(edition: Edition) -> FileKey:
    """The key of an edition's file; what is kept about a file is kept under it. A run that is published once more
    has a new file of the same name."""
    return key_of_file(folder() / edition.file)


def key_of_file(path: Path) -> FileKey:
    """The key of a file. **Raises** ``FileNotFoundError``."""
    said = path.stat()
    return str(path), said.st_ino, said.st_mtime_ns


def connect(key: FileKey) -> sqlite3.Connection:
    """A connection for reading, one per thread and file. The file never changes, so that nothing is locked."""
    held: dict[FileKey, sqlite3.Connection] = _OPEN.__dict__.setdefault("held", {})
    if key not in held:
        opened = sqlite3.connect(f"file:{key[0]}?mode=ro&immutable=1", uri=True)
        opened.row_factory = sqlite3.Row
        opened.execute("PRAGMA mmap_size=1073741824")
        opened.execute("PRAGMA cache_size=-32000")
        held[key] = opened
        for old in [known for known in held if not Path(known[0]).exists() or _replaced(known, key)]:
            held.pop(old).close()
    return held[key]


def _replaced(known: FileKey, key: FileKey) -> bool:
    return known != key and known[0] == key[0]


Found = TypeVar("Found")


class PerFile(Generic[Found]):
    """What was found in a file, kept while the file is among the last few that were asked for."""

    def __init__(self) -> None:
        self._found: dict[FileKey, dict[Hashable, Found]] = {}

    def get(self, key: FileKey, about: Hashable, find: Callable[[], Found]) -> Found:
        """What is known of a file, found now if nobody asked before."""
        kept = self._found.setdefault(key, {})
        if about not in kept:
            for old in list(self._found)[:-KEPT]:
                self._found.pop(old, None)
            kept[about] = find()
        return kept[about]


def _tidy() -> None:
    """Forgets files that nobody reads any more."""
    for edition in Edition.objects.exclude(pk=Current.objects.get(id=1).edition_id).order_by("-made_at")[
        KEPT - 1 :
    ]:
        with contextlib.suppress(OSError):
            for file in folder().glob(f"{edition.file}*"):  # with what lies beside it
                file.unlink(missing_ok=True)
        edition.delete()
