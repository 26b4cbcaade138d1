"""A transfer shows at once: who looks after a customer today is noted beside the edition that pages read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tierwise import api
from tierwise_web.editing.records import standings
from tierwise_web.published.editions import current_edition, leading
from tierwise_web.published.models import Moved
from tierwise_web.published.moving import LEADING, settle


def settle_customers(book: api.Book, codes: Sequence[str], *, today: date) -> None:
    """Notes who looks after some customers today, as the book and the changes that wait say."""
    edition = current_edition()
    if edition is None or not codes:
        return
    was = leading(edition, codes)
    now = standings(book, "customers", list(was), today)
    settle(was, {code: {name: now[code].get(name) for name in LEADING} for code in was if code in now})


def settle_moved(book: api.Book, *, today: date) -> None:
    """The same for all that is laid over the edition: what was noted at a transfer, a file may say otherwise since."""
    settle_customers(book, list(Moved.objects.values_list("code", flat=True)), today=today)


def settle_change(book: api.Book, table: str, key: str, *, today: date) -> None:
    """The same for the customer of one change, where it is one of a customer's record."""
    if table == "customers":
        settle_customers(book, [key], today=today)
