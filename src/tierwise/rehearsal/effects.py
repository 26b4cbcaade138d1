"""What a change of policy costs and brings: a registry of effects that every part of the house can join. Decision 0018.

An effect is a name, columns, and a function from the rehearsed customers to rows. To join, a part adds its effect to
``EFFECTS``; the rehearsal stores what it says, and every face shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.text import Text
from tierwise.movement.between import MONEY
from tierwise.movement.migration import INACTIVE, OUTSIDE, UNGRADED, movement_of
from tierwise.rehearsal.model import Column

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion
    from tierwise.engine.base import Engine

SUMS = ("net_sales", "gross_profit", "receivable", "overdue")
_CUSTOMERS = Column("customers", Text("customers", "客户数"), "count")
_MONEY = {
    "net_sales": Column("net_sales", Text("net sales", "净销售额"), "money"),
    "gross_profit": Column("gross_profit", Text("gross profit", "毛利"), "money"),
    "receivable": Column("receivable", Text("receivable", "应收账款"), "money"),
    "overdue": Column("overdue", Text("overdue", "逾期"), "money"),
}
_MOVES = ("upgrade", "downgrade", "reactivated", "rated", "lost", "unrated", "other_scale")


@dataclass(frozen=True, slots=True)
class Sum:
    """The customers of one group that go from one state to another, and what they bring and owe."""

    group: str | None
    previous: str
    current: str
    customers: int
    net_sales: Decimal
    gross_profit: Decimal | None
    receivable: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What effects are measured on: everybody with both states, in an engine, and the facts that both policies read."""

    engine: Engine
    table: Table
    """Columns ``customer_id``, ``previous``, ``current``, ``owner``, ``region``, ``segment`` and those of ``SUMS``."""
    scale: Sequence[str]
    book: Book
    version: BookVersion
    as_of: date

    @property
    def states(self) -> list[str]:
        """The grades, best first, then being without one."""
        return [*self.scale, UNGRADED, INACTIVE]

    def sums(self, by: str | None = None) -> list[Sum]:
        """How many go from where to where, group by group."""
        t = self.table.mutate(group=ibis.null("string") if by is None else self.table[by])
        found = t.group_by("group", "previous", "current").agg(
            customers=t.count(), **{name: t[name].sum().cast(MONEY) for name in SUMS}
        )
        return [Sum(**row) for row in self.engine.fetch(found).to_pylist()]


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a change of policy does: what it is called, its columns, and how its rows are measured."""

    code: str
    title: Text
    columns: tuple[Column, ...]
    measure: Callable[[Rehearsed], list[Row]]


def _added(sums: Iterable[Sum]) -> Row:
    """What some customers are together; a profit that nobody knows stays unknown."""
    found = list(sums)
    row: Row = {"customers": sum(one.customers for one in found)}
    for name in SUMS:
        known = [value for one in found if (value := getattr(one, name)) is not None]
        row[name] = sum(known, Decimal(0)) if known else None
    return row


def _by_grade(seen: Rehearsed) -> list[Row]:
    """Every state now and then: how many, what they bring, what they owe."""
    sums = seen.sums()
    rows = []
    others = sorted({s for one in sums for s in (one.previous, one.current)}.difference(seen.states))
    for state in [*seen.states, *others]:
        before, after = (
            _added(s for s in sums if s.previous == state),
            _added(s for s in sums if s.current == state),
        )
        if before["customers"] or after["customers"]:
            ends = (("before", before), ("after", after))
            rows.append({"state": state, **{f"{n}_{end}": v for end, row in ends for n, v in row.items()}})
    return rows


def _by_move(seen: Rehearsed) -> list[Row]:
    """Every kind of move: how many, what they bring, what they owe; who stays is left out."""
    sums = seen.sums()
    rows = []
    for kind in _MOVES:
        mine = [s for s in sums if movement_of(s.previous, s.current, seen.scale) == kind]
        if mine:
            rows.append({"move": kind, **_added(mine)})
    return rows


def _by_owner(seen: Rehearsed) -> list[Row]:
    """Every owner: how many of the customers go up, down, in and out, and what those who move bring and owe."""
    sums = seen.sums("owner")
    owners = sorted({s.group for s in sums}, key=lambda owner: (owner is None, owner or ""))
    rows = []
    for owner in owners:
        mine = [(s, movement_of(s.previous, s.current, seen.scale)) for s in sums if s.group == owner]
        moved = [s for s, kind in mine if kind in _MOVES]
        if moved:
            counts = {
                name: sum(s.customers for s, kind in mine if kind in kinds) for name, kinds in _WAYS.items()
            }
            whole = sum(s.customers for s, _ in mine if not (s.previous in OUTSIDE and s.current in OUTSIDE))
            rows.append({"owner": owner, "graded": whole, **counts, **_added(moved)})
    return rows


_WAYS = {
    "up": ("upgrade",),
    "down": ("downgrade",),
    "into": ("reactivated", "rated"),
    "out": ("lost", "unrated"),
}


def _twice(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Every column for now and for then."""
    return tuple(
        Column(f"{c.code}_{end}", Text(f"{c.title.en} {en}", f"{zh}{c.title.zh}"), c.kind)
        for c in columns
        for end, en, zh in (("before", "now", "现"), ("after", "then", "新"))
    )


EFFECTS: tuple[Effect, ...] = (
    Effect(
        "by_grade",
        Text("Every grade now and then", "各等级的现状与变化"),
        (Column("state", Text("grade", "等级"), "state"), *_twice((_CUSTOMERS, *_MONEY.values()))),
        _by_grade,
    ),
    Effect(
        "by_move",
        Text("What would move", "变动涉及的金额"),
        (Column("move", Text("move", "变动"), "text"), _CUSTOMERS, *_MONEY.values()),
        _by_move,
    ),
    Effect(
        "by_owner",
        Text("Whose customers would move", "各负责人的客户变动"),
        (
            Column("owner", Text("owner", "负责人"), "text"),
            Column("graded", Text("graded now or then", "现或新参评"), "count"),
            Column("up", Text("up", "升级"), "count"),
            Column("down", Text("down", "降级"), "count"),
            Column("into", Text("in", "进入"), "count"),
            Column("out", Text("out", "退出"), "count"),
            *_MONEY.values(),
        ),
        _by_owner,
    ),
)
"""All effects in the order in which they are shown; service hours, visits and key accounts join with their parts."""
