"""Rows that a program holds: written as one ordinary import, and read back for one record. Decision 0001, 0019."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tierwise.book.contract import TABLES, schema_of
from tierwise.book.importing import ImportItem, ImportSummary, Origin, import_batch
from tierwise.book.reading.rejects import FIELDS
from tierwise.book.store import Book
from tierwise.book.versions import BookVersion
from tierwise.engine.names import parquet, quoted, sql_type
from tierwise.kernel.text import Text

Row = Mapping[str, str | None]
"""A row as a file would bring it: column -> text."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that the importer did not take: its number in its table, from 0, the column, and why."""

    table: str
    row: int
    column: str
    code: str
    why: Text


def import_rows(
    book: Book,
    tables: Mapping[str, Sequence[Row]],
    *,
    origin: str,
    actor: str,
    at: datetime,
    seen: Mapping[str, int | None] | None = None,
) -> tuple[list[ImportSummary], list[Refusal]]:
    """Imports rows of several tables as one batch of files named ``origin``, under the same checks as files.

    What is refused is told row by row, and everything else is taken. ``seen`` as of ``import_batch``.
    """
    given = {table: rows for table, rows in tables.items() if rows}
    with tempfile.TemporaryDirectory(prefix="tierwise-rows-") as folder:
        place = Path(folder)
        items = [
            ImportItem(table, [_written(place, table, rows)], None, Origin(origin))
            for table, rows in given.items()
        ]
        rejects = place / "rejects.csv"
        made = import_batch(book, items, rejects=rejects, actor=actor, at=at, seen=seen) if items else []
        refused = [one for summary in made if summary.rejected for one in _refused(summary)]
    return made, refused


def _written(folder: Path, table: str, rows: Sequence[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    schema = pa.schema([(name, pa.string()) for name in names])
    path = folder / f"{table}.parquet"
    pq.write_table(
        pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows], schema), path
    )
    return path


def _refused(summary: ImportSummary) -> list[Refusal]:
    assert summary.rejects is not None
    with summary.rejects.open(encoding="utf-8-sig", newline="") as stream:
        told = [dict(zip(FIELDS, line, strict=False)) for line in csv.reader(stream)][1:]
    return [
        Refusal(
            summary.table, int(one["line"]) - FIRST_LINE, one["column"], one["code"],
            Text(one["message_en"], one["message_zh"]),
        )
        for one in told
    ]  # fmt: skip


FIRST_LINE = 1
"""The line of the first row of a Parquet file."""


def rows_of(
    book: Book, version: BookVersion, table: str, column: str, values: Sequence[str]
) -> list[dict[str, Any]]:
    """The rows of a table that speak of some codes, superseded ones left out, oldest first.

    Of a dated table all rows with their days come: those that follow each other are one record's life.
    """
    files = book.files(table, version)
    if not files or not values:
        return []
    schema = schema_of(table)
    declared = TABLES[table]
    now = "" if declared.history == "dated" else " AND superseded_on IS NULL"
    body = parquet(files, {name: sql_type(kind) for name, kind in schema.items()})
    order = quoted(declared.effective_on)
    with duckdb.connect() as connection:
        query = f"SELECT * FROM ({body}) WHERE {quoted(column)} IN (SELECT unnest(?)){now} ORDER BY {order}, source_line"
        found: list[dict[str, Any]] = connection.execute(query, [list(values)]).to_arrow_table().to_pylist()
        return found


def values_of(book: Book, version: BookVersion, table: str, column: str) -> list[str]:
    """The different values of a text column of a table, sorted; superseded rows count as well."""
    files = book.files(table, version)
    if not files:
        return []
    body = parquet(files, {column: sql_type(schema_of(table)[column])})
    name = quoted(column)
    with duckdb.connect() as connection:
        query = f"SELECT DISTINCT {name} FROM ({body}) WHERE {name} IS NOT NULL ORDER BY 1"
        return [row[0] for row in connection.execute(query).fetchall()]


def rows_filled(
    book: Book, version: BookVersion, table: str, filled: str, columns: Sequence[str]
) -> pa.Table:
    """Some columns, as text, of all rows of a versioned table that have a value in one; superseded ones left out."""
    files = book.files(table, version)
    names = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in columns)
    if not files:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    body = parquet(files, {name: sql_type(kind) for name, kind in schema_of(table).items()})
    with duckdb.connect() as connection:
        query = f"SELECT {names} FROM ({body}) WHERE {quoted(filled)} IS NOT NULL AND superseded_on IS NULL"
        return connection.execute(query).to_arrow_table()
