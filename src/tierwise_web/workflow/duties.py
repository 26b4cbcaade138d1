"""What the worker does regularly by itself, beside the jobs that people ask for. Applications add theirs when they are loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error

EVERY = timedelta(hours=1)
Duty = Callable[[datetime], None]
"""Does what is due at a moment; done twice, or by two workers at once, it does no harm."""
DUTIES: list[Duty] = []
_LOG = logging.getLogger("tierwise.web.jobs")


def add_duty(duty: Duty) -> None:
    """Makes a duty known, once."""
    if duty not in DUTIES:
        DUTIES.append(duty)


def do_duties(last: datetime | None, at: datetime) -> datetime:
    """Does all duties if their time has come; when they were done last. One that breaks keeps no other from its turn."""
    if last is not None and at - last < EVERY:
        return last
    for duty in DUTIES:
        try:
            duty(at)
        except Error:  # the database is away: the worker waits for it, and asks again
            raise
        except Exception:  # noqa: BLE001 - logged with its trace; the worker goes on
            _LOG.exception("the duty %s broke", duty.__name__)
    return at
