"""The files of the sample company: opened on demand, written row by row, the same bytes every time."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from tierwise.kernel.text import Text


@dataclass(frozen=True, slots=True)
class CompanyFiles:
    """What ``write_company`` wrote."""

    folder: Path
    tables: dict[str, tuple[Path, ...]]
    """Table -> its files; iterate it in order to import."""
    rows: dict[str, int]
    """Table -> number of data rows."""
    stories: dict[str, tuple[str, ...]]
    """Story -> codes of the customers that tell it; empty where the company is too small."""
    notes: dict[str, Text] = field(default_factory=dict)
    """Story -> what it is, in two languages."""


class Sheets:
    """The open CSV files of a company. Closing it closes them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Sheets:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def open(self, name: str, header: Iterable[str], encoding: str = "utf-8") -> None:
        """Starts a file with its header; a name that ends in ``.gz`` is compressed."""
        stream = self._stack.enter_context(self._stream(self._folder / name, encoding))
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        self._writers[name] = writer

    def is_open(self, name: str) -> bool:
        """Whether the file was started."""
        return name in self._writers

    def write(self, name: str, rows: Iterable[tuple[str, ...]]) -> None:
        """Appends rows to a started file."""
        self._writers[name].writerows(rows)

    def _stream(self, path: Path, encoding: str) -> IO[str]:
        if path.suffix != ".gz":
            return path.open("w", encoding=encoding, newline="")
        raw = self._stack.enter_context(path.open("wb"))
        # No name and no time in the header: the same rows give the same bytes.
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=raw, mtime=0)
        return io.TextIOWrapper(cast("IO[bytes]", packed), encoding=encoding, newline="")
