"""CSV: header and delimiter found here, records parsed by Arrow, physical line numbers kept.

Arrow's reader parses in one thread and is about ten times faster than typing and writing the rows,
which the engine does in all of its threads.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from tierwise.book.reading.csvlines import Ended, Lines, Quoting, unclosed_quote
from tierwise.book.reading.encodings import doubts_of
from tierwise.book.reading.model import MIB, FileInfo, Limits
from tierwise.book.reading.scan import Scan, line_too_long, open_utf8, scan_text
from tierwise.book.reading.source import Layout, Pass, reader_of, text_schema
from tierwise.book.reading.values import Blanks
from tierwise.kernel.errors import TierwiseError, fail

DELIMITERS = ",;\t|"
BLOCK = 2 * MIB


class CsvSource:
    """A CSV file, packed or not, in any encoding that Python knows."""

    def __init__(self, path: Path, layout: Layout, limits: Limits) -> None:
        self.name = path.name
        self._limits = limits
        self._scan: Scan = scan_text(path, limits, layout.encoding)
        head = _Head(self._scan, layout, limits)
        self.headers, self.header_line = head.headers, head.line
        self._delimiter, self._offset, self._lines = head.delimiter, head.offset, head.lines
        self.blanks = _blanks(self._scan, self._delimiter)
        self.controls = self._scan.controls

    def info(self, records: int) -> FileInfo:
        return FileInfo(self.name, self._scan.bytes, self._scan.sha256, self._scan.encoding, records)

    def stream(self, notes: Pass) -> pa.RecordBatchReader:
        return reader_of(text_schema(len(self.headers)), lambda: self._batches(notes), notes)

    def _batches(self, notes: Pass) -> Iterator[pa.RecordBatch]:
        notes.doubts += doubts_of(self._scan)
        lines = Lines(self._lines, notes, self._quoting())
        with open_utf8(self._scan) as stream:
            stream.read(self._offset)
            try:
                for batch in lines.without_end(self._parse(self._ended(stream), lines)):
                    arrays = [*batch.columns, lines.of(batch)]
                    notes.records = lines.records
                    if notes.progress:
                        notes.progress(self.name, min(stream.tell(), self._scan.bytes), self._scan.bytes)
                    yield pa.RecordBatch.from_arrays(arrays, schema=text_schema(len(self.headers)))
                lines.finish()
            except pa.ArrowInvalid as error:
                raise self._explained(error, lines) from None
        notes.records = lines.records

    def _quoting(self) -> Quoting | None:
        """What is needed to watch the quotes, if the file has any."""
        if not self._scan.quotes:
            return None
        return Quoting(self.name, self.headers, self._delimiter, self._scan.sha256)

    def _ended(self, stream: BinaryIO) -> BinaryIO:
        """The stream with a last record that can only be met outside of quotes."""
        quoting = self._quoting()
        return stream if quoting is None else Ended(stream, quoting.last_record)  # type: ignore[return-value]

    def _parse(self, stream: BinaryIO, lines: Lines) -> Iterator[pa.RecordBatch]:
        names = [f"c{i}" for i in range(len(self.headers))]
        quotes = self._scan.quotes
        try:
            yield from arrow_csv.open_csv(
                pa.PythonFile(stream, "r"),
                read_options=arrow_csv.ReadOptions(
                    column_names=names,
                    block_size=max(BLOCK, self._limits.max_line_bytes if quotes else 0),
                    use_threads=False,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=quotes,
                    ignore_empty_lines=False,
                    invalid_row_handler=lines.skip,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types={name: pa.string() for name in names}, strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" not in str(error):
                raise

    def _explained(self, error: pa.ArrowInvalid, lines: Lines) -> TierwiseError:
        if "straddling" in str(error) or "out of sync" in str(error):
            return line_too_long(self.name, lines.next_line, self._limits)
        return fail(
            "file.unreadable-csv",
            "the CSV cannot be read after this line: {detail}",
            "自该行起无法读取 CSV：{detail}",
            file=self.name,
            line=lines.next_line,
            detail=str(error),
        )


class _Head:
    """The header record: its fields, the delimiter, and where the data begins."""

    def __init__(self, scan: Scan, layout: Layout, limits: Limits) -> None:
        text = self._text(scan, limits)
        physical = io.StringIO(text, newline="").readlines()
        skip = layout.skip_rows
        while not layout.headers and skip < len(physical) and not physical[skip].strip(" \t\r\n,;\ufeff"):
            skip += 1
        if skip >= len(physical):
            raise fail("file.no-header", "the file has no header line", "文件没有表头行", file=scan.path.name)
        body = "".join(physical[skip:])
        self.line = skip + 1
        self.delimiter = layout.delimiter or _delimiter(physical[skip])
        fields, consumed = _first_record(body, self.delimiter, scan, self.line)
        if layout.headers:  # the first record is a row; a byte order mark is no part of it
            fields, consumed, self.line = list(layout.headers), "\ufeff" * body.startswith("\ufeff"), skip
        self.headers = tuple(field.strip(" \t\r\n\u3000\ufeff") for field in fields)
        taken = "".join(physical[:skip]) + consumed
        self.offset = len(taken.encode())
        self.lines = (
            self.line if layout.headers else skip + len(io.StringIO(consumed, newline="").readlines())
        )
        if len(self.headers) > limits.max_columns:
            raise _too_many_columns(scan, len(self.headers), limits)

    @staticmethod
    def _text(scan: Scan, limits: Limits) -> str:
        with open_utf8(scan) as stream:
            return stream.read(limits.max_line_bytes).decode("utf-8", "ignore")


def _blanks(scan: Scan, delimiter: str) -> Blanks:
    if scan.wide_blanks or (scan.tabs and delimiter != "\t"):
        return "any"
    if scan.quotes:
        return "breaks"
    return "spaces" if scan.spaces else "none"


def _first_record(text: str, delimiter: str, scan: Scan, line: int) -> tuple[list[str], str]:
    lines: list[str] = []
    end = f"\n{scan.sha256}"

    def noted() -> Iterator[str]:
        for physical in io.StringIO(text + end, newline=""):
            lines.append(physical)
            yield physical

    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    fields = next(csv.reader(noted(), delimiter=delimiter))
    consumed = "".join(lines)
    if consumed.endswith(end):  # the reader went past the last line in search of a quote
        raise unclosed_quote(scan.path.name, line + sum(field.count("\n") for field in fields[:-1]))
    return fields, consumed[: len(text)]


def _delimiter(line: str) -> str:
    """The candidate that stands most often outside quotes."""
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _too_many_columns(scan: Scan, count: int, limits: Limits) -> TierwiseError:
    return fail(
        "file.too-many-columns",
        "the header has {count} columns, more than {limit}; is the delimiter right?",
        "表头有 {count} 列，超过 {limit} 列；分隔符是否正确？",
        file=scan.path.name,
        count=count,
        limit=limits.max_columns,
    )
