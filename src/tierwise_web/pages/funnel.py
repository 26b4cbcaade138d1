"""The funnel of prospects: who came in, how far they came, by month, source or account manager. Source: spec 11 (W08), 13."""

from __future__ import annotations

from typing import Any, cast, get_args
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tierwise.insight.funnel import STEPS, Cohort, Heading, cohort, cohorts, headings
from tierwise.kernel.text import Text
from tierwise_web.common.allowing import needs
from tierwise_web.common.charts import percent
from tierwise_web.common.templating import url
from tierwise_web.common.words import language
from tierwise_web.customers.choosing import NOTHING
from tierwise_web.pages.steps_kept import steps_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_ASSESSMENTS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

ROWS = 50
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


@needs(SEE_ASSESSMENTS)
@require_safe
def funnel(request: HttpRequest) -> HttpResponse:
    """How far those came that entered within a year, under one heading; each number leads to its customers."""
    user, edition = cast(User, request.user), current_edition()
    if edition is None:
        return render(request, "customers/nothing.html", {})
    reading = Reading(edition, user.scope_for(SEE_ASSESSMENTS))
    by, steps = _heading(request.GET.get("by", "")), steps_of(edition, reach=reading.scope.reach)
    if steps is None:
        return render(request, "pages/funnel.html", {"counting": True})
    rows = steps.within(reading)
    step, key = request.GET.get("step", ""), request.GET.get("key")
    chosen = pc.indices_nonzero(_under(rows, by, key, step)) if step in STEPS else pa.array([], pa.uint64())
    page = Paginator(range(len(chosen)), ROWS).get_page(request.GET.get("page"))
    words = {
        "counting": False,
        "by": by,
        "headings": BY,
        "titles": TITLES,
        "lines": [_line(one, by) for one in cohorts(rows, by)],
        "total": _line(cohort(rows), by, whole=True),
        "step": step if step in STEPS else "",
        "key": key,
        "key_words": None if key is None else _words(key),
        "page": page,
        "rows": rows.take(chosen.slice(page[0], len(page))).to_pylist() if len(page) else [],
        "query": urlencode([("by", by), ("step", step), *([("key", key)] if key is not None else [])]),
        "since": steps.since,
        "counted_at": steps.counted_at,
    }
    return render(request, "pages/funnel.html", words)


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
    under = urlencode([("by", by), *([] if whole else [("key", key)])])
    cells = []
    for stage in one.stages:
        share = "" if stage.step == "entered" else percent(stage.share_pct, 0)
        cells.append((stage.step, stage.customers, share, f"{url('funnel')}?{under}&step={stage.step}#those"))
    return {"name": _words(key), "cells": cells}
