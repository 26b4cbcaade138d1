"""Writing the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from tierwise_web.audit.models import Event


class Actor(Protocol):
    """Whoever does something: the log knows no user table."""

    username: str


def record(code: str, *, user: Actor, at: datetime, **slots: Any) -> Event:
    """Notes what somebody did."""
    return Event.objects.create(code=code, actor=user.username, at=at, slots=slots)
