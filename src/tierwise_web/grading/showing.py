"""Bringing the pages to the run that they should show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from tierwise import api
from tierwise_web.editing.jobs import By
from tierwise_web.editing.leading import settle_moved
from tierwise_web.published.build import Progress
from tierwise_web.published.causes import key_of_causes, run_before
from tierwise_web.published.editions import current_edition, folder, is_current, publish, silent, to_show
from tierwise_web.published.jobs import CAUSES
from tierwise_web.published.parts import one_at_a_time
from tierwise_web.workflow.jobs import enqueue
from tierwise_web.workflow.models import Job

if TYPE_CHECKING:
    from tierwise.grading.record import RunRecord

LOOKED_EVERY = timedelta(seconds=15)
"""So often the worker looks whether the command line has published a run, or computed one before the first."""


def show_newest(book: api.Book, *, at: datetime, progress: Progress = silent) -> None:
    """Publishes the run to show to the pages, unless they show it already or there is none."""
    if _waiting(book) is not None:
        with one_at_a_time(folder()):
            # another server may have shown it meanwhile, or a newer one
            record = _waiting(book)
            if record is not None:
                publish(book, record, at=at, progress=progress)
    settle_moved(book, today=timezone.localdate(at))


def keep_newest(at: datetime) -> None:
    """Shows what others published to the book meanwhile, so that no page waits for the next start."""
    book = api.open_book(settings.BOOK)
    record = _waiting(book)
    if record is not None:
        show_newest(book, at=at)
        edition = current_edition()
        if edition is not None and edition.in_force:
            split_later(edition.run_id, actor=record.actor, at=at)


def split_later(run: str, *, actor: str, at: datetime) -> None:
    """Asks for the causes of the migration that pages show now: a job of its own, which replays whole populations."""
    edition = current_edition()
    shown = edition is not None and edition.run_id == run
    if edition is not None and shown and run_before(edition) and key_of_causes(edition) is None:
        enqueue(CAUSES, user=By(actor), at=at, edition=edition.pk)


def split_missing(book: api.Book, *, at: datetime) -> None:
    """Asks for the causes of a month that was published before the pages were first served; not a second time."""
    edition, record = current_edition(), to_show(book)
    if edition is None or record is None or record.run_id != edition.run_id or not edition.in_force:
        return
    if not Job.objects.filter(kind=CAUSES, slots__edition=edition.pk).exists():
        split_later(edition.run_id, actor=record.actor, at=at)


def _waiting(book: api.Book) -> RunRecord | None:
    """The run that pages should show and do not."""
    record = to_show(book)
    return record if record is not None and not is_current(record) else None
