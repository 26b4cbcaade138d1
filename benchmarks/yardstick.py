"""The yardstick: hand-written SQL that yields the same columns, run as a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from benchmarks.data import files_of
from benchmarks.meter import Meter
from tierwise.book.contract import TABLES
from tierwise.engine.names import literal

SQL = Path(__file__).with_name("yardstick.sql")


def open_connection(folder: Path, memory: str | None, threads: int | None) -> duckdb.DuckDBPyConnection:
    """A connection that sees the tables of a folder as views; set up as an analyst would, no worse than ours."""
    connection = duckdb.connect(config={"preserve_insertion_order": "false"})
    if memory:
        connection.execute(f"SET memory_limit = {literal(memory)}")
    if threads:
        connection.execute(f"SET threads = {threads}")
    for table in TABLES:
        files = files_of(folder, table)
        if files:
            listed = ", ".join(literal(file) for file in files)
            connection.execute(
                f"CREATE VIEW {table} AS FROM read_parquet([{listed}], hive_partitioning = false)"
            )
    return connection


def text() -> str:
    """The SQL."""
    return SQL.read_text(encoding="utf-8")


def main(folder: str, memory: str, threads: str) -> None:
    """Prints one JSON object."""
    connection = open_connection(Path(folder), memory or None, int(threads) if threads else None)
    with Meter() as meter:
        rows = sum(batch.num_rows for batch in connection.execute(text()).to_arrow_reader(65_536))
    print(json.dumps({"rows": rows} | meter.figures()))


if __name__ == "__main__":
    main(*sys.argv[1:])
