"""JSON lines: one object a line; numbers keep the digits they are written with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierwise.book.reading.encodings import doubts_of
from tierwise.book.reading.model import FileInfo, Limits
from tierwise.book.reading.scan import open_utf8, scan_text
from tierwise.book.reading.source import BrokenRow, Layout, Pass, reader_of, text_schema
from tierwise.book.reading.values import Blanks
from tierwise.kernel.errors import fail

ROWS = 20_000


class JsonLinesSource:
    """A file of JSON objects; the headers are all keys of all objects, in order of appearance."""

    blanks: Blanks = "any"
    controls = True
    header_line = None

    def __init__(self, path: Path, layout: Layout, limits: Limits) -> None:
        self.name = path.name
        self._scan = scan_text(path, limits, layout.encoding)
        keys: dict[str, None] = {}
        for _, value, _ in self._objects():
            if isinstance(value, dict):
                keys.update(dict.fromkeys(value))
        if not keys:
            raise fail(
                "file.no-header",
                "no line holds a JSON object",
                "没有任何一行是 JSON 对象",
                file=self.name,
                line=1,
            )
        self.headers = tuple(keys)

    def info(self, records: int) -> FileInfo:
        return FileInfo(self.name, self._scan.bytes, self._scan.sha256, self._scan.encoding, records)

    def stream(self, notes: Pass) -> pa.RecordBatchReader:
        return reader_of(text_schema(len(self.headers)), lambda: self._batches(notes), notes)

    def _batches(self, notes: Pass) -> Iterator[pa.RecordBatch]:
        notes.doubts += doubts_of(self._scan)
        schema = text_schema(len(self.headers))
        good = self._good(notes)
        while block := list(islice(good, ROWS)):
            columns = [
                pa.array([_text(row.get(key)) for _, row in block], pa.string()) for key in self.headers
            ]
            yield pa.RecordBatch.from_arrays(
                [*columns, pa.array([n for n, _ in block], pa.int64())], schema=schema
            )

    def _good(self, notes: Pass) -> Iterator[tuple[int, dict[str, Any]]]:
        for line, value, text in self._objects():
            notes.records += 1
            if isinstance(value, dict):
                yield line, value
            else:
                at = value.pos + 1 if isinstance(value, json.JSONDecodeError) else 1
                notes.broken.append(BrokenRow(line, "import.bad-json", text, {"at": at}))

    def _objects(self) -> Iterator[tuple[int, Any, str]]:
        with open_utf8(self._scan) as stream:
            for number, raw in enumerate(stream, start=1):
                text = raw.decode().strip("\ufeff \t\r\n")
                if text:
                    yield number, _loaded(text), text


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        return error if isinstance(error, ValueError) else ValueError("too deeply nested")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
