"""Panels of grades: the pyramid with its time, service against profit. Source: spec CON-07 to CON-09, E21, E29."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from tierwise.insight.concentration import (
    Inversion,
    PyramidLevel,
    Resources,
    mean_ratio,
    pyramid,
    resource_inversion,
)
from tierwise.kernel.text import Text
from tierwise.report.day.facts import HOURS, PROFIT, SALES, SERVICE, total
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
    percent,
    plain,
    say,
)
from tierwise.report.html import pct

if TYPE_CHECKING:
    from tierwise.report.day.facts import DayFacts, Graded

Levels = tuple[PyramidLevel, ...]
Share = tuple[str, Tone, Sequence[Fraction | None]]
"""Label, colour and one percentage a grade."""


def no_run(facts: DayFacts) -> Missing:
    """What to say where there are no grades."""
    command = f"tierwise grade BOOK --policy customer_value --as-of {facts.as_of}"
    return Missing(say("why_no_run"), command=command)


def no_rows(table: str, key: str) -> Missing:
    """What to say where a table of service has nothing in the window."""
    return Missing(say(f"why_no_{key}"), table)


def pyramid_panel(facts: DayFacts) -> Panel:
    """Customers, sales, profit and hours of every grade."""
    title, graded = say("pyramid"), facts.graded
    if graded is None:
        return Panel("pyramid", title, missing=(no_run(facts),))
    sales, profit = _levels(facts, graded, SALES), _levels(facts, graded, PROFIT)
    hours = _levels(facts, graded, HOURS) if facts.has("time_logs") else None
    shares: list[Share] = [("customers", "s2", [level.customer_pct for level in sales])]
    shares += [("sales", "s1", _shares(sales)), ("profit", "s3", _shares(profit))]
    shares += [("hours", "s4", _shares(hours))] if hours else []
    return Panel(
        "pyramid",
        title,
        _pyramid_lead(sales[0], hours[0] if hours else None),
        _bars(graded.scale, shares),
        (_pyramid_grid(sales, profit, hours),),
        missing=() if hours else (no_rows("time_logs", "hours"),),
        notes=(*((say("intensity_note"),) if hours else ()), *_dispersion(facts, graded)),
        layers=sales,
        wide=True,
        unfolded=True,
    )


def _levels(facts: DayFacts, graded: Graded, value: str) -> Levels:
    rows = [
        {"grade": row["grade"], value: facts.now[code][value] if code in facts.now else None}
        for code, row in graded.rows.items()
    ]
    return pyramid(rows, value, graded.scale)


def _shares(levels: Levels) -> list[Fraction | None]:
    return [level.value_pct for level in levels]


def _bars(scale: Iterable[str], shares: Sequence[Share]) -> BarChart:
    series = tuple(Series(say(key), tone, tuple(values)) for key, tone, values in shares)
    return BarChart(tuple(plain(grade) for grade in scale), series)


def _pyramid_lead(best: PyramidLevel, hours: PyramidLevel | None) -> Text:
    slots = {
        "grade": best.grade,
        "customers": percent(best.customer_pct),
        "sales": percent(best.value_pct),
    }
    if hours is None:
        return say("pyramid_lead_no_hours", **slots)
    return say("pyramid_lead", hours=percent(hours.value_pct), **slots)


def _pyramid_grid(sales: Levels, profit: Levels, hours: Levels | None) -> Grid:
    columns = [Column(say("grade"), "grade"), Column(say("customers"), "count"), Column(say("share"), "pct")]
    columns += [Column(say("sales"), "money"), Column(say("share"), "pct")]
    columns += [Column(say("profit"), "money"), Column(say("share"), "pct")]
    if hours:
        columns += [Column(say("hours"), "hours"), Column(say("share"), "pct")]
        columns += [Column(say("intensity"), "number")]
    rows: list[tuple[Cell, ...]] = []
    for i, level in enumerate(sales):
        row: list[Cell] = [level.grade, level.customers, level.customer_pct, level.value, level.value_pct]
        row += [profit[i].value, profit[i].value_pct]
        row += [hours[i].value, hours[i].value_pct, hours[i].intensity] if hours else []
        rows.append(tuple(row))
    return Grid(tuple(columns), tuple(rows), say("pyramid"))


def _dispersion(facts: DayFacts, graded: Graded) -> tuple[Text, ...]:
    """How many times the mean profit of the best grade is that of the worst. **Source** spec CON-09."""
    best, worst = graded.scale[0], graded.scale[-1]
    ratio = mean_ratio(
        [row[PROFIT] for row in facts.of_grade(best)], [row[PROFIT] for row in facts.of_grade(worst)]
    )
    return () if ratio is None else (say("dispersion_note", best=best, worst=worst, times=pct(ratio, 1)),)


def inversion_panel(facts: DayFacts) -> Panel:
    """Whether better grades get more service, by cost and by hours."""
    title, graded = say("inversion"), facts.graded
    if graded is None:
        return Panel("inversion", title, missing=(no_run(facts),))
    costs = _inversion(facts, graded, SERVICE) if facts.has("service_costs") else None
    hours = _inversion(facts, graded, HOURS) if facts.has("time_logs") else None
    missing = [] if costs else [no_rows("service_costs", "costs")]
    missing += [] if hours else [no_rows("time_logs", "hours")]
    shown = costs or hours
    return Panel(
        "inversion",
        title,
        say(f"inversion_{shown.verdict or 'none'}") if shown else None,
        _inversion_chart(costs, hours) if shown else None,
        tuple(_inversion_grid(found, what) for found, what in ((costs, "cost"), (hours, "hours")) if found),
        missing=tuple(missing),
        notes=(say("index_note"),) if shown else (),
        wide=True,
        unfolded=True,
    )


def _inversion(facts: DayFacts, graded: Graded, spent: str) -> Inversion:
    groups = [(grade, facts.of_grade(grade)) for grade in graded.scale]
    return resource_inversion(
        Resources(grade, len(rows), total(rows, PROFIT), total(rows, spent)) for grade, rows in groups
    )


def _inversion_chart(costs: Inversion | None, hours: Inversion | None) -> BarChart:
    grades = (costs or hours or Inversion((), None)).grades
    shares: list[Share] = [("share_profit", "s3", [grade.profit_pct for grade in grades])]
    if costs:
        shares.append(("share_cost", "s1", [grade.cost_pct for grade in costs.grades]))
    if hours:
        shares.append(("share_hours", "s4", [grade.cost_pct for grade in hours.grades]))
    return _bars([grade.grade for grade in grades], shares)


def _inversion_grid(found: Inversion, what: str) -> Grid:
    kind: Kind = "money" if what == "cost" else "hours"
    columns = (
        Column(say("grade"), "grade"),
        Column(say("customers"), "count"),
        Column(say("share_profit"), "pct"),
        Column(say(f"share_{what}"), "pct"),
        Column(say("index"), "number"),
        Column(say("per_customer"), kind),
    )
    rows = tuple((g.grade, g.customers, g.profit_pct, g.cost_pct, g.index, g.intensity) for g in found.grades)
    return Grid(columns, rows, say(f"inversion_{what}"))
