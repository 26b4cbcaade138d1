"""Why customers moved since the run before: causes by the replay split, the customers behind each, and asking for it."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise.movement.causes import CAUSES as PARTS
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.pages.overview import FILTERS, Overview
from tierwise_web.pages.overview_charts import cause_words, grade_words
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_CUSTOMERS, SEE_RUNS, START_RUNS
from tierwise_web.published.causes import run_before
from tierwise_web.published.editions import current_edition
from tierwise_web.published.jobs import CAUSES
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.jobs import enqueue
from tierwise_web.workflow.models import OVER, Job

ROWS = 50
MOST_VALUES = 50


def _edition() -> Edition:
    edition = current_edition()
    if edition is None:
        raise Http404
    return edition


@needs(SEE_CUSTOMERS)
@require_safe
def causes(request: HttpRequest) -> HttpResponse:
    """Each cause with what it did, and the customers that one of them touched."""
    edition, user = _edition(), cast(User, request.user)
    asked = {name: tuple(request.GET.getlist(name)[:MOST_VALUES]) for name in FILTERS}
    overview = Overview(Reading(edition, user.scope), asked)
    cause = request.GET.get("cause", "")
    cause = cause if cause in PARTS else ""
    count = overview.because(cause, 0, 1)[1] if cause else 0
    page = Paginator(range(count), ROWS).get_page(request.GET.get("page"))
    rows = overview.because(cause, page.start_index() - 1, ROWS)[0] if count else []
    names = overview.reading.names_of([row["code"] for row in rows])
    words = {
        **state_of(overview, user),
        "overview": overview,
        "about": overview.reading.about,
        "cause": cause,
        "page": page,
        "rows": [_line(row, names) for row in rows if row["code"] in names],
        "cause_words": cause_words,
    }
    return render(request, "pages/causes.html", words)


def _line(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    parts = [(cause_words(name), row[name]) for name in PARTS if row[name]]
    return {
        **row,
        "name": names[row["code"]],
        "parts": parts,
        "was": grade_words(row["previous"]),
        "now": grade_words(row["current"]),
    }


def state_of(overview: Overview, user: User) -> dict[str, Any]:
    """The causes, or how far they are: whether a job makes them, and whether this person may ask for it."""
    edition = overview.reading.edition
    why = overview.why()
    asked = (
        Job.objects.filter(kind=CAUSES, slots__edition=edition.pk).exclude(state__in=OVER).first()
        if why is None
        else None
    )
    return {
        "why": why,
        "cause_words": cause_words,
        "why_job": asked,
        "sees_job": user.may(SEE_RUNS),
        "may_split": user.may(START_RUNS) and run_before(edition) is not None,
    }


@needs(START_RUNS)
@only_sent
def compute_causes(request: HttpRequest) -> HttpResponse:
    """Asks a worker for the split of what pages show; one that is under way is not begun again."""
    edition, user, at = _edition(), cast(User, request.user), timezone.now()
    if run_before(edition) is None:
        raise Http404
    job = Job.objects.filter(kind=CAUSES, slots__edition=edition.pk).exclude(state__in=OVER).first()
    if job is None:
        job = enqueue(CAUSES, user=user, at=at, edition=edition.pk)
        record("causes.asked", user=user, at=at, run=edition.run_id)
    return redirect("workflow:job", job.pk)
