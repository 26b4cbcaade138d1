"""The digest of a run: the same for the same rows, whatever their order, batches or engine. Decision 0005."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


class Digest:
    """SHA-256 over the canonical bytes of every column of rows that arrive sorted by ``customer_id``.

    A column counts as its name, its type, one byte a row for "there or null", and the values with
    nulls as zero; texts as their lengths and their UTF-8 bytes. Batches leave no trace.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._names = [(field.name, _kind(field.type)) for field in schema]
        self._parts = [tuple(hashlib.sha256() for _ in range(3)) for _ in schema]
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes the next rows."""
        self._rows += batch.num_rows
        for column, (there, values, lengths) in zip(batch.columns, self._parts, strict=True):
            there.update(_bytes(pc.cast(column.is_valid(), pa.uint8())))
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                filled = pc.fill_null(column.cast(pa.string()), "")
                lengths.update(_bytes(pc.binary_length(filled).cast(pa.int64())))
                values.update(_text_bytes(filled))
            else:
                values.update(_bytes(_fixed(column)))

    def hex(self) -> str:
        """The digest in hexadecimal."""
        columns = [
            [name, kind, *(part.hexdigest() for part in parts)]
            for (name, kind), parts in zip(self._names, self._parts, strict=True)
        ]
        whole = json.dumps({"rows": self._rows, "columns": columns}, separators=(",", ":"))
        return hashlib.sha256(whole.encode()).hexdigest()


def digest_of(table: pa.Table) -> str:
    """The digest of result rows in any order."""
    ordered = table.sort_by("customer_id")
    digest = Digest(ordered.schema)
    for batch in ordered.to_batches():
        digest.add(batch)
    return digest.hex()


def _kind(type_: pa.DataType) -> str:
    if pa.types.is_integer(type_):
        return "int64"
    if pa.types.is_large_string(type_):
        return "string"
    return str(type_)


def _fixed(column: pa.Array) -> pa.Array:
    """Fixed-width values without nulls."""
    type_ = column.type
    if pa.types.is_boolean(type_):
        return pc.cast(pc.fill_null(column, False), pa.uint8())
    if pa.types.is_date(type_):
        return pc.fill_null(column.cast(pa.date32()).cast(pa.int32()), 0)
    if pa.types.is_integer(type_):
        return pc.fill_null(column.cast(pa.int64()), 0)
    zero: Any = pa.scalar(0).cast(type_)
    return pc.fill_null(column, zero)


def _bytes(array: pa.Array) -> bytes | memoryview:
    """The value bytes of a fixed-width array, slices respected."""
    if len(array) == 0:
        return b""
    width = array.type.bit_width // 8
    buffer = array.buffers()[1]
    return memoryview(buffer)[array.offset * width : (array.offset + len(array)) * width]


def _text_bytes(array: pa.Array) -> bytes | memoryview:
    """The UTF-8 bytes of a text array, slices respected."""
    if len(array) == 0:
        return b""
    _, offsets, data = array.buffers()
    if data is None:
        return b""
    edges = memoryview(offsets).cast("i")
    return memoryview(data)[edges[array.offset] : edges[array.offset + len(array)]]
