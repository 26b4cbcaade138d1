"""Large lists as files, written by the worker, fetched by whoever asked for them and nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from tierwise import api
from tierwise.kernel.errors import fail
from tierwise.kernel.text import Text
from tierwise_web.audit.services import record
from tierwise_web.common.words import as_lang, speaking
from tierwise_web.customers import bulk as doing
from tierwise_web.customers import files
from tierwise_web.customers.choosing import choice_of
from tierwise_web.customers.models import Bulk
from tierwise_web.customers.seeing import seen_columns
from tierwise_web.people.models import User
from tierwise_web.people.roles import EXPORT_CUSTOMERS
from tierwise_web.published.editions import edition_of
from tierwise_web.published.reading import Reading
from tierwise_web.workflow.jobs import Cancelled, Kind, Task, register

EXPORT = "customers.export"
BULK = "customers.bulk"
KEPT_DAYS = 7


def register_all() -> None:
    """Makes the kind known."""
    register(Kind(EXPORT, Text("Export customers", "导出客户"), export, _file_page, private=True))
    register(Kind(BULK, Text("Change many customers", "批量处理客户"), bulk, _bulk_page, private=True))


def folder() -> Path:
    """Where files wait to be fetched."""
    return Path(settings.DATA) / "files"


def _file_page(result: Mapping[str, Any]) -> str:
    return reverse("customers:file", args=[result["file"]])


def _bulk_page(result: Mapping[str, Any]) -> str:
    return reverse("customers:bulk", args=[result["bulk"]])


def bulk(task: Task) -> dict[str, Any]:
    """Does one thing to many customers, or takes it back; done again it goes on where it was."""
    user, found = User.objects.get(username=task.actor), Bulk.objects.get(pk=task.slots["bulk"])
    book, today = api.open_book(settings.BOOK), timezone.localdate(task.at)
    act = doing.undo if task.slots["undo"] else doing.carry_out
    try:
        act(book, found, today=today, actor=user, at=task.at, progress=task.progress)
    except Cancelled:
        doing.stop(found)
        raise
    return {"bulk": found.pk}


def export(task: Task) -> dict[str, Any]:
    """Writes the list that was asked for, as far as the person may see it now. **Raises** ``web.not-allowed``."""
    user = User.objects.filter(username=task.actor, is_active=True).first()
    edition = edition_of(task.slots["edition"])
    if user is None or not user.may(EXPORT_CUSTOMERS) or edition is None:
        raise fail("web.not-allowed", "this may not be exported any more", "已无权导出")
    reading = Reading(edition, user.scope_for(EXPORT_CUSTOMERS))
    choice = choice_of(QueryDict(task.slots["query"].lstrip("?")), profit=user.scope.profit)
    _tidy(task)
    target = folder() / f"customers-{edition.as_of}-{secrets.token_urlsafe(12)}.{task.slots['ending']}"
    with speaking(as_lang(task.slots["lang"]) or "en"):
        columns = seen_columns(reading, choice.columns or tuple(task.slots["columns"]))
        rows = files.write(
            reading, choice, columns, target, lambda n: task.progress("list", n, edition.customers)
        )
    record(
        "customers.exported",
        user=user,
        at=task.at,
        rows=rows,
        query=choice.address(),
        file=task.slots["ending"],
    )
    return {"file": target.name, "rows": rows, "seen": seen_by(user)}


def seen_by(user: User) -> str:
    """Tells whether somebody may still see what a file was written for."""
    return sha256(repr(user.scope_for(EXPORT_CUSTOMERS)).encode()).hexdigest()[:16]


def _tidy(task: Task) -> None:
    """Files of last week are gone."""
    folder().mkdir(parents=True, exist_ok=True)
    last = (task.at - timedelta(days=KEPT_DAYS)).timestamp()
    for path in folder().iterdir():
        if path.stat().st_mtime < last:
            path.unlink(missing_ok=True)
