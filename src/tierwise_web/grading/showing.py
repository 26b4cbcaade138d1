"""Bringing the pages to the run that they should show."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from tierwise import api
from tierwise_web.editing.leading import settle_moved
from tierwise_web.published.build import Progress
from tierwise_web.published.editions import is_current, publish, silent, to_show

LOOKED_EVERY = timedelta(seconds=15)
"""So often the worker looks whether the command line has published a run, or computed one before the first."""


def show_newest(book: api.Book, *, at: datetime, progress: Progress = silent) -> None:
    """Publishes the run to show to the pages, unless they show it already or there is none."""
    record = to_show(book)
    if record is not None and not is_current(record):
        publish(book, record, at=at, progress=progress)
    settle_moved(book, today=timezone.localdate(at))


def keep_newest(at: datetime) -> None:
    """Shows what others published to the book meanwhile, so that no page waits for the next start."""
    book = api.open_book(settings.BOOK)
    record = to_show(book)
    if record is not None and not is_current(record):
        show_newest(book, at=at)
