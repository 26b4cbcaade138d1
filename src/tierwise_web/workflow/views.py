"""Watching a job, and stopping it."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise_web.audit.services import record
from tierwise_web.common.allowing import only_sent, signed_in
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_RUNS, START_RUNS
from tierwise_web.workflow.jobs import KINDS, title_of, told_of
from tierwise_web.workflow.models import DONE, Job
from tierwise_web.workflow.running import ask_to_cancel


def _seen(user: User, number: int) -> Job:
    """One's own job, or one of grading for those who see runs; others are not there."""
    found = get_object_or_404(Job, pk=number)
    kind = KINDS.get(found.kind)
    open_ = user.may(SEE_RUNS) and not (kind and kind.private)
    if found.actor != user.username and not open_:
        raise Http404
    return found


def _may_cancel(user: User, job: Job) -> bool:
    return user.may(START_RUNS) or job.actor == user.username


@signed_in
@require_safe
def job(request: HttpRequest, number: int) -> HttpResponse:
    """A job: the page, or its changing part for a page that watches it."""
    user = cast(User, request.user)
    found = _seen(user, number)
    kind = KINDS.get(found.kind)
    leads = kind.leads_to(found.result) if kind and kind.leads_to and found.state == DONE else None
    words = {
        "job": found,
        "title": title_of(found),
        "told": told_of(found),
        "now": timezone.now(),
        "leads": leads,
        "sees_runs": user.may(SEE_RUNS),
        "may_cancel": _may_cancel(user, found) and not (found.over or found.cancel_asked or found.is_late()),
    }
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Request-Type") == "partial"
    return render(request, "workflow/job_part.html" if part else "workflow/job.html", words)


@signed_in
@only_sent
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Asks a job to stop; it stops before its next step, and nothing half-done is kept."""
    found = _seen(cast(User, request.user), number)
    if not _may_cancel(cast(User, request.user), found):
        raise PermissionDenied
    ask_to_cancel(found, timezone.now())
    record("jobs.cancel-asked", user=cast(User, request.user), at=timezone.now(), job=found.pk)
    return redirect("workflow:job", number)
