"""Reading the log: by person, kind, day and words, a page after the other from whatever place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from tierwise_web.audit.models import Event
from tierwise_web.audit.words import EVENTS

PAGE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for in the log."""

    who: str = ""
    code: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, the newest first, and the places from which newer and older ones go on."""

    events: list[Event]
    newer: int | None = None
    older: int | None = None


def page_of(asked: Asked, *, older: int | None = None, newer: int | None = None) -> Page:
    """The newest page, or the one beyond an event."""
    place = Event.objects.filter(pk=newer or older or 0).first()
    found = _asked(asked).select_related("repeat")
    if place is None:
        events = list(found[: PAGE + 1])
        return Page(events[:PAGE], None, _last(events))
    if newer:
        later = found.filter(Q(at__gte=place.at) & (Q(at__gt=place.at) | Q(pk__gt=place.pk)))
        events = list(later.order_by("at", "pk")[: PAGE + 1])
        if len(events) <= PAGE:  # the newest page begins at its beginning
            return page_of(asked)
        events = events[PAGE - 1 :: -1]
        return Page(events, events[0].pk, events[-1].pk)
    events = list(found.filter(Q(at__lte=place.at) & (Q(at__lt=place.at) | Q(pk__lt=place.pk)))[: PAGE + 1])
    return Page(events[:PAGE], events[0].pk if events else place.pk, _last(events))


def every(asked: Asked) -> Iterator[Event]:
    """All that is found, the newest first."""
    return _asked(asked).select_related("repeat").iterator(2000)


def how_many(asked: Asked, most: int) -> int:
    """How many are found, counted no further than one beyond the most."""
    return _asked(asked)[: most + 1].count()


def _last(events: list[Event]) -> int | None:
    return events[PAGE - 1].pk if len(events) > PAGE else None


def _asked(asked: Asked) -> QuerySet[Event]:
    found = Event.objects.annotate(said=Cast("slots", TextField()))
    if asked.who:
        found = found.filter(actor__iexact=asked.who)
    if asked.code:
        found = found.filter(code=asked.code)
    if asked.since:
        found = found.filter(at__gte=_begin(asked.since))
    if asked.until:
        found = found.filter(at__lt=_begin(asked.until + timedelta(days=1)))
    for word in asked.words.split():
        found = found.filter(_speaks_of(word))
    return found


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _speaks_of(word: str) -> Q:
    """The person, what was done (by its words in either language), or a detail; a database may keep those escaped."""
    lower = word.lower()
    codes = [code for code, text in EVENTS.items() if lower in text.en.lower() or lower in text.zh]
    escaped = json.dumps(word)[1:-1]
    return Q(actor__icontains=word) | Q(code__in=codes) | Q(said__icontains=word) | Q(said__icontains=escaped)
