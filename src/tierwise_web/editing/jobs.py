"""Handing over as a job of its own, for whoever does not want to wait for the next run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from tierwise import api
from tierwise.kernel.text import Text
from tierwise_web.editing.handing import hand_over
from tierwise_web.workflow.jobs import Kind, Task, register

HAND_OVER = "edits.hand-over"


@dataclass(slots=True)
class By:
    """Who asked for a job."""

    username: str


def register_all() -> None:
    """Makes the kind known."""
    register(Kind(HAND_OVER, Text("Take people's changes into the book", "人工变更入账簿"), work, _leads_to))


def _leads_to(result: Mapping[str, Any]) -> str:
    return reverse("editing:changes")


def work(task: Task) -> dict[str, Any]:
    """Hands over; done again it finds nothing left to do."""
    return take_edits(api.open_book(settings.BOOK), task)


def take_edits(book: api.Book, task: Task) -> dict[str, Any]:
    """The first step of whatever reads the book."""
    task.progress("edits")
    made = hand_over(book, actor=By(task.actor), at=task.at)
    return {"handover": made.pk if made else None}
