"""Physical lines of CSV records: where each begins, and quotes that are not closed or closed too late."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from tierwise.book.reading.source import BrokenRow, Pass
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text

MANY_BREAKS = 12
"""A field over more lines than this was probably not meant: a stray quote took in the lines below."""


@dataclass(frozen=True, slots=True)
class Quoting:
    """What is needed to watch the quotes of a file. ``end`` is a text that the file cannot hold."""

    file: str
    headers: tuple[str, ...]
    delimiter: str
    end: str

    @property
    def last_record(self) -> bytes:
        """A record of the width of the file; if a quote is open, it becomes part of a field."""
        return (self.end + self.delimiter * (len(self.headers) - 1) + "\n").encode()

    def column(self, number: int) -> str:
        """The header of a field, else its number."""
        return self.headers[number] if number < len(self.headers) else str(number + 1)

    def fields(self, record: str) -> list[str]:
        """The fields of one record."""
        csv.field_size_limit(max(csv.field_size_limit(), len(record) + 1))
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=self.delimiter))


class Ended(io.RawIOBase):
    """A stream of CSV with one more record after its last.

    Arrow takes the end of the file for the end of an open quote, without a word. Whether the added
    record comes out whole tells the two apart by Arrow's own reading of the quotes, at no cost.
    """

    def __init__(self, stream: BinaryIO, record: bytes) -> None:
        self._stream, self._left = stream, record
        self._last = b"\n"
        self._done = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._done:
            if taken := self._stream.read(size):
                self._last = taken[-1:]
                return taken
            self._done = True
            self._left = (b"" if self._last in b"\r\n" else b"\n") + self._left
        size = len(self._left) if size < 0 else size
        taken, self._left = self._left[:size], self._left[size:]
        return taken


class Lines:
    """Physical line numbers of records: one a record, more where quoted fields hold line breaks."""

    def __init__(self, before: int, notes: Pass, quoting: Quoting | None) -> None:
        self.records = 0  # records met, the unusable ones too
        self.next_line = before + 1
        self._notes = notes
        self._quoting = quoting
        self._long: list[tuple[int, str]] = []  # line and column of fields with many line breaks
        self._counting = pa.array([], pa.int64())
        self._skipped: list[tuple[int, str, int]] = []  # record number, text, fields

    def without_end(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches without the record that only marks the end; it must come as a record of its own."""
        for batch in batches:
            if self._quoting is not None and batch.num_rows:
                last = [column[-1].as_py() for column in batch.columns]
                if last[0] == self._quoting.end:
                    batch = batch.slice(0, batch.num_rows - 1)
                elif any(self._quoting.end in value for value in last):
                    raise self._unclosed(self.of(batch)[-1].as_py(), last)
            yield batch

    def _unclosed(self, line: int, fields: Sequence[str]) -> TierwiseError:
        assert self._quoting is not None
        return unclosed_quote(self._quoting.file, line + sum(field.count("\n") for field in fields[:-1]))

    def skip(self, row: arrow_csv.InvalidRow) -> str:
        """Called by the parser for a record with too many or too few fields, ahead of its batch."""
        self._skipped.append((row.number or 0, row.text or "", row.actual_columns))
        self._expected = row.expected_columns
        return "skip"

    def of(self, batch: pa.RecordBatch) -> pa.Array:
        """The line on which each record of the batch begins."""
        if self._quoting is None and not self._skipped:
            return self._plain(batch.num_rows)
        return self._careful(batch)

    def _plain(self, count: int) -> pa.Array:
        start = self.next_line
        self.records += count
        self.next_line += count
        if len(self._counting) < count:
            self._counting = pa.array(range(count), pa.int64())
        return pc.add(self._counting.slice(0, count), start)

    def _careful(self, batch: pa.RecordBatch) -> pa.Array:
        spans = self._spans(batch)
        suspects = self._suspects(spans)
        if not self._skipped:
            ends = pc.add(pc.cumulative_sum(spans), self.next_line)
            self.records += batch.num_rows
            self.next_line = ends[-1].as_py() if batch.num_rows else self.next_line
            begins = pc.subtract(ends, spans)
            self._note_long(batch, begins, suspects)
            return begins
        lines: list[int] = []
        for span in spans.to_pylist():
            self._pass_skipped()
            self.records += 1
            lines.append(self.next_line)
            self.next_line += span
        begins = pa.array(lines, pa.int64())
        self._note_long(batch, begins, suspects)
        return begins

    def _suspects(self, spans: pa.Array) -> list[int]:
        """The rows of a batch that go over so many lines that one of their fields may."""
        most = pc.max(spans).as_py() if self._quoting is not None and len(spans) else 0
        return [] if most <= MANY_BREAKS else pc.indices_nonzero(pc.greater(spans, MANY_BREAKS)).to_pylist()

    def _note_long(self, batch: pa.RecordBatch, begins: pa.Array, rows: Sequence[int]) -> None:
        for row in rows:
            fields = [column[row].as_py() for column in batch.columns]
            self._note_fields(begins[row].as_py(), fields)

    def _note_fields(self, line: int, fields: Sequence[str]) -> None:
        assert self._quoting is not None
        for number, value in enumerate(fields):
            if value.count("\n") > MANY_BREAKS:
                self._long.append((line, self._quoting.column(number)))
            line += value.count("\n")

    def _spans(self, batch: pa.RecordBatch) -> pa.Array:
        """The number of physical lines of each record."""
        total = pa.repeat(pa.scalar(1, pa.int64()), batch.num_rows)
        if self._quoting is not None:
            for column in batch.columns:
                total = pc.add(total, pc.count_substring(column, "\n").cast(pa.int64()))
        return total

    def _pass_skipped(self) -> None:
        while self._skipped and self._skipped[0][0] <= self.records + 1:
            _, text, actual = self._skipped.pop(0)
            slots = {"actual": actual, "expected": self._expected}
            if self._quoting is not None and "\n" in text:
                self._judge_skipped(text)
            self._notes.broken.append(BrokenRow(self.next_line, "import.column-count", text, slots))
            self.records += 1
            self.next_line += 1 + text.count("\n")

    def _judge_skipped(self, text: str) -> None:
        assert self._quoting is not None
        fields = self._quoting.fields(text)
        if self._quoting.end in text:
            raise self._unclosed(self.next_line, fields)
        self._note_fields(self.next_line, fields)

    def finish(self) -> None:
        """Notes the unusable records after the last batch, and the fields over many lines."""
        while self._skipped:
            self._skipped[0] = (0, *self._skipped[0][1:])
            self._pass_skipped()
        if self._quoting is not None and self._long:
            self._notes.doubts.append(_long_fields(self._quoting.file, self._long))


def unclosed_quote(file: str, line: int) -> TierwiseError:
    """The error for a quote that is still open at the end of the file."""
    return fail(
        "file.unclosed-quote",
        "a quote opens on this line and is never closed: it would take in the rest of the file",
        "该行有一个引号未闭合，文件其余内容会全部并入该字段",
        file=file,
        line=line,
    )


def _long_fields(file: str, found: Sequence[tuple[int, str]]) -> Problem:
    line, column = found[0]
    text = Text(
        "{count} {count#field holds|fields hold} more than {limit} line breaks, the first in {column} from line {line} "
        "of {name}: is a quote missing there?",
        "有 {count} 个字段含有超过 {limit} 个换行，首个在 {name} 第 {line} 行起的“{column}”列：该处是否缺少引号？",
    )
    slots = {"count": len(found), "limit": MANY_BREAKS, "column": column, "line": line, "name": file}
    return Problem("file.long-field", text, slots, file, line, column)
