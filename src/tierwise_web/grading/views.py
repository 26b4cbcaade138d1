"""Runs: the list, one run with its review, starting, approving, publishing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.grading.wording import STATUS, status_words
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise.movement.cycle import refuse_unfinished
from tierwise.movement.publishing import STATE_WORDS
from tierwise.movement.review import STAYS
from tierwise.movement.words import KINDS, MOVEMENTS
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.words import language
from tierwise_web.editing.services import lock
from tierwise_web.editing.values import FIRST_YEAR
from tierwise_web.grading import jobs, queries
from tierwise_web.grading.deciding import decidable, publishable
from tierwise_web.grading.movers import against_published, movers, movers_of_trial
from tierwise_web.grading.policies import choices, document_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import APPROVE_RUNS, SEE_RUNS, START_RUNS
from tierwise_web.workflow.jobs import enqueue, title_of, under_way
from tierwise_web.workflow.models import Job

LAST_JOBS = 8
NO_DAY = Text("Write the day as 2026-10-31.", "日期请写成 2026-10-31。")
NOT_YET = Text("This day has not come yet.", "该日期尚未到来。")
NO_MONTH = Text("Write the month as 2026-10.", "月份请写成 2026-10。")


@needs(SEE_RUNS)
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """All runs and the last jobs, and the forms to start one."""
    return _runs(request)


def grade_or_status(code: str) -> str:
    """What a run counts: a grade as it is, a status in words."""
    return status_words(code, language()) if code in STATUS else code


def _runs(request: HttpRequest, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    book = api.open_book(settings.BOOK)
    rows, policies = queries.runs(book), choices(book)
    months = queries.months(book, [code for code, _ in policies], timezone.localdate())
    words = {
        "rows": rows,
        "titles": dict(policies),
        "jobs": [(job, title_of(job)) for job in Job.objects.all()[:LAST_JOBS]],
        "may_start": cast(User, request.user).may(START_RUNS),
        "policies": policies,
        "months": months,
        "proposed": next((month for month in months.values() if month.over), None),
        "last_day": rows[0].record.as_of if rows else None,
        "asked": {name: request.POST.get(name, "") for name in ("policy", "period", "as_of")},
        "problems": problems,
        "counted": grade_or_status,
    }
    return render(request, "grading/runs.html", words, status=422 if problems else 200)


@needs(SEE_RUNS)
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The months that wait for people: a part of the first page that comes after it stands."""
    found = queries.waiting(api.open_book(settings.BOOK))
    return render(request, "grading/waiting.html", {"runs": found, "states": STATE_WORDS})


@needs(SEE_RUNS)
@require_safe
def run(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run: what it read, what came out, who decided what."""
    return _run(request, run_id)


def _run(request: HttpRequest, run_id: str, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    book = api.open_book(settings.BOOK)
    row = queries.run(book, run_id)
    if row is None:
        raise Http404
    user, asked = cast(User, request.user), (request.GET.get("movement", ""), request.GET.get("page"))
    if row.cycle:
        looked, against = api.review(book, row.cycle), None
        found, counts = movers(looked, user, *asked), looked.movements
    else:
        against = against_published(book, row.record)
        found = movers_of_trial(book, against, user, *asked) if against else None
        counts = against.counts if against else {}
    words = {
        "row": row,
        "against": against,
        "counts": counts,
        "movers": found,
        "movements": MOVEMENTS,
        "stays": STAYS,
        "states": STATE_WORDS,
        "kinds": KINDS,
        "may_decide": user.may(APPROVE_RUNS),
        "policy": document_of(book, row.record.policy_code).policy,
        "problems": problems,
        "counted": grade_or_status,
    }
    return render(request, "grading/run.html", words, status=422 if problems else 200)


@needs(START_RUNS)
@only_sent
def start_month(request: HttpRequest) -> HttpResponse:
    """Starts the grading of a month, which then waits for review by somebody else."""

    def ask(user: User) -> Job:
        period = _checked(api.Period.of, request, "period", NO_MONTH)
        try:
            refuse_unfinished(period, timezone.localdate())
            _refuse_published(request.POST.get("policy", ""), period)
        except TierwiseError as error:
            raise TierwiseError([replace(one, column="period") for one in error.problems]) from None
        return _enqueue(jobs.MONTH, request, user, period=str(period))

    return _asked(request, ask, lambda problems: _runs(request, problems))


@needs(START_RUNS)
@only_sent
def start_trial(request: HttpRequest) -> HttpResponse:
    """Starts a computation that changes no grade in force."""

    def ask(user: User) -> Job:
        day = _checked(date.fromisoformat, request, "as_of", NO_DAY)
        if day.year < FIRST_YEAR:
            raise TierwiseError(Problem("web.form", NO_DAY, column="as_of"))
        if day > timezone.localdate():
            raise TierwiseError(Problem("web.form", NOT_YET, column="as_of"))
        return _enqueue(jobs.TRIAL, request, user, as_of=day.isoformat())

    return _asked(request, ask, lambda problems: _runs(request, problems))


def _refuse_published(policy: str, period: api.Period) -> None:
    """What the job would say some seconds later: what is published stands, and months come one after the other."""
    try:
        run = api.published_run(api.open_book(settings.BOOK), policy, None)
    except TierwiseError:
        return
    last, following = run.period, queries.month_after(run)
    if period < following:
        raise fail(
            "web.form",
            "{last} is the last published month; grade {next} next",
            "最近已发布月份为 {last}，下一个应为 {next}",
            last=last, next=following,
        )  # fmt: skip


def _enqueue(kind: str, request: HttpRequest, user: User, **slots: Any) -> Job:
    policy = request.POST.get("policy", "")
    document_of(api.open_book(settings.BOOK), policy)
    return _once(kind, user, {"policy": policy, **slots}, {}, policy=policy, **slots)


@transaction.atomic
def _once(kind: str, user: User, same: dict[str, Any], besides: dict[str, Any], **slots: Any) -> Job:
    """A job; where one of the kind for the ``same`` waits, that one: whoever asks twice waits for the first.

    A month or trial that has begun has read the book: what was written since waits for another. ``slots``: what the log
    notes.
    """
    lock("jobs", kind)
    first = under_way(kind, begun=kind == jobs.PUBLISH, **same)
    if first is not None:
        return first
    at = timezone.now()
    record(f"{kind}.asked", user=user, at=at, **slots)
    return enqueue(kind, user=user, at=at, **same, **besides)


def _checked(read: Callable[[str], Any], request: HttpRequest, name: str, wrong: Text) -> Any:
    try:
        return read(request.POST.get(name, ""))
    except (ValueError, TierwiseError):
        raise TierwiseError(Problem("web.form", wrong, column=name)) from None


def _asked(
    request: HttpRequest,
    ask: Callable[[User], Job],
    again: Callable[[tuple[Problem, ...]], HttpResponse],
) -> HttpResponse:
    """To the page of the job that was asked for; back to the form with what is wrong."""
    try:
        job = ask(cast(User, request.user))
    except TierwiseError as error:
        return again(error.problems)
    return redirect("workflow:job", job.pk)


@needs(APPROVE_RUNS)
@only_sent
def approve(request: HttpRequest, run_id: str) -> HttpResponse:
    """Approves a run under review; never one's own."""
    user, book, at = cast(User, request.user), api.open_book(settings.BOOK), timezone.now()
    row = queries.run(book, run_id)
    if row is None:
        raise Http404
    try:
        decidable(row, user)
        api.approve_run(book, run_id, note=request.POST.get("note", ""), actor=user.username, at=at)
    except TierwiseError as error:
        return _run(request, run_id, error.problems)
    record("grading.approved", user=user, at=at, run=run_id)
    return redirect("grading:run", run_id)


@needs(APPROVE_RUNS)
@only_sent
def publish(request: HttpRequest, run_id: str) -> HttpResponse:
    """Publishes an approved run as a job; never one's own."""
    row = queries.run(api.open_book(settings.BOOK), run_id)
    if row is None:
        raise Http404

    def ask(user: User) -> Job:
        run, note = publishable(row, user), request.POST.get("note", "")[:500]
        return _once(jobs.PUBLISH, user, {"run_id": run.run_id}, {"note": note}, run=run.run_id)

    return _asked(request, ask, lambda problems: _run(request, run_id, problems))
