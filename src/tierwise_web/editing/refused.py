"""What the importer refused: told to whoever wrote it until somebody says that it is known, or the book has it anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tierwise_web.audit.services import record as note_event
from tierwise_web.editing.models import ENDED, IN_BOOK, REFUSED, Change
from tierwise_web.editing.services import Actor


def open_refusals() -> QuerySet[Change]:
    """Refused changes that nobody has acknowledged, unless what they said of their record reached the book later."""
    found = Change.objects.filter(state=REFUSED, acknowledged_at=None)
    return found.exclude(pk__in=_said_anew(list(found)))


def _said_anew(refused: Sequence[Change]) -> list[int]:
    """Those of which every column was written again by a change that is in the book."""
    keys = {one.key for one in refused}
    later = Change.objects.filter(key__in=keys, state__in=(IN_BOOK, ENDED)) if keys else ()
    written: dict[tuple[str, str], list[Change]] = {}
    for one in later:
        written.setdefault((one.table, one.key), []).append(one)
    found = []
    for one in refused:
        columns = {
            name for new in written.get((one.table, one.key), ()) if new.pk > one.pk for name in new.values
        }
        if one.values.keys() <= columns:
            found.append(one.pk)
    return found


@transaction.atomic
def acknowledge(number: int, *, actor: Actor, at: datetime) -> None:
    """Notes that a refusal is known, so that it is told no more. Said twice, it is noted once."""
    known = Change.objects.filter(pk=number, state=REFUSED, acknowledged_at=None)
    if known.update(acknowledged_at=at):
        found = Change.objects.get(pk=number)
        note_event(
            "edits.acknowledged", user=actor, at=at, change=number, table=found.table, record=found.key
        )
