"""PostgreSQL through psycopg (the extra ``postgres``): read only, one snapshot, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierwise.book.sources.address import Address
from tierwise.book.sources.asking import Since, broken, new_mark, rows_query
from tierwise.book.sources.extract import Extract, Passed, write_rows
from tierwise.kernel.errors import TierwiseError, fail

if TYPE_CHECKING:
    from psycopg import Connection

CONNECT_SECONDS = 10
FETCH = 5_000
PARAMETER = "\x00"
"""Stands for the one parameter until the other percent signs of a query are made harmless."""


class _Runner:
    parameter = PARAMETER

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def one(self, sql: str, *parameters: Any) -> tuple[Any, ...]:
        found = self.connection.execute(*_asked(sql, parameters)).fetchone()
        return tuple(found or ())


def extract_postgres(address: Address, since: Since | None, target: Path) -> Extract:
    """The rows of a PostgreSQL table or query. **Raises** ``TierwiseError`` (``source.*``)."""
    try:
        import psycopg
    except ImportError:
        raise _no_driver() from None
    passed = Passed()
    try:
        with psycopg.connect(
            address.url, connect_timeout=CONNECT_SECONDS, application_name="tierwise"
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            return _extract(connection, address, since, target, passed)
    except psycopg.Error as error:
        raise broken(address, passed.rows, error) from None


def _extract(
    connection: Connection[Any], address: Address, since: Since | None, target: Path, passed: Passed
) -> Extract:
    mark = new_mark(_Runner(connection), address, since) if since else None
    sql, parameters = rows_query(address, since, PARAMETER)
    with connection.cursor(name="tierwise") as cursor:
        cursor.itersize = FETCH
        cursor.execute(*_asked(sql, parameters))
        columns = tuple(column.name for column in cursor.description or ())
        rows: Iterator[Any] = passed.count(cursor)
        return Extract(target, columns, write_rows(target, columns, rows), mark)


def _asked(sql: str, parameters: tuple[Any, ...]) -> tuple[bytes, list[str] | None]:
    """The query as psycopg takes it. The mark goes as a text, which the server reads as the column's type."""
    if not parameters:
        return sql.encode(), None
    return sql.replace("%", "%%").replace(PARAMETER, "%s").encode(), [str(value) for value in parameters]


def _no_driver() -> TierwiseError:
    return fail(
        "source.no-driver",
        "PostgreSQL needs the package psycopg: pip install 'tierwise[postgres]'",
        "读取 PostgreSQL 需要 psycopg：pip install 'tierwise[postgres]'",
    )
