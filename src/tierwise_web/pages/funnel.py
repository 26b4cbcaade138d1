"""The funnel of prospects: who came in, how far they came, by month, source or account manager. Source: spec 11 (W08), 13."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Any, cast, get_args
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.insight.funnel import STEPS, Cohort, Heading, cohort, cohorts, headings, prospect_steps
from tierwise.kernel.periods import add_months
from tierwise.kernel.text import Text
from tierwise_web.assessments.asking import forms
from tierwise_web.common.allowing import needs
from tierwise_web.common.charts import percent
from tierwise_web.common.words import language
from tierwise_web.customers.choosing import NOTHING
from tierwise_web.customers.unmet import fresh, seen_rows
from tierwise_web.pages.prospects import KINDS
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_ASSESSMENTS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

MONTHS = 12
ROWS = 50
CARD = "prospect_scorecard"
"""The card by which prospects are judged, where no policy in use names one."""
TITLES: dict[str, Text] = {
    "entered": Text("New", "新进入"),
    "worked": Text("In work", "跟进中"),
    "judged": Text("Assessed", "已评估"),
    "won": Text("First order", "首单"),
    "given_up": Text("Given up", "已放弃"),
}
BY: dict[Heading, Text] = {
    "month": Text("Month of first contact", "首次接触月份"),
    "quarter": Text("Quarter", "季度"),
    "source": Text("Source", "来源"),
    "owner": Text("Account manager", "客户经理"),
}
_KEPT = 2
_KNOWN: OrderedDict[tuple[str, int, date], pa.Table] = OrderedDict()
"""The steps of a book at a version on a day."""
_ONE = Lock()
"""Held by who computes them, so that many who ask at once compute them once."""


@needs(SEE_ASSESSMENTS)
@require_safe
def funnel(request: HttpRequest) -> HttpResponse:
    """How far those came that entered within a year, under one heading; each number leads to its customers."""
    user, edition = cast(User, request.user), current_edition()
    if edition is None:
        return render(request, "customers/nothing.html", {})
    today, by = timezone.localdate(), _heading(request.GET.get("by", ""))
    reading = Reading(edition, user.scope_for(SEE_ASSESSMENTS))
    book = api.open_book(settings.BOOK)
    rows = entered(book, reading, today)
    step, key = request.GET.get("step", ""), request.GET.get("key")
    chosen = rows.filter(_under(rows, by, key, step)) if step in STEPS else rows.slice(0, 0)
    page = Paginator(range(len(chosen)), ROWS).get_page(request.GET.get("page"))
    listed = chosen.slice(page[0], len(page)).to_pylist() if len(page) else []
    codes = [str(row["code"]) for row in listed]
    words = {
        "by": by,
        "headings": BY,
        "titles": TITLES,
        "lines": [_line(one, by) for one in cohorts(rows, by)],
        "total": _line(cohort(rows), by, whole=True),
        "step": step if step in STEPS else "",
        "key": key,
        "key_words": None if key is None else _words(key),
        "page": page,
        "rows": listed,
        "names": {code: one["name"] or code for code, one in seen_rows(book, reading, codes, today).items()},
        "query": urlencode([("by", by), ("step", step), *([("key", key)] if key is not None else [])]),
        "since": first_day(today),
    }
    return render(request, "pages/funnel.html", words)


def first_day(today: date) -> date:
    """The first day of the year that is shown: twelve months with this one."""
    return add_months(today.replace(day=1), 1 - MONTHS)


def entered(book: api.Book, reading: Reading, today: date) -> pa.Table:
    """The customers within reach that entered since the first day, with their steps."""
    table = _steps(book, today)
    if reading.scope.reach == "all":
        return table
    codes = [*reading.codes(), *(row["code"] for row in fresh(reading))]
    return table.filter(pc.is_in(table["code"], pa.array(codes, pa.string())))


def _steps(book: api.Book, today: date) -> pa.Table:
    asked = (str(book.path), book.current().number, today)
    with _ONE:
        if asked not in _KNOWN:
            cards = [form.template for form in forms(book) if set(KINDS) & set(form.kinds)] or [CARD]
            _KNOWN[asked] = prospect_steps(book, today, cards, since=first_day(today))
            while len(_KNOWN) > _KEPT:
                _KNOWN.popitem(last=False)
        return _KNOWN[asked]


def _heading(asked: str) -> Heading:
    return next((by for by in get_args(Heading) if by == asked), "month")


def _under(rows: pa.Table, by: Heading, key: str | None, step: str) -> pa.Array:
    """Which rows reached a step, under one heading or under any."""
    reached = pc.is_valid(rows[step])
    if key is None:
        return reached
    return pc.and_(reached, pc.equal(pc.fill_null(headings(rows, by), NOTHING), key))


def _words(key: str) -> str:
    return {"en": "none", "zh": "无"}[language()] if key == NOTHING else key


def _line(one: Cohort, by: str, *, whole: bool = False) -> dict[str, Any]:
    key = one.key or NOTHING
    cells = []
    for stage in one.stages:
        query = [("by", by), ("step", stage.step), *([] if whole else [("key", key)])]
        share = "" if stage.step == "entered" else percent(stage.share_pct, 0)
        cells.append((stage.step, stage.customers, share, f"{reverse('funnel')}?{urlencode(query)}#those"))
    return {"name": _words(key), "cells": cells}
