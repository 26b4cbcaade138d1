"""Which reader opens a file: its name and its first bytes must agree."""

from __future__ import annotations

from pathlib import Path

from tierwise.book.reading.csvfile import CsvSource
from tierwise.book.reading.excelfile import ExcelSource
from tierwise.book.reading.jsonlines import JsonLinesSource
from tierwise.book.reading.model import Limits
from tierwise.book.reading.parquetfile import ParquetSource
from tierwise.book.reading.source import Layout, Source
from tierwise.kernel.errors import TierwiseError, fail

_MAGIC = (
    (b"PAR1", "Parquet"),
    (b"PK\x03\x04", "Excel"),
    (b"\xd0\xcf\x11\xe0", "Excel"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_SUFFIXES = {
    ".csv": "CSV", ".txt": "CSV", ".tsv": "CSV", ".jsonl": "JSON lines", ".ndjson": "JSON lines",
    ".parquet": "Parquet", ".xlsx": "Excel", ".xlsm": "Excel", ".xls": "Excel",
}  # fmt: skip
_TEXTS = ("CSV", "JSON lines")


def open_source(path: Path, layout: Layout, limits: Limits) -> Source:
    """The opened file. **Raises** ``TierwiseError`` (``file.*``) where it is none that can be read."""
    _check_exists(path)
    try:
        kind = _kind(path)
        if kind == "Parquet":
            return ParquetSource(path, layout, limits)
        if kind == "Excel":
            return ExcelSource(path, layout, limits)
        return (JsonLinesSource if kind == "JSON lines" else CsvSource)(path, layout, limits)
    except PermissionError:
        raise fail(
            "file.no-permission", "this file may not be read", "无权读取此文件", file=str(path)
        ) from None


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
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    named = _SUFFIXES.get(suffixes[-2] if packed and len(suffixes) > 1 else (suffixes or [""])[-1], "CSV")
    if _agree(named, actual, packed):
        return named
    if path.suffix == "" and actual in ("Parquet", "Excel"):
        return actual
    raise _wrong_format(path, "gzip" if packed and actual != "gzip" else named, actual)


def _agree(named: str, actual: str, packed: bool) -> bool:
    if named in _TEXTS:
        return actual in ("text", "gzip") if not packed else actual == "gzip"
    return named == actual and not packed


def _wrong_format(path: Path, named: str, actual: str) -> TierwiseError:
    return fail(
        "file.wrong-format",
        "the name says {named} but the content is {actual}; give the file its proper ending",
        "文件名表明是 {named}，内容却是 {actual}；请改正扩展名",
        file=path.name,
        named=named,
        actual=actual,
    )
