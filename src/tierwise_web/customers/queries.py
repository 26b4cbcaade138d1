"""Pages of the customer list: found from an index at any depth, counted up to a cap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tierwise_web.customers.choosing import FILTERS, NOTHING, Choice, Cursor
from tierwise_web.customers.columns import COLUMNS
from tierwise_web.published.editions import PerFile
from tierwise_web.published.grams import question
from tierwise_web.published.moving import LEADING, displaced
from tierwise_web.published.reading import Reading
from tierwise_web.published.shape import FEW, KEYS, LEAST, OWN_FIGURES, WITH_UNIT, asks_few

ROWS = 50
CAP = 10_000
OPTIONS = 300
"""A filter offers so many values at most; a company of more account managers than this searches."""

COLUMN_FILTERS = [name for name in FILTERS if name != "measured"]
_OWN, _GRADED = "customers.unit = customers.code", "customers.computed IS NOT NULL"
_MEASURED = {
    OWN_FIGURES: _OWN,
    WITH_UNIT: "customers.unit <> customers.code",
    "graded": f"{_OWN} AND {_GRADED}",
    "sales": f"{_OWN} AND {_GRADED} AND customers.sales IS NOT NULL",
    "profit": f"{_OWN} AND {_GRADED} AND customers.profit IS NOT NULL",
}
READ = ", ".join(
    f"customers.{name}"
    for name in dict.fromkeys(
        ["id", "unit", *(column.code for column in COLUMNS), *COLUMN_FILTERS, "override_id", "backup", "team", "agent_code",
         *(f"{key}_key" for key in ("code", *KEYS))]
    )
)  # fmt: skip
"""What a list reads of a customer: its columns, what it is filtered by, who it belongs to, and the keys of the orders."""


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, and where the pages beside it begin."""

    rows: list[dict[str, Any]]
    before: Cursor | None
    after: Cursor | None


def page(reading: Reading, choice: Choice, size: int = ROWS) -> Page:
    """One page of a list.

    The condition ``key <= x AND (key < x OR id > y)`` is answered from an index at any depth; one that begins
    with OR is not.
    """
    back = choice.cursor is not None and choice.cursor.way == "before"
    rows = _rows(reading, choice, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    if back:
        rows.reverse()
    return Page(
        reading.shown(rows),
        _beside(reading, choice, rows[0], "before")
        if rows and ((choice.cursor and not back) or (back and more))
        else None,
        _beside(reading, choice, rows[-1], "after") if rows and (more or back) else None,
    )


def every_row(reading: Reading, choice: Choice, size: int = 5000) -> Iterator[dict[str, Any]]:
    """All rows of a list in its order, chunk by chunk."""
    at: Cursor | None = None
    while True:
        chunk = _rows(reading, replace(choice, cursor=at), size)
        yield from reading.shown(chunk)
        if len(chunk) < size:
            return
        at = _beside(reading, choice, chunk[-1], "after")


def codes(reading: Reading, choice: Choice, most: int) -> list[str]:
    """The codes of a list in its order, ``most`` at most."""
    return [row["code"] for row in _rows(reading, choice, most)]


def counted(reading: Reading, choice: Choice) -> int:
    """How many there are; no further than one more than the cap."""
    source, conditions, values = _conditions(reading, choice)
    sql = f"SELECT count(*) AS n FROM (SELECT 1 FROM {source} WHERE {conditions} LIMIT {CAP + 1})"
    return int(reading.rows(sql, values)[0]["n"])


_KNOWN: PerFile[list[tuple[str, int]]] = PerFile()
"""Values of the filters over all customers: a file never changes."""


def options(reading: Reading, name: str) -> list[tuple[str, int]]:
    """The values of a filter within the scope, and how many customers each has; the largest first."""
    if reading.scope.reach != "all":
        return _options(reading, name)
    return _KNOWN.get(reading.key, name, lambda: _options(reading, name))


def _options(reading: Reading, name: str) -> list[tuple[str, int]]:
    condition, values = reading.where("cube")
    sql = f"SELECT {name} AS value, sum(customers) AS n FROM cube WHERE {condition} GROUP BY 1 ORDER BY 2 DESC, 1"
    return [(row["value"] or NOTHING, row["n"]) for row in reading.rows(f"{sql} LIMIT {OPTIONS}", values)]


def _rows(reading: Reading, choice: Choice, size: int) -> list[Any]:
    """Rows from the cursor on, in its way. Those of whom a measure is not known stand last, whichever way is up."""
    key, cursor = _key(choice), choice.cursor
    if key is None or not choice.up:
        return _part(reading, choice, size, cursor)
    parts = [f"{key} > {LEAST}", f"{key} = {LEAST}"]
    if cursor is not None and cursor.way == "before":
        parts.reverse()
    if cursor is not None and (cursor.key == LEAST) == (cursor.way == "after"):
        parts = parts[1:]
    rows: list[Any] = []
    for nth, part in enumerate(parts):
        rows += _part(reading, choice, size - len(rows), None if nth else cursor, part)
        if len(rows) >= size:
            break
    return rows


def _part(
    reading: Reading, choice: Choice, size: int, cursor: Cursor | None, part: str = "1 = 1"
) -> list[Any]:
    source, conditions, values = _conditions(reading, choice)
    key, forward = _key(choice), choice.cursor is None or choice.cursor.way == "after"
    falling = choice.up != forward  # of the key; numbers run against it
    conditions = f"{conditions} AND {part}"
    if cursor is not None:
        conditions = f"{conditions} AND {_beyond(key, _number(choice), falling=falling)}"
        values = [*values, *_place(cursor, key)]
    order = _order(key, _number(choice), falling=falling)
    return reading.rows(
        f"SELECT {READ} FROM {source} WHERE {conditions} ORDER BY {order} LIMIT {size}", values
    )


def _key(choice: Choice) -> str | None:
    """The column of the sort key; the order of importance needs none beside the number."""
    return None if choice.sort == "best" else f"customers.{choice.sort}_key"


def _number(choice: Choice) -> str:
    """The number of the customer; that of the index where words are searched, so that hits come in its order."""
    return "search.rowid" if question(choice.words) else "customers.id"


def _beyond(key: str | None, number: str, *, falling: bool) -> str:
    number = f"{number} {'>' if falling else '<'} %s"
    if key is None:
        return number
    sign = "<" if falling else ">"
    return f"{key} {sign}= %s AND ({key} {sign} %s OR {number})"


def _place(cursor: Cursor, key: str | None) -> list[int]:
    return [cursor.number] if key is None else [cursor.key, cursor.key, cursor.number]


def _order(key: str | None, number: str, *, falling: bool) -> str:
    number = f"{number} {'ASC' if falling else 'DESC'}"
    return number if key is None else f"{key} {'DESC' if falling else 'ASC'}, {number}"


def _beside(reading: Reading, choice: Choice, row: Any, way: str) -> Cursor:
    key = _key(choice)
    value = row[key.removeprefix("customers.")] if key else 0
    return Cursor(reading.edition.pk, "after" if way == "after" else "before", value, row["id"])


def _conditions(reading: Reading, choice: Choice) -> tuple[str, str, list[Any]]:
    """Tables, condition and values of a list, the scope always among them."""
    scope, values = reading.where()
    parts, source = [scope], "customers"
    if choice.codes is not None:
        parts.append(f"customers.code IN ({', '.join(['%s'] * len(choice.codes))})")
        values = [*values, *choice.codes]
    if choice.active:
        parts.append("customers.who_status = 'active' AND customers.kind <> 'internal'")
    for name, wanted in choice.filters.items():
        if name == "grade" and len(wanted) == 1 and wanted[0] in reading.about.scale:
            # its place is what indexes begin with; a list of several grades keeps its order without one
            parts.append(f"customers.grade_no = {reading.about.scale.index(wanted[0])}")
            continue
        if name == "measured":
            parts.append(f"({' OR '.join(f'({_MEASURED[value]})' for value in wanted)})")
            if wanted == (WITH_UNIT,):  # they are few, which the planner does not know
                source = "customers INDEXED BY by_member"
            continue
        some = [value for value in wanted if value != NOTHING]
        either = [f"customers.{name} IN ({', '.join(['%s'] * len(some))})"] if some else []
        either += [f"customers.{name} IS NULL"] if NOTHING in wanted else []
        condition = f"({' OR '.join(either)})"
        if name in LEADING:
            among = [None if value == NOTHING else value for value in wanted]
            condition, some = displaced(condition, some, [(name, among)])
        parts.append(condition)
        parts += [f"customers.{FEW[name]}"] if asks_few(name, wanted) else []
        values = [*values, *some]
    if choice.words:
        asked = question(choice.words)
        if asked is None:
            return source, "1 = 0", []
        source = "search CROSS JOIN customers ON customers.id = search.rowid"
        parts.insert(0, "search MATCH %s")
        values = [asked, *values]
    return source, " AND ".join(parts), values
