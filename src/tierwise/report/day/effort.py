"""Panels of effort and effect, as case 3-1 asks for them. Source: spec 8.6."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from tierwise.insight.burden import Burden, HalfYears, half_years, new_customer_burden
from tierwise.kernel.text import Text
from tierwise.report.day.facts import units_by_grade
from tierwise.report.day.grades import no_rows, no_run
from tierwise.report.day.model import (
    BarChart,
    Cell,
    Column,
    Grid,
    Kind,
    Missing,
    Panel,
    Series,
    Tone,
    brief,
    percent,
    plain,
    say,
)
from tierwise.report.html import pct, whole

if TYPE_CHECKING:
    from tierwise.insight.responses import Waiting
    from tierwise.report.day.facts import DayFacts, Graded

MEASURES: tuple[tuple[str, str, Kind, str | None], ...] = (
    ("net_sales_12m", "sales", "money", None),
    ("hours_12m", "hours", "hours", "time_logs"),
    ("calls_12m", "calls", "count", "calls"),
    ("complaints_12m", "complaints", "count", "complaints"),
    ("overdue", "overdue", "money", "invoices"),
)
"""Metric, label, kind, and the table without which it says nothing."""


def burden_panel(facts: DayFacts) -> Panel:
    """What new customers cost in effort against what they bring."""
    measures = [m for m in MEASURES if m[3] is None or facts.has(m[3])]
    missing = tuple(no_rows(m[3], _missing_key(m[1])) for m in MEASURES if m not in measures and m[3])
    rows = [row for code, row in facts.now.items() if facts.counts(code)]
    new, older = new_customer_burden(rows, [m[0] for m in measures])
    if not new.customers + older.customers:
        return Panel("burden", say("burden"), missing=(Missing(say("why_no_field"), "order_lines"),))
    coloured: tuple[tuple[Burden, Tone], ...] = ((new, "s3"), (older, "s1"))
    chart = BarChart(
        (say("customers"), *(say(label) for _, label, _, _ in measures)),
        tuple(
            Series(say(b.group), tone, (b.customer_pct, *(b.shares[m[0]] for m in measures)))
            for b, tone in coloured
        ),
        stacked=True,
    )
    grids = (_burden_sums((new, older), measures), _burden_shares((new, older), measures))
    return Panel("burden", say("burden"), _burden_lead(new, facts), chart, grids, missing)


def _missing_key(label: str) -> str:
    return {"overdue": "invoices"}.get(label, label)


def _burden_lead(new: Burden, facts: DayFacts) -> Text:
    sales = percent(new.shares["net_sales_12m"])
    if not facts.has("invoices"):
        return say("burden_lead_plain", count=whole(new.customers), sales=sales)
    return say("burden_lead", count=whole(new.customers), sales=sales, overdue=percent(new.shares["overdue"]))


def _burden_sums(groups: Sequence[Burden], measures: Sequence[tuple[str, str, Kind, str | None]]) -> Grid:
    columns = [Column(say("group"), "text"), Column(say("customers"), "count")]
    columns += [Column(say(label), kind) for _, label, kind, _ in measures]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (say(b.group), b.customers, *(b.sums[m[0]] for m in measures)) for b in groups
    )
    return Grid(tuple(columns), rows, say("burden_sums"))


def _burden_shares(groups: Sequence[Burden], measures: Sequence[tuple[str, str, Kind, str | None]]) -> Grid:
    columns = [Column(say("group"), "text"), Column(say("customers"), "pct")]
    columns += [Column(say(label), "pct") for _, label, _, _ in measures]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (say(b.group), b.customer_pct, *(b.shares[m[0]] for m in measures)) for b in groups
    )
    return Grid(tuple(columns), rows, say("burden_shares"))


def response_panel(facts: DayFacts) -> Panel:
    """How long every grade waits, the important customers first."""
    title, graded = say("response"), facts.graded
    if graded is None:
        return Panel("response", title, missing=(no_run(facts),))
    missing = [no_rows(name, name) for name in ("complaints", "calls") if not facts.has(name)]
    grids, chart, lead = [], None, None
    if facts.has("complaints"):
        grids.append(_complaints(facts.waiting))
        chart = _waiting_chart(facts.waiting)
    if facts.has("calls"):
        grids.append(_calls(facts.waiting))
    if grids:
        lead = _response_lead(facts.waiting[0], complaints=facts.has("complaints"))
    return Panel("response", title, lead, chart, tuple(grids), tuple(missing), unfolded=True)


def _response_lead(best: Waiting, *, complaints: bool) -> Text:
    if complaints:
        return say("response_lead", grade=best.grade, hours=pct(best.response_hours))
    return say("response_lead_calls", grade=best.grade, seconds=pct(best.answer_seconds))


def _waiting_chart(waiting: Sequence[Waiting]) -> BarChart:
    return BarChart(
        tuple(plain(w.grade) for w in waiting),
        (
            Series(say("median_hours"), "s1", tuple(w.response_hours for w in waiting)),
            Series(say("p90_hours"), "s2", tuple(w.response_hours_p90 for w in waiting)),
        ),
        unit="hours",
    )


def _complaints(waiting: Sequence[Waiting]) -> Grid:
    columns = (
        Column(say("grade"), "grade"),
        Column(say("complaints"), "count"),
        Column(say("median_hours"), "hours"),
        Column(say("p90_hours"), "hours"),
        Column(say("unanswered"), "count"),
    )
    rows = tuple(
        (w.grade, w.complaints, w.response_hours, w.response_hours_p90, w.unanswered) for w in waiting
    )
    return Grid(columns, rows, say("response_complaints"))


def _calls(waiting: Sequence[Waiting]) -> Grid:
    columns = (
        Column(say("grade"), "grade"),
        Column(say("calls"), "count"),
        Column(say("answer_seconds"), "hours"),
        Column(say("service_level"), "pct"),
    )
    rows = tuple((w.grade, w.calls, w.answer_seconds, w.service_level_pct) for w in waiting)
    return Grid(columns, rows, say("response_calls"))


def halves_panel(facts: DayFacts) -> Panel:
    """Profit and service cost in the half-year before a day and in the one from it on, by grade."""
    title, graded = say("halves"), facts.graded
    if graded is None:
        return Panel("halves", title, missing=(no_run(facts),))
    if facts.halves is None:
        return Panel("halves", title, missing=(Missing(say("why_not_over", day=facts.since)),))
    before, after = facts.halves
    by_grade = half_years(units_by_grade(graded), before, after)
    grids, missing = [_halves_grid(by_grade, "halves_grades")], []
    if graded.quality:
        by_set = half_years(_by_set(graded, graded.quality), before, after)
        grids.insert(0, _halves_grid(by_set, "halves_quality"))
    else:
        missing.append(Missing(say("why_no_quality")))
    missing += [] if facts.has("service_costs") else [no_rows("service_costs", "costs")]
    return Panel(
        "halves",
        title,
        _halves_lead(facts, by_grade),
        _halves_chart(by_grade),
        tuple(grids),
        tuple(missing),
        notes=(say("halves_note", day=facts.as_of),),
        wide=True,
        unfolded=True,
    )


def _by_set(graded: Graded, column: str) -> dict[str, list[str]]:
    rows = sorted(graded.rows.items())
    return {
        "quality": [code for code, row in rows if row[column]],
        "others": [code for code, row in rows if not row[column]],
    }


def _halves_lead(facts: DayFacts, groups: Sequence[HalfYears]) -> Text:
    profit = sum((g.change for g in groups), Decimal(0))
    service = sum((g.service_change for g in groups), Decimal(0))
    return say("halves_lead", day=facts.since, change=_signed(profit), service=_signed(service))


def _signed(value: Decimal) -> Text:
    words = brief(abs(value))
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return Text(sign + words.en, sign + words.zh)


def _halves_chart(groups: Sequence[HalfYears]) -> BarChart:
    return BarChart(
        tuple(plain(g.group) for g in groups),
        (
            Series(say("profit_before"), "s2", tuple(g.profit_before for g in groups)),
            Series(say("profit_after"), "s1", tuple(g.profit_after for g in groups)),
        ),
        unit="money",
    )


def _halves_grid(groups: Sequence[HalfYears], caption: str) -> Grid:
    named = caption == "halves_quality"
    columns = (
        Column(say("group" if named else "grade"), "text" if named else "grade"),
        Column(say("customers"), "count"),
        Column(say("profit_before"), "money"),
        Column(say("profit_after"), "money"),
        Column(say("profit_change"), "money"),
        Column(say("change_pct"), "pct"),
        Column(say("service_before"), "money"),
        Column(say("service_after"), "money"),
        Column(say("unknown"), "count"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            say(g.group) if named else g.group,
            g.customers,
            g.profit_before,
            g.profit_after,
            g.change,
            g.change_pct,
            g.service_before,
            g.service_after,
            g.unknown,
        )
        for g in groups
    ]
    return Grid(columns, tuple(rows), say(caption))
