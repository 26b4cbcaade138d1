"""Excel workbooks through calamine, sized before they are opened."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from tierwise.book.reading.model import MIB, FileInfo, Limits
from tierwise.book.reading.scan import sha256_of
from tierwise.book.reading.source import Layout, Pass, reader_of, text_schema
from tierwise.book.reading.values import Blanks
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text

ROWS = 20_000
_SMALL = 64 * MIB
NOTES = frozenset(("notes", "about", "说明"))
"""Sheets of templates and exports, which speak about the data."""


class ExcelSource:
    """One sheet of a workbook; the line of a record is its row in the sheet."""

    blanks: Blanks = "any"
    controls = True

    def __init__(self, path: Path, layout: Layout, limits: Limits) -> None:
        self.name = path.name
        self._path, self._layout = path, layout
        check_size(path, limits)
        self._passed_over: tuple[str, ...] = ()
        first = self._rows()
        self.header_line, header = self._header(first)
        self.headers = tuple(_text(cell) or "" for cell in header)
        if len(self.headers) > limits.max_columns:
            raise fail(
                "file.too-many-columns",
                "the header has {count} columns, more than {limit}",
                "表头有 {count} 列，超过 {limit} 列",
                file=self.name,
                count=len(self.headers),
                limit=limits.max_columns,
            )

    def info(self, records: int) -> FileInfo:
        return FileInfo(self.name, self._path.stat().st_size, sha256_of(self._path), "excel", records)

    def stream(self, notes: Pass) -> pa.RecordBatchReader:
        if self._passed_over:
            notes.doubts.append(_other_sheets(self.name, self._passed_over))
        return reader_of(text_schema(len(self.headers)), lambda: self._batches(notes), notes)

    def _batches(self, notes: Pass) -> Iterator[pa.RecordBatch]:
        width, schema = len(self.headers), text_schema(len(self.headers))
        rows = ((line, row) for line, row in self._rows() if line > self.header_line)
        while block := list(islice(rows, ROWS)):
            columns = [
                pa.array([_text(row[i]) if i < len(row) else None for _, row in block], pa.string())
                for i in range(width)
            ]
            notes.records += len(block)
            yield pa.RecordBatch.from_arrays(
                [*columns, pa.array([line for line, _ in block], pa.int64())], schema=schema
            )

    def _rows(self) -> Iterator[tuple[int, list[Any]]]:
        yield from enumerate(self._sheet().iter_rows(), start=1)

    def _header(self, rows: Iterator[tuple[int, list[Any]]]) -> tuple[int, list[Any]]:
        if self._layout.headers:
            return self._layout.skip_rows, list(self._layout.headers)
        for line, row in rows:
            if line > self._layout.skip_rows and any(_text(cell) for cell in row):
                while row and not _text(row[-1]):
                    row.pop()
                return line, row
        raise fail("file.no-header", "the sheet has no header row", "工作表没有表头行", file=self.name)

    def _sheet(self) -> CalamineSheet:
        try:
            book = CalamineWorkbook.from_path(str(self._path))
            if self._layout.sheet is not None:
                return book.get_sheet_by_name(self._layout.sheet)
            self._passed_over = _visible(book)[1:]
            return book.get_sheet_by_index(0)
        except WorksheetNotFound:
            raise self._no_sheet(book.sheet_names) from None
        except PasswordError:
            raise _protected(self.name) from None
        except (CalamineError, OSError, ValueError) as error:
            if "assword" in str(error):
                raise _protected(self.name) from None
            raise fail(
                "file.broken-excel",
                "the workbook cannot be opened ({detail}); save it again as .xlsx",
                "无法打开该工作簿（{detail}）；请重新另存为 .xlsx",
                file=self.name,
                detail=str(error),
            ) from None

    def _no_sheet(self, names: list[str]) -> TierwiseError:
        return fail(
            "file.no-sheet",
            "there is no sheet {sheet}; there are: {names}",
            "没有工作表 {sheet}；已有：{names}",
            file=self.name,
            sheet=self._layout.sheet,
            names=", ".join(names),
        )


def _visible(book: CalamineWorkbook) -> tuple[str, ...]:
    """The names of the worksheets that people see and that hold data."""
    return tuple(
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
        and sheet.visible == SheetVisibleEnum.Visible
        and sheet.name not in NOTES
    )


def _other_sheets(name: str, sheets: tuple[str, ...]) -> Problem:
    return Problem(
        "file.other-sheets",
        Text(
            "only the first sheet of {name} was read, not {sheets}; a mapping file names another one: sheet: {first}",
            "仅读取了 {name} 的第一个工作表，未读取：{sheets}；可在映射文件中写明其他工作表，如 sheet: {first}",
        ),
        {"name": name, "sheets": ", ".join(sheets), "first": sheets[0]},
        name,
    )


def check_size(path: Path, limits: Limits) -> None:
    """**Raises** ``TierwiseError`` for a workbook that would unpack to far more than it should."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    swollen = any(
        part.file_size > _SMALL and part.file_size > limits.max_excel_ratio * part.compress_size
        for part in parts
    )
    if total > limits.max_excel_bytes or swollen:
        raise fail(
            "file.excel-too-large",
            "the workbook would unpack to {unpacked} bytes from {packed}; export it as CSV",
            "该工作簿解压后为 {unpacked} 字节（压缩后 {packed} 字节）；请导出为 CSV",
            file=path.name,
            unpacked=total,
            packed=path.stat().st_size,
        )


def _protected(name: str) -> TierwiseError:
    return fail(
        "file.password",
        "the workbook is protected by a password; save it without one",
        "该工作簿设有密码；请去除密码后另存",
        file=name,
    )


def _text(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return format(cell, ".15g")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
