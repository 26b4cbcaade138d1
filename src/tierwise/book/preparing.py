"""Accepted rows before they meet the book: numbered, with their identity, and free of duplicates.

**Source** decision 0001 (identity), spec 12.4 (duplicate import).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from tierwise.book.contract import SQL_TYPES
from tierwise.book.contract.model import Identity
from tierwise.book.shape import Shape, listed
from tierwise.book.surviving import MERGES, mistake_of
from tierwise.engine.names import parquet, quoted

FRESH = "fresh"
"""The relation of prepared rows: file columns, ``known_on``, ``source_file``, ``source_line``."""
_PLACE = "source_file, source_line"


@dataclass(frozen=True, slots=True)
class Refused:
    """A readable row that the book cannot take: ``column`` and ``value`` say where, ``code`` why."""

    source_file: int
    source_line: int
    code: str
    column: str
    value: str
    row: dict[str, Any]
    slots: dict[str, Any] = field(default_factory=dict)


def prepare(
    connection: duckdb.DuckDBPyConnection,
    shape: Shape,
    files: Sequence[str],
    identity: Identity,
    held: Sequence[str] = (),
) -> tuple[int, list[Refused]]:
    """Makes the relation ``fresh``; returns how many exact duplicates were folded, and the conflicts.

    ``held`` are the files of the rows that the book holds, where it depends on them what it can take.
    """
    kinds = {name: SQL_TYPES[shape.table.column(name).kind] for name in shape.file_columns}
    columns = kinds | {"known_on": "DATE", "source_file": "BIGINT", "source_line": "BIGINT"}
    staged = parquet(files, columns)
    drop(connection, FRESH, "repeated")
    if shape.table.has("parent_code"):
        return _grounded(connection, shape, staged)
    if shape.name == MERGES:
        return _merging(connection, shape, staged, held)
    if identity == "key":
        return _unique(connection, shape, staged)
    select = f"SELECT * REPLACE ({_numbers(shape, identity)}) FROM ({staged})"
    connection.execute(f"CREATE TEMP TABLE {FRESH} AS {select}")
    return 0, []


def _grounded(connection: duckdb.DuckDBPyConnection, shape: Shape, staged: str) -> tuple[int, list[Refused]]:
    """``_unique``, after refusing customers that name themselves as their parent."""
    columns = [*shape.file_columns]
    rows = connection.execute(
        f"SELECT {_PLACE}, {listed(columns)} FROM ({staged}) WHERE parent_code = code ORDER BY {_PLACE}"
    ).fetchall()
    own = [_own_parent(row[:2], dict(zip(columns, row[2:], strict=True))) for row in rows]
    folded, conflicts = _unique(
        connection, shape, f"SELECT * FROM ({staged}) WHERE parent_code IS DISTINCT FROM code"
    )
    return folded, [*own, *conflicts]


def _merging(
    connection: duckdb.DuckDBPyConnection, shape: Shape, staged: str, held: Sequence[str]
) -> tuple[int, list[Refused]]:
    """``_unique``, after refusing merges into the customer itself, and into one that is merged."""
    known = connection.execute(
        f"SELECT merged_code, survivor_code FROM ({parquet(held, shape.stored)}) ORDER BY valid_from"
    ).fetchall()
    columns = [*shape.file_columns]
    rows = connection.execute(
        f"SELECT {_PLACE}, {listed(columns)} FROM ({staged}) ORDER BY {_PLACE}"
    ).fetchall()
    links: dict[str, str | None] = dict(known)
    refused = []
    for row in rows:
        said = dict(zip(columns, row[2:], strict=True))
        mistake = mistake_of(said["merged_code"], said["survivor_code"], links)
        if mistake is None:
            links[said["merged_code"]] = said["survivor_code"]
            continue
        code, slots = mistake
        refused.append(
            Refused(int(row[0]), int(row[1]), code, "survivor_code", said["survivor_code"], said, slots)
        )
    places = ", ".join(f"({one.source_file}, {one.source_line})" for one in refused)
    taken = f"SELECT * FROM ({staged})" + (f" WHERE ({_PLACE}) NOT IN ({places})" if refused else "")
    folded, conflicts = _unique(connection, shape, taken)
    return folded, [*refused, *conflicts]


def _own_parent(place: tuple[Any, ...], row: dict[str, Any]) -> Refused:
    return Refused(int(place[0]), int(place[1]), "import.own-parent", "parent_code", row["parent_code"], row)


def drop(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Forgets temporary tables and views of an earlier step."""
    for name in names:
        found = connection.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]
        ).fetchone()
        if found:
            kind = "VIEW" if found[0] == "VIEW" else "TABLE"
            connection.execute(f"DROP {kind} temp.{quoted(name)}")


def _numbers(shape: Shape, identity: Identity) -> str:
    """SQL of the key columns that the book fills. A nameless line is a document of its own, line 1."""
    last = quoted(shape.key[-1])
    if identity == "document":
        return f"{_line_number(shape)} AS {last}"
    if shape.table.document:
        return f"{_occurrence(shape)} AS {quoted(shape.table.document[0])}, 1 AS {last}"
    return f"{_occurrence(shape)} AS {last}"


def _line_number(shape: Shape) -> str:
    return f"row_number() OVER (PARTITION BY {listed(shape.table.document)} ORDER BY {_PLACE})"


def _occurrence(shape: Shape) -> str:
    digest = f"md5({row_text(shape.content)})"
    nth = f"row_number() OVER (PARTITION BY {digest} ORDER BY {_PLACE})"
    return f"'#' || substr({digest}, 1, 20) || '-' || {nth}"


def row_text(columns: Sequence[str]) -> str:
    """SQL of a text that two rows share only if all these columns are the same."""
    texts = (f"CAST({quoted(name)} AS VARCHAR)" for name in columns)
    return " || ".join(f"coalesce(length({text}) || ':' || {text}, '~')" for text in texts)


def _unique(connection: duckdb.DuckDBPyConnection, shape: Shape, staged: str) -> tuple[int, list[Refused]]:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW staged_rows AS {staged}")
    mark = f"hash({listed(shape.key)})"
    suspects = f"SELECT mark FROM (SELECT {mark} AS mark FROM staged_rows) GROUP BY mark HAVING count(*) > 1"
    found = connection.execute(f"SELECT count(*) FROM ({suspects})").fetchone()
    if not found or not found[0]:
        connection.execute(f"CREATE TEMP VIEW {FRESH} AS SELECT * FROM staged_rows")
        return 0, []
    connection.execute(f"CREATE TEMP TABLE repeated AS {_repeated(shape, mark, suspects)}")
    connection.execute(
        f"CREATE TEMP TABLE {FRESH} AS SELECT * FROM staged_rows ANTI JOIN repeated USING ({_PLACE})"
    )
    return _account(connection, shape)


def _repeated(shape: Shape, mark: str, suspects: str) -> str:
    """SQL of every later row of a key, with the line of the first and whether both say the same."""
    window = f"(PARTITION BY {listed(shape.key)} ORDER BY {_PLACE})"
    text = row_text((*shape.content, "known_on"))
    return f"""
        SELECT *, said <> first_said AS differs FROM (
            SELECT *, {text} AS said, first_value({text}) OVER {window} AS first_said,
                   first_value(source_line) OVER {window} AS first_line, row_number() OVER {window} AS nth
            FROM staged_rows WHERE {mark} IN ({suspects})
        ) WHERE nth > 1"""


def _account(connection: duckdb.DuckDBPyConnection, shape: Shape) -> tuple[int, list[Refused]]:
    columns = [*shape.file_columns]
    rows = connection.execute(
        f"SELECT {_PLACE}, first_line, {listed(columns)} FROM repeated WHERE differs ORDER BY {_PLACE}"
    ).fetchall()
    folded = connection.execute("SELECT count(*) FROM repeated WHERE NOT differs").fetchone()
    conflicts = [_duplicate(shape, row[:3], dict(zip(columns, row[3:], strict=True))) for row in rows]
    return (int(folded[0]) if folded else 0), conflicts


def _duplicate(shape: Shape, place: tuple[Any, ...], row: dict[str, Any]) -> Refused:
    key = " / ".join(str(row[name]) for name in shape.key if row[name] is not None)
    slots = {"first": int(place[2])}
    return Refused(int(place[0]), int(place[1]), "import.duplicate-key", shape.key[0], key, row, slots)
