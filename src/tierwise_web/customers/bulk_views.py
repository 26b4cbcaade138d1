"""Doing one thing to many customers: choosing them in the list, the form that confirms it, what became of it."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from tierwise import api
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Lang, Text
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language
from tierwise_web.customers import bulk as doing
from tierwise_web.customers.choosing import ticked
from tierwise_web.customers.correcting import TABLE, Correction, of_day_and_reason, strangers
from tierwise_web.customers.jobs import BULK
from tierwise_web.customers.models import DONE, OPEN, RUNNING, SEGMENT_IN, SEGMENT_OUT, TRANSFER, Bulk
from tierwise_web.customers.record_views import staff_of
from tierwise_web.customers.segments import segment_name, segments
from tierwise_web.editing.reasons import REASONS
from tierwise_web.editing.records import fields, read_form
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_SEGMENTS, SEE_CUSTOMERS, TRANSFER_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.jobs import enqueue
from tierwise_web.workflow.models import OVER, Job

NAMED = 20
"""So many of the chosen are named; the others are counted."""
TITLES = {
    TRANSFER: Text("Transfer {n} {n#customer|customers}", "转移 {n} 个客户"),
    SEGMENT_IN: Text("Put {n} {n#customer|customers} into a segment", "将 {n} 个客户归入细分"),
    SEGMENT_OUT: Text("Take {n} {n#customer|customers} out of a segment", "将 {n} 个客户移出细分"),
    "claim": Text("Claim {n} {n#customer|customers}", "领取 {n} 个客户"),
}


def _chosen(request: HttpRequest, kind: str) -> HttpResponse:
    user, edition = cast(User, request.user), current_edition()
    if edition is None:
        raise Http404
    reading = Reading(edition, user.scope_for(doing.NEEDED[kind]))
    try:
        made = doing.open_bulk(
            api.open_book(settings.BOOK), reading, ticked(request.POST, profit=user.scope.profit), kind, today=timezone.localdate(),
            actor=user, at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        (problem,) = error.problems
        return mistake(request, 422, Text(problem.say("en"), problem.say("zh")))
    return redirect("customers:bulk", made.pk)


@needs(TRANSFER_CUSTOMERS)
@only_sent
def choose_transfer(request: HttpRequest) -> HttpResponse:
    """Begins a transfer of those that were chosen, as far as this person may transfer."""
    return _chosen(request, TRANSFER)


@needs(EDIT_SEGMENTS)
@only_sent
def choose_segment(request: HttpRequest) -> HttpResponse:
    """Begins putting those that were chosen into a segment, or taking them out."""
    return _chosen(request, SEGMENT_OUT if request.POST.get("do") == "out" else SEGMENT_IN)


@needs(SEE_CUSTOMERS)
def bulk(request: HttpRequest, number: int) -> HttpResponse:
    """What is to be done to how many and which, to be confirmed; afterwards what became of it. Its maker's alone."""
    found = _own(request, number)
    user, at, book = cast(User, request.user), timezone.now(), api.open_book(settings.BOOK)
    if request.method == "POST" and _is_left(found):
        _go(book, found, user, undo=False)
        return redirect("customers:bulk", number)
    if request.method != "POST" or found.state != OPEN:
        return _page(request, found)
    said, problems = _said(request, book, found)
    if problems:
        return _page(request, found, problems)
    with transaction.atomic():  # begun and done (or asked of a worker), or still to be begun
        if doing.begin(found, said, actor=user, at=at):
            _go(book, found, user, undo=False)
    return redirect("customers:bulk", number)


def _is_left(found: Bulk) -> bool:
    """Whether it was begun and nobody goes on with it: its job was cancelled before its turn, or broke."""
    jobs = Job.objects.filter(kind=BULK, slots__bulk=found.pk)
    return found.state == RUNNING and not jobs.exclude(state__in=OVER).exists()


def _own(request: HttpRequest, number: int) -> Bulk:
    user = cast(User, request.user)
    found = get_object_or_404(Bulk, pk=number, actor=user)
    if not user.may(doing.NEEDED[found.kind]):
        raise Http404
    return found


def _go(book: api.Book, found: Bulk, user: User, *, undo: bool) -> None:
    """Few at once, many by a job."""
    if len(found.chosen) > doing.AT_ONCE:
        enqueue(BULK, user=user, at=timezone.now(), bulk=found.pk, undo=undo)
        return
    act = doing.undo if undo else doing.carry_out
    act(book, found, today=timezone.localdate(), actor=user, at=timezone.now())


def _said(request: HttpRequest, book: api.Book, found: Bulk) -> tuple[dict[str, Any], list[Problem]]:
    """What the form says, read; and what is wrong with it."""
    post, today = request.POST, timezone.localdate()
    said: dict[str, Any] = {
        name: post.get(name, "").strip() for name in ("effective_on", "reason", "note", "segment")
    }
    said["note"] = said["note"][:1000]
    problems = of_day_and_reason(
        book, Correction({}, said["effective_on"], said["reason"], said["note"], ""), today
    )
    if found.kind == TRANSFER:
        given = {name: str(post[name]) for name in doing.LEADS if post.get(name, "").strip()}
        read = read_form(TABLE, list(given), given)
        said["values"] = read.values
        problems += [*read.problems, *strangers(read.values, staff_of(_reading(request, found)))]
        if not given:
            words = Text("say who looks after them from now on", "请填写新的负责人或团队")
            problems.append(Problem("edit.required", words, column="owner"))
    elif said["segment"] not in segments(book, today, by_hand=True):
        words = Text("choose one of the list", "请从列表中选择")
        problems.append(Problem("edit.choice", words, column="segment"))
    return said, problems


def _reading(request: HttpRequest, found: Bulk) -> Reading:
    edition = current_edition()
    if edition is None:
        raise Http404
    return Reading(edition, cast(User, request.user).scope_for(doing.NEEDED[found.kind]))


def _page(request: HttpRequest, found: Bulk, problems: list[Problem] | None = None) -> HttpResponse:
    lang, book, today = language(), api.open_book(settings.BOOK), timezone.localdate()
    reading = _reading(request, found)
    first = list(found.chosen)[:NAMED]
    names = reading.names_of([*first, *found.skipped])
    post = request.POST
    staff = staff_of(reading)
    offered = {
        "owner": sorted(staff.people),
        "team": sorted(staff.teams),
    }
    offered["backup"] = offered["owner"]
    values = {name: post.get(name) or None for name in doing.LEADS}
    asked = fields(TABLE, list(doing.LEADS), values, lang, problems=problems or [], offered=offered)
    words = {
        "bulk": found,
        "title": TITLES[found.kind].fill(lang, n=f"{len(found.chosen):,}"),
        "named": [(code, names.get(code, code)) for code in first],
        "more": max(0, len(found.chosen) - NAMED),
        "asked": asked if found.kind == TRANSFER else [],
        "segments": _segments(book, lang)
        if found.kind in (SEGMENT_IN, SEGMENT_OUT) and found.state == OPEN
        else {},
        "what": {name: post.get(name, "") for name in ("effective_on", "reason", "note", "segment")},
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems or [])},
        "reasons": REASONS,
        "returned": bool(problems),
        "today": today,
        "first_open": book.upcoming().settings.first_open_day,
        "skipped": [
            (code, names.get(code, code), doing.SKIPPED[why].in_lang(lang))
            for code, why in found.skipped.items()
        ],
        "running": found.state == RUNNING,
        "left": _is_left(found),
    }
    return render(request, "customers/bulk.html", words, status=422 if problems else 200)


def _segments(book: api.Book, lang: Lang) -> dict[str, str]:
    found = segments(book, timezone.localdate(), by_hand=True)
    return {code: segment_name(code, found, lang) for code in found}


@needs(SEE_CUSTOMERS)
@only_sent
def undo_bulk(request: HttpRequest, number: int) -> HttpResponse:
    """Takes all of it back."""
    found = _own(request, number)
    if found.state == DONE or _is_left(found):
        _go(api.open_book(settings.BOOK), found, cast(User, request.user), undo=True)
    return redirect("customers:bulk", number)
