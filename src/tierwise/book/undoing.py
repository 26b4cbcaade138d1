"""Undoing an import: a compensating version, refused where later batches touched the same keys.

**Source** issue of the book (corrections), decision 0001.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from tierwise.book.applying import moment_of, rederive, settle, show_old
from tierwise.book.batches import Batch, batches, store, undone
from tierwise.book.closing import Moment
from tierwise.book.contract import TABLES
from tierwise.book.delta import connect
from tierwise.book.orphans import Orphans, orphans
from tierwise.book.preparing import drop
from tierwise.book.settings import Settings
from tierwise.book.shape import DERIVED, Shape, listed, matched
from tierwise.book.store import Book
from tierwise.book.versions import BookVersion
from tierwise.book.writing import Writer
from tierwise.engine.names import parquet, quoted
from tierwise.kernel.errors import TierwiseError, fail

KEYS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Loss:
    """What undoing an import takes and brings back."""

    table: str
    removed: int
    """Rows of the batch that are taken out."""
    restored: int
    """Earlier rows that come back."""
    closed: int
    """Rows among the removed that lie in closed periods: what was seen of these days is no longer seen."""
    orphans: Orphans
    """Records that are no longer there although rows that stay name them."""


@dataclass(frozen=True, slots=True)
class UndoSummary:
    """What undoing did: rows of the batch taken out, and earlier rows brought back."""

    batch: int
    """The number of the compensating batch."""
    undone: int
    table: str
    removed: int
    restored: int
    version: int
    closed: int
    """As in ``Loss``."""
    orphans: Orphans
    """As in ``Loss``."""


def undo_import(book: Book, batch: int, *, actor: str, at: datetime, reason: str = "") -> UndoSummary:
    """Takes an import back as a new version, whose note keeps the reason.

    **Raises** ``TierwiseError``: no such batch, undone already, or rows that later batches changed.
    """
    with book.writer(actor=actor, at=at) as writer:
        known = batches(book, writer.base)
        target = _target(book, known, batch)
        loss = _compensate(book, writer, target)
        number = len(known) + 1
        row = _row(writer, target, number, loss)
        store(writer, [*(undone(b, number) if b is target else b for b in known), row])
        version = writer.commit("undo", _note(target, reason))
    return UndoSummary(
        number, batch, loss.table, loss.removed, loss.restored, version.number, loss.closed, loss.orphans
    )


def undo_loss(book: Book, batch: int) -> Loss:
    """What undoing an import would take and bring back, counted in the book as it is; changes nothing.

    **Raises** ``TierwiseError`` wherever ``undo_import`` would.
    """
    now = book.upcoming()
    target = _target(book, batches(book, now), batch)
    with tempfile.TemporaryDirectory(prefix="tierwise-") as scratch:
        connection = connect(Path(scratch))
        try:
            return _loss(connection, book, target, now)
        finally:
            connection.close()


def undo_reason(version: BookVersion, undone: Batch) -> str:
    """Why a batch was undone, as the version that undid it says; empty where nobody said."""
    return version.note.removeprefix(_note(undone, "")).removeprefix(": ")


def _note(target: Batch, reason: str) -> str:
    said = " ".join(reason.split())
    return f"{target.table} {target.number}" + (f": {said}" if said else "")


def _target(book: Book, known: Sequence[Batch], number: int) -> Batch:
    found = next((batch for batch in known if batch.number == number), None)
    if found is None or found.kind != "import":
        raise fail(
            "undo.no-batch",
            "there is no import {number}; `tierwise batches {book}` lists them",
            "没有编号为 {number} 的导入；可用 `tierwise batches {book}` 查看",
            number=number,
            book=str(book.path),
        )
    if found.undone_by is not None:
        raise fail(
            "undo.twice",
            "import {number} was undone already, by batch {by}",
            "导入 {number} 已由批次 {by} 撤销",
            number=number,
            by=found.undone_by,
        )
    return found


def _row(writer: Writer, target: Batch, number: int, loss: Loss) -> Batch:
    return Batch(
        number=number,
        table=target.table,
        kind="undo",
        files=(),
        actor=writer.actor,
        at=writer.at,
        identity=target.identity,
        new=loss.restored,
        changed=0,
        same=0,
        corrected=0,
        removed=loss.removed,
        rejected=0,
        by_code={},
        mapping=None,
        version=writer.base.number + 1,
    )


def _compensate(book: Book, writer: Writer, target: Batch) -> Loss:
    """Writes the compensation; what it takes and brings back."""
    shape = Shape(TABLES[target.table])
    moment = moment_of(writer, 0)
    before, after = _around(book, target)
    loss = _loss(writer.connection, book, target, writer.base)
    if _untouched(shape, after, writer.base):
        _turn_back(writer, shape, before)
    else:
        _exchange(writer.connection, shape)
        settle(writer, shape, moment)
    if shape.name == "fx_rates":
        _rates_back(writer, moment, before, after)
    return loss


def _around(book: Book, target: Batch) -> tuple[BookVersion, BookVersion]:
    """The version before a batch, and its own."""
    return book.version(target.version - 1), book.version(target.version)


def _untouched(shape: Shape, after: BookVersion, now: BookVersion) -> bool:
    """Whether no later batch wrote the table."""
    return now.state[shape.name].delta == after.state[shape.name].delta


def _loss(connection: duckdb.DuckDBPyConnection, book: Book, target: Batch, now: BookVersion) -> Loss:
    """Counts what undoing takes; ``old`` (now), ``added`` and ``removed`` have the rows by which the batch changed the table.

    **Raises** ``undo.touched-later``.
    """
    shape = Shape(TABLES[target.table])
    before, after = _around(book, target)
    show_old(connection, shape, book.files(shape.name, now))
    _diff(connection, book, shape, before, after)
    if not _untouched(shape, after, now):
        _refuse_touched(connection, shape, target.number)
    taken, back = _count(connection, "added"), _count(connection, "removed")
    closed = _closed(connection, shape, now.settings)
    return Loss(shape.name, taken, back, closed, orphans(connection, book, now, shape))


def _closed(connection: duckdb.DuckDBPyConnection, shape: Shape, settings: Settings) -> int:
    """How many of the batch's rows lie in closed periods; attributes are dated and belong to none."""
    first_open = settings.first_open_day
    if shape.table.history == "dated" or first_open is None:
        return 0
    return _count(connection, f"(SELECT 1 FROM added WHERE {quoted(shape.day)} < DATE '{first_open}')")


def _diff(
    connection: duckdb.DuckDBPyConnection, book: Book, shape: Shape, before: BookVersion, after: BookVersion
) -> None:
    """Makes ``added`` and ``removed``."""
    drop(connection, "was", "became", "added", "removed")
    was, became = set(book.files(shape.name, before)), set(book.files(shape.name, after))
    connection.execute(f"CREATE TEMP VIEW was AS {parquet(sorted(was - became), shape.stored)}")
    connection.execute(f"CREATE TEMP VIEW became AS {parquet(sorted(became - was), shape.stored)}")
    same = matched("a", "b", _told_apart(shape), nulls=True)
    for name, left, right in (("added", "became", "was"), ("removed", "was", "became")):
        connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT a.* FROM {left} a ANTI JOIN {right} b ON {same}"
        )


def _told_apart(shape: Shape) -> list[str]:
    """The columns in which two states of a row differ; what the book derives does not count."""
    derived = {*DERIVED, "superseded_on"} if shape.table.history == "dated" else set(DERIVED)
    return [name for name in shape.stored if name not in derived]


def _turn_back(writer: Writer, shape: Shape, before: BookVersion) -> None:
    """No later batch wrote the table: it gets the files that it had."""
    state = before.state.get(shape.name)
    if state is None:
        empty = parquet([], shape.stored | ({"month": "INTEGER"} if shape.table.by_month else {}))
        writer.replace_query(shape.name, empty, facts={})
    else:
        writer.back_to(shape.name, state)


def _refuse_touched(connection: duckdb.DuckDBPyConnection, shape: Shape, number: int) -> None:
    """Later batches touched a key if what the batch wrote is not there, or what it took away is there again."""
    same = matched("a", "o", _told_apart(shape), nulls=True)
    keys = listed(shape.key)
    now = " WHERE o.superseded_on IS NULL" if shape.table.history == "versioned" else ""
    others = f"SELECT o.* FROM old o ANTI JOIN added a ON {same}{now}"
    again = f"SELECT {keys} FROM removed SEMI JOIN ({others}) o USING ({keys})"
    lost = f"SELECT {keys} FROM added a ANTI JOIN old o ON {same}"
    query = f"SELECT DISTINCT {keys} FROM ({lost} UNION ALL {again}) ORDER BY ALL"
    touched = connection.execute(query).fetchall()
    if touched:
        raise _touched(shape, number, [" / ".join(str(part) for part in row) for row in touched])


def _touched(shape: Shape, number: int, keys: Sequence[str]) -> TierwiseError:
    return fail(
        "undo.touched-later",
        "import {number} cannot be undone: later imports changed {count} of its rows in {table}: {keys}",
        "无法撤销导入 {number}：其后的导入已更改 {table} 中的 {count} 行：{keys}",
        number=number,
        count=len(keys),
        table=shape.name,
        keys="; ".join(keys[:KEYS_SHOWN]) + (" …" if len(keys) > KEYS_SHOWN else ""),
    )


def _exchange(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Makes ``put`` and ``gone``: the earlier rows come back, those of the batch leave."""
    drop(connection, "put", "gone")
    names = listed(dict.fromkeys((*shape.row_key, shape.day)))
    if shape.table.history != "dated":
        connection.execute("CREATE TEMP TABLE put AS SELECT * FROM removed")
        connection.execute(f"CREATE TEMP TABLE gone AS SELECT {names} FROM added")
        return
    code = quoted(shape.key[0])
    codes = f"SELECT {code} FROM added UNION SELECT {code} FROM removed"
    connection.execute(f"CREATE TEMP TABLE gone AS SELECT {names} FROM old WHERE {code} IN ({codes})")
    kept = f"SELECT * FROM old SEMI JOIN gone USING ({names}) ANTI JOIN added USING ({names})"
    after = f"lead(greatest(valid_from, known_on)) OVER (PARTITION BY {code} ORDER BY valid_from)"
    columns = listed(shape.stored)
    rows = f"SELECT {columns} FROM ({kept}) UNION ALL SELECT {columns} FROM removed"
    connection.execute(f"CREATE TEMP TABLE put AS SELECT * REPLACE ({after} AS superseded_on) FROM ({rows})")


def _rates_back(writer: Writer, moment: Moment, before: BookVersion, after: BookVersion) -> None:
    """Amounts that the rates gave: as they were where nothing else was written since, else derived again."""
    for name, table in TABLES.items():
        was, became, now = (version.state.get(name) for version in (before, after, writer.base))
        if not table.has("base_amount") or was is None or became is None or now is None:
            continue
        if was.delta != became.delta == now.delta and was.rows == became.rows:
            writer.back_to(name, was)
        else:
            rederive(writer, Shape(table), moment)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
