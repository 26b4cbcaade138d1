"""A list as a file: exact figures, words in the reader's language, nothing that a spreadsheet would run."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierwise.grading.export import Sheet, write_rows
from tierwise_web.common.batches import batched
from tierwise_web.common.words import language
from tierwise_web.customers.choosing import Choice
from tierwise_web.customers.columns import Column, cell
from tierwise_web.customers.queries import CAP, every_row
from tierwise_web.published.reading import Reading

ENDINGS = ("csv", "xlsx")
MOST_ROWS = CAP
"""So many are written while somebody waits; more by a job."""
AT_ONCE = 5_000
Progress = Callable[[int], None]
_EXACT = {"money": pa.decimal128(38, 4), "points": pa.decimal128(38, 10), "number": pa.int64()}


def write(
    reading: Reading,
    choice: Choice,
    columns: list[Column],
    target: Path,
    progress: Progress = lambda rows: None,
) -> int:
    """Writes all rows of a list; returns how many. Titles and words are in the language of the page."""
    lang = language()
    names = [column.title.in_lang(lang) for column in columns]
    empty = [_array(column, []) for column in columns]
    batches = [pa.RecordBatch.from_arrays(empty, names=names)]
    done = 0
    for rows in batched(every_row(reading, choice), AT_ONCE):
        batches.append(pa.RecordBatch.from_arrays([_array(column, rows) for column in columns], names=names))
        done += len(rows)
        progress(done)
    record = reading.about.record
    about = {
        "run": record.run_id,
        "policy": f"{record.policy_code} v{record.policy_version}",
        "as_of": record.as_of.isoformat(),
        "filter": choice.address(),
    }
    sheet = Sheet("客户" if lang == "zh" else "customers", about, lang)
    return write_rows(pa.Table.from_batches(batches), target, sheet)


def _array(column: Column, rows: list[dict[str, Any]]) -> pa.Array:
    kind = _EXACT.get(column.kind)
    if kind is None:
        lang = language()
        return pa.array([cell(column, row, lang) or None for row in rows], pa.string())
    exact = int if column.kind == "number" else Decimal
    values = [None if row[column.code] is None else exact(row[column.code]) for row in rows]
    return pa.array(values, kind)
