"""SQLite, by the standard library, read only and in one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tierwise.book.sources.address import Address
from tierwise.book.sources.asking import Since, broken, new_mark, rows_query
from tierwise.book.sources.extract import Extract, Passed, write_rows
from tierwise.kernel.errors import fail


class _Runner:
    parameter = "?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def one(self, sql: str, *parameters: Any) -> tuple[Any, ...]:
        return tuple(self.connection.execute(sql, parameters).fetchone())


def extract_sqlite(address: Address, since: Since | None, target: Path) -> Extract:
    """The rows of a SQLite table or query. **Raises** ``TierwiseError`` (``source.*``)."""
    path = Path(address.url)
    if not path.is_file():
        raise fail("file.not-found", "there is no such file", "没有这个文件", file=str(path))
    passed = Passed()
    try:
        where = f"file:{quote(str(path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            mark = new_mark(_Runner(connection), address, since) if since else None
            sql, parameters = rows_query(address, since, "?")
            cursor = connection.execute(sql, parameters)
            columns = tuple(item[0] for item in cursor.description)
            written = write_rows(target, columns, passed.count(cursor))
            return Extract(target, columns, written, mark)
    except sqlite3.Error as error:
        raise broken(address, passed.rows, error) from None
