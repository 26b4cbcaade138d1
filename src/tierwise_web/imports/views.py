"""The register of imports, and undoing one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.book.batches import Batch, batches
from tierwise.book.contract import TABLES
from tierwise.book.undoing import undo_reason
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs
from tierwise_web.common.words import language
from tierwise_web.editing.handing import note_undone, of_people
from tierwise_web.editing.reasons import LONGEST, given_reason
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_EDITS, SEE_IMPORTS, UNDO_IMPORTS


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the register: an import with what undid it, or the undoing of one."""

    batch: Batch
    title: Text
    of_people: bool
    undo: Batch | None
    """What undid it …"""
    why: str
    """… and the reason; empty where nobody said one."""
    undoes: Batch | None


@needs(SEE_IMPORTS)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """All imports, the newest first: what came, what changed, what was refused, what was undone by whom and why."""
    return _imports(request)


def _imports(request: HttpRequest, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    book, user = api.open_book(settings.BOOK), cast(User, request.user)
    words = {
        "rows": list(_rows(book, batches(book, book.current()))),
        "problems": problems,
        "may_undo": user.may(UNDO_IMPORTS),
        "sees_edits": user.may(SEE_EDITS),
    }
    return render(request, "imports/imports.html", words, status=422 if problems else 200)


def _rows(book: api.Book, known: Sequence[Batch]) -> Iterator[_Row]:
    numbered = {batch.number: batch for batch in known}
    undoes = {batch.undone_by: batch for batch in known if batch.undone_by is not None}
    for batch in reversed(known):
        undo = numbered.get(batch.undone_by or 0)
        why = undo_reason(book.version(undo.version), batch) if undo else ""
        yield _Row(batch, TABLES[batch.table].label, of_people(batch), undo, why, undoes.get(batch.number))


@needs(UNDO_IMPORTS)
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """What undoing an import takes, counted; with a reason, it is taken back as a new version.

    People's changes that came with it are not put again.
    """
    book = api.open_book(settings.BOOK)
    try:
        if request.method != "POST":
            return _asked(request, book, number)
        try:
            reason = given_reason(request.POST.get("reason", ""))
        except TierwiseError as error:
            return _asked(request, book, number, error.problems)
        return _undone(request, book, number, reason)
    except TierwiseError as error:
        if error.code == "undo.no-batch":
            raise Http404 from None
        return _imports(request, error.problems)


def _asked(
    request: HttpRequest, book: api.Book, number: int, problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    """The page that counts what is lost, and asks why. **Raises** what undoing would."""
    loss = api.undo_loss(book, number)
    batch = next(one for one in batches(book, book.current()) if one.number == number)
    words = {
        "batch": batch,
        "title": TABLES[batch.table].label,
        "of_people": of_people(batch),
        "loss": loss,
        "naming": [(TABLES[name].label, count) for name, count in loss.orphans.rows.items()],
        "longest": LONGEST,
        "wrong": {problem.column or "": problem.say(language()) for problem in problems},
    }
    return render(request, "imports/undo.html", words, status=422 if problems else 200)


def _undone(request: HttpRequest, book: api.Book, number: int, reason: str) -> HttpResponse:
    user, at = cast(User, request.user), timezone.now()
    undone = api.undo_import(book, number, actor=user.username, at=at, reason=reason)
    changes = note_undone(book, number, undone.table, today=timezone.localdate())
    record(
        "imports.undone", user=user, at=at, batch=number, table=undone.table, rows=undone.removed, changes=changes,
        reason=reason,
    )  # fmt: skip
    return redirect("imports:list")
