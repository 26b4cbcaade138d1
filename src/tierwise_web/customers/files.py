"""A list as a file: exact figures, words in the reader's language, nothing that a spreadsheet would run."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierwise.grading.export import Sheet, write_rows
from tierwise.kernel.text import Text
from tierwise_web.common.words import language
from tierwise_web.customers.choosing import Choice
from tierwise_web.customers.columns import Column, cell
from tierwise_web.customers.queries import CAP, every_row
from tierwise_web.published.reading import Reading

ENDINGS = ("csv", "xlsx")
MOST_ROWS = CAP
TOO_MANY = Text(
    "These are more than 10,000 rows; filter the list before you export it.",
    "超过 10,000 行，请先筛选再导出。",
)
_EXACT = {"money": pa.decimal128(38, 4), "points": pa.decimal128(38, 10), "number": pa.int64()}


def write(reading: Reading, choice: Choice, columns: list[Column], target: Path) -> int:
    """Writes all rows of a list; returns how many. Titles and words are in the language of the page."""
    lang = language()
    rows = list(every_row(reading, choice))
    arrays = [_array(column, rows) for column in columns]
    table = pa.Table.from_arrays(arrays, names=[column.title.in_lang(lang) for column in columns])
    record = reading.about.record
    about = {
        "run": record.run_id,
        "policy": f"{record.policy_code} v{record.policy_version}",
        "as_of": record.as_of.isoformat(),
        "filter": choice.address(),
    }
    return write_rows(table, target, Sheet("客户" if lang == "zh" else "customers", about, lang))


def _array(column: Column, rows: list[dict[str, Any]]) -> pa.Array:
    kind = _EXACT.get(column.kind)
    if kind is None:
        lang = language()
        return pa.array([cell(column, row, lang) or None for row in rows], pa.string())
    exact = int if column.kind == "number" else Decimal
    values = [None if row[column.code] is None else exact(row[column.code]) for row in rows]
    return pa.array(values, kind)
