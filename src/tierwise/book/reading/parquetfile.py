"""Parquet files: typed columns as they are, the engine turns them into text and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tierwise.book.reading.model import FileInfo, Limits
from tierwise.book.reading.scan import sha256_of
from tierwise.book.reading.source import LINE, Layout, Pass, reader_of
from tierwise.book.reading.values import Blanks
from tierwise.kernel.errors import fail

ROWS = 65_536


class ParquetSource:
    """A Parquet file; the line of a record is its row number, the first row is 1."""

    blanks: Blanks = "any"
    controls = True
    header_line = None

    def __init__(self, path: Path, layout: Layout, limits: Limits) -> None:
        self.name, self._path = path.name, path
        try:
            with pq.ParquetFile(path) as file:
                schema = file.schema_arrow
        except (pa.ArrowInvalid, OSError) as error:
            raise fail(
                "file.broken-parquet",
                "the Parquet file is cut short or damaged ({detail})",
                "Parquet 文件不完整或已损坏（{detail}）",
                file=self.name,
                detail=str(error).splitlines()[0],
            ) from None
        flat = [(i, field) for i, field in enumerate(schema) if not pa.types.is_nested(field.type)]
        self._names = [field.name for _, field in flat]
        self.headers = tuple(self._names)
        self._schema = pa.schema(
            [(f"c{i}", _plain(field.type)) for i, (_, field) in enumerate(flat)] + [(LINE, pa.int64())]
        )

    def info(self, records: int) -> FileInfo:
        return FileInfo(self.name, self._path.stat().st_size, sha256_of(self._path), "parquet", records)

    def stream(self, notes: Pass) -> pa.RecordBatchReader:
        return reader_of(self._schema, lambda: self._batches(notes), notes)

    def _batches(self, notes: Pass) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(ROWS, columns=self._names):
                start = notes.records + 1
                notes.records += batch.num_rows
                lines = pa.array(range(start, start + batch.num_rows), pa.int64())
                columns = [c.cast(f.type) for c, f in zip(batch.columns, self._schema, strict=False)]
                yield pa.RecordBatch.from_arrays([*columns, lines], schema=self._schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type handed to the engine: dictionaries and binary as text, the rest unchanged."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    return kind
