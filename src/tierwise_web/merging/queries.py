"""What is decided about duplicates: in the book, and on its way to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from tierwise import api
from tierwise.book.surviving import MERGES
from tierwise.merging.candidates import DIFFERENT, pair_of
from tierwise.merging.deciding import merges
from tierwise_web.editing.models import IN_BOOK, WAITING, Change


@dataclass(frozen=True, slots=True)
class Standing:
    """A merge that holds, or will with the next run."""

    merged: str
    survivor: str
    reason: str
    since: date
    waits: bool
    """Whether no run has read it yet."""
    change: Change | None
    """What was done here; null for a merge that came otherwise."""


def standing_merges(book: api.Book) -> dict[str, Standing]:
    """Merged code -> the merge that holds, those that wait among them and those without that are taken back."""
    found = {
        one.merged: Standing(one.merged, one.survivor, one.reason, one.since, False, None)
        for one in merges(book)
    }
    for change in Change.objects.filter(table=MERGES, state__in=(WAITING, IN_BOOK)).order_by("id"):
        _lay(found, change)
    return found


def _lay(found: dict[str, Standing], change: Change) -> None:
    """What a change says over what is known: that one waits, or who did what stands in the book."""
    said: dict[str, Any] = change.values
    code, survivor, waits = change.key, said.get("survivor_code"), change.state == WAITING
    held = found.get(code)
    if waits and survivor is None:
        found.pop(code, None)
    elif waits and survivor is not None:
        found[code] = Standing(code, survivor, said.get("reason") or "", change.effective_on, True, change)
    elif held is not None and held.survivor == survivor:
        found[code] = Standing(code, held.survivor, held.reason, held.since, False, change)


def merged_into(book: api.Book, survivor: str) -> list[Standing]:
    """The merges into a customer itself, chains not followed, by code."""
    return [one for one in standing_merges(book).values() if one.survivor == survivor]


def apart_waiting() -> set[tuple[str, str]]:
    """The pairs found different whose decision has not reached the book."""
    waiting = Change.objects.filter(table=DIFFERENT, state=WAITING)
    return {pair_of(one.values["first_code"], one.values["second_code"]) for one in waiting}
