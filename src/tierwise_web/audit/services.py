"""Writing the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction

from tierwise_web.audit.models import Event, Repeat

MINUTE = timedelta(minutes=1)
ALIKE = ("page", "address")
"""What is the same of events that are one line."""
MOST_NAMES = 200
"""So many further names are kept beside a line."""


class Actor(Protocol):
    """Whoever does something: the log knows no user table."""

    username: str


class Stranger:
    """Somebody who is not signed in, and whose name is nobody's."""

    username = "–"


def record(code: str, *, user: Actor, at: datetime, **slots: Any) -> Event:
    """Notes what somebody did."""
    return Event.objects.create(code=code, actor=user.username, at=at, slots=slots)


@transaction.atomic
def record_once(code: str, *, user: Actor, at: datetime, **slots: Any) -> None:
    """Notes what may come in floods: once a minute for a person, a page and an address, how often it was, and which further names
    were tried. What else is told of it is that of the first time.
    """
    minute = at.replace(second=0, microsecond=0)
    lately = Event.objects.filter(actor=user.username, code=code, at__gte=minute, at__lt=minute + MINUTE)
    same = next(
        (one for one in lately if all(one.slots.get(name) == slots.get(name) for name in ALIKE)), None
    )
    if same is None:
        record(code, user=user, at=at, **slots)
        return
    Repeat.objects.bulk_create([Repeat(event=same)], ignore_conflicts=True)
    repeat = Repeat.objects.select_for_update().get(event=same)
    repeat.number += 1
    known = {same.slots.get("username"), *repeat.others}
    name = slots.get("username")
    if name is not None and name not in known and len(known) <= MOST_NAMES:
        repeat.others.append(name)
    repeat.save()
