"""What every file format gives: headers, and a stream of batches with line numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from tierwise.book.reading.model import FileInfo, Progress
from tierwise.book.reading.values import Blanks
from tierwise.kernel.errors import Problem, TierwiseError

LINE = "line"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out, where the mapping says so; the rest is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    skip_rows: int = 0
    headers: tuple[str, ...] = ()
    """The headers of a file that has no line of them."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A record that no row could be made of."""

    line: int
    code: str
    text: str
    slots: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Pass:
    """What one pass over a source notes down on the way. ``error`` is what stopped it."""

    progress: Progress | None = None
    broken: list[BrokenRow] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    """What is legal but was probably not meant."""
    records: int = 0
    error: TierwiseError | None = None


class Source(Protocol):
    """An opened file. ``stream`` may be called again for another pass."""

    name: str
    headers: tuple[str, ...]
    blanks: Blanks
    controls: bool

    @property
    def header_line(self) -> int | None:
        """The line of the headers; null where they stand in no line."""

    def stream(self, notes: Pass) -> pa.RecordBatchReader:
        """Batches of columns ``c0`` … in the order of ``headers``, then ``line`` (int64)."""

    def info(self, records: int) -> FileInfo:
        """What is known about the file after a pass."""


def reader_of(
    schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]], notes: Pass
) -> pa.RecordBatchReader:
    """The batches as one stream; an anticipated error is kept in ``notes`` and ends the stream.

    The engine pulls the stream from its own threads and would turn an exception into a text.
    """

    def guarded() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches()
        except TierwiseError as error:
            notes.error = error

    return pa.RecordBatchReader.from_batches(schema, guarded())


def text_schema(columns: int) -> pa.Schema:
    """The schema of a source whose values are all text."""
    return pa.schema([(f"c{i}", pa.string()) for i in range(columns)] + [(LINE, pa.int64())])
