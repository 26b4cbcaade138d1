"""Segments: which there are, and those that are kept by hand, with their days."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.common.allowing import needs
from tierwise_web.common.words import language
from tierwise_web.customers.segments import (
    TABLE,
    Members,
    changed,
    members_of,
    of_segments,
    segment_name,
    segments,
)
from tierwise_web.editing.records import Values, fields, seen, standing
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_SEGMENTS, SEE_SEGMENTS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

NAMES = ("code", "name", "name_en", "dimension", "valid_to")
CODE = re.compile(r"(?!(new|\.\.?)\Z)[\w.-]{1,60}")
"""``segments/new`` is the form of a new one, and dots are places above."""
SHOWN = 200
"""Members that are named; the others are counted."""


@needs(SEE_SEGMENTS)
@require_safe
def all_segments(request: HttpRequest) -> HttpResponse:
    """All segments of today, with how many customers within one's reach are in each."""
    book, today = api.open_book(settings.BOOK), timezone.localdate()
    found = segments(book, today)
    counts = members_of(book, list(found), today)
    reading = _reading(request)
    words = {
        "rows": [_row(code, one, _within(reading, counts.get(code, []))) for code, one in found.items()],
        "may_edit": cast(User, request.user).may(EDIT_SEGMENTS),
    }
    return render(request, "customers/segments.html", words)


def _reading(request: HttpRequest) -> Reading | None:
    edition = current_edition()
    return Reading(edition, cast(User, request.user).scope_for(SEE_SEGMENTS)) if edition else None


def _within(reading: Reading | None, members: list[str]) -> dict[str, str]:
    return reading.names_of(members) if reading else {}


def _row(code: str, one: Values, members: dict[str, str]) -> dict[str, Any]:
    lang = language()
    (dimension,) = (f.choices for f in fields(TABLE, ["dimension"], {}, lang))
    return {
        "code": code,
        "name": segment_name(code, {code: one}, lang),
        "dimension": dict(dimension).get(one.get("dimension") or "", one.get("dimension")),
        "by_rule": one.get("basis") == "rule",
        "rule": one.get("rule"),
        "until": one.get("valid_to"),
        "count": len(members),
    }


@needs(SEE_SEGMENTS)
def segment(request: HttpRequest, code: str = "") -> HttpResponse:
    """A segment with its members and their days; its form for who keeps segments."""
    user, book, today = cast(User, request.user), api.open_book(settings.BOOK), timezone.localdate()
    now = standing(book, TABLE, code, date.max) if code else None
    if (code and now is None) or (not code and not user.may(EDIT_SEGMENTS)):
        raise Http404
    if request.method != "POST":
        return _page(request, book, code, now, now or {})
    if not user.may(EDIT_SEGMENTS) or (now or {}).get("basis") == "rule":
        raise Http404
    given = {name: request.POST.get(name, "") for name in NAMES}
    try:
        if not code and not CODE.fullmatch(given["code"].strip()):
            words = Text(
                "letters, digits, dot, line and hyphen, 60 at most, and not “new”",
                "字母、数字、点、横线，至多 60 个，且不可为 new",
            )
            raise TierwiseError([Problem("edit.code", words, column="code")])
        changed(
            book, code or given["code"].strip(), given, new=not code, seen_before=request.POST.get("seen", ""),
            today=today, actor=user, at=timezone.now(),
        )  # fmt: skip
    except TierwiseError as error:
        return _page(request, book, code, now, dict(given), error.problems)
    return redirect("customers:segments")


def _page(
    request: HttpRequest, book: api.Book, code: str, now: Values | None, values: Values,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:  # fmt: skip
    lang, today, reading = language(), timezone.localdate(), _reading(request)
    late = any(problem.code == "web.changed-meanwhile" for problem in problems)
    members: list[Members] = of_segments(book, [code])[code] if code else []
    names = _within(reading, [one.customer for one in members])
    words = {
        "code": code,
        "row": _row(code, now, {}) if now else None,
        "fields": fields(TABLE, [n for n in NAMES if n != "code" or not code], values, lang, problems=problems,
                         now=now if late else None),
        "seen": seen(now, NAMES) if now else "",
        "wrong": {p.column or "": p.say(lang) for p in reversed(problems)},
        "returned": bool(problems),
        "members": [(one, names[one.customer], one.holds(today)) for one in members if one.customer in names][:SHOWN],
        "count": sum(1 for one in members if one.customer in names and one.holds(today)),
        "may_edit": cast(User, request.user).may(EDIT_SEGMENTS) and (now or {}).get("basis") != "rule",
    }  # fmt: skip
    return render(request, "customers/segment.html", words, status=422 if problems else 200)
