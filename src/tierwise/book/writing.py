"""The writer of a book: tables first, the version row last, so that all of it shows at once or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

from tierwise.book import delta
from tierwise.book.contract import TABLES
from tierwise.book.shape import Shape
from tierwise.book.versions import BookVersion, TableState, VersionLog
from tierwise.engine.names import columns_of, parquet, quoted
from tierwise.kernel.errors import fail

Data: TypeAlias = pa.Table | pa.RecordBatchReader
_INCOMING = "incoming_rows"


def place_of(book: Path, table: str) -> Path:
    """The folder of a table, or of a result named ``results/<name>``."""
    return book / table if "/" in table else book / "tables" / table


class Writer:
    """Collects the changes of one book version. Made by ``Book.writer``, which holds the lease."""

    def __init__(self, path: Path, log: VersionLog, *, actor: str, at: datetime) -> None:
        self.path = path
        self.actor = actor
        self.at = at
        self._log = log
        self._begin()

    def _begin(self) -> None:
        self.base: BookVersion = self._log.all()[-1]
        self.settings = self.base.settings
        self._state = dict(self.base.state)
        self._ready: set[str] = set()

    @property
    def staging(self) -> Path:
        """The scratch folder of this writer."""
        return self.path / "staging"

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection of this writer: bounded memory, spills into the staging folder."""
        return delta.connect(self.staging / "spill")

    def state(self, table: str) -> TableState | None:
        """The table as this writer has left it so far."""
        return self._state.get(table)

    def files(self, table: str) -> list[str]:
        """The Parquet files of the table as this writer has left it so far."""
        state = self._state.get(table)
        return [] if state is None else delta.files_of(place_of(self.path, table), state.delta)

    def replace(
        self,
        table: str,
        data: Data,
        *,
        months: Sequence[int] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> TableState:
        """Puts rows in the place of the whole table, or of some months of a table ``by_month``."""
        return self.replace_query(table, self._incoming(table, data), months=months, facts=facts)

    def append(self, table: str, data: Data, *, facts: Mapping[str, Any] | None = None) -> TableState:
        """Adds rows to a table."""
        return self._write(table, self._incoming(table, data), append=True, months=None, facts=facts)

    def replace_query(
        self,
        table: str,
        select: str,
        *,
        months: Sequence[int] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> TableState:
        """``replace`` with the rows of a query over this writer's connection."""
        return self._write(table, select, append=False, months=months, facts=facts)

    def append_query(self, table: str, select: str) -> TableState:
        """``append`` with the rows of a query over this writer's connection."""
        return self._write(table, select, append=True, months=None, facts=None)

    def create_result(self, name: str, reader: Data, *, facts: Mapping[str, Any] | None = None) -> TableState:
        """Stores the rows of a run, in their order, as the new Delta table ``results/<name>``.

        **Raises** ``TierwiseError`` ``book.result-exists`` if there is one of that name.
        """
        table = f"results/{name}"
        if table in self._state:
            raise fail(
                "book.result-exists", "the result {name} exists already", "结果 {name} 已存在", name=name
            )
        self.connection.execute("SET threads = 1")  # more would wait for each other at the one stream
        try:
            return self._write(table, self._incoming(table, reader), append=False, months=None, facts=facts)
        finally:
            self.connection.execute("RESET threads")

    def set_facts(self, table: str, facts: Mapping[str, Any]) -> None:
        """Replaces the small facts kept about a table; its rows stay as they are."""
        old = self._state[table]
        self._state[table] = TableState(old.delta, old.rows, dict(facts))

    def back_to(self, table: str, state: TableState) -> None:
        """Gives a table the content it had at an earlier version."""
        place = place_of(self.path, table)
        self._make_ready(table, place)
        self._state[table] = TableState(delta.back_to(place, state.delta), state.rows, state.facts)

    def commit(self, kind: str, note: str) -> BookVersion:
        """Appends the version row: from now on readers see what was written.

        The writer goes on from the new version.
        """
        version = BookVersion(
            self.base.number + 1, self.at, self.actor, kind, note, dict(self._state), self.settings
        )
        self._log.append(version)
        self._begin()
        return version

    def close(self) -> None:
        """Closes the connection, if one was opened."""
        opened = self.__dict__.pop("connection", None)
        if opened is not None:
            opened.close()

    def _write(
        self,
        table: str,
        select: str,
        *,
        append: bool,
        months: Sequence[int] | None,
        facts: Mapping[str, Any] | None,
    ) -> TableState:
        by_month = table in TABLES and TABLES[table].by_month
        place = place_of(self.path, table)
        self._make_ready(table, place)
        files = delta.copy_out(self.connection, select, self.staging, by_month=by_month)
        version, rows = delta.commit_files(
            place, files, self._schema(select), by_month=by_month, append=append, months=months
        )
        old = self._state.get(table)
        kept = dict(old.facts) if facts is None and old is not None else dict(facts or {})
        self._state[table] = TableState(version, rows, kept)
        return self._state[table]

    def _make_ready(self, table: str, place: Path) -> None:
        """Before its first change, a table is brought back to the current book version and to the contract."""
        if table in self._ready:
            return
        self._ready.add(table)
        state = self._state.get(table)
        if state is not None:
            delta.back_to(place, state.delta)
            if table in TABLES:
                self._grow(Shape(TABLES[table]), place, state)

    def _grow(self, shape: Shape, place: Path, state: TableState) -> None:
        """Gives all rows the columns that the contract got since they were written.

        So the files of one version always have the same columns, and readers look at one of them.
        """
        files = delta.files_of(place, state.delta)
        if not files or columns_of(files).issuperset(shape.stored):
            return
        rows = parquet(files, shape.stored)
        if shape.table.by_month:
            rows = f"SELECT *, {month_of(quoted(shape.day))} AS {delta.MONTH} FROM ({rows})"
        self._write(shape.name, rows, append=False, months=None, facts=None)

    def _schema(self, select: str) -> pa.Schema:
        return self.connection.execute(f"SELECT * FROM ({select}) LIMIT 0").to_arrow_table().schema

    def _incoming(self, table: str, data: Data) -> str:
        self.connection.register(_INCOMING, data)
        if table in TABLES and TABLES[table].by_month:
            day = quoted(TABLES[table].effective_on)
            return f"SELECT *, {month_of(day)} AS {delta.MONTH} FROM {_INCOMING}"
        return f"SELECT * FROM {_INCOMING}"


def month_of(day: str) -> str:
    """SQL of yyyymm of a date expression."""
    return f"CAST(year({day}) * 100 + month({day}) AS INTEGER)"
