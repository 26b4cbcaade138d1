"""The database of one machine: Django's own, which notices that its file was moved away or put back from a copy.

An open file can be moved, deleted or replaced, and whoever has it open goes on writing where nobody will look. So each
request looks first whether the name still leads to the file that is open, which takes two microseconds; if it does not,
the file that is there now is opened, and where there is none, none is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a file."""

    _opened: tuple[int, int] | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Django's own, but that opening makes no file: an empty database would stand in the place of the lost one."""
        said: dict[str, Any] = super().get_connection_params()
        if isinstance(said["database"], Path):
            said["database"] = f"file:{quote(str(said['database']))}?mode=rw"
        return said

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that knows which file it has open."""
        self._opened = self._there()
        return super().get_new_connection(conn_params)

    def is_usable(self) -> bool:
        """Whether the file that is open is the one that the name leads to."""
        return self._opened == self._there()

    def _there(self) -> tuple[int, int] | None:
        """Which file the name leads to; ``None`` where it leads to none, as that of a database in memory."""
        try:
            found = Path(self.settings_dict["NAME"]).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
