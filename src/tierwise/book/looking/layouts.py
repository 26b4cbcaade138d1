"""How a foreign file is laid out: its sheets, its encoding, the line of its headers, or none.

A title line above the headers, a file without headers and two columns of one name are what exports of
office software bring; each is said to the reader by a key of the mapping file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from tierwise.book.reading.csvfile import DELIMITERS
from tierwise.book.reading.formats import open_source
from tierwise.book.reading.model import Limits
from tierwise.book.reading.scan import open_utf8, scan_text
from tierwise.book.reading.source import Layout
from tierwise.book.reading.values import folded
from tierwise.kernel.errors import TierwiseError

FIRST_LINES = 30
_HEAD_BYTES = 256 * 1024
_VALUE = re.compile(
    r"^[-+(]?[¥$€£]?\d[\d,.]*%?\)?$|^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
)
_OTHER_ENCODINGS = ("big5", "cp1252")
_TABLES = (".parquet", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Found:
    """One table that a file holds: the sheet of a workbook, or the file itself."""

    path: Path
    layout: Layout
    doubled: tuple[str, ...] = ()
    """Headers that stand twice; the layout gives the second one a number."""

    @property
    def name(self) -> str:
        """The file's name, with the sheet where there are several."""
        return self.path.name if self.layout.sheet is None else f"{self.path.name}#{self.layout.sheet}"


def parts_of(path: Path, limits: Limits) -> list[Found]:
    """The tables in a file. **Raises** ``TierwiseError`` (``file.*``) where it is none that can be read."""
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".xls"):
        return _sheets(path, limits)
    if suffix in _TABLES or any(path.name.lower().endswith(end + ".gz") for end in _TABLES):
        open_source(path, Layout(), limits)
        return [Found(path, Layout())]
    encoding = _encoding(path, limits)
    rows = _text_rows(path, encoding, limits)
    return [_found(path, Layout(encoding=encoding), rows, limits)]


def _sheets(path: Path, limits: Limits) -> list[Found]:
    open_source_error: TierwiseError | None = None
    found = []
    names = _sheet_names(path, limits)
    for name in names:
        layout = Layout(sheet=name if len(names) > 1 else None)
        try:
            found.append(_found(path, layout, _sheet_rows(path, name), limits))
        except TierwiseError as error:  # an empty sheet stops none of the others
            open_source_error = error
    if not found and open_source_error is not None:
        raise open_source_error
    return found


def _sheet_names(path: Path, limits: Limits) -> list[str]:
    try:
        return list(CalamineWorkbook.from_path(str(path)).sheet_names)
    except (CalamineError, OSError, ValueError):
        open_source(path, Layout(), limits)  # says why in words
        raise


def _sheet_rows(path: Path, sheet: str) -> list[list[str]]:
    rows = []
    for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).iter_rows():
        rows.append([str(cell).strip() for cell in row])
        if len(rows) == FIRST_LINES:
            break
    return rows


def _encoding(path: Path, limits: Limits) -> str | None:
    """None where the reader finds it out itself."""
    try:
        scan_text(path, limits)
        return None
    except TierwiseError as error:
        if error.code != "file.encoding":
            raise
        for encoding in _OTHER_ENCODINGS:
            try:
                scan_text(path, limits, encoding)
                return encoding
            except TierwiseError:
                continue
        raise


def _text_rows(path: Path, encoding: str | None, limits: Limits) -> list[list[str]]:
    with open_utf8(scan_text(path, limits, encoding)) as stream:
        text = stream.read(_HEAD_BYTES).decode("utf-8", "ignore").lstrip("\ufeff")
    lines = io.StringIO(text, newline="").readlines()[:FIRST_LINES]
    outside = ["".join(line.split('"')[::2]) for line in lines]
    delimiter = max(DELIMITERS, key=lambda mark: sum(line.count(mark) for line in outside))
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]


def _found(path: Path, layout: Layout, rows: Sequence[Sequence[str]], limits: Limits) -> Found:
    line = _header_line(rows)
    header = list(rows[line]) if rows else []
    while header and not header[-1]:
        header.pop()
    if header and _is_data(header):
        named = tuple(f"column {number}" for number in range(1, len(header) + 1))
        return Found(path, replace(layout, skip_rows=line, headers=named))
    doubled = _doubled(header)
    if doubled:
        return Found(path, replace(layout, skip_rows=line + 1, headers=_numbered(header)), doubled)
    layout = replace(layout, skip_rows=line)
    open_source(path, layout, limits)
    return Found(path, layout)


def _header_line(rows: Sequence[Sequence[str]]) -> int:
    """The first line that is nearly as full as the fullest: titles above it have few cells."""
    filled = [sum(1 for cell in row if cell) for row in rows]
    most = max(filled, default=0)
    return next((i for i, count in enumerate(filled) if count and count * 10 >= most * 6), 0)


def _is_data(header: Sequence[str]) -> bool:
    """Whether a first line is a row and no headers: a third of it are numbers or dates."""
    filled = [cell for cell in header if cell]
    return sum(1 for cell in filled if _VALUE.match(cell)) * 3 >= len(filled)


def _doubled(header: Sequence[str]) -> tuple[str, ...]:
    keys = [folded(cell) for cell in header]
    return tuple(dict.fromkeys(cell for cell in header if cell and keys.count(folded(cell)) > 1))


def _numbered(header: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    names = []
    for position, cell in enumerate(header, start=1):
        key = folded(cell)
        seen[key] = seen.get(key, 0) + 1
        name = cell or f"column {position}"
        names.append(name if seen[key] == 1 or not cell else f"{cell} ({seen[key]})")
    return tuple(names)
