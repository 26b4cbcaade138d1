"""Which reader opens a file: decided by its first bytes, and its name must agree."""

from __future__ import annotations

from pathlib import Path

from tierwise.book.reading.csvfile import CsvSource
from tierwise.book.reading.model import Limits
from tierwise.book.reading.source import Layout, Source
from tierwise.kernel.errors import fail

_MAGIC = ((b"PAR1", "parquet"), (b"PK\x03\x04", "xlsx"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "pdf"))
_SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls",
}  # fmt: skip
_TEXT = ("csv", "jsonl")


def open_source(path: Path, layout: Layout, limits: Limits) -> Source:
    """The opened file. **Raises** ``TierwiseError`` (``file.*``) where it is none that can be read."""
    _check_exists(path)
    kind = _kind(path)
    return CsvSource(path, layout, limits)


def _check_exists(path: Path) -> None:
    if path.is_dir():
        raise fail(
            "file.is-directory",
            "this is a folder; name the files in it",
            "这是一个文件夹；请写出其中的文件",
            file=str(path),
        )
    if not path.exists():
        raise fail("file.not-found", "there is no such file", "没有这个文件", file=str(path))
    if path.stat().st_size == 0:
        raise fail("file.empty", "the file is empty", "文件为空", file=path.name)


def _kind(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(8)
    actual = next((kind for magic, kind in _MAGIC if start.startswith(magic)), "text")
    suffixes = [s.lower() for s in path.suffixes]
    named = _SUFFIXES.get(next((s for s in reversed(suffixes) if s != ".gz"), ""), None)
    if named is None:
        return "csv" if actual == "text" else actual
    return named if actual == "text" else actual
