"""The register of imports."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.batches import batches
from tierwise.book.contract import TABLES
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.editing.handing import note_undone
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_EDITS, SEE_IMPORTS, UNDO_IMPORTS


@needs(SEE_IMPORTS)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """All imports, the newest first: what came, what changed, what was refused."""
    return _imports(request)


def _imports(request: HttpRequest, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    book, user = api.open_book(settings.BOOK), cast(User, request.user)
    rows = [(batch, TABLES[batch.table].label) for batch in reversed(batches(book, book.current()))]
    words = {
        "rows": rows,
        "problems": problems,
        "may_undo": user.may(UNDO_IMPORTS),
        "sees_edits": user.may(SEE_EDITS),
    }
    return render(request, "imports/imports.html", words, status=422 if problems else 200)


@needs(UNDO_IMPORTS)
@only_sent
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Takes an import back as a new version; people's changes that came with it are not put again."""
    user, at, book = cast(User, request.user), timezone.now(), api.open_book(settings.BOOK)
    try:
        undone = api.undo_import(book, number, actor=user.username, at=at)
    except TierwiseError as error:
        return _imports(request, error.problems)
    changes = note_undone(book, number, undone.table, today=timezone.localdate())
    record("imports.undone", user=user, at=at, batch=number, table=undone.table, changes=changes)
    return redirect("imports:list")
