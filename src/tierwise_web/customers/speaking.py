"""Of whom a customer's pages speak: of itself, and of those that go on in it. Decision 0022."""

from __future__ import annotations

from datetime import date

from tierwise import api
from tierwise.book.surviving import survivors


def ends_on(book: api.Book, day: date) -> dict[str, str]:
    """Merged code -> the customer in which it goes on, as the book says of a day."""
    return survivors(book, book.current(), day)


def codes_of(book: api.Book, code: str, day: date) -> list[str]:
    """The codes under which a customer was written of: its own, then those of customers that go on in it."""
    return [code, *(merged for merged, end in ends_on(book, day).items() if end == code)]
