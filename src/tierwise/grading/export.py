"""Result rows as files for people and other programs: CSV, Excel, Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tierwise.grading.run import read_results
from tierwise.kernel.errors import fail
from tierwise.kernel.files import whole_file
from tierwise.kernel.text import Lang, Text

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

EXCEL_ROWS = 1_048_576
EXCEL_DIGITS = 15
EXACT_PLACES = 4
BEHIND = ("unit", "reason", "grade_before_gates", "gates")
"""Columns that a file has after the components; the others stand in their stored order."""
_DIGITS = Text(
    "Excel keeps 15 digits of a number. Amounts and whole numbers with more are written as text, with all digits.",
    "Excel 的数字只保留 15 位。位数更多的金额与整数以文本写出，保留全部数字。",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says beside its rows, where it can: a title, and names with values."""

    title: str
    about: dict[str, str]
    lang: Lang = "en"


def export_results(book: Book, record: RunRecord, out: Path, *, lang: Lang = "en") -> int:
    """Writes the rows of a run to a file by its ending; returns the number of rows."""
    return write_results(read_results(book, record), record, out, lang)


def write_results(rows: pa.Table, record: RunRecord, out: Path, lang: Lang = "en") -> int:
    """Writes result rows to ``.csv``, ``.xlsx`` or ``.parquet``; raises as ``write_rows``."""
    about = {
        "run": record.run_id,
        "policy": f"{record.policy_code} v{record.policy_version}",
        "as_of": record.as_of.isoformat(),
        "population": str(record.population),
        "book_version": str(record.book_version),
        "digest": record.digest,
        "tierwise": record.tierwise_version,
    }
    ordered = [name for name in rows.column_names if name not in BEHIND]
    rows = rows.select([*ordered, *BEHIND])
    return write_rows(rows, out, Sheet("等级" if lang == "zh" else "grades", about, lang))


def write_rows(rows: pa.Table, out: Path, sheet: Sheet) -> int:
    """Writes a table to ``.csv``, ``.xlsx`` or ``.parquet``; the file appears whole or not at all.

    **Raises** ``export.format`` for another ending, ``export.folder`` if the folder is missing,
    ``export.too-many-rows`` beyond Excel's 1,048,576.
    """
    writers: dict[str, Callable[[pa.Table, Sheet, Path], None]] = {
        ".csv": _csv,
        ".xlsx": _excel,
        ".parquet": _parquet,
    }
    write = writers.get(out.suffix.lower())
    if write is None:
        raise fail(
            "export.format",
            "the file must end in .csv, .xlsx or .parquet",
            "文件扩展名须为 .csv、.xlsx 或 .parquet",
            file=str(out),
        )
    with whole_file(out, xlsxwriter.exceptions.FileCreateError) as part:
        write(rows, sheet, part)
    return int(rows.num_rows)


def plain(value: Any) -> str:
    """A value as exact text: decimals without needless zeros, true and false in lower case."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value.isoformat() if isinstance(value, date) else str(value)


def harmless(text: str) -> str:
    """A text that a spreadsheet will not run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: pa.Table, _: Sheet, path: Path) -> None:
    texts = {field.name for field in rows.schema if pa.types.is_string(field.type)}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(rows.column_names)
        for row in _rows(rows):
            out.writerow(
                [
                    harmless(plain(v)) if name in texts else plain(v)
                    for name, v in zip(rows.column_names, row, strict=True)
                ]
            )


def _rows(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_batches(max_chunksize=20_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _excel(rows: pa.Table, told: Sheet, path: Path) -> None:
    if rows.num_rows + 1 > EXCEL_ROWS:
        raise fail(
            "export.too-many-rows",
            "{rows} rows do not fit an Excel sheet; export to .csv or .parquet",
            "{rows} 行超出 Excel 工作表上限，请导出为 .csv 或 .parquet",
            rows=f"{rows.num_rows:,}",
        )
    with _Target(path, "wb") as file:
        _workbook(rows, told, file)


class _Target(io.FileIO):
    """A file that takes no more, and says nothing more, after its first error or its end.

    A zip archive that could not be written tries once more when it is thrown away, and the interpreter
    would report that second failure after our own sentence.
    """

    _failed = False

    @property
    def _over(self) -> bool:
        return self._failed or self.closed

    def write(self, data: Any) -> int:
        """Writes all of it, or raises ``OSError`` the first time it cannot."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left and not self._over:
                left = left[super().write(left) :]
        except OSError:
            self._failed = True
            raise
        return size

    def seek(self, offset: int, whence: int = 0) -> int:
        """As any file; nowhere when it is over."""
        return 0 if self._over else super().seek(offset, whence)

    def tell(self) -> int:
        """As any file; nowhere when it is over."""
        return 0 if self._over else super().tell()

    def flush(self) -> None:
        """As any file; nothing when it is over."""
        if not self._over:
            super().flush()


def _workbook(rows: pa.Table, told: Sheet, file: _Target) -> None:
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    try:
        sheet = book.add_worksheet(told.title)
        bold, day, long = (
            book.add_format({"bold": True, "bottom": 1}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"align": "right", "num_format": "@"}),
        )
        # A number kept as text is meant: no green triangle beside it.
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{EXCEL_ROWS}"})
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, rows.column_names, bold)
        for number, row in enumerate(_rows(rows), start=1):
            for column, value in enumerate(row):
                _cell(sheet, number, column, value, day, long)
        _about(book, told)
    finally:
        book.close()


def _cell(sheet: Any, row: int, column: int, value: Any, day: Any, long: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, int | Decimal) and too_long(value):
        sheet.write_string(row, column, plain(value), long)
    elif isinstance(value, int | Decimal):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))


def too_long(value: int | Decimal) -> bool:
    """Whether Excel, which keeps 15 digits, would change an amount or a whole number.

    A quotient (more than four decimal places) was rounded when it was made, and stays a number to reckon with.
    """
    digits = plain(Decimal(value)).lstrip("-")
    whole, _, places = digits.partition(".")
    return len(places) <= EXACT_PLACES and len((whole + places).strip("0")) > EXCEL_DIGITS


def _about(book: Any, told: Sheet) -> None:
    sheet = book.add_worksheet("说明" if told.lang == "zh" else "about")
    notes = told.about | {"digits": _DIGITS.in_lang(told.lang)}
    for number, (name, value) in enumerate(notes.items()):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, value)


def _parquet(rows: pa.Table, _: Sheet, path: Path) -> None:
    pq.write_table(rows, path, compression="zstd")
