"""The months that no window reaches: kept together on the shelf, renewed every few months. Decision 0021."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from tierwise.engine.base import one
from tierwise.metrics import months as m
from tierwise.metrics import older as o

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.rollups import Rows, Shelf
    from tierwise.engine.base import Engine

MOST_BEHIND = 6
"""So many months may be older than the windows and still be read one by one: putting them together costs, too."""
FEWEST = 3
"""So many months at least are put together."""
KIND = "older"
_PARTS = {"lines": (m.LINES, m.LINE_COLUMNS), "orders": (m.ORDERS, m.ORDER_COLUMNS)}


@dataclass(frozen=True, slots=True)
class _Older:
    """Months put together: up to which month, which was the last one when that was done, and the name of all of them."""

    through: int
    built: int
    chain: str

    @classmethod
    def of(cls, name: str) -> _Older:
        """What a name on the shelf says."""
        _, through, built, chain = name.split("-", 3)
        return cls(int(through), int(built), chain)

    @property
    def name(self) -> str:
        """The name on the shelf."""
        return f"{KIND}-{self.through}-{self.built}-{self.chain}"


def statements() -> list[Table]:
    """What is kept, as expressions: part of the name of the shelf."""
    lines, orders = (m.stored(*part) for part in _PARTS.values())
    split = m.stored(m.SPLIT, m.SPLIT_COLUMNS)
    return [o.older_lines(lines, 200001), o.older_orders(orders, split, 200001)]


def show(shelf: Shelf, engine: Engine, keys: Sequence[str], first: date | None, *, keep: bool) -> list[str]:
    """Makes ``tw_month_lines`` and ``tw_month_orders`` of all months, the older ones together; what it read of them.

    ``keys`` are those of the first months that all stand as they are kept; ``first`` is the first day that a window
    reaches. ``keep``: whether the older months may be put together now, which needs the keys of all months.
    """
    names = dict(zip((_number(key) for key in keys), shelf.chain(keys), strict=True))
    before = [month for month in names if first is not None and month < first.year * 100 + first.month]
    if len(before) < FEWEST:
        _show(engine, None)
        return []
    found = _found(shelf, names, before[-1])
    _show(engine, shelf, found)
    behind = [month for month in before if found is None or month > found.through]
    if keep and len(behind) > (0 if found is None else MOST_BEHIND):
        renewed = _Older(before[-1], max(names), names[max(names)])
        shelf.put(renewed.name, _together(engine, renewed.through), {})
        _show(engine, shelf, renewed)
        return [renewed.name]
    return [] if found is None else [found.name]


def _number(key: str) -> int:
    return int(key.split("-")[0])


def _found(shelf: Shelf, names: Mapping[int, str], through: int) -> _Older | None:
    """What reaches farthest of what is kept of these very months, but no farther than a month."""
    kept = (_Older.of(name) for name in shelf.kept(KIND))
    fit = [older for older in kept if names.get(older.built) == older.chain and older.through <= through]
    return max(fit, key=lambda older: (older.through, older.built), default=None)


def _together(engine: Engine, through: int) -> dict[str, Rows]:
    """The older months as few rows, out of what the tables show now; those of a customer stand together."""
    lines, orders = (m.stored(*part) for part in _PARTS.values())
    split = m.stored(m.SPLIT, m.SPLIT_COLUMNS)
    few = {
        "lines": o.older_lines(lines.filter(lines.month <= through), through),
        "orders": o.older_orders(orders.filter(orders.month <= through), split, through),
    }
    return {part: partial(engine.stream, rows.order_by("customer_code")) for part, rows in few.items()}


def _show(engine: Engine, shelf: Shelf | None, older: _Older | None = None) -> None:
    """Defines both tables: every month by itself, or the older ones together."""
    for part, (name, columns) in _PARTS.items():
        rows = m.stored(m.all_of(name), columns)
        if shelf is None or older is None:
            engine.define(name, rows)
            continue
        engine.read_files(f"{name}_older", [shelf.file(older.name, part)], columns)
        kept = m.stored(f"{name}_older", columns)
        if part == "orders":
            kept = _apart(engine, kept, rows, older)
        engine.define(name, o.with_recent(kept, rows, older.through))


def _apart(engine: Engine, kept: Table, rows: Table, older: _Older) -> Table:
    """The older orders, but one by one for customers of whose orders a later row speaks."""
    split = m.stored(m.SPLIT, m.SPLIT_COLUMNS)
    joined = o.joined_later(split, older.through, older.built)
    if not one(engine, joined.agg(n=joined.count()))["n"]:
        return kept
    engine.materialize("tw_older_orders", o.taken_apart(kept, rows, older.through, joined))
    return m.stored("tw_older_orders", m.ORDER_COLUMNS)
