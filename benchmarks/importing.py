"""Import of a CSV file of order lines, against DuckDB's bare copy of it; each a process of its own.

``python -m benchmarks.importing ours|bare FILE FOLDER``
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.data import files_of
from benchmarks.meter import Meter
from tierwise.book.contract import TABLES
from tierwise.engine.names import literal, quoted


def csv_of(folder: Path) -> Path:
    """The order lines of a company as one CSV file with the columns that a file may bring; made once."""
    path = folder / "order_lines.csv"
    if not path.exists():
        columns = ", ".join(quoted(c.name) for c in TABLES["order_lines"].file_columns if c.name != "note")
        listed = ", ".join(literal(file) for file in files_of(folder, "order_lines"))
        making = path.with_suffix(".making")
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = false)) "
                f"TO {literal(str(making))} (FORMAT csv, HEADER)"
            )
        making.rename(path)
    return path


def ours(file: Path, folder: Path) -> dict[str, object]:
    """The whole importer: reading, checking, numbering, matching, writing, committing."""
    from tierwise.book.importing import import_files
    from tierwise.book.settings import Settings
    from tierwise.book.store import Book

    at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    book = Book.create(folder, Settings(name="bench", base_currency="CNY"), actor="bench", at=at)
    with Meter() as meter:
        summary = import_files(book, "order_lines", [file], actor="bench", at=at)
    return {"rows": summary.new, "rejected": summary.rejected} | meter.figures()


def bare(file: Path, folder: Path) -> dict[str, object]:
    """``COPY (SELECT * FROM read_csv(...)) TO 'x.parquet'`` with DuckDB's defaults."""
    folder.mkdir(parents=True)
    target = literal(str(folder / "x.parquet"))
    connection = duckdb.connect()
    with Meter() as meter:
        done = connection.execute(
            f"COPY (SELECT * FROM read_csv({literal(str(file))})) TO {target}"
        ).fetchone()
    return {"rows": done[0] if done else 0} | meter.figures()


def main(which: str, file: str, folder: str) -> None:
    """Prints one JSON object."""
    target = Path(folder)
    shutil.rmtree(target, ignore_errors=True)
    print(json.dumps({"ours": ours, "bare": bare}[which](Path(file), target)))
    shutil.rmtree(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
