"""What is kept of whole months beside the book's tables, named after exactly what it was made of. Decision 0021.

A shelf is no part of a book version: whatever stands on it can be made again from the tables, and whatever does not
bear the name that is asked for is not read.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from tierwise.book.delta import MONTH, checksum_of

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.book.versions import BookVersion

Rows: TypeAlias = "pa.Table | Callable[[], pa.RecordBatchReader]"
"""What is kept: rows, or what yields a stream of them."""
FOLDER = "rollups"
_FACTS = "facts.json"
_MONTH = re.compile(rf"/{MONTH}=([0-9]{{6}})/")
_MAKING = ".making-"
_SPARE = {"older": 3}
"""So many of a kind stay beside those that are used; one of any other. Policies have windows of their own, and take turns."""


def month_files(book: Book, table: str, version: BookVersion) -> dict[int, list[str]]:
    """Month (yyyymm) -> the files of a table kept by month, ascending; empty if one file tells no month."""
    found: dict[int, list[str]] = {}
    for file in book.files(table, version):
        month = _MONTH.search(file)
        if month is None:
            return {}
        found.setdefault(int(month[1]), []).append(file)
    return dict(sorted(found.items()))


@contextmanager
def reading(book: Path) -> Iterator[None]:
    """Nothing that is kept goes away while the block runs: for who reads without the book's lease."""
    with _locked(book, fcntl.LOCK_SH):
        yield


@contextmanager
def _locked(book: Path, kind: int) -> Iterator[bool]:
    """Locks the folder of a book while the block runs, if it can be; whether nobody else stands in the way."""
    descriptor = os.open(book, os.O_RDONLY)
    try:
        yield _lock(descriptor, kind)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int) -> bool:
    """Whether a lock was had; where files cannot be locked at all, it is as if it were."""
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


class Shelf:
    """The kept months of one definition: another definition of what is kept stands on another shelf."""

    def __init__(self, book: Path, definition: str) -> None:
        self._book, self._place = book, book / FOLDER / _short(definition)

    def key(self, month: int, files: Sequence[str]) -> str:
        """The name under which a month with these files is kept: other files, another name."""
        return f"{month}-{checksum_of(files)[:32]}"

    def facts(self, key: str) -> dict[str, Any] | None:
        """What was noted about a kept month; None if it is not kept."""
        try:
            found: dict[str, Any] = json.loads((self._place / key / _FACTS).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found

    def file(self, key: str, part: str) -> str:
        """The file of one part of what is kept under a name."""
        return str(self._place / key / f"{part}.parquet")

    def kept(self, kind: str) -> list[str]:
        """The names of a kind under which something is kept."""
        return sorted(child.name for child in self._place.glob(f"{kind}-*"))

    def put(self, key: str, parts: Mapping[str, Rows], facts: Mapping[str, Any]) -> None:
        """Keeps something under a name, whole or not at all; what another process kept meanwhile stays."""
        making = self._place / f"{_MAKING}{uuid4().hex}"
        making.mkdir(parents=True)
        for part, rows in parts.items():
            _write(rows, making / f"{part}.parquet")
        (making / _FACTS).write_text(json.dumps(facts, sort_keys=True), encoding="utf-8")
        for file in making.iterdir():
            _onto_disk(file)
        with suppress(OSError):
            making.rename(self._place / key)
        shutil.rmtree(making, ignore_errors=True)

    def chain(self, keys: Sequence[str]) -> list[str]:
        """A name for each beginning of a list of names: the first, the first two, and so on."""
        names, so_far = [], hashlib.sha256()
        for key in keys:
            so_far.update(f"{key}\n".encode())
            names.append(f"chain-{so_far.hexdigest()[:32]}")
        return names

    def tidy(self, used: Iterable[str]) -> None:
        """Drops what killed writers left, shelves of other definitions, and what was replaced; for who holds the lease.

        While somebody reads without the lease, all stays until the next time. What was replaced last stays in any case:
        there are disks on which nothing can be locked.
        """
        with _locked(self._book, fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
            if alone:
                self._drop(used)

    def _drop(self, used: Iterable[str]) -> None:
        for shelf in self._place.parent.iterdir():
            if shelf != self._place:
                shutil.rmtree(shelf, ignore_errors=True)
        keeping, replaced = set(used), dict[str, list[Path]]()
        for child in self._place.iterdir():
            if child.name.startswith(_MAKING):
                shutil.rmtree(child, ignore_errors=True)
            elif child.name not in keeping:
                replaced.setdefault(child.name.split("-")[0], []).append(child)
        for kind, children in replaced.items():
            for child in sorted(children, key=lambda path: path.stat().st_mtime_ns)[: -_SPARE.get(kind, 1)]:
                shutil.rmtree(child, ignore_errors=True)


def _short(definition: str) -> str:
    return hashlib.sha256(definition.encode()).hexdigest()[:16]


def _write(rows: Rows, file: Path) -> None:
    """A stream is asked for when it is its turn, and written as it comes: it may not fit in memory."""
    if isinstance(rows, pa.Table):
        pq.write_table(rows, file)
        return
    stream = rows()
    with pq.ParquetWriter(file, stream.schema) as writer:
        for batch in stream:
            writer.write_batch(batch)


def _onto_disk(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
