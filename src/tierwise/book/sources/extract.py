"""The rows of a query as a file of texts: read whole before the book is opened for writing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest value of a column that was read: where the next reading begins."""

    column: str
    value: int | float | str


@dataclass(frozen=True, slots=True)
class Extract:
    """A file with the rows, their number, and the mark of the column that was asked for."""

    path: Path
    columns: tuple[str, ...]
    rows: int
    mark: Mark | None


@dataclass(slots=True)
class Passed:
    """How many rows have come so far; None before the first was asked for."""

    rows: int | None = None

    def count(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """The rows, counted as they pass."""
        self.rows = 0
        for row in rows:
            yield row
            self.rows += 1


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Writes rows as texts to a Parquet file, a batch at a time; returns their number."""
    schema = pa.schema([(name, pa.string()) for name in columns])
    count, stream = 0, iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while block := list(islice(stream, ROWS)):
            arrays = [
                pa.array([text_of(row[at]) for row in block], pa.string()) for at in range(len(columns))
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            count += len(block)
    return count


def text_of(value: Any) -> str | None:
    """A value of a database as a file would write it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(value, ".15g")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return (
        json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)
    )
