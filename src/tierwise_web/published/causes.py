"""Why customers moved between the run that pages show and the run before: the parts of the replay split, kept beside the edition.

The split replays whole populations (decision 0014), so it is made by a job and kept in a file of its own that is never
changed; pages read it as they read the edition, under the scope of who asks. Source: spec 8.1(6), 8.3.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tierwise import api
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.movement.causes import CAUSES as PARTS
from tierwise.movement.causes import Split, summaries
from tierwise.movement.migration import OUTSIDE
from tierwise_web.common.batches import batched
from tierwise_web.published.editions import OF_CAUSES, FileKey, connect, folder, key_of, key_of_file
from tierwise_web.published.models import Edition
from tierwise_web.published.parts import unfinished
from tierwise_web.published.shape import GROUPS

AT_ONCE = 5_000
COLUMNS = ("code", "previous", "current", "step", *PARTS, "main")
Progress = Callable[[str], None]


def place_of(edition: Edition) -> Path:
    """Where the split of an edition lies, once it was made."""
    return folder() / f"{edition.file}{OF_CAUSES}"


def key_of_causes(edition: Edition) -> FileKey | None:
    """The key of its file; ``None`` where it was not made yet."""
    try:
        return key_of_file(place_of(edition))
    except FileNotFoundError:
        return None


def parts_of(edition: Edition, code: str) -> dict[str, int] | None:
    """Cause -> its part of a customer's step, those without one left out; ``None`` where it is not known.

    Who asks has to have seen the customer under the scope.
    """
    key = key_of_causes(edition)
    sql = f"SELECT {', '.join(PARTS)} FROM parts WHERE code = ?"
    row = connect(key).execute(sql, [code]).fetchone() if key else None
    return {name: row[name] for name in PARTS if row[name]} if row else None


def run_before(edition: Edition) -> str | None:
    """The run against which the edition's movement is counted."""
    ((body,),) = connect(key_of(edition)).execute("SELECT body FROM facts WHERE key = 'about'").fetchall()
    earlier = json.loads(body)["earlier"]
    return str(earlier[-1]["run_id"]) if earlier else None


def split(book: api.Book, edition: Edition, *, progress: Progress) -> int:
    """Computes and keeps the split of an edition; how many moved. Done again it finds the same.

    **Raises** ``causes.first-run`` where there is no run before; ``causes.gone`` where its file went meanwhile; what
    ``movement`` raises of two scales or levels.
    """
    read = _file_of(edition)
    if read is None:
        raise gone()
    before = run_before(edition)
    if before is None:
        raise fail("causes.first-run", "there is no run before this one", "没有更早的运行")
    found = api.movement(book, before, edition.run_id, causes=True, progress=progress)
    assert found.split is not None
    about = {"before": before, "after": edition.run_id, **_about(found.split)}
    _refuse_another(edition, read)
    with unfinished(place_of(edition)) as part, closing(sqlite3.connect(part)) as base:
        _write(base, edition, found.split, about)
    # whoever took the file of the edition away meanwhile may have looked for this one before it was there
    _refuse_another(edition, read)
    return int(found.split.movers.num_rows)


def _file_of(edition: Edition) -> FileKey | None:
    """What tells the file of an edition from one that took its name; ``None`` where there is none any more."""
    try:
        return key_of(edition)
    except FileNotFoundError:
        return None


def _refuse_another(edition: Edition, read: FileKey) -> None:
    """**Raises** ``causes.gone`` where an edition was tidied away or made anew since, and leaves no file of its split."""
    if _file_of(edition) != read:
        place_of(edition).unlink(missing_ok=True)
        raise gone()


def gone() -> TierwiseError:
    """That what should be split is not shown any more."""
    return fail("causes.gone", "another run is shown meanwhile", "页面已改为显示其他运行")


def _about(found: Split) -> dict[str, Any]:
    return {
        "told_apart": found.told_apart,
        "rules_changed": list(found.rules_changed),
        "causes": [one.cause for one in summaries(found)],
    }


def _write(base: sqlite3.Connection, edition: Edition, found: Split, about: dict[str, Any]) -> None:
    base.execute("PRAGMA journal_mode=OFF")
    typed = [f"{name} {'INTEGER' if name in ('step', *PARTS) else 'TEXT'}" for name in (*COLUMNS, *GROUPS)]
    base.execute(f"CREATE TABLE parts ({', '.join(typed)})")
    base.execute("CREATE TABLE facts (key TEXT PRIMARY KEY, body TEXT NOT NULL)")
    base.execute("INSERT INTO facts VALUES ('about', ?)", [json.dumps(about)])
    marks = ", ".join("?" * (len(COLUMNS) + len(GROUPS)))
    for some in batched(found.movers.to_pylist(), AT_ONCE):
        base.executemany(f"INSERT INTO parts VALUES ({marks})", _rows(edition, some))
    base.execute("CREATE INDEX by_main ON parts (main, code)")
    base.execute("CREATE INDEX by_code ON parts (code)")
    base.commit()


def _rows(edition: Edition, some: Sequence[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """The movers with who they belong to, as the edition says: what the scope of a reader asks."""
    codes = [row["customer_id"] for row in some]
    sql = f"SELECT code, {', '.join(GROUPS)} FROM customers WHERE code IN ({', '.join('?' * len(codes))})"
    known = {row["code"]: row for row in connect(key_of(edition)).execute(sql, codes)}
    for row in some:
        mine = known.get(row["customer_id"])
        if mine is not None:
            states = [None if row[side] in OUTSIDE else row[side] for side in ("previous", "current")]
            parts = [row[name] for name in ("step", *PARTS, "main")]
            yield row["customer_id"], *states, *parts, *(mine[name] for name in GROUPS)
