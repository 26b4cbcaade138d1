"""Building the read model of a run: a file made aside, complete, flushed to disk, then given its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.insight.showing import published_runs, shown
from tierwise.insight.trend import compared
from tierwise.movement.overrides import list_overrides
from tierwise.movement.review import events_of
from tierwise.policy.load import parse_policy
from tierwise_web.published.facts import facts_of
from tierwise_web.published.health import health, noted
from tierwise_web.published.loading import Loading, again
from tierwise_web.published.parts import unfinished
from tierwise_web.published.searching import Search
from tierwise_web.published.shape import FORMAT, INDEXES, MEASURES, OWN_FIGURES, STORED, Layout
from tierwise_web.published.sums import Sums, cube, spread, trends

if TYPE_CHECKING:
    import sqlite3

    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.insight.showing import Shown

LOOKED_AT = 2_000
"""So many rows of an index are looked at for how it divides the customers; all of them would take a second."""
OF_FORMAT = f"-{FORMAT}.sqlite3"
"""How the names of files end whose tables pages can read."""
Progress = Callable[[int, int], None]
"""Called with customers done and customers there are; what it raises stops the work and leaves nothing."""


def file_name(record: RunRecord) -> str:
    """The name of a run's file: of the run, its digest and the format of the tables."""
    return f"{record.run_id}-{record.digest[:12]}{OF_FORMAT}"


def build(
    book: Book,
    record: RunRecord,
    earlier: Sequence[RunRecord],
    folder: Path,
    *,
    in_cycle: bool,
    progress: Progress,
) -> tuple[Path, int]:
    """The finished file, and how many customers it has. A file of that name that is there already is left."""
    target = folder / file_name(record)
    with unfinished(target) as part:
        count = _fill(part, book, record, earlier, in_cycle=in_cycle, progress=progress)
    return target, count


def _fill(
    part: Path,
    book: Book,
    record: RunRecord,
    earlier: Sequence[RunRecord],
    *,
    in_cycle: bool,
    progress: Progress,
) -> int:
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    scale = tuple(grade.code for grade in policy.scale)
    asked = (*STORED, *MEASURES.values())
    with Search(part, sum(record.counts.values())) as search, ThreadPoolExecutor(1) as beside:
        told = beside.submit(_of_the_book, book, record, earlier)  # the run is joined meanwhile
        with shown(book, record, earlier, asked) as stream, Loading(part) as loading:
            layout = Layout(scale, {**stream.stored, **stream.beside}, len(earlier), in_cycle)
            for statement in layout.tables():
                loading.run(statement)
            search.begin(loading)
            count, summed = _rows(loading, layout, stream, record, search, progress)
            about = about_of(record, stream, in_cycle=in_cycle)
        with closing(again(part)) as base:
            base.execute("BEGIN")
            facts = _beside_indexes(base, summed, book, record, told)
            _facts(base, {"about": about, "scale": list(scale), **facts})
            base.execute("COMMIT")
            base.execute(f"PRAGMA analysis_limit={LOOKED_AT}")
            base.execute("ANALYZE")
            search.finish(base)
    return count


def _beside_indexes(
    base: sqlite3.Connection,
    summed: pa.Table,
    book: Book,
    record: RunRecord,
    told: Future[tuple[Sums, dict[str, Any]]],
) -> dict[str, Any]:
    """The indexes and all that is small. While the database sorts, which needs no Python, the sums are made."""
    with ThreadPoolExecutor(1) as beside:
        making = beside.submit(_of_the_field, summed)
        for statement in INDEXES:
            base.execute(statement)
        _overrides(base, book, record)
        _drivers(base, book, record)
        sums, facts, notes = making.result()
    over, known = told.result()
    for table in (*sums, over):
        table.write(base)
    return {**facts, **known, "health": known["health"] | notes}


def _of_the_field(summed: pa.Table) -> tuple[list[Sums], dict[str, Any], dict[str, Any]]:
    """The tables of sums, the facts and the notes that are made of the rows.

    Notes and curves leave out members; curves are of those that the run graded, as in its report.
    """
    alone = summed.filter(pc.equal(summed["measured"], OWN_FIGURES))
    graded = alone.filter(pc.is_valid(alone["computed"]))
    return [cube(summed), spread(graded)], facts_of(graded), noted(alone)


def _of_the_book(book: Book, record: RunRecord, earlier: Sequence[RunRecord]) -> tuple[Sums, dict[str, Any]]:
    """What needs no row of the run: sums of the earlier ones, and how sound the data is."""
    facts = {"health": health(book, record), "compared": compared(book, record, earlier)}
    return trends(book, record, earlier), facts


def _rows(
    loading: Loading,
    layout: Layout,
    stream: Shown,
    record: RunRecord,
    search: Search,
    progress: Progress,
) -> tuple[int, pa.Table]:
    """Each batch into its tables; the numbers of customers follow the order of the stream, best first."""
    done, total = 0, sum(record.counts.values())
    summed: list[pa.RecordBatch] = []
    for batch in stream.rows:
        columns = layout.customers(done + 1, batch)
        search.add(loading, columns)
        loading.add("customers", columns)
        loading.add("results", {"id": columns["id"], "body": batch["body"]})
        summed.append(layout.summed(columns, batch))
        done += batch.num_rows
        progress(done, max(done, total))
    return done, pa.Table.from_batches(summed)


def about_of(record: RunRecord, stream: Shown, *, in_cycle: bool) -> dict[str, Any]:
    """The record of the run, what its columns are, and the earlier runs that the history refers to."""
    return {
        "format": FORMAT,
        "record": asdict(record),
        "stored": stream.stored,
        "beside": stream.beside,
        "earlier": [
            {"run_id": r.run_id, "as_of": r.as_of, "policy_version": r.policy_version, "led_by": _led_by(r)}
            for r in stream.earlier
        ],
        "in_cycle": in_cycle,
    }


def _led_by(record: RunRecord) -> str | None:
    """The metric by whose value the leading method of a run grades; none where it gives points."""
    leading = parse_policy(record.policy_text, f"{record.run_id}: policy").leading.id
    found: str | None = record.facts["methods"][leading].get("value")
    return found


def _overrides(base: sqlite3.Connection, book: Book, record: RunRecord) -> None:
    """The overrides that customers have or had under the policy; those that nobody approved are left out."""
    base.execute("CREATE TABLE overrides (code TEXT NOT NULL, body TEXT NOT NULL)")
    rows = (
        (one.customer_id, json.dumps(asdict(one), ensure_ascii=False, default=str))
        for one in list_overrides(book)
        if one.policy_code == record.policy_code and one.decision == "approved"
    )
    base.executemany("INSERT INTO overrides VALUES (?, ?)", rows)
    base.execute("CREATE INDEX overrides_by_code ON overrides (code)")


def _drivers(base: sqlite3.Connection, book: Book, record: RunRecord) -> None:
    """What drove those that moved up or down, as the events of the published run say."""
    base.execute("CREATE TABLE drivers (code TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID")
    run = published_runs(book).get(record.run_id)
    if run is None:
        return
    told = events_of(book, run).select(["customer_id", "drivers"])
    rows = ((row["customer_id"], row["drivers"]) for row in told.to_pylist() if row["drivers"])
    base.executemany("INSERT OR IGNORE INTO drivers VALUES (?, ?)", rows)


def _facts(base: sqlite3.Connection, facts: Mapping[str, Any]) -> None:
    rows: Iterable[tuple[str, str]] = (
        (key, json.dumps(value, ensure_ascii=False, default=str)) for key, value in facts.items()
    )
    base.executemany("INSERT INTO facts VALUES (?, ?)", rows)
