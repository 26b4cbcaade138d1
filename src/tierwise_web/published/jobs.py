"""Splitting the migration into its causes, as a job: it replays whole populations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from tierwise import api
from tierwise.kernel.text import Text
from tierwise_web.published.causes import gone, key_of_causes, split
from tierwise_web.published.models import Edition
from tierwise_web.workflow.jobs import Kind, Task, register

CAUSES = "published.causes"


def register_all() -> None:
    """Makes the kind known."""
    register(
        Kind(CAUSES, Text("Split the migration into its causes", "拆分等级迁移的原因"), causes, _leads_to)
    )


def _leads_to(result: Mapping[str, Any]) -> str:
    return reverse("causes")


def causes(task: Task) -> dict[str, Any]:
    """Computes the split of an edition, unless it is there."""
    edition = Edition.objects.filter(pk=task.slots["edition"]).first()
    if edition is None:
        raise gone()
    if key_of_causes(edition) is None:
        split(api.open_book(settings.BOOK), edition, progress=task.progress)
    return {"edition": edition.pk}
