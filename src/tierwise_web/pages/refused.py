"""What the importer refused of somebody's changes: told on the own first page, with the form to say it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.book.surviving import MERGES
from tierwise.merging.candidates import DIFFERENT
from tierwise_web.assessments.models import Assessment
from tierwise_web.common.allowing import only_sent, signed_in
from tierwise_web.common.going_on import next_of
from tierwise_web.common.words import language
from tierwise_web.customers import knowing
from tierwise_web.customers.correcting import OF_COST, PEOPLE, TABLE
from tierwise_web.customers.segments import MEMBERS
from tierwise_web.customers.segments import TABLE as SEGMENTS
from tierwise_web.customers.unmet import may_be_seen, names_in_reach, seen_rows, unmet_row
from tierwise_web.editing.models import Change
from tierwise_web.editing.records import standings
from tierwise_web.editing.refused import acknowledge, open_refusals
from tierwise_web.editing.services import DECIDED, NAMING
from tierwise_web.editing.telling import named_in, told
from tierwise_web.people.models import User
from tierwise_web.people.roles import (
    ASSESS,
    EDIT_CUSTOMERS,
    EDIT_SEGMENTS,
    HAND_OVER,
    LOG_WORK,
    MERGE_CUSTOMERS,
    SEE_ASSESSMENTS,
    SEE_CONTACTS,
    SEE_CUSTOMERS,
    SEE_DUPLICATES,
    SEE_SEGMENTS,
    TRANSFER_CUSTOMERS,
)
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading

MOST = 20
"""Rows of the list; the rest follows when these are known."""
NEEDED = {
    TABLE: SEE_CUSTOMERS, "contacts": SEE_CONTACTS, "interactions": SEE_CONTACTS, "signals": SEE_CONTACTS,
    DECIDED: SEE_ASSESSMENTS, MERGES: SEE_DUPLICATES, DIFFERENT: SEE_DUPLICATES, SEGMENTS: SEE_SEGMENTS,
    MEMBERS: SEE_SEGMENTS,
}  # fmt: skip
"""Table -> the right without which nobody reads its records."""
FORMS = {"contacts": "contact", "interactions": "dealing", "signals": "signal"}
OF_ONE_KEY = {TABLE, SEGMENTS, *FORMS}
"""Tables whose records are there or not by one key."""
LOOKED_AFTER = {*PEOPLE, "team"}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused change as its author is told: without reach no more than the code and when."""

    number: int
    table: str
    code: str
    name: str
    seen: bool
    """Whether the author reaches the record still."""
    values: Sequence[tuple[str, str, str]]
    why: str
    at: datetime
    again: str
    """The form that says it again; empty where the author may not."""


def refused_of(user: User, edition: Edition | None) -> dict[str, Any]:
    """How many changes of a person the importer refused, and the newest of them."""
    found = mine(user)
    some = list(found.select_related("handover")[:MOST])
    if not some:
        return {"refused": [], "refused_n": 0}
    return {"refused": _told(user, edition, some), "refused_n": found.count()}


def mine(user: User) -> QuerySet[Change]:
    """What a person wrote and the importer refused; of an assessment its assessor is the author, as who accepted it."""
    found = open_refusals()
    notes = set(found.filter(table=DECIDED).values_list("note", flat=True))
    numbers = [int(note[1:]) for note in notes if note[1:].isascii() and note[1:].isdecimal()]
    judged = Assessment.objects.filter(pk__in=numbers, assessor=user.username).values_list("pk", flat=True)
    return found.filter(Q(actor=user.username) | Q(table=DECIDED, note__in=[f"#{pk}" for pk in judged]))


def _told(user: User, edition: Edition | None, changes: Sequence[Change]) -> list[Refused]:
    book, by_need = api.open_book(settings.BOOK), defaultdict[str, list[Change]](list)
    there = _there(book, changes)
    for change in changes:
        by_need[NEEDED.get(change.table, SEE_CUSTOMERS)].append(change)
    rows: dict[int, tuple[Row | None, dict[str, str]]] = {}
    for need, some in by_need.items():
        rows |= _reached(user, edition, book, there, need, some)
    return [_one(user, change, change.pk in there, *rows[change.pk]) for change in changes]


def _there(book: api.Book, changes: Sequence[Change]) -> set[int]:
    """The numbers of the changes of whose records there is one, each table read once."""
    by_table = defaultdict[str, list[Change]](list)
    for change in changes:
        if change.table in OF_ONE_KEY:
            by_table[change.table].append(change)
    found: set[int] = set()
    for table, some in by_table.items():
        known = standings(book, table, [one.key for one in some], timezone.localdate())
        found |= {one.pk for one in some if one.key in known}
    return found


def _reached(
    user: User, edition: Edition | None, book: api.Book, there: set[int], need: str, changes: Sequence[Change]
) -> dict[int, tuple[Row | None, dict[str, str]]]:
    """Number -> the row of the customer, if the person reaches it, and the names of all customers within reach."""
    if edition is None or not user.may(need):
        return {change.pk: (None, {}) for change in changes}
    reading, today = Reading(edition, user.scope_for(need)), timezone.localdate()
    codes = sorted(named_in(changes))
    rows, names = seen_rows(book, reading, codes, today), names_in_reach(book, reading, codes, today)
    return {change.pk: (_row_of(reading, change, change.pk in there, rows), names) for change in changes}


def _row_of(reading: Reading, change: Change, there: bool, rows: Mapping[str, Row]) -> Row | None:
    """The row of whom a change speaks; a new customer that was refused is in no list, and its own values decide.

    Where somebody else's record has the code since, that one decides.
    """
    if not change.customer:
        return {}
    fresh = change.table == TABLE and change.values.get("code") == change.key
    if fresh and not there:
        return unmet_row(change.values) if may_be_seen(reading, change.values) else None
    return rows.get(change.customer)


def _one(user: User, change: Change, there: bool, row: Row | None, names: Mapping[str, str]) -> Refused:
    lang, seen = language(), row is not None
    shows = _shows(user, change, row, names) if row is not None else lambda _: False
    column = str(change.why.get("column") or "")
    why = change.refusal(lang) if seen and (not column or shows(column)) else ""
    label = next((one.label for one in TABLES[change.table].columns if one.name == column), None)
    if why and label is not None:
        why = f"{label.in_lang(lang)}{'：' if lang == 'zh' else ': '}{why}"
    handed = change.handover.done_at if change.handover else None
    return Refused(
        change.pk, TABLES[change.table].label.in_lang(lang), change.customer or change.key,
        names.get(change.customer, ""), seen, told(change, names, lang, shows=shows) if seen else (), why,
        handed or change.made_at, _again(user, change, there, row) if row is not None else "",
    )  # fmt: skip


def _shows(user: User, change: Change, row: Row, names: Mapping[str, str]) -> Callable[[str], bool]:
    """Whether a value may be seen: no cost, no purchase power, no other customer beyond what the person reads elsewhere."""
    hidden: set[str] = set()
    if change.table == TABLE and not user.scope.profit:
        hidden |= set(OF_COST)
    if change.table == "contacts" and not knowing.reads_insight(user, row):
        hidden |= set(knowing.INSIGHT)
    for name in NAMING:
        others = {one.get(name) for one in (change.values, change.before)} - {None, "", change.customer}
        hidden |= {name} if others - names.keys() else set()
    return lambda name: name not in hidden


def _again(user: User, change: Change, there: bool, row: Row) -> str:
    """The form of the record, where the person may still fill it."""
    if change.table == TABLE:
        return _of_customer(user, change, there, row)
    if change.table in FORMS and user.may_for(LOG_WORK, row):
        view = FORMS[change.table]
        if not there:
            return reverse(f"customers:new-{view}", args=[change.customer])
        return reverse(f"customers:{view}", args=[change.customer, change.key])
    if change.table == DECIDED and user.may_for(ASSESS, row):
        return reverse("assessments:new", args=[change.customer, change.values["template"]])
    if change.table in (MERGES, DIFFERENT) and user.may(MERGE_CUSTOMERS):
        pair = [change.values.get(name) for name in _PAIRS[change.table]]
        asked = urlencode({"a": pair[0] or "", "b": pair[1] or ""})
        return f"{reverse('merging:pair')}?{asked}" if all(pair) else reverse("merging:merged")
    if change.table == SEGMENTS and user.may(EDIT_SEGMENTS):
        return reverse("customers:segment", args=[change.key]) if there else reverse("customers:new-segment")
    return reverse("customer", args=[change.customer]) if change.customer else ""


_PAIRS = {MERGES: ("merged_code", "survivor_code"), DIFFERENT: ("first_code", "second_code")}


def _of_customer(user: User, change: Change, there: bool, row: Row) -> str:
    """A correction, a transfer, or a new customer of which there is no record."""
    if not there:
        return reverse("customers:new") if user.may(EDIT_CUSTOMERS) else ""
    if LOOKED_AFTER & change.values.keys() and user.may_for(TRANSFER_CUSTOMERS, row):
        return reverse("customers:transfer", args=[change.key])
    if user.may_for(EDIT_CUSTOMERS, row):
        return reverse("customers:edit", args=[change.key])
    return reverse("customer", args=[change.key])


@signed_in
@only_sent
def known(request: HttpRequest, number: int) -> HttpResponse:
    """Tells a refusal no more: its author says so, or who hands over."""
    user = cast(User, request.user)
    found = open_refusals() if user.may(HAND_OVER) else mine(user)
    if not found.filter(pk=number).exists():
        raise Http404
    acknowledge(number, actor=user, at=timezone.now())
    return redirect(next_of(request))
