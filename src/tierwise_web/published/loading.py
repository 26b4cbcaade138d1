"""Columns into the tables of a file that is still being made: handed over as they are, without a row in Python.

The driver brings an SQLite of its own. The file is the same, and whoever reads it needs no driver.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import pyarrow as pa

PRAGMAS = (
    "page_size=16384",
    "journal_mode=OFF",
    "synchronous=OFF",
    "locking_mode=EXCLUSIVE",
    "cache_size=-64000",
)
"""Of a file that is of no use until it is complete."""


class Loading:
    """A file whose tables take columns in; all that came is in it when the block ends."""

    def __init__(self, file: Path) -> None:
        # only who makes a file needs it, and pages are answered a fifth of a second earlier after a start
        import adbc_driver_sqlite.dbapi as driver

        self._connection = driver.connect(str(file), autocommit=True)
        self._cursor = self._connection.cursor()
        for pragma in PRAGMAS:
            self.run(f"PRAGMA {pragma}")
        self._connection.adbc_connection.set_autocommit(False)

    def __enter__(self) -> Loading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._connection.adbc_connection.commit()
        finally:
            self._cursor.close()
            self._connection.close()

    def run(self, statement: str) -> None:
        """Does what a statement says."""
        self._cursor.execute(statement)
        if self._cursor.description:
            self._cursor.fetchall()

    def add(self, table: str, columns: Mapping[str, pa.Array]) -> None:
        """Rows of a table, by the names of its columns; what is missing throughout need not be handed over."""
        known = {name: values for name, values in columns.items() if values.null_count < len(values)}
        if known:
            batch = pa.RecordBatch.from_arrays(list(known.values()), names=list(known))
            self._cursor.adbc_ingest(table, batch, mode="append")


def again(file: Path) -> sqlite3.Connection:
    """The loaded file for indexes and all that is small."""
    base = sqlite3.connect(file, isolation_level=None)
    # indexes read the whole table each: mapped, without a call per page; what the cache holds is what is sorted at
    # once, and a few megabytes stay within the processor's own memory: a third less time than with 64
    for pragma in (*PRAGMAS, "cache_size=-8000", "mmap_size=2147418112"):
        base.execute(f"PRAGMA {pragma}")
    return base
