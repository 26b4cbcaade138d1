"""The list of promises across customers: mine or everybody's within reach; kept, put off and undone from the list."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pyarrow as pa
from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.grading.export import Sheet, write_rows
from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language
from tierwise_web.customers import files, promises
from tierwise_web.customers.promises import OPEN_PARTS, PARTS, WHOSE
from tierwise_web.customers.speaking import ends_on
from tierwise_web.customers.unmet import Row, seen_rows
from tierwise_web.editing.models import Change
from tierwise_web.editing.records import standing
from tierwise_web.editing.values import shown
from tierwise_web.people.models import User
from tierwise_web.people.roles import EXPORT_CUSTOMERS, LOG_WORK, SEE_CONTACTS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading

ROWS = 50
TOO_MANY = Text(
    f"More than {files.MOST_ROWS:,} promises: a file takes those of one part, or your own.",
    f"超过 {files.MOST_ROWS:,} 条承诺：请只导出其中一类，或仅导出自己的。",
)
TITLES = {
    "customer_code": Text("Customer", "客户编码"),
    "name": Text("Name", "客户名称"),
    "promise": Text("Promise", "承诺"),
    "promise_due_on": Text("Due", "到期日"),
    "promise_state": Text("State", "状态"),
    "by": Text("By", "经办人"),
    "date": Text("Made on", "承诺日期"),
}


def _asked(request: HttpRequest) -> tuple[str, str]:
    """Whose promises, and which part of them."""
    whose, part = request.GET.get("whose", ""), request.GET.get("part", "")
    return whose if whose in WHOSE else "mine", part if part in PARTS else ""


@needs(SEE_CONTACTS)
@require_safe
def all_promises(request: HttpRequest) -> HttpResponse:
    """What was promised and is to be done: overdue first, then by day."""
    user, edition = cast(User, request.user), current_edition()
    if edition is None:
        return render(request, "customers/nothing.html", {})
    whose, part = _asked(request)
    book, today = api.open_book(settings.BOOK), timezone.localdate()
    found = promises.promises(book, edition, user, whose, today)
    counts = {name: found.count(name) for name in PARTS}
    part = part or next((name for name in OPEN_PARTS if counts[name]), "due")
    page = Paginator(range(counts[part]), ROWS).get_page(request.GET.get("page"))
    rows = found.some(part, page.start_index() - 1 if counts[part] else 0, ROWS)
    words = {
        "whose": whose,
        "part": part,
        "counts": counts,
        "parts": PARTS,
        "whom": WHOSE,
        "page": page,
        "rows": _lines(book, edition, user, rows),
        "did": _did(request, user),
        "may_export": user.may(EXPORT_CUSTOMERS),
        "today": today,
    }
    return render(request, "customers/promises.html", words)


def _lines(book: api.Book, edition: Edition, user: User, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a page: the customer's name, what may be done, whether somebody's step waits."""
    lang, today = language(), timezone.localdate()
    ends = ends_on(book, today)
    codes = promises.codes_of(rows, ends)
    known = seen_rows(book, Reading(edition, user.scope_for(SEE_CONTACTS)), codes, today)
    mine = (
        seen_rows(book, Reading(edition, user.scope_for(LOG_WORK)), codes, today)
        if user.may(LOG_WORK)
        else {}
    )
    return [
        row
        | {
            "page": _leads_to(row["customer_code"], known, ends),
            "state": shown(promises.TABLE, "promise_state", row["promise_state"] or "open", lang),
            "seen": promises.seen_of(row),
            "may": _leads_to(row["customer_code"], mine, ends) is not None,
            "own": row["customer_code"] in mine,
        }
        for row in rows
    ]


def _leads_to(code: str, known: Mapping[str, Row], ends: Mapping[str, str]) -> Row | None:
    """The customer to whom something was promised, or the one in which it goes on; nobody where neither is known."""
    return known.get(code) or known.get(ends.get(code, code))


def _did(request: HttpRequest, user: User) -> Change | None:
    """The step that this person just took, to be undone."""
    said = request.GET.get("did", "")
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
    found = Change.objects.filter(pk=number, table=promises.TABLE, actor=user.username).first()
    return found if found is not None and found.state in ("waiting", "in-book") else None


@needs(LOG_WORK)
@only_sent
def keep_promise(request: HttpRequest) -> HttpResponse:
    """A promise was kept: in time, or late."""
    today = timezone.localdate()
    customer, number = _which(request)
    now = standing(api.open_book(settings.BOOK), promises.TABLE, number, today) or {}
    return _step(request, customer, number, {"promise_state": promises.kept_words(now, today)})


@needs(LOG_WORK)
@only_sent
def put_off(request: HttpRequest) -> HttpResponse:
    """A promise is given another day."""
    return _step(request, *_which(request), None)


@needs(LOG_WORK)
@only_sent
def reopen(request: HttpRequest) -> HttpResponse:
    """A promise that was done is open again."""
    return _step(request, *_which(request), {"promise_state": "open"})


def _which(request: HttpRequest) -> tuple[str, str]:
    """Customer and number of the promise, about which somebody may write."""
    number, customer = request.POST.get("number", ""), request.POST.get("customer", "")
    _refuse_foreign(request, customer)
    return customer, number


def _refuse_foreign(request: HttpRequest, code: str) -> None:
    """**Raises** 404 for a customer about whom somebody may not write, nor about the one in which it goes on."""
    edition, book, today = current_edition(), api.open_book(settings.BOOK), timezone.localdate()
    if edition is None:
        raise Http404
    ends = ends_on(book, today)
    reading = Reading(edition, cast(User, request.user).scope_for(LOG_WORK))
    if _leads_to(code, seen_rows(book, reading, [code, ends.get(code, code)], today), ends) is None:
        raise Http404


def _step(request: HttpRequest, customer: str, number: str, given: dict[str, str] | None) -> HttpResponse:
    user, book, post = cast(User, request.user), api.open_book(settings.BOOK), request.POST
    today, at = timezone.localdate(), timezone.now()
    saw = post.get("seen", "") or "-"  # nothing seen would be a new record
    try:
        if given is None:
            made = promises.put_off(
                book, number, customer, post.get("until", ""), seen_before=saw, today=today, actor=user, at=at
            )
        else:
            made = promises.step(
                book, number, customer, given, seen_before=saw, today=today, actor=user, at=at
            )
    except TierwiseError as error:
        return mistake(
            request, 409 if error.problems[0].code.startswith("web.") else 422, error.problems[0].text
        )
    return redirect(_back(request, did=made.pk if made else None))


def _back(request: HttpRequest, **more: Any) -> str:
    """The list from which somebody came."""
    post = request.POST
    said = {"whose": post.get("whose", ""), "part": post.get("part", ""), **more}
    pairs = [(name, value) for name, value in said.items() if value]
    return f"{reverse('customers:promises')}?{urlencode(pairs)}"


@needs(LOG_WORK)
@only_sent
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Takes one's own step back."""
    found = get_object_or_404(Change, pk=number, table=promises.TABLE)
    _refuse_foreign(request, found.customer)
    try:
        promises.undo(
            api.open_book(settings.BOOK), found, today=timezone.localdate(), actor=cast(User, request.user),
            at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return mistake(request, 409, error.problems[0].text)
    return redirect(_back(request))


@needs(SEE_CONTACTS)
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many of one's own promises are overdue and due: a part of the first page that comes after it stands."""
    user, edition = cast(User, request.user), current_edition()
    if edition is None:
        raise Http404
    found = promises.promises(api.open_book(settings.BOOK), edition, user, "mine", timezone.localdate())
    return render(request, "customers/promises_count.html", {"counts": {p: found.count(p) for p in PARTS}})


@needs(EXPORT_CUSTOMERS)
@require_safe
def export(request: HttpRequest, ending: str) -> HttpResponse | FileResponse:
    """The list as a file, as far as the person sees it; it is noted in the log."""
    user, edition = cast(User, request.user), current_edition()
    if edition is None or ending not in files.ENDINGS or not user.may(SEE_CONTACTS):
        raise Http404
    whose, part = _asked(request)
    today, lang = timezone.localdate(), language()
    book = api.open_book(settings.BOOK)
    found = promises.promises(book, edition, user, whose, today, need=EXPORT_CUSTOMERS)
    asked = [part] if part else list(PARTS)
    if sum(found.count(name) for name in asked) > files.MOST_ROWS:
        return mistake(request, 413, TOO_MANY)
    rows = [row for name in asked for row in found.some(name, 0, files.MOST_ROWS)]
    ends = ends_on(book, today)
    reading = Reading(edition, user.scope_for(EXPORT_CUSTOMERS))
    known = seen_rows(book, reading, promises.codes_of(rows, ends), today)
    for row in rows:
        row["name"] = (_leads_to(row["customer_code"], known, ends) or {}).get("name")
        row["promise_state"] = shown(promises.TABLE, "promise_state", row["promise_state"] or "open", lang)
    table = pa.table(
        {t.in_lang(lang): pa.array([row[name] for row in rows], pa.string()) for name, t in TITLES.items()}
    )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"promises-{today}.{ending}"
        about = {"as_of": today.isoformat(), "filter": f"?whose={whose}&part={part}"}
        count = write_rows(table, target, Sheet("承诺" if lang == "zh" else "promises", about, lang))
        record(
            "promises.exported", user=user, at=timezone.now(), rows=count, whose=whose, part=part, file=ending
        )
        # the open file outlives its name
        return FileResponse(target.open("rb"), as_attachment=True, filename=target.name)
