"""Panels of what was caught: the curve, the best grades against the same number chosen otherwise, ranks."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tierwise.insight.backtest.model import TOP_PCTS, Interval
from tierwise.kernel.text import Text
from tierwise.report.backtest.words import say
from tierwise.report.day.model import (
    BarChart,
    Cell,
    Column,
    Grid,
    LineChart,
    Panel,
    Series,
    Tone,
    Who,
    percent,
    plain,
)
from tierwise.report.html import pct, whole

if TYPE_CHECKING:
    from tierwise.insight.backtest.model import Backtest, Caught, Correlation, Cut, Measure, Rule, Trial

Row = tuple[Cell | Who, ...]
TONES: dict[str, Tone] = {"past_spend": "s4", "rfm_sum": "s3", "foresight": "good"}
POLICY_TONES: tuple[Tone, ...] = ("accent", "s1", "s2")


def rule_name(trial: Trial, rule: Rule) -> Text:
    """A rule as people read it: a policy by its name, a criterion with its policy where two have one of that name."""
    if rule.kind == "policy":
        return plain(str(rule.policy))
    if rule.kind != "criterion":
        return rule.title
    alike = sum(1 for one in trial.rules if one.kind == "criterion" and one.title == rule.title)
    return say("criterion_of" if alike > 1 else "criterion", title=rule.title, policy=rule.policy)


def gains_panel(trial: Trial) -> Panel:
    """The share of the future caught by so many percent of the customers, for each order."""
    rules = [rule for rule in trial.rules if trial.curves.get(rule.code)]
    if not rules:
        return Panel("gains", say("gains"), say("gains_lead"))
    steps = [step for step, _ in trial.curves[rules[0].code]]
    series = [Series(rule_name(trial, r), _tone(r), tuple(v for _, v in trial.curves[r.code])) for r in rules]
    chance = next(rule for rule in trial.rules if rule.kind == "random")
    series.append(Series(chance.title, "soft", tuple(map(Fraction, steps))))
    columns = (Column(say("customers_pct"), "pct"), *(Column(one.title, "pct") for one in series))
    rows = tuple((Fraction(step), *(one.values[i] for one in series)) for i, step in enumerate(steps))
    chart = LineChart(tuple(percent(Fraction(s), 0) for s in steps), tuple(series), at=tuple(steps),
                      x=say("customers_pct"), y=say("sales_pct"))  # fmt: skip
    return Panel("gains", say("gains"), say("gains_lead"), chart, (Grid(columns, rows, say("gains")),))


def _tone(rule: Rule) -> Tone:
    if rule.kind != "policy":
        return TONES[rule.code]
    return POLICY_TONES[int(rule.code.removeprefix("policy_")) % len(POLICY_TONES)]


def best_panels(found: Backtest) -> tuple[Panel, ...]:
    """For every policy: its best grade and its two best, against as many chosen otherwise."""
    panels = []
    for at, label in enumerate(found.labels):
        cuts = [cut for cut in found.last.cuts if cut.policy == label]
        if cuts:
            panels.append(_best(found.last, label, cuts, f"best_{at}"))
    return tuple(panels)


def _best(trial: Trial, label: str, cuts: list[Cut], code: str) -> Panel:
    first = cuts[0]
    names = tuple(rule_name(trial, rule) for rule in trial.rules)
    tones: tuple[Tone, ...] = ("accent", "s2")
    series = tuple(
        Series(cut.title, tones[i], tuple(trial.caught[r.code, cut.code, "sales"].pct for r in trial.rules))
        for i, cut in enumerate(cuts)
    )
    chart = BarChart(names, series)
    lead = say("best_lead", grade=first.title, count=whole(first.places))
    grids = tuple(_grid(trial, cut) for cut in cuts)
    return Panel(code, say("best_of", policy=label), lead, chart, grids, wide=True, unfolded=True)


def _grid(trial: Trial, cut: Cut) -> Grid:
    profit = ("past_spend", cut.code, "profit") in trial.caught
    columns = [Column(say("rule"), "text"), Column(say("share_sales"), "pct"), Column(say("interval"), "pct"),
               Column(say("lift"), "number"), Column(say("over_past"), "number"),
               Column(say("over_interval"), "number")]  # fmt: skip
    if profit:
        columns.append(Column(say("share_profit"), "pct"))
    rows: list[Row] = []
    for rule in trial.rules:
        one = trial.caught[rule.code, cut.code, "sales"]
        cells: list[Cell] = [
            rule_name(trial, rule),
            one.pct,
            span(one.interval),
            one.lift,
            _points(one.over_past),
            _points_within(one),
        ]
        if profit:
            cells.append(trial.caught[rule.code, cut.code, "profit"].pct)
        rows.append(tuple(cells))
    caption = say("best_caption", grade=cut.title, count=whole(cut.places))
    return Grid(tuple(columns), tuple(rows), caption)


def span(interval: Interval | None) -> Text | None:
    """An interval of percentages as people read it, without the sign that its column names."""
    if interval is None:
        return None
    low, high = pct(interval.low), pct(interval.high)
    # Beside a minus a dash would read as one more minus.
    return Text(f"{low} to {high}", f"{low} 至 {high}") if interval.low < 0 else plain(f"{low}–{high}")


def _points(value: Fraction | None) -> Text | None:
    """Points more or fewer, with a sign unless they are none."""
    return None if value is None else plain(pct(value, 1, sign=value != 0))


def _points_within(one: Caught) -> Text | None:
    within = one.over_past_interval
    if within is None:
        return None
    low, high = (pct(end, 1, sign=end != 0) for end in (within.low, within.high))
    return Text(f"{low} to {high}", f"{low} 至 {high}")


def tops_panel(trial: Trial) -> Panel:
    """The same number for every rule, whatever its grades are."""
    measures: tuple[Measure, ...] = ("sales", "profit")
    known = [m for m in measures if ("past_spend", "top_10", m) in trial.caught]
    grids = tuple(_tops(trial, measure) for measure in known)
    return Panel("tops", say("tops"), say("tops_lead"), grids=grids, wide=True, unfolded=True)


def _tops(trial: Trial, measure: Measure) -> Grid:
    columns = [Column(say("rule"), "text")]
    for step in TOP_PCTS:
        columns += [Column(say("top", pct=step), "pct"), Column(say("interval"), "pct")]
    rows: list[Row] = []
    for rule in trial.rules:
        cells: list[Cell] = [rule_name(trial, rule)]
        for step in TOP_PCTS:
            one = trial.caught[rule.code, f"top_{step}", measure]
            cells += [one.pct, span(one.interval)]
        rows.append(tuple(cells))
    return Grid(tuple(columns), tuple(rows), say(f"share_{measure}"))


def correlation_panel(trial: Trial) -> Panel:
    """How alike each order is to that of the future."""
    known = [m for m in ("sales", "profit") if ("past_spend", m) in trial.correlation]
    columns = [Column(say("rule"), "text")]
    for measure in known:
        columns += [Column(say(f"with_{measure}"), "number"), Column(say("interval"), "number")]
    rows: list[Row] = []
    for rule in trial.rules:
        if (rule.code, "sales") in trial.correlation:
            cells: list[Cell] = [rule_name(trial, rule)]
            for measure in known:
                cells += _rho(trial.correlation[rule.code, "profit" if measure == "profit" else "sales"])
            rows.append(tuple(cells))
    grid = Grid(tuple(columns), tuple(rows), say("correlation"))
    return Panel("correlation", say("correlation"), say("correlation_lead"), grids=(grid,), unfolded=True)


def _rho(one: Correlation) -> list[Cell]:
    shown = None if one.rho is None else plain(_three(one.rho))
    if one.interval is None:
        return [shown, None]
    low, high = (pct(end, 2) for end in one.interval)
    return [shown, Text(f"{low} to {high}", f"{low} 至 {high}")]


def _three(rho: Decimal) -> str:
    return pct(rho, 3)
