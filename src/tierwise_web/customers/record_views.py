"""The form that corrects a customer, and taking a change back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from tierwise import api
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.going_on import HANDED, next_of
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language
from tierwise_web.customers import correcting, queries
from tierwise_web.customers.choosing import NOTHING
from tierwise_web.customers.correcting import (
    MERGED,
    NOBODY,
    SECTIONS,
    TABLE,
    TRANSFER,
    Correction,
    Staff,
    columns,
)
from tierwise_web.customers.twins import TWIN
from tierwise_web.customers.unmet import any_customer, seen_rows
from tierwise_web.editing.models import Change
from tierwise_web.editing.reasons import REASONS
from tierwise_web.editing.records import Field, Values, fields, seen, standing
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.people.roles import EDIT_CUSTOMERS, TRANSFER_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

OFFERED = ("region", "industry")


def seen_customer(request: HttpRequest, code: str, need: str) -> tuple[Reading, dict[str, Any]]:
    """The customer, if the roles that allow what is asked for reach it: a wider role beside them opens nothing.

    One that no run has met yet is a customer, too.
    """
    edition = current_edition()
    reading = Reading(edition, cast(User, request.user).scope_for(need)) if edition else None
    row = any_customer(reading, code) if reading else None
    if reading is None or row is None:
        raise Http404
    return reading, row


@needs(EDIT_CUSTOMERS)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """What the book says of a customer, to be corrected with a reason and from a day on."""
    return _edit(request, code, transfer=False)


@needs(TRANSFER_CUSTOMERS)
def transfer(request: HttpRequest, code: str) -> HttpResponse:
    """Who looks after a customer from a day on, with a reason: account manager, stand-in, team."""
    return _edit(request, code, transfer=True)


def _edit(request: HttpRequest, code: str, *, transfer: bool) -> HttpResponse:
    reading, row = seen_customer(request, code, TRANSFER_CUSTOMERS if transfer else EDIT_CUSTOMERS)
    book, today, post = api.open_book(settings.BOOK), timezone.localdate(), request.POST
    now = standing(book, TABLE, code, today)
    if now is None:
        raise Http404
    names = columns(profit=reading.scope.profit, transfer=transfer)
    page = _Page(reading, row, now, names, transfer)
    if request.method != "POST":
        return _form(request, page, Correction({}, today.isoformat(), "", "", seen(now, names)))
    given = {name: str(post[name]) for name in names if name in post}
    said = [post.get(name, "") for name in ("effective_on", "reason", "note", "seen")]
    what = Correction(given, *said, sure=post.get("sure") == "yes")
    user, staff = cast(User, request.user), staff_of(reading) if transfer else NOBODY
    try:
        correcting.correct(
            book, code, what, names=names, staff=staff, sees=_sees(reading), today=today, actor=user,
            at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return _form(request, page, what, error.problems)
    if transfer and any_customer(Reading(reading.edition, user.scope), code) is None:
        request.session[HANDED] = str(row["name"] or code)
        return redirect("customers:list")
    return redirect("customer", code)


HERE = ("name", "region", "industry", "segment")
"""Columns that are corrected in the list, without leaving it."""


@needs(EDIT_CUSTOMERS)
def edit_here(request: HttpRequest, code: str) -> HttpResponse:
    """The columns that are corrected most, in the list below the row; a page of its own where there is no script."""
    reading, row = seen_customer(request, code, EDIT_CUSTOMERS)
    book, today, post = api.open_book(settings.BOOK), timezone.localdate(), request.POST
    now = standing(book, TABLE, code, today)
    if now is None:
        raise Http404
    page = _Page(reading, row, now, list(HERE), False)
    if request.method != "POST":
        return _here(request, page, Correction({}, today.isoformat(), "", "", seen(now, HERE)))
    given = {name: str(post[name]) for name in HERE if name in post}
    said = [post.get(name, "") for name in ("effective_on", "reason", "note", "seen")]
    what = Correction(given, *said, sure=post.get("sure") == "yes")
    try:
        correcting.correct(
            book, code, what, names=HERE, sees=_sees(reading), today=today, actor=cast(User, request.user),
            at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return _here(request, page, what, error.problems)
    return redirect(next_of(request) if post.get("next") else "customers:list")


def _here(
    request: HttpRequest, page: _Page, what: Correction, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    part = request.headers.get("HX-Request") == "true"
    lang, now = language(), page.now
    late = any(problem.code == "web.changed-meanwhile" for problem in problems)
    words = {
        "row": page.row,
        "fields": fields(TABLE, HERE, now | dict(what.given), lang, problems=problems, now=now if late else None,
                         offered=_offered(page)),
        "what": what,
        "seen": seen(now, HERE),
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "reasons": REASONS,
        "returned": bool(problems),
        "today": timezone.localdate(),
        "first_open": api.open_book(settings.BOOK).upcoming().settings.first_open_day,
        "twins": twins_shown(page.reading, problems),
        "back": _back(request),
        "part": part,
    }  # fmt: skip
    template = "customers/edit_here_part.html" if part else "customers/edit_here.html"
    return render(request, template, words, status=422 if problems else 200)


def _back(request: HttpRequest) -> str:
    """The list from which somebody came, with its filters and its place."""
    try:
        said = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # not an address
        said = urlsplit("")
    here = f"{said.path}?{said.query}" if said.path == reverse("customers:list") else ""
    return here or (next_of(request) if request.POST.get("next") else reverse("customers:list"))


def _sees(reading: Reading) -> Callable[[str], bool]:
    """Whether somebody sees a customer; who sees all sees those, too, that no run has met yet."""
    return lambda code: reading.scope.reach == "all" or any_customer(reading, code) is not None


def staff_of(reading: Reading) -> Staff:
    """Everybody who looks after a customer today, or has a name in the book; teams likewise, or as units of the company."""
    rows = reading.rows("SELECT DISTINCT owner, team FROM cube")
    users = User.objects.filter(is_active=True).exclude(staff_name="")
    people = {row["owner"] for row in rows} | set(users.values_list("staff_name", flat=True))
    teams = {row["team"] for row in rows} | set(OrgUnit.objects.values_list("code", flat=True))
    return Staff(people - {None}, teams - {None})


@dataclass(frozen=True, slots=True)
class _Page:
    """What the form is about."""

    reading: Reading
    row: dict[str, Any]
    now: Values
    names: list[str]
    transfer: bool


def _form(
    request: HttpRequest, page: _Page, what: Correction, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    lang, now = language(), page.now
    late = any(problem.code == "web.changed-meanwhile" for problem in problems)
    values = now | dict(what.given)
    sections = [
        (
            title.in_lang(lang),
            [
                _without_merged(field)
                for field in fields(TABLE, [n for n in names if n in page.names], values, lang, problems=problems,
                                    now=now if late else None, offered=_offered(page))
            ],
        )
        for title, names in (TRANSFER if page.transfer else SECTIONS)
    ]  # fmt: skip
    words = {
        "row": page.row,
        "transfer": page.transfer,
        "sections": sections,
        "what": what,
        "seen": seen(now, page.names),
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "reasons": REASONS,
        "returned": bool(problems),
        "today": timezone.localdate(),
        "first_open": api.open_book(settings.BOOK).upcoming().settings.first_open_day,
        "twins": twins_shown(page.reading, problems),
    }
    return render(request, "customers/edit.html", words, status=422 if problems else 200)


def twins_shown(reading: Reading, problems: Sequence[Problem]) -> list[tuple[str, str]] | None:
    """The customers that look like the one that is written and may be seen; ``None`` where there are none at all."""
    codes = next((problem.slots["codes"] for problem in problems if problem.code == TWIN), None)
    if codes is None:
        return None
    found = seen_rows(api.open_book(settings.BOOK), reading, codes, timezone.localdate())
    return [(code, row["name"] or code) for code, row in found.items()]


def _without_merged(one: Field) -> Field:
    """The states of a record without the one that a merge alone gives."""
    if one.name != "status" or one.value == MERGED:
        return one
    return replace(one, choices=tuple(choice for choice in one.choices if choice[0] != MERGED))


def _offered(page: _Page) -> dict[str, list[str]]:
    """Usual values of the fields."""
    if page.transfer:
        staff = staff_of(page.reading)
        people = sorted(staff.people)
        return {"owner": people, "backup": people, "team": sorted(staff.teams)}
    return {name: [v for v, _ in queries.options(page.reading, name) if v != NOTHING] for name in OFFERED}


@needs(EDIT_CUSTOMERS)
@only_sent
def take_back(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Takes back what one changed and no run has read."""
    seen_customer(request, code, EDIT_CUSTOMERS)
    get_object_or_404(Change, pk=number, customer=code)
    try:
        correcting.take_own_back(
            api.open_book(settings.BOOK), number, code, today=timezone.localdate(),
            actor=cast(User, request.user), at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return mistake(request, 409, error.problems[0].text)
    return redirect(next_of(request)) if request.POST.get("next") else redirect("customer", code)
