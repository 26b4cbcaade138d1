"""Changes and what the book holds become the rows to import. Pure: rows in, rows out. Decision 0019."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tierwise.book.contract import Table
from tierwise.book.contract.columns import CUSTOMER
from tierwise.book.surviving import MERGES

Row = dict[str, str | None]
OwnDays = Mapping[str, Collection[str]]
"""Day of a row that people alone made -> the columns of which they spoke."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one change says of a dated record, from a day on."""

    number: int
    effective_on: date
    values: Mapping[str, str | None]
    stands: bool = False
    """Whether the book had it before: what its own day says otherwise then came with a later file."""


@dataclass(slots=True)
class Merged:
    """The rows to put, and what files said otherwise: number of the change -> column -> value."""

    rows: list[Row] = field(default_factory=list)
    otherwise: dict[int, Row] = field(default_factory=dict)


def dated_rows(
    table: Table, held: Sequence[Row], steps: Iterable[Step], key: str, own: OwnDays | None = None
) -> Merged:
    """The rows of one dated record that have to be put so that every change holds from its day on.

    ``held``: its rows in the book, oldest first. A later change comes after an earlier one; a row that a file brought
    later gives way to both, and what it said otherwise is told. ``own``: rows of days on which no file ever spoke: of
    these only some columns were said by people, and the others are those of the row before, whatever file changes it.
    """
    life: dict[str, Row] = {str(row["valid_from"]): dict(row) for row in held}
    ours = own or {}
    for day in sorted(ours.keys() & life.keys()):
        _follow(life, day, {*ours[day], table.key[0], "valid_from", "known_on"})
    merged = Merged()
    ordered = sorted(steps, key=lambda step: _turn(table, step))
    for step in ordered:
        day = step.effective_on.isoformat()
        if day not in life:
            life[day] = _before(life, day) | {table.key[0]: key, "valid_from": day, "known_on": None}
        for later in [d for d in life if d >= day]:
            told = {n: v for n, v in step.values.items() if n in ours.get(later, step.values)}
            said = {n: life[later][n] for n, v in told.items() if life[later].get(n) not in (v, None)}
            said = _not_ours(said, ordered) if later > day or step.stands else {}
            if said:
                merged.otherwise.setdefault(step.number, {}).update(said)
            life[later].update(step.values)
    known = {str(row["valid_from"]): row for row in held}
    names = [*(column.name for column in table.file_columns), "known_on"]
    merged.rows = [
        _only(row, names) for day, row in sorted(life.items()) if _differs(row, known.get(day), names)
    ]
    return merged


def _turn(table: Table, step: Step) -> tuple[date, int]:
    """A change speaks after those of earlier days; of merges the last decision does, from its own day on."""
    return (date.min if table.name == MERGES else step.effective_on, step.number)


def _follow(life: dict[str, Row], day: str, ours: Collection[str]) -> None:
    """Gives a row of ours what the row before it says, but for what people said themselves."""
    earlier = _before({d: row for d, row in life.items() if d < day}, day)
    if earlier:
        life[day].update({n: earlier.get(n) for n in life[day] if n not in ours})


def _before(life: Mapping[str, Row], day: str) -> Row:
    """The row in force on a day; empty before the first."""
    earlier = [d for d in life if d <= day]
    return dict(life[max(earlier)]) if earlier else {}


def _not_ours(said: Row, steps: Sequence[Step]) -> Row:
    """What a file said, without what a change of our own said."""
    return {n: v for n, v in said.items() if all(step.values.get(n) != v for step in steps)}


def _only(row: Row, names: Sequence[str]) -> Row:
    return {name: row.get(name) for name in names}


def _differs(row: Row, held: Row | None, names: Sequence[str]) -> bool:
    return held is None or any(row.get(name) != held.get(name) for name in names)


def customer_column(table: Table) -> str:
    """The column that names the customer of a row."""
    return "code" if table.name == "customers" else CUSTOMER.name
