"""Prepared rows meet the book: new, changed and same are told apart, and only touched months are written.

**Source** decision 0001 (identity, history), decision 0002 (versions).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tierwise.book import closing, dating, deriving
from tierwise.book.closing import Moment
from tierwise.book.contract import TABLES
from tierwise.book.contract.model import Identity
from tierwise.book.delta import MONTH
from tierwise.book.preparing import drop
from tierwise.book.shape import Shape, listed, matched
from tierwise.book.writing import Writer, month_of
from tierwise.engine.names import literal, parquet, quoted

FILES_MAX = 24
"""A table that is not kept by month is written anew once appending has made this many files."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one import did to a table. ``corrected`` rows are among the ``changed`` (closed periods)."""

    new: int = 0
    changed: int = 0
    corrected: int = 0
    removed: int = 0
    late: int = 0
    """New rows in closed months that held rows before."""

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.new or self.changed or self.removed)


def apply(writer: Writer, shape: Shape, moment: Moment, identity: Identity) -> Counts:
    """Writes what ``fresh`` changes in a table; the counts say what that was."""
    connection = writer.connection
    state = writer.state(shape.name)
    facts = dict(state.facts) if state else {}
    show_old(connection, shape, writer.files(shape.name))
    drop(connection, "verdict", "resolved", "put", "gone")
    if state is None or state.rows == 0:
        counts = _first(connection, shape, moment)
    else:
        counts = _meet(connection, shape, moment, identity, corrected=bool(facts.get("reversals")))
    if counts.any:
        settle(writer, shape, moment)
    return counts


def show_old(connection: duckdb.DuckDBPyConnection, shape: Shape, files: Sequence[str]) -> None:
    """Makes the relation ``old``: the rows that the book holds."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW old AS {parquet(files, shape.stored)}")


def _first(connection: duckdb.DuckDBPyConnection, shape: Shape, moment: Moment) -> Counts:
    if shape.table.history == "dated":
        return _meet_dated(connection, shape, moment)
    connection.execute(f"CREATE TEMP VIEW put AS {closing.first_put(shape, moment)}")
    _no_rows_leave(connection, shape)
    return Counts(new=_count(connection, "fresh"))


def _meet(
    connection: duckdb.DuckDBPyConnection,
    shape: Shape,
    moment: Moment,
    identity: Identity,
    *,
    corrected: bool,
) -> Counts:
    if shape.table.history == "dated":
        return _meet_dated(connection, shape, moment)
    drop(connection, "held_months")
    connection.execute(f"CREATE TEMP TABLE held_months AS {closing.held_months(shape, moment)}")
    marks = closing.old_marks(shape, corrected)
    connection.execute(f"CREATE TEMP TABLE verdict AS {closing.verdict(shape, moment, identity, marks)}")
    connection.execute(f"CREATE TEMP TABLE put AS {closing.put(shape, moment)}")
    connection.execute(f"CREATE TEMP TABLE gone AS {closing.gone(shape)}")
    return _counts(connection, "count(*) FILTER (fate = 'new' AND said_known IS NULL AND known > f_day)")


def _meet_dated(connection: duckdb.DuckDBPyConnection, shape: Shape, moment: Moment) -> Counts:
    connection.execute(f"CREATE TEMP TABLE resolved AS {dating.resolved(shape, moment)}")
    connection.execute(f"CREATE TEMP TABLE verdict AS {dating.verdict(shape)}")
    connection.execute(f"CREATE TEMP TABLE put AS {dating.put(shape, moment)}")
    connection.execute(f"CREATE TEMP TABLE gone AS {dating.gone(shape)}")
    return _counts(connection)


def _no_rows_leave(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    names = listed(dict.fromkeys((*shape.row_key, shape.day)))
    connection.execute(f"CREATE TEMP TABLE gone AS SELECT {names} FROM old WHERE false")


def _counts(connection: duckdb.DuckDBPyConnection, late: str = "0") -> Counts:
    query = f"""
        SELECT count(*) FILTER (fate IN ('new', 'again')), count(*) FILTER (fate = 'changed'),
               count(*) FILTER (closed AND fate = 'changed'), count(*) FILTER (fate = 'gone'),
               {late} FROM verdict"""
    row = connection.execute(query).fetchone()
    return Counts(*(int(n) for n in row)) if row else Counts()


def settle(writer: Writer, shape: Shape, moment: Moment) -> None:
    """Derives amounts and writes the rows that ``put`` adds to and ``gone`` takes from ``old``."""
    connection = writer.connection
    drop(connection, "derived")
    kept = f"SELECT {listed(shape.stored)} FROM old r WHERE NOT {_leaves(shape)}"
    rows = f"SELECT {listed(shape.stored)} FROM put"
    foreign = shape.converts and _foreign(writer, shape, moment)
    if foreign:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW after AS SELECT *, false AS ours FROM ({kept}) "
            f"UNION ALL SELECT *, true AS ours FROM ({rows})"
        )
        rates = writer.files("fx_rates")
        deriving.derive(connection, shape, moment, rates, writer.settings.fx_max_age_days)
        if not (_count(connection, "derived") or _count(connection, "put") or _count(connection, "gone")):
            return
    _write(writer, shape, kept, rows, derived=foreign)
    writer.set_facts(shape.name, gather(writer, shape, moment))


def convert_again(writer: Writer, untouched: Container[str] = ()) -> None:
    """Converts the foreign rows of all other tables again, after rates or their greatest age have changed."""
    moment = moment_of(writer, 0)
    for name, table in TABLES.items():
        if name not in untouched:
            rederive(writer, Shape(table), moment)


def moment_of(writer: Writer, batch: int) -> Moment:
    """When and under which settings a batch is written."""
    settings = writer.settings
    today = writer.at.astimezone(settings.zone).date()
    return Moment(today, settings.first_open_day, settings.base_currency, batch)


def rederive(writer: Writer, shape: Shape, moment: Moment) -> None:
    """Converts the foreign rows of one table again."""
    state = writer.state(shape.name)
    if state is None or not set(state.facts.get("currencies", [])) - {moment.base_currency}:
        return
    connection = writer.connection
    show_old(connection, shape, writer.files(shape.name))
    drop(connection, "put", "gone")
    connection.execute(f"CREATE TEMP TABLE put AS SELECT {listed(shape.stored)} FROM old WHERE false")
    _no_rows_leave(connection, shape)
    settle(writer, shape, moment)


def _leaves(shape: Shape) -> str:
    """SQL of whether a row ``r`` of ``old`` is among ``gone``."""
    return f"EXISTS (SELECT 1 FROM gone g WHERE {matched('r', 'g', shape.row_key, nulls=True)})"


def _foreign(writer: Writer, shape: Shape, moment: Moment) -> bool:
    """Whether the table has or gets rows in another currency."""
    state = writer.state(shape.name)
    known = set(state.facts.get("currencies", [])) if state else set()
    if known - {moment.base_currency}:
        return True
    query = f"SELECT 1 FROM put WHERE currency <> {literal(moment.base_currency)} LIMIT 1"
    return writer.connection.execute(query).fetchone() is not None


def _write(writer: Writer, shape: Shape, kept: str, rows: str, *, derived: bool) -> None:
    months = _months(writer, shape, derived=derived) if shape.table.by_month else None
    files = writer.files(shape.name)
    if _may_append(writer, months, files, derived=derived):
        writer.append_query(shape.name, rows)
        return
    if months is not None:
        inside = ", ".join(str(month) for month in months) or "0"
        kept = f"SELECT * FROM ({kept}) WHERE {month_of(quoted(shape.day))} IN ({inside})"
        show_old(writer.connection, shape, _of_months(files, months))
    after = f"{kept} UNION ALL {rows}" if files else rows
    if derived:
        after = deriving.with_derived(shape, after)
    if months is None:
        writer.replace_query(shape.name, after)
    else:
        by_month = f"SELECT *, {month_of(quoted(shape.day))} AS {MONTH} FROM ({after})"
        writer.replace_query(shape.name, by_month, months=months if files else None)


def _may_append(writer: Writer, months: Sequence[int] | None, files: Sequence[str], *, derived: bool) -> bool:
    """Whether the rows can go into a file of their own, because nothing that is in the files changes."""
    if months is not None or derived or not 0 < len(files) < FILES_MAX:
        return False
    return _count(writer.connection, "gone") == 0


def _months(writer: Writer, shape: Shape, *, derived: bool) -> list[int]:
    """The months whose files are written anew."""
    day = quoted(shape.day)
    days = f"SELECT {day} AS day FROM put UNION ALL SELECT {day} FROM gone"
    if derived:
        days += " UNION ALL SELECT row_day FROM derived"
    query = f"SELECT DISTINCT {month_of('day')} FROM ({days}) ORDER BY 1"
    return [int(row[0]) for row in writer.connection.execute(query).fetchall()]


def _of_months(files: Sequence[str], months: Sequence[int]) -> list[str]:
    wanted = {f"{MONTH}={month}" for month in months}
    return [file for file in files if file.rsplit("/", 2)[-2] in wanted]


def gather(writer: Writer, shape: Shape, moment: Moment) -> dict[str, Any]:
    """The small facts about a table that spare later readers a scan."""
    parts = [f"min({quoted(shape.day)})", f"max({quoted(shape.day)})", "count(superseded_on)"]
    parts.append("count(correction)" if shape.ledger else "0")
    parts.append("list_sort(list(DISTINCT currency))" if shape.converts else "NULL")
    parts.append(f"count(*) FILTER ({shape.blocked})" if shape.converts else "0")
    source = parquet(writer.files(shape.name), shape.stored)
    row = writer.connection.execute(f"SELECT {', '.join(parts)} FROM ({source})").fetchone()
    first, last, superseded, reversals, currencies, blocked = row or (None, None, 0, 0, None, 0)
    facts: dict[str, Any] = {
        "min_date": str(first) if first else None,
        "max_date": str(last) if last else None,
        "with_superseded": bool(superseded),
        "reversals": int(reversals),
    }
    if shape.converts:
        facts |= {"currencies": list(currencies or []), "blocked": int(blocked)}
    return facts


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
