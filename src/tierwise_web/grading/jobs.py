"""The long work of grading: a month for review, a trial, a publication. Each can be done again after a killed worker."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from tierwise import api
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise.movement.states import IN_FORCE, find_cycle_run
from tierwise_web.common.words import language
from tierwise_web.editing.jobs import take_edits
from tierwise_web.grading.policies import document_of
from tierwise_web.grading.showing import show_newest, split_later
from tierwise_web.workflow.jobs import Kind, Task, register
from tierwise_web.workflow.models import DONE, Job

if TYPE_CHECKING:
    from tierwise.grading.record import RunRecord
    from tierwise.policy.load import PolicyDocument

MONTH, TRIAL, PUBLISH = "grading.month", "grading.trial", "grading.publish"


def register_all() -> None:
    """Makes the kinds known."""
    register(Kind(MONTH, Text("Grade a month", "月度分级"), month, _run_page, told=_told))
    register(Kind(TRIAL, Text("Trial computation", "试算"), trial, _run_page, told=_told))
    register(Kind(PUBLISH, Text("Publish a run", "发布运行"), publication, _run_page))


def _run_page(result: Mapping[str, Any]) -> str:
    return reverse("grading:run", args=[result["run_id"]])


def _told(slots: Mapping[str, Any]) -> list[str]:
    """The policy by its title, and the month or day."""
    found = {name: str(value) for name, value in slots.items() if name in ("policy", "period", "as_of")}
    with suppress(KeyError, TierwiseError):
        title = document_of(api.open_book(settings.BOOK), found["policy"]).policy.title
        found["policy"] = Text(title.en, title.zh).in_lang(language())
    return list(found.values())


def month(task: Task) -> dict[str, Any]:
    """Takes over what people edited, closes and grades a month and leaves it under review."""
    book = api.open_book(settings.BOOK)
    take_edits(book, task)
    document = document_of(book, task.slots["policy"])
    period = api.Period.of(task.slots["period"])
    cycle = api.run_cycle(book, document, period, actor=task.actor, at=task.at, progress=task.progress)
    _show(book, task)
    return {"run_id": cycle.record.run_id}


def trial(task: Task) -> dict[str, Any]:
    """Takes over what people edited and grades a day outside every cycle: it changes no grade in force."""
    book = api.open_book(settings.BOOK)
    take_edits(book, task)
    document = document_of(book, task.slots["policy"])
    day = date.fromisoformat(task.slots["as_of"])
    record = _made_before(book, document, day, task)
    if record is None:
        record = api.grade(
            book, document, as_of=day, actor=task.actor, at=task.at, progress=task.progress
        ).record
    _show(book, task)
    return {"run_id": record.run_id}


def _made_before(book: api.Book, document: PolicyDocument, day: date, task: Task) -> RunRecord | None:
    """The run that this job stored before its worker was killed; no month, and none that another job made."""
    if task.attempt == 1:
        return None
    others = {run.run_id for run in api.cycle_runs(book)}
    others |= set(Job.objects.filter(kind=TRIAL, state=DONE).values_list("result__run_id", flat=True))
    mine = [
        run
        for run in api.list_runs(book)
        if run.actor == task.actor and run.at >= task.asked_at and run.as_of == day
        if run.policy_fingerprint == document.fingerprint and run.run_id not in others
    ]
    return mine[-1] if mine else None


def publication(task: Task) -> dict[str, Any]:
    """Makes an approved run's grades effective, then shows them on all pages at once."""
    book = api.open_book(settings.BOOK)
    run = find_cycle_run(api.cycle_runs(book), task.slots["run_id"], str(book.path))
    if task.attempt == 1 or run.state not in IN_FORCE:
        api.publish_run(
            book, run.run_id, note=task.slots["note"], actor=task.actor, at=task.at, progress=task.progress
        )
    _show(book, task)
    split_later(run.run_id, actor=task.actor, at=task.at)
    return {"run_id": run.run_id}


def _show(book: api.Book, task: Task) -> None:
    """Brings the pages to the run that they should show; the run is stored, so it is too late to stop."""
    show_newest(book, at=task.at, progress=lambda done, total: task.note("pages", done, total))
