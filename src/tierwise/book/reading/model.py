"""What reading hands on: the staged rows, what is known about each file, and the limits kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tierwise.book.contract import Table
from tierwise.book.contract.model import Identity
from tierwise.kernel.errors import Problem

Progress = Callable[[str, int, int], None]
"""Called with the file name, bytes done and bytes in all."""

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep a bad file from taking the machine."""

    memory: str = "700MB"
    """Memory of the embedded engine; more spills into the staging folder."""
    threads: int | None = None
    max_line_bytes: int = 4 * MIB
    max_columns: int = 4_000
    max_excel_bytes: int = 1024 * MIB
    """Unpacked size of an Excel workbook."""
    max_excel_ratio: int = 200
    """Unpacked to packed size of one part of an Excel workbook, once it unpacks to more than 64 MiB."""


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file that was read. ``rows`` counts its records without the header and blank lines."""

    name: str
    bytes: int
    sha256: str
    encoding: str
    rows: int


@dataclass(frozen=True, slots=True)
class Staged:
    """Accepted rows on disk and an account of everything else.

    **Shape** The Parquet files hold every column of the contract that is not derived, typed by
    ``SQL_TYPES``, then ``known_on`` (date), ``source_file`` and ``source_line`` (int64), in file order
    only if sorted by the last two.
    """

    table: str
    rows_paths: tuple[Path, ...]
    identity: Identity
    accepted: int
    rejected: int
    """Rows that were rejected; a row with two problems counts once here and twice in ``by_code``."""
    by_code: dict[str, int]
    rejects_path: Path | None
    files: tuple[FileInfo, ...]
    unused_headers: tuple[str, ...]
    used: dict[str, str]
    """Column -> the header (or mapping operation) that it was read from."""
    filtered: int = 0
    """Rows left out because the mapping says so (``filter``, ``distinct``)."""
    headers: tuple[str, ...] = ()
    """The headers of all files, each once."""
    doubts: tuple[Problem, ...] = ()
    """What is legal in the files but was probably not meant; a warning each."""


def stored_columns(table: Table) -> dict[str, str]:
    """Column -> kind of what a staged row holds, without the three source columns."""
    columns: dict[str, str] = {column.name: column.kind for column in table.file_columns}
    return columns | {"known_on": "date"}


@dataclass(slots=True)
class Tally:
    """Running counts of one reading."""

    accepted: int = 0
    rejected: int = 0
    filtered: int = 0
    by_code: dict[str, int] = field(default_factory=dict)
    doubts: list[Problem] = field(default_factory=list)
