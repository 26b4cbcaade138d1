"""The log for the auditor: looked through, and taken along as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import pyarrow as pa
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise.grading.export import Sheet, write_rows
from tierwise.kernel.text import Text
from tierwise_web.audit.queries import Asked, Page, every, how_many, page_of
from tierwise_web.audit.services import record
from tierwise_web.audit.words import EVENTS, event_words
from tierwise_web.common.allowing import needs
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language, moment
from tierwise_web.people.forms import LogForm
from tierwise_web.people.log_words import details
from tierwise_web.people.models import User
from tierwise_web.people.roles import READ_LOG

MOST_ROWS = 100_000
TOO_MANY = Text(
    f"More than {MOST_ROWS:,} lines: choose fewer days for a file.",
    f"超过 {MOST_ROWS:,} 行：请缩小日期范围后再导出。",
)
TITLES = (
    Text("When", "时间"), Text("Who", "操作人"), Text("What", "操作"), Text("Details", "详情"), Text("Code", "代码"),
)  # fmt: skip


@needs(READ_LOG)
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """What people did, the newest first, as far as it is asked for."""
    form = LogForm(request.GET)
    right = form.is_valid()
    places = {way: _number(request.GET.get(way, "")) for way in ("newer", "older")}
    words = {
        "form": form,
        "page": page_of(_asked(form), **places) if right else Page([]),
        "done": event_words,
        "details": details,
        "kinds": sorted(((code, text.in_lang(language())) for code, text in EVENTS.items()), key=lambda k: k[1]),
        "people": User.objects.order_by("username").values_list("username", flat=True),
        "query": _query(form) if right else "",
    }  # fmt: skip
    return render(request, "people/log.html", words, status=200 if right else 422)


@needs(READ_LOG)
@require_safe
def export(request: HttpRequest) -> HttpResponse | FileResponse:
    """What was found as a file; that it was taken along is noted."""
    form = LogForm(request.GET)
    if not form.is_valid():
        return log(request)
    asked = _asked(form)
    if how_many(asked, MOST_ROWS) > MOST_ROWS:
        return mistake(request, 413, TOO_MANY)
    lang, at = language(), timezone.now()
    rows = [
        (moment(e.at), e.actor, event_words(e.code).in_lang(lang), details(e), e.code) for e in every(asked)
    ]
    table = pa.table(
        {t.in_lang(lang): pa.array([r[i] for r in rows], pa.string()) for i, t in enumerate(TITLES)}
    )
    said = {name: str(value) for name, value in form.cleaned_data.items() if value}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"log-{timezone.localdate(at)}.csv"
        count = write_rows(table, target, Sheet("操作日志" if lang == "zh" else "log", said, lang))
        record("people.log-exported", user=cast(User, request.user), at=at, rows=count, query=_query(form))
        # the open file outlives its name
        return FileResponse(target.open("rb"), as_attachment=True, filename=target.name)


def _asked(form: LogForm) -> Asked:
    return Asked(**form.cleaned_data)


def _query(form: LogForm) -> str:
    """What is looked for, as the end of an address."""
    said = {name: value for name, value in form.cleaned_data.items() if value}
    return f"?{urlencode(said)}" if said else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
