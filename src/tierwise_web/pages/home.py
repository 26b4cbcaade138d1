"""The first page: what the company's grades look like, within what one may see. Source: spec 7.3, 13."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Literal, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tierwise import api
from tierwise.grading.wording import FLAGS, flag_words
from tierwise.kernel.text import Text
from tierwise_web.common.allowing import signed_in
from tierwise_web.common.charts import brief, percent, share
from tierwise_web.common.templating import say
from tierwise_web.common.words import amount, language
from tierwise_web.customers.choosing import FILTERS as TITLES
from tierwise_web.customers.promises import may_have_promises
from tierwise_web.customers.views import value_words
from tierwise_web.pages import overview_charts as charts
from tierwise_web.pages.health_words import health_words
from tierwise_web.pages.overview import FILTERS, Overview, Then, change_pct
from tierwise_web.pages.refused import refused_of
from tierwise_web.pages.why_moved import state_of
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_CONTACTS, SEE_CUSTOMERS, SEE_DUPLICATES, SEE_INSIGHT, SEE_RUNS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

MOST_VALUES = 50


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The dashboard for those who see customers; for others, and before the first run, what to do next."""
    user = cast(User, request.user)
    edition = current_edition()
    if edition is None or not user.may(SEE_CUSTOMERS):
        name = api.open_book(settings.BOOK).current().settings.name
        words = {"name": name, "edition": edition, "sees": user.may(SEE_CUSTOMERS)}
        words |= refused_of(user, edition)
        return render(request, "pages/nothing.html", words)
    asked = {name: tuple(request.GET.getlist(name)[:MOST_VALUES]) for name in FILTERS}
    overview = Overview(Reading(edition, user.scope), asked)
    return render(request, "pages/home.html", _shown(overview, user) | refused_of(user, edition))


def _shown(overview: Overview, user: User) -> dict[str, Any]:
    about, links = overview.reading.about, charts.Links(overview)
    trend = overview.trend()
    before = trend[-2] if len(trend) > 1 else None
    near = overview.near()
    return {
        "overview": overview,
        "about": about,
        "edition": overview.reading.edition,
        "links": links,
        "nobody": not overview.anybody(),
        "tiles": tiles(overview, trend, links),
        "filters": list(_filters(overview)),
        "pyramids": charts.pyramids(overview, links),
        "curves": _curves(overview, links) if _sees_insight(overview, user) else [],
        "sankey": charts.sankey(overview.flows(), before.as_of, about.record.as_of, links)
        if before
        else None,
        "history": charts.history(overview, trend, links) if before else None,
        "movers": [(way, overview.movers(way)) for way in ("upgrade", "downgrade")],
        "moved": overview.movements(),
        "near": [("up", near[0], overview.near_cut("up")), ("down", near[1], overview.near_cut("down"))],
        "health": _health(overview, user),
        **(state_of(overview, user) if before else {"why": None, "may_split": False, "why_job": None}),
        "sees_runs": user.may(SEE_RUNS),
        "sees_promises": user.may(SEE_CONTACTS) and may_have_promises(user),
        "brief": brief,
    }


def _sees_insight(overview: Overview, user: User) -> bool:
    """Whether a role that allows it reaches as far as the figures of this page."""
    return user.scope_for(SEE_INSIGHT).reach == overview.reading.scope.reach


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure with what it was, and the list behind it."""

    name: str
    figure: str
    url: str
    compared: tuple[tuple[str, str, str], ...]
    """Against what, by how much, and whether that is ``better``, ``worse`` or neither."""
    note: str = ""
    """Whom it counts, where that does not go without saying."""


def tiles(overview: Overview, trend: Sequence[Then], links: charts.Links) -> list[Tile]:
    """Graded customers, sales, profit, the share of the best grade; beside the run before and the year before.

    The figures are those of the charts; all runs are counted alike, as the trend does.
    """
    now = replace(trend[-1], levels=tuple(level for level in overview.levels() if level.grade))
    others = _compared(trend[:-1], now.as_of)
    best, grades = overview.reading.about.scale[0], [level.grade for level in now.levels]
    to = partial(links.to, grade=grades)
    found = [
        _tile(charts.CUSTOMERS, now, others, "customers", to(), _kept(overview, now)),
        _tile(charts.SALES, now, others, "sales", to(sort="sales")),
    ]
    if overview.reading.scope.profit:
        found.append(_tile(charts.PROFIT, now, others, "profit", to(sort="profit"), _with_profit(now)))
    return [*found, _share_tile(best, now, others, links)]


def _kept(overview: Overview, now: Then) -> str:
    """How many of those with a grade have none of this run: a cycle counts who buys nothing as the lowest grade; and how
    many of the list have no grade at all, so that its number is understood."""
    graded = overview.graded()
    kept = sum(level.customers - graded[level.grade] for level in now.levels)
    without = sum(level.customers for level in overview.levels() if not level.grade)
    told = []
    if kept:
        told.append(say("{n} of them not graded by this run", "其中 {n} 家本次运行未评级", n=amount(kept)))
    if without:
        told.append(say("{n} more without a grade", "另有 {n} 家无等级", n=amount(without)))
    return say("; ", "；").join(told)


def _with_profit(now: Then) -> str:
    """Of how many the profit is known, where not of all."""
    known, n = (sum(getattr(level, name) for level in now.levels) for name in ("with_profit", "customers"))
    if known == n:
        return ""
    if not known:
        return say("no customer’s profit is known", "没有客户的利润数据")
    return say("known of {known} of {n}", "{n} 家中 {known} 家已知", known=amount(known), n=amount(n))


def _compared(then: Sequence[Then], day: date) -> list[tuple[str, Then]]:
    """The run before, and that of the same month a year before."""
    if not then:
        return []
    year = [run for run in then if (run.as_of.year, run.as_of.month) == (day.year - 1, day.month)]
    before = [(say("against {day}", "较 {day}", day=f"{then[-1].as_of:%Y-%m}"), then[-1])]
    ago = [
        (say("against {day}", "较 {day}", day=f"{run.as_of:%Y-%m}"), run) for run in year if run != then[-1]
    ]
    return before + ago


def _sum(run: Then, name: str) -> Decimal | None:
    """The sum over the grades; ``None`` where it is known of nobody."""
    known = [value for level in run.levels if (value := getattr(level, name)) is not None]
    return sum((Decimal(value) for value in known), Decimal(0)) if known else None


def _tile(
    name: Text,
    now: Then,
    others: Sequence[tuple[str, Then]],
    figure: Literal["customers", "sales", "profit"],
    url: str,
    note: str = "",
) -> Tile:
    compared, neutral = [], figure == "customers"
    for words, run in others:
        change = change_pct(_sum(now, figure), _sum(run, figure))
        compared.append((words, percent(change, sign=True), "" if neutral else _way(change)))
    show = amount if neutral else brief
    return Tile(name.in_lang(language()), show(_sum(now, figure)), url, tuple(compared), note)


def _share_tile(best: str, now: Then, others: Sequence[tuple[str, Then]], links: charts.Links) -> Tile:
    """What share of sales the best grade brings; compared in points."""

    def of(run: Then) -> Fraction | None:
        top = sum((level.sales for level in run.levels if level.grade == best), Decimal(0))
        return share(top, _sum(run, "sales"))

    mine, compared = of(now), []
    for words, run in others:
        other = of(run)
        change = None if mine is None or other is None else mine - other
        compared.append((words, percent(change, sign=True).replace("%", say("pts", "个百分点")), ""))
    name = say("Sales share of {grade}", "{grade} 级销售占比", grade=best)
    return Tile(name, percent(mine), links.to(grade=best), tuple(compared))


def _way(change: Fraction | None) -> str:
    return "" if not change else "better" if change > 0 else "worse"


def _filters(overview: Overview) -> Any:
    for name in FILTERS:
        chosen = overview.filters.get(name, ())
        offered = overview.options(name)
        if len(offered) > 1 or chosen:
            yield {
                "name": name,
                "title": TITLES[name],
                "chosen": [(value, value_words(name, value)) for value in chosen],
                "offered": [(value, value_words(name, value)) for value in offered],
            }


def _curves(overview: Overview, links: charts.Links) -> list[Any]:
    found = []
    for measure in ("profit", "sales"):
        curve = overview.curve(measure)
        if curve is not None:
            lead = charts.curve_lead(curve, measure, overview)
            found.append((lead, charts.curve_chart(curve, measure, overview, links)))
    return found


def _health(overview: Overview, user: User) -> dict[str, Any] | None:
    """How sound the data is: for those who see the whole company and its figures."""
    if overview.reading.scope.reach != "all" or not _sees_insight(overview, user):
        return None
    flags = overview.reading.fact("health")["flags"]
    said = [(flag_words(flag, language()) if flag in FLAGS else flag, n) for flag, n in flags]
    leads = {"check.duplicate": reverse("merging:duplicates")} if user.may(SEE_DUPLICATES) else {}
    return health_words(overview.reading, language(), leads) | {"flags": said}
