"""The customers of a book that may be one: read as of a day, without what was merged or found different before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.merging.likeness import alike
from tierwise.merging.model import Known, Pair
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion

DIFFERENT = "different_customers"
_RECORD = ("code", "name", "unified_credit_code", "parent_code", "status")


def candidates(book: Book, as_of: date) -> list[Pair]:
    """Pairs of customers in use that may be one, the likeliest first."""
    version = book.upcoming()
    people = visible(book_table("customers", *_RECORD, "valid_from"), as_of, "valid_from")
    people = people.filter(people.status == "active")
    told = visible(book_table("contacts"), as_of, "valid_from")
    told = told.filter(told.active.coalesce(True))
    with DuckDBEngine() as engine:
        book.open_in(engine, version, ("customers", "contacts"), as_of=as_of)
        records = [_known(row) for row in _rows(engine, people.select(*_RECORD).order_by("code"))]
        ways = list(_rows(engine, told.select("customer_code", "phone", "email")))
    phones = [(code, phone) for code, phone, _ in ways if phone]
    emails = [(code, email) for code, _, email in ways if email]
    apart = different(book, version)
    return alike(records, phones, emails, apart=lambda a, b: (a, b) in apart)


def _rows(engine: DuckDBEngine, table: Table) -> Iterator[tuple[str, ...]]:
    for batch in engine.stream(table):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _known(row: tuple[str, ...]) -> Known:
    code, name, credit_code, parent, _ = row
    return Known(code, name or "", credit_code or "", parent or "")


def different(book: Book, version: BookVersion) -> set[tuple[str, str]]:
    """The pairs that somebody found to be two customers, the smaller code first."""
    if DIFFERENT not in version.state:
        return set()
    rows = book.read(DIFFERENT, version).to_pylist()
    now = [row for row in rows if row["superseded_on"] is None and row["different"]]
    return {pair_of(row["first_code"], row["second_code"]) for row in now}


def pair_of(one: str, other: str) -> tuple[str, str]:
    """Two codes in the order in which a decision about them is kept."""
    return (one, other) if one < other else (other, one)
