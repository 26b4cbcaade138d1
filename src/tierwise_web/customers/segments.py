"""Segments by hand: which there are on a day, who is in them, putting in and taking out. Source: spec 4.2."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.book.rows import rows_of, values_of
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Lang, Text
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.records import Values, read_form, seen, standing, standings
from tierwise_web.editing.services import change, lock
from tierwise_web.editing.values import text_of
from tierwise_web.people.models import User

TABLE, MEMBERS = "segments", "segment_memberships"
BY_HAND = "manual"


def segments(book: api.Book, on: date, *, by_hand: bool = False) -> dict[str, Values]:
    """The segments that there are on a day by code, those that wait among them; or only those that are kept by hand."""
    found = standings(book, TABLE, _codes(book), on)
    return {
        code: one
        for code, one in sorted(found.items())
        if (one.get("valid_to") or "9999") >= on.isoformat() and not (by_hand and one.get("basis") == "rule")
    }


def _codes(book: api.Book) -> list[str]:
    waiting = Change.objects.filter(table=TABLE, state=WAITING).values_list("key", flat=True)
    return sorted({*values_of(book, book.current(), TABLE, "code"), *waiting})


def memberships(book: api.Book, customers: Sequence[str]) -> dict[str, list[Values]]:
    """Customer -> all its memberships in segments, oldest first, with the changes that wait."""
    kept: dict[str, Values] = {}
    names = [column.name for column in TABLES[MEMBERS].file_columns]
    for row in rows_of(book, book.current(), MEMBERS, "customer_code", list(customers)):
        one = {name: text_of(row[name]) for name in names}
        kept[key_of(one)] = one
    waiting = Change.objects.filter(table=MEMBERS, customer__in=customers, state=WAITING)
    for waits in waiting.order_by("id"):
        kept[waits.key] = dict(waits.values)
    found: dict[str, list[Values]] = defaultdict(list)
    for one in sorted(kept.values(), key=lambda one: str(one["valid_from"])):
        found[str(one["customer_code"])].append(one)
    return found


def key_of(one: Mapping[str, str | None]) -> str:
    """What tells a membership from every other."""
    return f"{one['customer_code']}/{one['segment_code']}/{one['source']}/{one['valid_from']}"


def holds(one: Mapping[str, str | None], on: date) -> bool:
    """Whether a membership holds on a day; both its days belong to it."""
    day = on.isoformat()
    return str(one["valid_from"]) <= day <= (one["valid_to"] or "9999-12-31")


def put_in(known: Sequence[Values], customer: str, segment: str, on: date) -> Values | str:
    """The membership that begins on a day, or why there is none to begin."""
    if any(one["segment_code"] == segment and holds(one, on) for one in known):
        return "in-already"
    later = [str(o["valid_from"]) for o in known if o["segment_code"] == segment and is_real(o)]
    after = min((day for day in later if day > on.isoformat()), default=None)
    until = (date.fromisoformat(after) - timedelta(days=1)).isoformat() if after else None
    return {"customer_code": customer, "segment_code": segment, "valid_from": on.isoformat(), "valid_to": until,
            "source": BY_HAND}  # fmt: skip


def is_real(one: Mapping[str, str | None]) -> bool:
    """Whether it was not taken back: a last day before the first does that."""
    return (one["valid_to"] or "9999") >= str(one["valid_from"])


def take_out(known: Sequence[Values], segment: str, on: date) -> Values | str:
    """The membership that ends with the day before, or why there is none to end."""
    holding = [one for one in known if one["segment_code"] == segment and holds(one, on)]
    by_hand = next((one for one in holding if one["source"] == BY_HAND), None)
    if by_hand is None:
        return "by-rule" if holding else "not-in"
    return by_hand | {"valid_to": (on - timedelta(days=1)).isoformat()}


def taken_back(made: Change) -> Values:
    """What undoes a change of a membership that is in the book: what stood before, or a membership that never was."""
    if made.before:
        return dict(made.before)
    first = date.fromisoformat(str(made.values["valid_from"]))
    return dict(made.values) | {"valid_to": (first - timedelta(days=1)).isoformat()}


def segment_name(code: str, known: Mapping[str, Values], lang: Lang) -> str:
    """What a segment is called in a language; its code where there is no name."""
    one = known.get(code, {})
    return (one.get("name_en") if lang == "en" else None) or one.get("name") or code


@dataclass(frozen=True, slots=True)
class Members:
    """One customer's time in a segment."""

    customer: str
    first: str
    last: str | None
    source: str
    waits: bool
    """Whether no run has read it yet."""

    def holds(self, on: date) -> bool:
        """Whether it is in the segment on a day."""
        return self.first <= on.isoformat() <= (self.last or "9999-12-31")


def of_segments(book: api.Book, some: Sequence[str]) -> dict[str, list[Members]]:
    """Segment -> all times of customers in it that were not taken back, the newest first, those that wait among them."""
    kept = {key_of(one): (one, False) for one in _held(book, some)}
    waiting = Change.objects.filter(table=MEMBERS, state=WAITING, values__segment_code__in=list(some))
    for pending in waiting.order_by("id"):
        kept[pending.key] = (dict(pending.values), True)
    found: dict[str, list[Members]] = {code: [] for code in some}
    for one, waits in kept.values():
        if is_real(one):
            found[str(one["segment_code"])].append(
                Members(str(one["customer_code"]), str(one["valid_from"]), one["valid_to"], str(one["source"]), waits)
            )  # fmt: skip
    for times in found.values():
        times.sort(key=lambda one: (one.first, one.customer), reverse=True)
    return found


def _held(book: api.Book, some: Sequence[str]) -> list[Values]:
    names = [column.name for column in TABLES[MEMBERS].file_columns]
    rows = rows_of(book, book.current(), MEMBERS, "segment_code", some)
    return [{name: text_of(row[name]) for name in names} for row in rows]


def members_of(book: api.Book, some: Sequence[str], on: date) -> dict[str, list[str]]:
    """Segment -> the customers that are in it on a day."""
    return {
        code: list(dict.fromkeys(one.customer for one in times if one.holds(on)))
        for code, times in of_segments(book, some).items()
    }


def _plain(code: str) -> str:
    """A code without case and width: people take two that differ only in these for one."""
    return unicodedata.normalize("NFKC", code).casefold()


NAMES = ("name", "name_en", "dimension", "valid_to")
"""What is written of a segment that is kept by hand."""


@transaction.atomic
def changed(
    book: api.Book, code: str, given: Mapping[str, str], *, new: bool, seen_before: str, today: date, actor: User,
    at: datetime,
) -> Change | None:  # fmt: skip
    """Keeps a new or changed segment from today on; ``None`` where nothing differs.

    **Raises** with every mistake at its field; ``web.changed-meanwhile``; ``segment.there`` for a code that is taken.
    """
    lock(TABLE, _plain(code) if new else code)
    now = standing(book, TABLE, code, date.max)
    if new and _plain(code) in {_plain(other) for other in _codes(book)}:
        words = Text("there is a segment of this code already", "该编码的细分已存在")
        raise TierwiseError([Problem("segment.there", words, column="code")])
    if not new and (now is None or seen(now, ("code", *NAMES)) != seen_before):
        raise fail("web.changed-meanwhile", "this was changed meanwhile; what stands there now is shown beside yours",
                   "该记录已被更改；旁边显示现有内容")  # fmt: skip
    said = read_form(TABLE, NAMES, given)
    problems = list(said.problems)
    if (said.values.get("valid_to") or "9999") < today.isoformat():
        words = Text("its last day cannot lie before today", "有效期不得早于今天")
        problems.append(Problem("segment.ends-before", words, column="valid_to"))
    if problems:
        raise TierwiseError(problems)
    fresh: Values = {"code": code, "basis": BY_HAND}
    known = now or fresh
    values = {name: value for name, value in said.values.items() if value != known.get(name)}
    if not values:
        return None
    whole = fresh | values if new else values
    return change(
        TABLE, code, customer="", values=whole, before={name: (now or {}).get(name) for name in whole},
        effective_on=today, actor=actor, at=at,
    )  # fmt: skip
