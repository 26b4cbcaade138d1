"""A full disk as an error that people understand."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from deltalake.exceptions import DeltaError

from tierwise.kernel.errors import TierwiseError, fail

_SAID = ("No space left", "os error 28", "failed to offload", "Disk quota", "max_temp_directory_size")
"""How DuckDB, Arrow and Delta Lake say it."""


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Turns the failures of a full disk inside the block into ``TierwiseError`` ``book.disk-full``."""
    try:
        yield
    except (OSError, duckdb.Error, DeltaError) as error:
        if _says_full(error):
            raise _full(path) from error
        raise


def _says_full(error: Exception) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(words in str(error) for words in _SAID)


def _full(path: Path) -> TierwiseError:
    return fail(
        "book.disk-full",
        "the disk is full, and nothing was changed: free some space and repeat the command",
        "磁盘已满，未作任何更改：请腾出空间后重试",
        file=str(path),
    )
