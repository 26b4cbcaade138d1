"""What people know and do about a customer: a part of its page that comes after the page stands."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise_web.assessments.asking import forms
from tierwise_web.assessments.models import DRAFT
from tierwise_web.assessments.queries import of_customer
from tierwise_web.common.allowing import needs
from tierwise_web.common.words import language
from tierwise_web.customers.correcting import OF_COST
from tierwise_web.customers.dealing_views import dealings, signals
from tierwise_web.customers.segments import TABLE as SEGMENTS
from tierwise_web.customers.segments import holds, is_real, memberships, segment_name
from tierwise_web.customers.speaking import codes_of
from tierwise_web.customers.unmet import any_customer, names_in_reach
from tierwise_web.editing.models import Change
from tierwise_web.editing.reasons import reason_words
from tierwise_web.editing.records import of_customers, standing, standings
from tierwise_web.editing.values import shown
from tierwise_web.merging.queries import standing_merges
from tierwise_web.people.models import User
from tierwise_web.people.roles import (
    ASSESS,
    EDIT_CUSTOMERS,
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
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

FEW = 5
Row = dict[str, Any]


@needs(SEE_CUSTOMERS)
@require_safe
def customer_work(request: HttpRequest, code: str) -> HttpResponse:
    """The part alone for a page that is open, else a page of its own: it needs no script."""
    user, edition = cast(User, request.user), current_edition()
    row = any_customer(Reading(edition, user.scope), code) if edition else None
    if row is None:
        raise Http404
    book = api.open_book(settings.BOOK)
    part = request.headers.get("HX-Request") == "true"
    words = (
        {"row": row, "part": part}
        | _assessments(user, book, row)
        | _changes(user, row)
        | _belonging(user, book, row)
        | _merges(user, book, row)
        | _dealings(user, book, row)
    )
    return render(request, "pages/work_part.html" if part else "pages/work.html", words)


def _assessments(user: User, book: api.Book, row: Row) -> dict[str, Any]:
    """The last assessments, and the forms that this person may fill and that ask about such a customer."""
    if not user.may_for(SEE_ASSESSMENTS, row):
        return {"assessments": None, "forms": [], "titles": {}}
    asked = forms(book)
    found = [
        one
        for one in of_customer(row["code"])[: 3 * FEW]
        if one.state != DRAFT or one.assessor == user.username
    ]
    return {
        "assessments": found[:FEW],
        "forms": [form for form in asked if not form.kinds or row["kind"] in form.kinds]
        if user.may_for(ASSESS, row)
        else [],
        "titles": {form.template: form.title for form in asked},
    }


def _changes(user: User, row: Row) -> dict[str, Any]:
    """The last corrections of the record, as far as this person may read them."""
    found = Change.objects.filter(customer=row["code"], table="customers")[:FEW]
    rows = [
        (one, _told(one, user), _otherwise(one, user), one.actor == user.username or user.may(HAND_OVER))
        for one in found
    ]
    may_edit = user.may_for(EDIT_CUSTOMERS, row)
    return {
        "changes": [told for told in rows if told[1]]
        if may_edit or user.may_for(SEE_ASSESSMENTS, row)
        else [],
        "may_edit": may_edit,
        "may_transfer": user.may_for(TRANSFER_CUSTOMERS, row),
        "reason_words": lambda reason: reason_words(reason, language()),
    }


def _belonging(user: User, book: api.Book, row: Row) -> dict[str, Any]:
    """The segments in which the customer is or was, with their days; and above whom it stands, as the book says today."""
    if not user.may_for(SEE_SEGMENTS, row):
        return {"times": None, "node": "", "parent": ""}
    code, today, lang = row["code"], timezone.localdate(), language()
    mine = [one for one in reversed(memberships(book, [code]).get(code, [])) if is_real(one)]
    known = standings(book, SEGMENTS, sorted({str(one["segment_code"]) for one in mine}), date.max)
    record = standing(book, "customers", code, today) or {}
    parent = record.get("parent_code") or ""
    names = (
        Reading(edition, user.scope).names_of([parent]) if (edition := current_edition()) and parent else {}
    )
    times = [(one, segment_name(str(one["segment_code"]), known, lang), holds(one, today)) for one in mine]
    return {
        "times": times,
        "node": shown("customers", "hierarchy_node", record.get("hierarchy_node"), lang),
        "parent": parent if parent in names else "",
        "parent_name": names.get(parent, ""),
    }


def _merges(user: User, book: api.Book, row: Row) -> dict[str, Any]:
    """In which customer it goes on and which go on in it, as far as this person sees the other; and the way to merge."""
    edition, found = current_edition(), standing_merges(book)
    mine = [one for one in found.values() if row["code"] in (one.merged, one.survivor)]
    others = [code for one in mine for code in (one.merged, one.survivor)]
    reading, today = Reading(edition, user.scope) if edition and mine else None, timezone.localdate()
    names = names_in_reach(book, reading, others, today) if reading else {}
    return {
        "merges": [one for one in mine if one.merged in names and one.survivor in names],
        "merge_names": names,
        "may_merge": user.may_for(MERGE_CUSTOMERS, row),
        "sees_merges": user.may(SEE_DUPLICATES),
    }


def _told(one: Change, user: User) -> list[tuple[str, str, str]]:
    """Column, before, now: in words."""
    lang, table = language(), TABLES[one.table]
    return [
        (
            table.column(name).label.in_lang(lang),
            shown(table.name, name, one.before.get(name), lang),
            shown(table.name, name, value, lang),
        )
        for name, value in one.values.items()
        if _may_read(user, name)
    ]


def _otherwise(one: Change, user: User) -> list[str]:
    """What a later file said."""
    return [str(value) for name, value in one.file_says.items() if _may_read(user, name)]


def _may_read(user: User, column: str) -> bool:
    return user.scope.profit or column not in OF_COST


def _dealings(user: User, book: api.Book, row: Row) -> dict[str, Any]:
    """Who is known at the customer, and the last that happened and was noticed."""
    if not user.may_for(SEE_CONTACTS, row):
        return {"people": None, "dealings": [], "signals": [], "may_write": False, "today": ""}
    today = timezone.localdate()
    codes = codes_of(book, row["code"], today)
    return {
        "people": of_customers(book, "contacts", codes, today)[:FEW],
        "dealings": dealings(book, codes, today)[:FEW],
        "signals": signals(book, codes, today)[:FEW],
        "may_write": user.may_for(LOG_WORK, row),
        "today": today.isoformat(),
    }
