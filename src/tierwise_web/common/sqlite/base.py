"""The database of one machine: Django's own, which notices that its file was moved away or that another stands in its place.

An open file can be moved, deleted or replaced, and whoever has it open goes on writing where nobody will look. So each
request looks first whether the name still leads to the file that is open, which takes two microseconds.

What was written last stands in a journal beside the file, found by name alone: another file would be read with the journal
of the former one, and is ruined by it. So a process keeps to the file that it opened first, until it ends; it takes it up
again where the very same comes back. What stands in the journal goes into the file to which it belongs.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import OperationalError
from django.db.backends.sqlite3 import base

File = tuple[int, int]
_FIRST: dict[str, File] = {}
"""Path -> the file that this process opened first."""


class AnotherFileError(OperationalError):
    """Where the database was stands another file: what has the former one open has to end first."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a file."""

    _opened: File | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Django's own, but that opening makes no file: an empty database would stand in the place of the lost one."""
        said: dict[str, Any] = super().get_connection_params()
        if isinstance(said["database"], Path):
            said["database"] = f"file:{quote(str(said['database']))}?mode=rw"
        return said

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection to the file that this process opened first. **Raises** ``AnotherFileError``."""
        self._opened = self._there()
        first = self._first()
        if first != self._opened:
            if self._opened is None:
                raise OperationalError("the file of the database is away")
            raise AnotherFileError("another file stands where the database was: start the server again")
        return super().get_new_connection(conn_params)

    def is_usable(self) -> bool:
        """Whether the file that is open is the one that the name leads to."""
        return self._opened == self._there()

    def close(self) -> None:
        """Django's own; a file that is elsewhere now gets what stands in its journal, which stays under the old name."""
        if self.connection is not None and not self.is_usable():
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        super().close()

    def _first(self) -> File | None:
        """The file that this process opened first; it is held open, so that no later file gets its number."""
        name = str(self.settings_dict["NAME"])
        if name not in _FIRST and self._opened is not None:
            held = os.fstat(os.open(name, os.O_RDONLY))
            _FIRST[name] = held.st_dev, held.st_ino
        return _FIRST.get(name)

    def _there(self) -> File | None:
        """Which file the name leads to; ``None`` where it leads to none, as that of a database in memory."""
        try:
            found = Path(self.settings_dict["NAME"]).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
