"""Panels of who stays and of what campaigns bring. Source: spec RET-02 to RET-04, MKT-01 to MKT-04; E32."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.book.contract import TABLES
from tierwise.insight.campaigns import mentions
from tierwise.insight.retention import EVERYONE, Retention, retention
from tierwise.kernel.text import Text
from tierwise.report.day.grades import no_rows
from tierwise.report.day.model import BarChart, Column, Grid, Missing, Panel, Series, percent, plain, say
from tierwise.report.html import pct, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierwise.insight.outreach import Campaign
    from tierwise.report.day.facts import DayFacts


def retention_panel(facts: DayFacts) -> Panel:
    """Of the customers of the year before: who ordered again, and what their sales became, by grade at the start."""
    title, start = say("retention"), facts.grades_before or {}
    rows = [row | {"grade": start.get(code)} for code, row in facts.now.items() if facts.counts(code)]
    found = retention(rows)
    everyone = found[EVERYONE]
    if not everyone.base:
        return Panel("retention", title, missing=(Missing(say("why_no_year_before"), "order_lines"),))
    # a policy may have changed its grades since: those of old come last
    former = sorted(name for name in found if name is not None and name not in _scale(facts))
    graded = {grade: found[grade] for grade in (*_scale(facts), *former) if grade in found}
    notes = (say("retention_note"),) if graded else (say("retention_no_grades", day=_year_ago(facts)),)
    lead = say(
        "retention_lead",
        kept=whole(everyone.kept),
        base=whole(everyone.base),
        pct=percent(everyone.retention_pct),
        sales=percent(everyone.net_revenue_pct),
    )
    grid = _retention_grid(graded, everyone)
    chart = _retention_chart(graded)
    return Panel("retention", title, lead, chart, (grid,), notes=notes, wide=True, unfolded=True)


def _scale(facts: DayFacts) -> tuple[str, ...]:
    return facts.graded.scale if facts.graded is not None else ()


def _year_ago(facts: DayFacts) -> object:
    return min(facts.earlier)


def _retention_chart(graded: Mapping[str, Retention]) -> BarChart | None:
    if not graded:
        return None
    return BarChart(
        tuple(plain(grade) for grade in graded),
        (
            Series(say("retention_pct"), "s1", tuple(r.retention_pct for r in graded.values())),
            Series(say("sales_kept"), "s2", tuple(r.net_revenue_pct for r in graded.values())),
        ),
    )


def _retention_grid(graded: Mapping[str, Retention], everyone: Retention) -> Grid:
    columns = (
        Column(say("grade_before"), "text"),
        Column(say("bought_before"), "count"),
        Column(say("bought_again"), "count"),
        Column(say("retention_pct"), "pct"),
        Column(say("churn_pct"), "pct"),
        Column(say("sales_kept"), "pct"),
    )
    named = [*((plain(grade), r) for grade, r in graded.items()), (say("all_customers"), everyone)]
    rows = tuple((name, r.base, r.kept, r.retention_pct, r.churn_pct, r.net_revenue_pct) for name, r in named)
    return Grid(columns, rows, say("retention"))


def marketing_panel(facts: DayFacts) -> Panel:
    """Touches by channel, campaigns with their return, and how customers recommend us."""
    title, sent = say("marketing"), facts.outreach
    missing = [no_rows(name, name) for name in ("touches", "referrals") if not facts.has(name)]
    grids = [_channels(facts)] if sent.channels else []
    grids += [_campaigns(sent.campaigns)] if sent.campaigns else []
    notes = [say("return_note")] if sent.campaigns else []
    if facts.has("referrals"):
        notes.append(_mentions(facts))
    lead = _marketing_lead(facts) if sent.channels else None
    return Panel(
        "marketing", title, lead, grids=tuple(grids), missing=tuple(missing), notes=tuple(notes), wide=True
    )


def _marketing_lead(facts: DayFacts) -> Text:
    reached = facts.outreach.channels.values()
    touches, responses = sum(r.touches for r in reached), sum(r.responses for r in reached)
    orders = sum(c.brought.orders for c in facts.outreach.campaigns)
    return say("marketing_lead", touches=whole(touches), responses=whole(responses), orders=orders)


def _channels(facts: DayFacts) -> Grid:
    words = {choice.code: choice.label for choice in TABLES["touches"].column("channel").choices}
    columns = (
        Column(say("channel"), "text"),
        Column(say("touches"), "count"),
        Column(say("responses"), "count"),
        Column(say("response_pct"), "pct"),
        Column(say("touch_orders"), "count"),
    )
    rows = tuple(
        (words.get(code, plain(code)), r.touches, r.responses, r.response_pct, r.orders)
        for code, r in facts.outreach.channels.items()
    )
    return Grid(columns, rows, say("reach"))


def _campaigns(campaigns: tuple[Campaign, ...]) -> Grid:
    columns = (
        Column(say("campaign"), "text"),
        Column(say("begun"), "day"),
        Column(say("touches"), "count"),
        Column(say("brought_orders"), "count"),
        Column(say("brought_margin"), "money"),
        Column(say("margin_unknown"), "count"),
        Column(say("campaign_cost"), "money"),
        Column(say("campaign_return"), "pct"),
        Column(say("campaign_state"), "text"),
    )
    rows = tuple(
        (c.name, c.start_on, c.touches, c.brought.orders, c.brought.margin, c.brought.unknown, c.cost,
         c.brought.return_pct, say("campaign_open" if c.open else "campaign_over"))
        for c in campaigns
    )  # fmt: skip
    return Grid(columns, rows, say("campaigns"))


def _mentions(facts: DayFacts) -> Text:
    found = mentions(row for code, row in facts.now.items() if facts.counts(code))
    return say(
        "mentions",
        given=found.given,
        per=pct(found.per_active, 2),
        converted=found.converted,
        pct=percent(found.conversion_pct),
    )
