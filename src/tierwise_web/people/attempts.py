"""Slows down who guesses passwords: after some failures a name has to wait, from wherever it is tried."""

from __future__ import annotations

import hashlib

from django.core.cache import cache

from tierwise.kernel.text import Text

ALLOWED, WAIT_SECONDS = 10, 900
WAIT = Text("Too many attempts. Try again in a quarter of an hour.", "尝试次数过多，请一刻钟后再试。")


def _key(username: str) -> str:
    return "attempts-" + hashlib.sha256(username.strip().lower().encode()).hexdigest()


def has_to_wait(username: str) -> bool:
    """Whether this name failed too often within the last quarter of an hour."""
    return int(cache.get(_key(username), 0)) >= ALLOWED


def note_failure(username: str) -> None:
    """Counts a failure."""
    cache.add(_key(username), 0, WAIT_SECONDS)
    cache.incr(_key(username))


def forget(username: str) -> None:
    """Counts from zero again."""
    cache.delete(_key(username))
