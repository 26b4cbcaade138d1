"""One at a time: several servers that start at once on one database must not bring it to its form of today together."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

NUMBER = 0x7469657277697365
"""The name of our lock in PostgreSQL, which names locks by numbers: the letters of ``tierwise``."""
FILE = ".preparing"


@contextmanager
def alone() -> Iterator[None]:
    """Waits until no other process prepares this database; a lock ends with its process, however that ends."""
    if connection.vendor == "postgresql":
        with _in_the_server():
            yield
        return
    with in_folder(Path(settings.DATA)):
        yield


@contextmanager
def in_folder(data: Path) -> Iterator[None]:
    """The same for what lies in the folder of the application."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / FILE).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _in_the_server() -> Iterator[None]:
    """Held over a connection of its own: the one that prepares may be opened anew meanwhile."""
    holder = connection.copy()
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [NUMBER])
        yield
    finally:
        holder.close()
