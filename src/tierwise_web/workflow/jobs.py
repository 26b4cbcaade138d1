"""What kinds of jobs there are, and asking for one. Applications fill the register when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tierwise.kernel.text import Text
from tierwise_web.workflow.models import RUNNING, WAITING, Job

Progress = Callable[..., None]
"""Called with a stage, and where it has parts with what is done and what there is; raises when the job is cancelled."""
Work = Callable[["Task"], dict[str, Any]]


class Cancelled(Exception):  # noqa: N818 - what happened, not what went wrong
    """Somebody asked to stop."""


@dataclass(frozen=True)
class Task:
    """A job as its work sees it."""

    slots: Mapping[str, Any]
    actor: str
    at: datetime
    attempt: int
    progress: Progress
    asked_at: datetime

    def note(self, stage: str, done: int | None = None, total: int | None = None) -> None:
        """How far what follows is, where the work itself is done: too late to stop."""
        with suppress(Cancelled):
            self.progress(stage, done, total)


@dataclass(frozen=True)
class Kind:
    """A kind of job: what it is called, what it does, and where its result can be seen."""

    code: str
    title: Text
    work: Work
    leads_to: Callable[[Mapping[str, Any]], str] | None = None
    private: bool = False
    """Seen by whoever asked for it alone; otherwise by all who see runs."""
    told: Callable[[Mapping[str, Any]], list[str]] | None = None
    """What it was asked for, in words, where that is more than the texts that it was given."""


KINDS: dict[str, Kind] = {}


class Actor(Protocol):
    """Whoever asks."""

    username: str


def register(kind: Kind) -> None:
    """Makes a kind known."""
    KINDS[kind.code] = kind


def enqueue(code: str, *, user: Actor, at: datetime, **slots: Any) -> Job:
    """Asks for a job; a worker takes it."""
    return Job.objects.create(kind=KINDS[code].code, slots=slots, actor=user.username, created_at=at)


def under_way(code: str, *, begun: bool = True, **slots: Any) -> Job | None:
    """The first job of a kind for the same that waits (or runs, if ``begun``) and that nobody asked to stop, if any."""
    states = (WAITING, RUNNING) if begun else (WAITING,)
    open_ = Job.objects.filter(kind=code, state__in=states, cancel_asked=False).order_by("id")
    return next((job for job in open_ if slots.items() <= job.slots.items()), None)


def told_of(job: Job) -> list[str]:
    """What a job was asked for, in words."""
    kind = KINDS.get(job.kind)
    if kind is not None and kind.told is not None:
        return kind.told(job.slots)
    return [
        value for name, value in job.slots.items() if isinstance(value, str) and name not in ("lang", "query")
    ]


def title_of(job: Job) -> Text:
    """What a job is called."""
    kind = KINDS.get(job.kind)
    return kind.title if kind else Text(job.kind, job.kind)
