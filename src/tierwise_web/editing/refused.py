"""What the importer refused: told to whoever wrote it until somebody says that it is known, or the book has it anew."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from tierwise_web.audit.services import record as note_event
from tierwise_web.editing.models import ENDED, IN_BOOK, REFUSED, Change
from tierwise_web.editing.services import Actor


def open_refusals() -> QuerySet[Change]:
    """Refused changes that nobody has acknowledged, and after which none of the same record reached the book."""
    later = Change.objects.filter(
        table=OuterRef("table"), key=OuterRef("key"), pk__gt=OuterRef("pk"), state__in=(IN_BOOK, ENDED)
    )
    return Change.objects.filter(~Exists(later), state=REFUSED, acknowledged_at=None)


@transaction.atomic
def acknowledge(number: int, *, actor: Actor, at: datetime) -> None:
    """Notes that a refusal is known, so that it is told no more. Said twice, it is noted once."""
    known = Change.objects.filter(pk=number, state=REFUSED, acknowledged_at=None)
    if known.update(acknowledged_at=at):
        found = Change.objects.get(pk=number)
        note_event(
            "edits.acknowledged", user=actor, at=at, change=number, table=found.table, record=found.key
        )
