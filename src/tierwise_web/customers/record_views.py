"""The form that corrects a customer, and taking a change back."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tierwise import api
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise_web.common.allowing import needs
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language
from tierwise_web.customers import correcting, queries
from tierwise_web.customers.choosing import NOTHING
from tierwise_web.customers.correcting import SECTIONS, TABLE, Correction, columns
from tierwise_web.editing.models import Change
from tierwise_web.editing.reasons import REASONS
from tierwise_web.editing.records import Values, fields, seen, standing
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

OFFERED = ("region", "industry")


def seen_customer(request: HttpRequest, code: str) -> tuple[Reading, dict[str, Any]]:
    """The customer, if this person may see it."""
    edition = current_edition()
    reading = Reading(edition, cast(User, request.user).scope) if edition else None
    row = reading.customer(code) if reading else None
    if reading is None or row is None:
        raise Http404
    return reading, row


@needs(EDIT_CUSTOMERS)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """What the book says of a customer, to be corrected with a reason and from a day on."""
    reading, row = seen_customer(request, code)
    book, today = api.open_book(settings.BOOK), timezone.localdate()
    now = standing(book, TABLE, code, today)
    if now is None:
        raise Http404
    post = request.POST
    if request.method != "POST":
        what = Correction({}, today.isoformat(), "", "", seen(now, columns(profit=reading.scope.profit)))
        return _form(request, reading, row, now, what)
    given = {name: str(post[name]) for name in columns(profit=reading.scope.profit) if name in post}
    what = Correction(given, post.get("effective_on", ""), post.get("reason", ""), post.get("note", ""), post.get("seen", ""))  # fmt: skip
    try:
        correcting.correct(
            book,
            code,
            what,
            profit=reading.scope.profit,
            today=today,
            actor=cast(User, request.user),
            at=timezone.now(),
        )
    except TierwiseError as error:
        return _form(request, reading, row, now, what, error.problems)
    return redirect("customer", code)


def _form(
    request: HttpRequest,
    reading: Reading,
    row: dict[str, Any],
    now: Values,
    what: Correction,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    lang, profit = language(), reading.scope.profit
    late = any(problem.code == "web.changed-meanwhile" for problem in problems)
    values = now | dict(what.given)
    offered = {name: [v for v, _ in queries.options(reading, name) if v != NOTHING] for name in OFFERED}
    allowed = columns(profit=profit)
    sections = [
        (
            title.in_lang(lang),
            fields(TABLE, [n for n in names if n in allowed], values, lang, problems=problems,
                   now=now if late else None, offered=offered),
        )
        for title, names in SECTIONS
    ]  # fmt: skip
    words = {
        "row": row,
        "sections": sections,
        "what": what,
        "seen": seen(now, allowed),
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "reasons": REASONS,
        "returned": bool(problems),
        "today": timezone.localdate(),
        "first_open": api.open_book(settings.BOOK).upcoming().settings.first_open_day,
    }
    return render(request, "customers/edit.html", words, status=422 if problems else 200)


@needs(EDIT_CUSTOMERS)
@require_POST
def take_back(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Takes back what one changed and no run has read."""
    seen_customer(request, code)
    get_object_or_404(Change, pk=number, customer=code)
    try:
        correcting.take_own_back(number, code, actor=cast(User, request.user), at=timezone.now())
    except TierwiseError as error:
        return mistake(request, 409, error.problems[0].text)
    return redirect("customer", code)
