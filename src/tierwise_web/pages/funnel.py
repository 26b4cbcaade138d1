"""The funnel of prospects: who came in, how far they came, by month, source or account manager. Source: spec 11 (W08), 13."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast
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
from tierwise.insight.funnel import STEPS, Cohort, cohort, cohorts, prospect_steps
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
BY: dict[str, Text] = {
    "month": Text("Month of first contact", "首次接触月份"),
    "quarter": Text("Quarter", "季度"),
    "source": Text("Source", "来源"),
    "owner": Text("Account manager", "客户经理"),
}
Row = Mapping[str, Any]
_KNOWN: dict[tuple[str, int, date], pa.Table] = {}
"""The steps of a book at a version on a day."""


@needs(SEE_ASSESSMENTS)
@require_safe
def funnel(request: HttpRequest) -> HttpResponse:
    """How far those came that entered within a year, under one heading; each number leads to its customers."""
    user, edition = cast(User, request.user), current_edition()
    if edition is None:
        return render(request, "customers/nothing.html", {})
    today, by = timezone.localdate(), request.GET.get("by", "")
    by = by if by in BY else "month"
    reading = Reading(edition, user.scope_for(SEE_ASSESSMENTS))
    book = api.open_book(settings.BOOK)
    rows = entered(book, reading, today)
    step, key = request.GET.get("step", ""), request.GET.get("key")
    chosen = [row for row in rows if _is(row, by, key) and row[step] is not None] if step in STEPS else []
    page = Paginator(chosen, ROWS).get_page(request.GET.get("page"))
    codes = [str(row["code"]) for row in page]
    words = {
        "by": by,
        "headings": BY,
        "titles": TITLES,
        "lines": [_line(one, by) for one in cohorts(rows, lambda row: heading(row, by))],
        "total": _line(cohort(None, rows), by, whole=True),
        "step": step if step in STEPS else "",
        "key": key,
        "key_words": None if key is None else _words(key, by),
        "page": page,
        "names": {code: one["name"] or code for code, one in seen_rows(book, reading, codes, today).items()},
        "query": urlencode([("by", by), ("step", step), *([("key", key)] if key is not None else [])]),
        "since": first_day(today),
    }
    return render(request, "pages/funnel.html", words)


def first_day(today: date) -> date:
    """The first day of the year that is shown: twelve months with this one."""
    return add_months(today.replace(day=1), 1 - MONTHS)


def entered(book: api.Book, reading: Reading, today: date) -> list[Row]:
    """The customers within reach that entered since the first day, with their steps."""
    table = _steps(book, today)
    table = table.filter(pc.greater_equal(table["entered"], pa.scalar(first_day(today))))
    if reading.scope.reach != "all":
        codes = [*reading.codes(), *(row["code"] for row in fresh(reading))]
        table = table.filter(pc.is_in(table["code"], pa.array(codes, pa.string())))
    found: list[Row] = table.to_pylist()
    return found


def _steps(book: api.Book, today: date) -> pa.Table:
    asked = (str(book.path), book.current().number, today)
    found = _KNOWN.get(asked)
    if found is None:
        cards = [form.template for form in forms(book) if set(KINDS) & set(form.kinds)] or [CARD]
        found = prospect_steps(book, today, cards)
        _KNOWN.clear()
        _KNOWN[asked] = found
    return found


def heading(row: Row, by: str) -> str | None:
    """Under which heading a customer stands."""
    day = row["entered"]
    if by == "month":
        return f"{day:%Y-%m}"
    if by == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return row[by] or None


def _is(row: Row, by: str, key: str | None) -> bool:
    return key is None or (heading(row, by) or NOTHING) == key


def _words(key: str, by: str) -> str:
    return {"en": "none", "zh": "无"}[language()] if key == NOTHING else key


def _line(one: Cohort, by: str, *, whole: bool = False) -> dict[str, Any]:
    key = one.key or NOTHING
    cells = []
    for stage in one.stages:
        query = [("by", by), ("step", stage.step), *([] if whole else [("key", key)])]
        share = "" if stage.step == "entered" else percent(stage.share_pct, 0)
        cells.append((stage.step, stage.customers, share, f"{reverse('funnel')}?{urlencode(query)}#those"))
    return {"name": _words(key, by), "cells": cells}
