"""Which months of order lines are read as they were kept, which anew, and which are kept now. Decision 0021."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.book.rollups import Shelf, month_files
from tierwise.engine.text import text_of
from tierwise.grading import older_months
from tierwise.kernel.periods import month_end
from tierwise.metrics import months as m

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.book.versions import BookVersion
    from tierwise.engine.base import Engine

Way = Literal["auto", "full", "incremental"]
"""``auto`` takes the shorter way; ``full`` reads all lines; ``incremental`` reads months also where that takes longer."""
LEAST_LINES = 10_000_000
"""With fewer lines, months do not pay: at ten million, adding them up once costs one and a half runs, and each month after
it takes a seventh less."""
MOST_FRESH = 3
"""So many months may be read from their lines before all lines are the shorter way, where none may be kept."""
LINES_AT_ONCE = 2_000_000
"""So many lines are added up together: more would not fit beside a run in a gigabyte."""
_PARTS = {"lines": (m.LINES, m.LINE_COLUMNS), "orders": (m.ORDERS, m.ORDER_COLUMNS)}
_ROWS = {"lines": m.line_rows, "orders": m.order_rows}


@dataclass(frozen=True, slots=True)
class _Month:
    number: int
    key: str
    facts: Mapping[str, Any] | None

    @property
    def first(self) -> date:
        year, month = divmod(self.number, 100)
        return date(year, month, 1)

    def seen(self, as_of: date) -> bool:
        """Whether it is kept, and all that it adds up is seen on a day as it stands now."""
        facts = self.facts
        return facts is not None and not facts["superseded"] and facts["seen_from"] <= as_of.isoformat()


def read_by_months(
    book: Book,
    version: BookVersion,
    engine: Engine,
    as_of: date,
    *,
    way: Way,
    keep: bool,
    first: date | None = None,
) -> bool:
    """Makes the tables of ``metrics.months`` in an engine that sees the book; whether it did.

    ``first`` is the first day that a window reaches: what is older may stand together. ``keep`` lets it keep months
    that it finds missing: for who holds the book's lease. False means that the lines are to be read: the day is no
    month end, the engine is not the embedded one, or the lines are the shorter way.
    """
    state = version.state.get("order_lines")
    if way == "full" or engine.name != "duckdb" or as_of != month_end(as_of) or state is None:
        return False
    if way == "auto" and state.rows < LEAST_LINES:
        return False
    files = month_files(book, "order_lines", version)
    wanted = [month for month in files if month <= as_of.year * 100 + as_of.month]
    shelf = Shelf(book.path, definition(engine))
    found = [_month(shelf, month, files[month]) for month in wanted]
    missing = [month for month in found if month.facts is None]
    if not wanted or (way == "auto" and not keep and len(missing) > MOST_FRESH):
        return False
    if keep and missing:
        at_once, _ = divmod(LINES_AT_ONCE * len(files), max(state.rows, 1))
        _keep(shelf, engine, missing, max(1, at_once))
        found = [_month(shelf, month, files[month]) for month in wanted]
    _show(shelf, engine, found, as_of, keep=keep)
    steady = [month.key for month in found[: _steady(found, as_of)]]
    older = older_months.show(shelf, engine, steady, first, keep=keep and len(steady) == len(found))
    if keep:
        keys = [shelf.key(month, files[month]) for month in files]
        shelf.tidy([*keys, *shelf.chain(keys), *older])
    return True


def definition(engine: Engine) -> str:
    """What is kept, as text: the statements themselves, so that no change of a rule reads what an older one kept."""
    return _definition(engine.dialect)


@cache
def _definition(dialect: str) -> str:
    """Written once in the life of a program: writing it takes as long as adding up a small month."""
    day = date(2000, 1, 31)
    first = day.replace(day=1)
    orders, split = m.stored(m.ORDERS, m.ORDER_COLUMNS), m.stored(m.SPLIT, m.SPLIT_COLUMNS)
    rows = [build(m.EVER, first, day) for build in _ROWS.values()]
    rows += [m.visibility(first, day), m.split_orders(orders, orders, split)]
    rows += older_months.statements()
    return "\n".join([dialect, *(text_of(expr, dialect) for expr in rows)])


def _month(shelf: Shelf, number: int, files: Sequence[str]) -> _Month:
    key = shelf.key(number, files)
    return _Month(number, key, shelf.facts(key))


def _keep(shelf: Shelf, engine: Engine, missing: Sequence[_Month], at_once: int) -> None:
    """Adds up months and keeps them."""
    for start in range(0, len(missing), at_once):
        some = missing[start : start + at_once]
        first, last = some[0].first, month_end(some[-1].first)
        seen = {row["month"]: row for row in engine.fetch(m.visibility(first, last)).to_pylist()}
        rows = {part: engine.fetch(build(m.EVER, first, last)) for part, build in _ROWS.items()}
        for month in some:
            own = {part: _of_month(table, month.number) for part, table in rows.items()}
            shelf.put(month.key, own, _facts(seen.get(month.number)))


def _of_month(rows: pa.Table, month: int) -> pa.Table:
    """The rows of a month. Those of a customer stand together, which makes files half as large."""
    return rows.filter(pc.equal(rows.column("month"), month)).sort_by("customer_code")


def _facts(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """From which day on a month is seen as it is kept; a month without counted lines always is."""
    if row is None:
        return {"seen_from": date.min.isoformat(), "superseded": 0}
    return {"seen_from": row["seen_from"].isoformat(), "superseded": row["superseded"]}


def _show(shelf: Shelf, engine: Engine, found: Sequence[_Month], as_of: date, *, keep: bool) -> None:
    """Makes the tables of all months: kept months from their files, the others from their lines as of the day."""
    kept = [month for month in found if month.seen(as_of)]
    fresh = [month for month in found if not month.seen(as_of)]
    for part, (name, columns) in _PARTS.items():
        files = [shelf.file(month.key, part) for month in kept]
        if not fresh:
            engine.read_files(m.all_of(name), files, columns)
            continue
        engine.read_files(f"{name}_kept", files, columns)
        rows = m.stored(f"{name}_kept", columns)
        for month in fresh:
            rows = rows.union(_ROWS[part](as_of, month.first, month_end(month.first)))
        engine.materialize(m.all_of(name), rows)
    _show_split(shelf, engine, found, steady=_steady(found, as_of), keep=keep)


def _steady(found: Sequence[_Month], as_of: date) -> int:
    """How many of the first months are read as they are kept."""
    for place, month in enumerate(found):
        if not month.seen(as_of):
            return place
    return len(found)


def _show_split(shelf: Shelf, engine: Engine, found: Sequence[_Month], *, steady: int, keep: bool) -> None:
    """Makes ``tw_split_orders``: what is known of a beginning of the months, and what later months add."""
    names = shelf.chain([month.key for month in found[:steady]])
    known = max((place + 1 for place, name in enumerate(names) if shelf.facts(name) is not None), default=0)
    before = [shelf.file(names[known - 1], "orders")] if known else []
    if known == len(found):
        engine.read_files(m.SPLIT, before, m.SPLIT_COLUMNS)
        return
    engine.read_files("tw_split_before", before, m.SPLIT_COLUMNS)
    orders = m.stored(m.all_of(m.ORDERS), m.ORDER_COLUMNS)
    late = orders.filter(orders.month >= found[known].number)
    engine.materialize(m.SPLIT, m.split_orders(orders, late, m.stored("tw_split_before", m.SPLIT_COLUMNS)))
    if keep and steady == len(found):
        shelf.put(names[-1], {"orders": _all(engine)}, {"orders": "split"})


def _all(engine: Engine) -> pa.Table:
    split: Table = m.stored(m.SPLIT, m.SPLIT_COLUMNS)
    return engine.fetch(split)
