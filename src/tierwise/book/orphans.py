"""Records that undoing an import takes out of the book although other rows go on naming them."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from tierwise.book.contract import TABLES
from tierwise.book.preparing import drop
from tierwise.book.shape import Shape, listed, matched
from tierwise.book.store import Book
from tierwise.book.versions import BookVersion
from tierwise.engine.names import quoted

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Orphans:
    """How many records (customers, products …) are named by rows that stay, and have no record afterwards."""

    count: int = 0
    examples: tuple[str, ...] = ()
    """The first of their codes, in order."""
    rows: dict[str, int] = field(default_factory=dict)
    """Table -> how many of its rows name one of them."""


def orphans(
    connection: duckdb.DuckDBPyConnection, book: Book, version: BookVersion, target: Shape
) -> Orphans:
    """What undoing leaves without a record, by ``old``, ``added`` and ``removed``; reads the book and changes nothing.

    What has no record at the version already is not among them.
    """
    naming = _naming(target.name)
    if not naming:
        return Orphans()
    _lose(connection, target)
    if connection.execute("SELECT code FROM lost LIMIT 1").fetchone() is None:
        drop(connection, "lost", "named")
        return Orphans()
    rows = {}
    for name, columns in naming.items():
        now = Shape(TABLES[name]).speaking(book.files(name, version))
        rows[name] = _name(connection, _stays(target) if name == target.name else now, columns)
    found = connection.execute("SELECT DISTINCT code FROM named ORDER BY code").fetchall()
    examples = tuple(str(code) for (code,) in found[:EXAMPLES])
    drop(connection, "lost", "named")
    return Orphans(len(found), examples, {name: count for name, count in rows.items() if count})


def _naming(target: str) -> dict[str, list[str]]:
    """The tables that name records of a table, with the columns in which they do."""
    columns = {
        name: [c.name for c in table.columns if c.refers_to == target] for name, table in TABLES.items()
    }
    return {name: some for name, some in columns.items() if some}


def _lose(connection: duckdb.DuckDBPyConnection, target: Shape) -> None:
    """Makes ``lost``: the codes of which no record stays; and ``named``, still without a row."""
    code = quoted(target.key[0])
    drop(connection, "lost", "named")
    connection.execute(
        f"CREATE TEMP TABLE lost AS SELECT {code} AS code FROM added EXCEPT SELECT {code} FROM ({_stays(target)})"
    )
    connection.execute("CREATE TEMP TABLE named (code VARCHAR)")


def _stays(target: Shape) -> str:
    """SQL of the rows that speak after undoing: those of the batch leave, those that it took come back."""
    columns = listed(target.stored)
    # a row that speaks has no day on which it ceased to: null equals null
    same = matched("old", "added", dict.fromkeys((*target.row_key, target.day)), nulls=True)
    after = f"SELECT {columns} FROM old ANTI JOIN added ON {same} UNION ALL SELECT {columns} FROM removed"
    if target.table.history == "dated":
        code, day = quoted(target.key[0]), quoted(target.day)
        return (
            f"SELECT * FROM ({after}) QUALIFY row_number() OVER (PARTITION BY {code} ORDER BY {day} DESC) = 1"
        )
    return f"SELECT * FROM ({after}){target.now}"


def _name(connection: duckdb.DuckDBPyConnection, source: str, columns: list[str]) -> int:
    """Adds to ``named`` what the rows name of ``lost``; how many rows do."""
    for column in columns:
        connection.execute(
            f"INSERT INTO named SELECT DISTINCT code FROM lost SEMI JOIN ({source}) s ON s.{quoted(column)} = lost.code"
        )
    some = " OR ".join(f"{quoted(column)} IN (SELECT code FROM lost)" for column in columns)
    row = connection.execute(f"SELECT count(*) FROM ({source}) WHERE {some}").fetchone()
    return int(row[0]) if row else 0
