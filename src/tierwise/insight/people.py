"""Who the customers are, for lists that people read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    from tierwise.book.store import Book


def short_names(book: Book, as_of: date) -> dict[str, str]:
    """Customer -> short name, else name, as it was on a day."""
    seen = visible(book_table("customers", "code", "name", "short_name", "valid_from"), as_of, "valid_from")
    with DuckDBEngine() as engine:
        book.open_in(engine, book.upcoming(), ("customers",), as_of=as_of)
        rows = engine.fetch(seen.select("code", name=seen.short_name.coalesce(seen.name))).to_pylist()
    return {row["code"]: row["name"] for row in rows}
