"""Slows down who guesses passwords and codes: after some attempts a name has to wait, from wherever it is tried.

Counted in the database, so that several server processes count together and a new start forgets nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from tierwise.kernel.text import Text
from tierwise_web.audit.services import record_once
from tierwise_web.people.models import Attempts, User

ALLOWED, WAIT = 10, timedelta(minutes=15)
WAIT_WORDS = Text("Too many attempts. Try again in a quarter of an hour.", "尝试次数过多，请一刻钟后再试。")


def take(name: str, *, at: datetime) -> bool:
    """Counts an attempt before it is made, and says whether it may be: many at once get no more than one by one."""
    Attempts.objects.filter(since__lte=at - WAIT).delete()
    Attempts.objects.bulk_create([Attempts(name=_digest(name), since=at)], ignore_conflicts=True)
    return _of(name).filter(number__lt=ALLOWED).update(number=F("number") + 1) == 1


def forget(name: str) -> None:
    """Counts from zero again, after the right word."""
    _of(name).delete()


def sender_of(request: HttpRequest) -> str:
    """The address that a request came from; behind a proxy, the proxy's."""
    return str(request.META.get("REMOTE_ADDR", ""))


def note_wrong(request: HttpRequest, user: User, *, at: datetime) -> None:
    """Notes a wrong password of somebody who is known."""
    record_once("people.password-wrong", user=user, at=at, address=sender_of(request))


def note_blocked(request: HttpRequest, user: User, *, at: datetime) -> None:
    """Notes that somebody has to wait: whether the word was right was not looked at."""
    record_once("people.attempt-blocked", user=user, at=at, address=sender_of(request))


def _of(name: str) -> QuerySet[Attempts]:
    return Attempts.objects.filter(name=_digest(name))


def _digest(name: str) -> str:
    """Names are kept as digests: people type passwords into the wrong field.

    In capitals, as databases compare them: ``ſ`` and ``ı`` are other small letters of the same name.
    """
    return salted_hmac("tierwise.people.attempts", name.strip().upper(), algorithm="sha256").hexdigest()
