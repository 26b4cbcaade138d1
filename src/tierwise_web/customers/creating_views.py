"""The form of a new customer."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from tierwise import api
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise_web.common.allowing import needs
from tierwise_web.common.words import language
from tierwise_web.customers import creating, queries
from tierwise_web.customers.choosing import NOTHING
from tierwise_web.customers.correcting import OF_COST, TABLE
from tierwise_web.customers.record_views import OFFERED, staff_of, twins_shown
from tierwise_web.customers.unmet import seen_rows
from tierwise_web.editing.records import fields
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

REQUIRED = (*creating.NEEDED, "code", "whom", "owner", "sure")


@needs(EDIT_CUSTOMERS)
def new(request: HttpRequest) -> HttpResponse:
    """A customer whom nobody knew: what is asked of it, and who looks after it."""
    edition, user = current_edition(), cast(User, request.user)
    if edition is None:
        raise Http404
    reading, today = Reading(edition, user.scope_for(EDIT_CUSTOMERS)), timezone.localdate()
    if request.method != "POST":
        begun = {"kind": "prospect", "first_contact_on": today.isoformat(), "whom": _usual(user)}
        return _form(request, reading, begun)
    asked = [*creating.names(profit=reading.scope.profit), *REQUIRED]
    given = {name: str(request.POST[name]) for name in dict.fromkeys(asked) if name in request.POST}
    try:
        made = creating.create(
            api.open_book(settings.BOOK), given, profit=reading.scope.profit, staff=staff_of(reading), today=today,
            actor=user, at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return _form(request, reading, given, error.problems)
    seen = seen_rows(api.open_book(settings.BOOK), Reading(edition, user.scope), [made.key], today)
    return redirect("customer", made.key) if seen else redirect("customers:pool")


def _usual(user: User) -> str:
    return next(iter(creating.choices_of(user)), "")


def _form(
    request: HttpRequest, reading: Reading, given: dict[str, str], problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    lang, user = language(), cast(User, request.user)
    offered = {name: [v for v, _ in queries.options(reading, name) if v != NOTHING] for name in OFFERED}
    may_cost = reading.scope.profit
    sections = [
        (
            title.in_lang(lang),
            [replace(field, required=field.required or field.name in creating.NEEDED) for field in
             fields(TABLE, [n for n in names if may_cost or n not in OF_COST], given, lang, problems=problems,
                    offered=offered)],
        )
        for title, names in creating.SECTIONS
    ]  # fmt: skip
    words = {
        "sections": sections,
        "given": given,
        "whom": [(code, creating.WHOM[code].in_lang(lang)) for code in creating.choices_of(user)],
        "staff": sorted(staff_of(reading).people) if "other" in creating.choices_of(user) else [],
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "twins": twins_shown(reading, problems),
        "sure": given.get("sure") == "yes",
        "returned": bool(problems),
    }
    return render(request, "customers/new.html", words, status=422 if problems else 200)
