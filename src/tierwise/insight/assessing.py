"""Which assessments are due: those that end soon or have ended, and customers that nobody has assessed. Source: spec 4.4."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.criteria import VALID_MONTHS
from tierwise.kernel.periods import add_months, window
from tierwise.metrics.scene import book_table, day, visible

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book

MOST = 20_000
"""Rows that are looked at; whoever has more works on the first ones first."""
_AMONG = "tw_asked"


@dataclass(frozen=True, slots=True)
class Due:
    """A customer whose assessment ends. ``until``: its last day; null where there is none at all."""

    customer: str
    template: str
    until: date | None
    criteria: tuple[str, ...]
    """The lines that end; empty where nobody has assessed."""


def ending(
    book: Book,
    template: str,
    criteria: Sequence[str],
    *,
    on: date,
    until: date,
    among: Sequence[str] | None = None,
) -> list[Due]:
    """Customers of whom the latest answer to some criterion ends on ``until`` or before, the earliest first.

    ``among``: the codes of which alone it is asked; all without it.
    """
    rows = visible(book_table("assessments"), on, "as_of")
    mine = rows.filter(rows.template == template, rows.criterion.isin(list(criteria)))
    newest = ibis.window(group_by=[mine.customer_code, mine.criterion], order_by=[mine.as_of.desc()])
    last = mine.mutate(back=ibis.row_number().over(newest)).filter(lambda t: t.back == 0)
    ends = ibis.ifelse(
        last.valid_until.notnull(),
        last.valid_until <= day(until),
        last.as_of <= day(window(until, VALID_MONTHS).start),
    )
    ended = _only(last.filter(ends), "customer_code", among)
    found = ended.order_by(["as_of", "customer_code", "criterion"]).limit(MOST)
    with _opened(book, among, on, "assessments") as engine:
        told = engine.fetch(found.select("customer_code", "criterion", "as_of", "valid_until")).to_pylist()
    lines: dict[str, list[tuple[date, str]]] = {}
    for row in told:
        last_day = row["valid_until"] or add_months(row["as_of"], VALID_MONTHS) - timedelta(days=1)
        lines.setdefault(row["customer_code"], []).append((last_day, row["criterion"]))
    dues = [
        Due(customer, template, min(some)[0], tuple(criterion for _, criterion in sorted(some)))
        for customer, some in lines.items()
    ]
    return sorted(dues, key=lambda due: (due.until or date.min, due.customer))


def unassessed(
    book: Book, template: str, kinds: Sequence[str], *, on: date, among: Sequence[str] | None = None
) -> list[Due]:
    """Active customers of some kinds that nobody has ever assessed by a template, by code; ``among`` as above."""
    rows = visible(book_table("assessments"), on, "as_of")
    known = rows.filter(rows.template == template)
    people = visible(book_table("customers"), on, "valid_from")
    asked = people.filter(people.kind.isin(list(kinds)), people.status == "active")
    never = asked.anti_join(known, asked.code == known.customer_code)
    found = _only(never, "code", among).order_by("code").limit(MOST)
    with _opened(book, among, on, "assessments", "customers") as engine:
        told = engine.fetch(found.select("code")).to_pylist()
    return [Due(row["code"], template, None, ()) for row in told]


def _only(t: Table, column: str, among: Sequence[str] | None) -> Table:
    """The rows of the codes that ``_opened`` registered."""
    if among is None:
        return t
    asked = ibis.table({"asked": "string"}, name=_AMONG)
    return t.semi_join(asked, t[column] == asked.asked)


@contextmanager
def _opened(book: Book, among: Sequence[str] | None, on: date, *tables: str) -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as engine:
        book.open_in(engine, book.current(), tables, as_of=on)
        if among is not None:
            engine.register(_AMONG, pa.table({"asked": pa.array(list(among), pa.string())}))
        yield engine
