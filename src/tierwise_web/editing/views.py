"""What people changed: what waits, what went into the book with which import, what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.merging.deciding import ALWAYS
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.words import language
from tierwise_web.editing import services
from tierwise_web.editing.handing import waiting
from tierwise_web.editing.jobs import HAND_OVER as HAND_OVER_JOB
from tierwise_web.editing.leading import settle_change
from tierwise_web.editing.models import STATES, Change
from tierwise_web.editing.reasons import reason_words
from tierwise_web.editing.records import standings
from tierwise_web.editing.telling import named_in, told
from tierwise_web.people.models import User
from tierwise_web.people.roles import HAND_OVER, SEE_EDITS
from tierwise_web.workflow.jobs import enqueue

ROWS = 50
LONGEST_NUMBER = 19
"""A number with so many digits is that of no import."""
PRIVATE = ("contacts",)
"""Tables of people: that something changed is shown, not what."""


@needs(SEE_EDITS)
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """All changes, the newest first; of one state or one import where the address says so."""
    return _changes(request)


def _changes(request: HttpRequest, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    state, number = request.GET.get("state", ""), request.GET.get("handover", "")
    found = Change.objects.select_related("handover")
    found = found.filter(state=state) if state in STATES else found
    known = number.isascii() and number.isdecimal() and len(number) < LONGEST_NUMBER
    found = found.filter(handover__number=int(number)) if known else found
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    names = _names(list(page))
    words = {
        "names": names,
        "always": ALWAYS,
        "page": page,
        "rows": [_row(change, names) for change in page],
        "states": STATES,
        "state": state,
        "counts": waiting(),
        "may_hand_over": cast(User, request.user).may(HAND_OVER),
        "problems": problems,
    }
    return render(request, "editing/changes.html", words, status=422 if problems else 200)


def _names(changes: Sequence[Change]) -> dict[str, str]:
    """Code -> name of the customers of which some changes speak, as their records have it today."""
    known = sorted(named_in(changes))
    records = standings(api.open_book(settings.BOOK), "customers", known, timezone.localdate())
    return {code: name for code, one in records.items() if (name := one.get("name"))}


def _row(change: Change, names: Mapping[str, str]) -> dict[str, Any]:
    lang, table = language(), TABLES[change.table]
    batch = change.handover.batches.get(change.table) if change.handover else None
    return {
        "change": change,
        "table": table.label.in_lang(lang),
        "told": told(change, names, lang, shows=lambda _: table.name not in PRIVATE),
        "reason": reason_words(change.reason, lang),
        "batch": batch,
    }


@needs(HAND_OVER)
@only_sent
def hand_over(request: HttpRequest) -> HttpResponse:
    """Asks for the job that takes all waiting changes into the book now."""
    user, at = cast(User, request.user), timezone.now()
    record("edits.hand-over.asked", user=user, at=at)
    return redirect("workflow:job", enqueue(HAND_OVER_JOB, user=user, at=at).pk)


@needs(HAND_OVER)
@only_sent
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """Takes back what waits."""
    found = get_object_or_404(Change, pk=number)
    try:
        services.take_back(number, actor=cast(User, request.user), at=timezone.now())
    except TierwiseError as error:
        return _changes(request, error.problems)
    settle_change(api.open_book(settings.BOOK), found.table, found.key, today=timezone.localdate())
    return redirect("editing:changes")


@needs(HAND_OVER)
@only_sent
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Ends a correction that holds against files."""
    found = get_object_or_404(Change, pk=number)
    try:
        services.end(number, today=timezone.localdate(), actor=cast(User, request.user), at=timezone.now())
    except TierwiseError as error:
        return _changes(request, error.problems)
    settle_change(api.open_book(settings.BOOK), found.table, found.key, today=timezone.localdate())
    return redirect("editing:changes")
