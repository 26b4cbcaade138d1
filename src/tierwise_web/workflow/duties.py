"""What the worker does regularly by itself, beside the jobs that people ask for. Applications add theirs when they are loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error

EVERY = timedelta(hours=1)
Duty = Callable[[datetime], None]
"""Does what is due at a moment; done twice, or by two workers at once, it does no harm."""
DUTIES: dict[Duty, timedelta] = {}
"""Each duty, and how long it rests after it was done."""
_LOG = logging.getLogger("tierwise.web.jobs")


def add_duty(duty: Duty, *, every: timedelta = EVERY) -> None:
    """Makes a duty known, once."""
    DUTIES.setdefault(duty, every)


def do_duties(done: dict[Duty, datetime], at: datetime) -> None:
    """Does the duties whose time has come, and notes it in ``done``. One that breaks keeps no other from its turn."""
    for duty, every in DUTIES.items():
        if duty in done and at - done[duty] < every:
            continue
        try:
            duty(at)
        except Error:  # the database is away: the worker waits for it, and asks again
            raise
        except Exception:  # noqa: BLE001 - logged with its trace; the worker goes on
            _LOG.exception("the duty %s broke", duty.__name__)
        done[duty] = at
