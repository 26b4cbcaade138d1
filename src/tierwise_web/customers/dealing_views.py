"""Contacts of a customer, dealings with it and signals from it: the forms, the timeline, private notes."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, cast
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract.choices import BUYING_ROLES
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language
from tierwise_web.customers import knowing
from tierwise_web.customers.models import PrivateNote
from tierwise_web.customers.record_views import seen_customer, staff_of
from tierwise_web.customers.speaking import codes_of
from tierwise_web.editing.keeping import Draft, keep
from tierwise_web.editing.records import Field, Values, fields, of_customers, seen, standing
from tierwise_web.editing.values import shown
from tierwise_web.people.models import User
from tierwise_web.people.roles import LOG_WORK, SEE_CONTACTS
from tierwise_web.published.reading import Reading

CONTACT = tuple("name title department level phone email location language active successor_code".split())
DEALING = tuple(
    "date kind contact_code channel direction by visitor_level minutes summary outcome next_step promise promise_due_on "
    "promise_state".split()
)
SIGNAL = tuple("seen_on kind severity text source owner state action".split())
NOTED = ("contacts", "interactions")
"""Tables beside whose records the account team keeps private notes."""
Row = dict[str, Any]
NEW_KEY = re.compile(r"W-[0-9a-f]{16}")


def contact_columns(user: User, row: Row) -> list[str]:
    """The columns of a contact that a person may read and write."""
    return [*CONTACT, *(knowing.INSIGHT if knowing.reads_insight(user, row) else ())]


@needs(LOG_WORK)
def contact(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """A person at the customer: new, or to be changed from today on."""
    _, row = seen_customer(request, code, LOG_WORK)
    user = cast(User, request.user)
    names = contact_columns(user, row)
    if key and len(names) > len(CONTACT) and request.method != "POST":
        record("contacts.insight-read", user=user, at=timezone.now(), customer=code, contact=key)
    return _write(request, row, "contacts", key or _new_key(request), names, new=not key)


@needs(LOG_WORK)
def dealing(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """A visit, a call, a meeting: what was said, what was promised, what comes next."""
    _, row = seen_customer(request, code, LOG_WORK)
    return _write(request, row, "interactions", key or _new_key(request), list(DEALING), new=not key)


@needs(LOG_WORK)
def signal(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """What was noticed at a customer, how grave it is, who sees to it. Source: spec 4.3, 9.2."""
    reading, row = seen_customer(request, code, LOG_WORK)
    people = _people(reading) if request.method == "POST" else None
    return _write(request, row, "signals", key or _new_key(request), list(SIGNAL), new=not key, people=people)


def _people(reading: Reading) -> Collection[str]:
    """Who may see to something: who may look after a customer, and whoever else comes in here, as their form proposes."""
    names = User.objects.filter(is_active=True).values_list("name", flat=True)
    return {*staff_of(reading).people, *names}


def _new_key(request: HttpRequest) -> str:
    """The key of a new record: that of its form, so that what is sent twice is one record."""
    said = request.POST.get("key", "")
    return said if NEW_KEY.fullmatch(said) else f"W-{uuid4().hex[:16]}"


def _write(
    request: HttpRequest,
    row: Row,
    table: str,
    key: str,
    names: list[str],
    *,
    new: bool,
    people: Collection[str] | None = None,
) -> HttpResponse:
    user, book, today = cast(User, request.user), api.open_book(settings.BOOK), timezone.localdate()
    now = standing(book, table, key, today)
    if now.get("customer_code") != row["code"] if now else not new:
        raise Http404
    if request.method != "POST":
        return _form(request, book, row, table, key, names, now or _fresh(user, today), now)
    given = {name: str(request.POST[name]) for name in names if name in request.POST}
    if "roles" in names:
        given["roles"] = ";".join(r.code for r in BUYING_ROLES if r.code in request.POST.getlist("roles"))
    draft = Draft(table, key, row["code"], names, given, request.POST.get("seen", ""), people)
    try:
        with transaction.atomic():  # the record and its note, or neither
            keep(book, draft, on=today, today=today, actor=user, at=timezone.now())
            if table in NOTED:
                _note(request, row, key, today)
    except TierwiseError as error:
        return _form(request, book, row, table, key, names, dict(given), now, error.problems)
    return redirect("customers:timeline", row["code"])


def _note(request: HttpRequest, row: Row, key: str, today: date) -> None:
    text, basis = request.POST.get("note-text", ""), request.POST.get("note-basis", "")
    if text.strip() or basis.strip():
        knowing.note(row, key, text, basis, today=today, actor=cast(User, request.user), at=timezone.now())


def _fresh(user: User, today: date) -> Values:
    """What a new form begins with."""
    return {
        "date": today.isoformat(),
        "seen_on": today.isoformat(),
        "by": user.staff_name or user.name,
        "owner": user.staff_name or user.name,
        "state": "new",
        "active": "true",
        "direction": "out",
    }


def _form(
    request: HttpRequest,
    book: api.Book,
    row: Row,
    table: str,
    key: str,
    names: list[str],
    values: Values,
    now: Values | None,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    lang, user, today = language(), cast(User, request.user), timezone.localdate()
    late = any(problem.code == "web.changed-meanwhile" for problem in problems)
    people = of_customers(book, "contacts", codes_of(book, row["code"], today), today)
    made = fields(
        table, [n for n in names if n != "roles"], values, lang, problems=problems, now=now if late else None
    )
    words = {
        "row": row,
        "table": table,
        "key": key,
        "new": now is None,
        "fields": [_with_people(field, people, key) for field in made],
        "roles": [(r.code, r.label.in_lang(lang)) for r in BUYING_ROLES] if "roles" in names else [],
        "chosen": (values.get("roles") or "").split(";"),
        "seen": seen(now, names) if now else "",
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "returned": bool(problems),
        "team": table in NOTED and knowing.in_team(user, row),
        "notes": knowing.notes_about(user, row, key, today),
        "note": {part: request.POST.get(f"note-{part}", "") for part in ("text", "basis")},
    }
    return render(request, "customers/record.html", words, status=422 if problems else 200)


def _with_people(field: Field, people: list[Values], own: str) -> Field:
    """A field that names a contact offers those of this customer."""
    if field.name not in ("contact_code", "successor_code"):
        return field
    offered = tuple((str(one["code"]), str(one["name"])) for one in people if one["code"] != own)
    known = {code for code, _ in offered}
    more = ((field.value, field.value),) if field.value and field.value not in known else ()
    return Field(
        field.name,
        field.label,
        "choice",
        field.value,
        False,
        (*offered, *more),
        wrong=field.wrong,
        now=field.now,
    )


def dealings(book: api.Book, codes: Sequence[str], today: date) -> list[dict[str, str | None]]:
    """What happened with a customer, the newest first, with names in the place of codes."""
    lang = language()
    people = {one["code"]: one["name"] for one in of_customers(book, "contacts", codes, today)}
    found = of_customers(book, "interactions", codes, today)
    found.sort(key=lambda one: (one["date"] or "", one["number"] or ""), reverse=True)
    return [
        one
        | {
            "contact": people.get(one["contact_code"]),
            "kind_words": shown("interactions", "kind", one["kind"], lang),
            "promise_words": shown("interactions", "promise_state", one["promise_state"], lang),
        }
        for one in found
    ]


def signals(book: api.Book, codes: Sequence[str], today: date) -> list[dict[str, str | None]]:
    """What was noticed at a customer: what is open first, the newest first."""
    lang = language()
    found = of_customers(book, "signals", codes, today)
    found.sort(key=lambda one: (one["seen_on"] or "", one["number"] or ""), reverse=True)
    found.sort(key=lambda one: one["state"] == "closed")
    words = {f"{name}_words": name for name in ("kind", "state")}
    return [
        one | {new: shown("signals", name, one[name], lang) for new, name in words.items()} for one in found
    ]


@needs(SEE_CONTACTS)
@require_safe
def timeline(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody at the customer, and everything that was said, promised and noticed."""
    _, row = seen_customer(request, code, SEE_CONTACTS)
    user, book, today = cast(User, request.user), api.open_book(settings.BOOK), timezone.localdate()
    codes = codes_of(book, row["code"], today)
    words = {
        "row": row,
        "people": of_customers(book, "contacts", codes, today),
        "dealings": dealings(book, codes, today),
        "signals": signals(book, codes, today),
        "may_write": user.may_for(LOG_WORK, row),
        "today": today.isoformat(),
    }
    return render(request, "customers/timeline.html", words)


@needs(LOG_WORK)
@only_sent
def forget_note(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Deletes a private note of one's own for good."""
    _, row = seen_customer(request, code, LOG_WORK)
    user = cast(User, request.user)
    found = get_object_or_404(PrivateNote, pk=number, customer=row["code"])
    if found.author != user.username and not knowing.in_team(user, row):
        raise Http404  # who may not read it is not told either that it is there
    try:
        knowing.forget(found, actor=user, at=timezone.now())
    except TierwiseError as error:
        return mistake(request, 409, error.problems[0].text)
    return redirect("customers:timeline", code)
