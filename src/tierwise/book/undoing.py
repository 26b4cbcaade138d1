"""Undoing an import: a compensating version, refused where later batches touched the same keys.

**Source** issue of the book (corrections), decision 0001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from tierwise.book.applying import Counts, moment_of, rederive, settle, show_old
from tierwise.book.batches import Batch, batches, store, undone
from tierwise.book.closing import Moment
from tierwise.book.contract import TABLES
from tierwise.book.preparing import drop
from tierwise.book.shape import DERIVED, Shape, listed, matched
from tierwise.book.store import Book
from tierwise.book.versions import BookVersion
from tierwise.book.writing import Writer
from tierwise.engine.names import parquet, quoted
from tierwise.kernel.errors import TierwiseError, fail

KEYS_SHOWN = 20


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
    closed: int = 0
    """Rows among the removed that lay in closed periods: what was seen of these days is no longer seen."""


def undo_import(book: Book, batch: int, *, actor: str, at: datetime) -> UndoSummary:
    """Takes an import back as a new version.

    **Raises** ``TierwiseError``: no such batch, undone already, or rows that later batches changed.
    """
    with book.writer(actor=actor, at=at) as writer:
        known = batches(book, writer.base)
        target = _target(book, known, batch)
        counts, closed = _compensate(book, writer, target)
        number = len(known) + 1
        row = _row(writer, target, number, counts)
        store(writer, [*(undone(b, number) if b is target else b for b in known), row])
        version = writer.commit("undo", f"{target.table} {batch}")
    return UndoSummary(number, batch, target.table, counts.removed, counts.new, version.number, closed)


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


def _row(writer: Writer, target: Batch, number: int, counts: Counts) -> Batch:
    return Batch(
        number=number,
        table=target.table,
        kind="undo",
        files=(),
        actor=writer.actor,
        at=writer.at,
        identity=target.identity,
        new=counts.new,
        changed=0,
        same=0,
        corrected=0,
        removed=counts.removed,
        rejected=0,
        by_code={},
        mapping=None,
        version=writer.base.number + 1,
    )


def _compensate(book: Book, writer: Writer, target: Batch) -> tuple[Counts, int]:
    """Writes the compensation; what it did, and how many of the rows taken out lay in closed periods."""
    shape = Shape(TABLES[target.table])
    moment = moment_of(writer, 0)
    before, after = book.version(target.version - 1), book.version(target.version)
    counts = _diff(book, writer, shape, before, after)
    closed = _closed(writer.connection, shape, moment)
    if writer.base.state[shape.name].delta == after.state[shape.name].delta:
        _turn_back(writer, shape, before)
    else:
        _refuse_touched(writer.connection, shape, target.number)
        _exchange(writer.connection, shape)
        settle(writer, shape, moment)
    if shape.name == "fx_rates":
        _rates_back(writer, moment, before, after)
    return counts, closed


def _closed(connection: duckdb.DuckDBPyConnection, shape: Shape, moment: Moment) -> int:
    """How many of the batch's rows lie in closed periods; attributes are dated and belong to none."""
    if shape.table.history == "dated":
        return 0
    return _count(connection, f"(SELECT 1 FROM added WHERE {moment.closed(quoted(shape.day))})")


def _diff(book: Book, writer: Writer, shape: Shape, before: BookVersion, after: BookVersion) -> Counts:
    """Makes ``old`` (now), ``added`` and ``removed``: the rows by which the batch changed the table."""
    connection = writer.connection
    drop(connection, "was", "became", "added", "removed")
    was, became = set(book.files(shape.name, before)), set(book.files(shape.name, after))
    show_old(connection, shape, writer.files(shape.name))
    connection.execute(f"CREATE TEMP VIEW was AS {parquet(sorted(was - became), shape.stored)}")
    connection.execute(f"CREATE TEMP VIEW became AS {parquet(sorted(became - was), shape.stored)}")
    same = matched("a", "b", _told_apart(shape), nulls=True)
    for name, left, right in (("added", "became", "was"), ("removed", "was", "became")):
        connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT a.* FROM {left} a ANTI JOIN {right} b ON {same}"
        )
    return Counts(new=_count(connection, "removed"), removed=_count(connection, "added"))


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
