"""A record as it stands now, and the form that changes some of its columns: made from the contract alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tierwise import api
from tierwise.book.contract import TABLES, Column
from tierwise.book.rows import rows_of
from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Lang, Text
from tierwise_web.common.batches import batched
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.services import digest
from tierwise_web.editing.values import read, shown, text_of, with_separators

Values = dict[str, str | None]
LONG = (
    "summary",
    "outcome",
    "next_step",
    "expectations",
    "credit_standing_note",
    "promise",
    "comments",
    "text",
)
"""Text columns of more than one line."""
AT_ONCE = 5000
"""So many keys or numbers one question names: a database takes only so many values."""
REQUIRED = Text("please fill this in", "请填写此项")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: what it is called, what stands in it, what is wrong with it, what stands there now."""

    name: str
    label: str
    kind: str
    value: str
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    offered: tuple[str, ...] = ()
    """Usual values that the browser offers; others may be written."""
    wrong: str = ""
    now: str | None = None
    """What somebody else wrote meanwhile; null where it is what this person saw."""


@dataclass(slots=True)
class Read:
    """What a form said: values in their one form, and what is wrong."""

    values: Values = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def standing(book: api.Book, table: str, key: str, on: date) -> Values | None:
    """A record as it stands on a day, with the changes that wait; ``None`` if there is none."""
    return standings(book, table, [key], on).get(key) or None


def standings(book: api.Book, table: str, keys: Sequence[str], on: date) -> dict[str, Values]:
    """Several records of a table with one key as they stand on a day, with the changes that wait; those that there are."""
    return with_waiting(in_book(book, table, keys, on), table, keys, on)


def in_book(book: api.Book, table: str, keys: Sequence[str], on: date) -> dict[str, Values]:
    """The same without the changes that wait."""
    declared = TABLES[table]
    found: dict[str, Values] = {}
    for row in rows_of(book, book.current(), table, declared.key[0], keys):
        if declared.history != "dated" or row["valid_from"] <= on:
            found[row[declared.key[0]]] = {c.name: text_of(row[c.name]) for c in declared.file_columns}
    return found


def with_waiting(
    records: Mapping[str, Values], table: str, keys: Sequence[str], on: date
) -> dict[str, Values]:
    """Records of the book under the changes that wait on a day."""
    found = dict(records)
    waiting = Change.objects.filter(table=table, state=WAITING, effective_on__lte=on)
    for some in batched(dict.fromkeys(keys), AT_ONCE):
        for one in waiting.filter(key__in=some).order_by("id"):
            found[one.key] = found.get(one.key, {}) | one.values
    return found


def seen(values: Mapping[str, str | None], names: Iterable[str]) -> str:
    """Tells whether these columns are still what somebody saw."""
    return digest({name: values.get(name) for name in names})


def read_form(table: str, names: Sequence[str], given: Mapping[str, str]) -> Read:
    """The columns that a form brings; those that it does not bring stay out."""
    found = Read()
    for name in names:
        column = TABLES[table].column(name)
        if name not in given and column.kind != "flag":
            continue
        try:
            value = read(column, str(given.get(name, "")))
        except ValueError as error:
            (problem,) = error.args
            found.problems.append(Problem(problem.code, problem.text, problem.slots, column=name))
            continue
        if value is None and column.required:
            found.problems.append(Problem("edit.required", REQUIRED, column=name))
        found.values[name] = value
    return found


def fields(
    table: str,
    names: Sequence[str],
    values: Mapping[str, str | None],
    lang: Lang,
    *,
    problems: Sequence[Problem] = (),
    now: Mapping[str, str | None] | None = None,
    offered: Mapping[str, Sequence[str]] | None = None,
) -> list[Field]:
    """The fields of a form with ``values`` in them."""
    wrong = {p.column: p.say(lang) for p in reversed(problems) if p.column}
    return [
        _field(table, TABLES[table].column(name), values.get(name), lang, wrong.get(name, ""),
               _other(table, name, values, now, lang), tuple((offered or {}).get(name, ())))
        for name in names
    ]  # fmt: skip


def _other(
    table: str, name: str, values: Mapping[str, str | None], now: Mapping[str, str | None] | None, lang: Lang
) -> str | None:
    if now is None or (now.get(name) or "") == (values.get(name) or ""):
        return None
    return shown(table, name, now.get(name), lang) or "–"


def _field(
    table: str,
    column: Column,
    value: str | None,
    lang: Lang,
    wrong: str,
    now: str | None,
    offered: tuple[str, ...],
) -> Field:
    kind = {"choice": "choice", "flag": "flag", "date": "date"}.get(column.kind, "number")
    if column.kind == "text":
        kind = "long" if column.name in LONG else "text"
    choices = tuple((choice.code, choice.label.in_lang(lang)) for choice in column.choices)
    if kind == "flag":
        choices = tuple((code, shown(table, column.name, code, lang)) for code in ("true", "false"))
    return Field(
        column.name,
        column.label.in_lang(lang),
        kind,
        with_separators(column, value or ""),
        column.required,
        choices,
        offered,
        wrong,
        now,
    )


def of_customers(book: api.Book, table: str, customers: Sequence[str], on: date) -> list[Values]:
    """The records of a table that speak of some customers on a day, with the changes that wait; one for each key."""
    declared = TABLES[table]
    key = declared.key[0]
    found: dict[str, Values] = {}
    for row in rows_of(book, book.current(), table, "customer_code", customers):
        if declared.history != "dated" or row["valid_from"] <= on:
            found[row[key]] = {column.name: text_of(row[column.name]) for column in declared.file_columns}
    waiting = Change.objects.filter(table=table, customer__in=customers, state=WAITING, effective_on__lte=on)
    for one in waiting.order_by("id"):
        found[one.key] = found.get(one.key, {}) | one.values
    # what is left of a record whose first change was taken back or undone is none
    return [one for one in found.values() if one.get(key)]
