"""A full disk, and a folder in which one may not write, as errors that people understand."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from deltalake.exceptions import DeltaError

from tierwise.kernel.errors import TierwiseError, fail

_SAID = (
    "No space left",
    "os error 28",
    "failed to offload",
    "Disk quota",
    "max_temp_directory_size",
    "database or disk is full",
)
"""How DuckDB, Arrow, Delta Lake, PostgreSQL and SQLite say it."""
_FORBIDDEN = ("Permission denied", "Read-only file system")


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Turns the failures of a full disk inside the block into ``TierwiseError`` ``book.disk-full``, those of a book in
    which one may not write into ``book.read-only``."""
    try:
        yield
    except (OSError, duckdb.Error, DeltaError) as error:
        if says_full(error):
            raise _full(path) from error
        if _says_forbidden(error, path):
            raise _read_only(path) from error
        raise


def says_full(error: BaseException) -> bool:
    """Whether an error says that the disk is full, whoever raised it."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(words in str(error) for words in _SAID)


def _says_forbidden(error: Exception, path: Path) -> bool:
    """Whether it is the book, or the folder in which one is made, and not a file that was to be read."""
    said = str(error)
    mine = (str(path), str(path.with_name(f".{path.name}.")))
    return any(words in said for words in _FORBIDDEN) and any(place in said for place in mine)


def _read_only(path: Path) -> TierwiseError:
    return fail(
        "book.read-only",
        "you may not write in this book, and nothing was changed: ask its owner for the right to write in this folder",
        "无权写入此账簿，未作任何更改：请向其所有者申请该文件夹的写权限",
        file=str(path),
    )


def _full(path: Path) -> TierwiseError:
    return fail(
        "book.disk-full",
        "the disk is full, and nothing was changed: free some space and repeat the command",
        "磁盘已满，未作任何更改：请腾出空间后重试",
        file=str(path),
    )
