"""Panels of customers: lost ones, what keeps its grade, every training day, and what is taken on trust."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import METRICS
from tierwise.report.backtest.caught import span
from tierwise.report.backtest.words import say
from tierwise.report.day.model import Cell, Column, Grid, Panel, Who, plain

if TYPE_CHECKING:
    from tierwise.insight.backtest.model import Backtest, Losses, LostCustomer, Trial

Row = tuple[Cell | Who, ...]
FIRST = 10
"""So many of the lost are shown on a page; a workbook has all that are named."""


def losses_panel(found: Backtest) -> Panel:
    """The best grade of every policy by what became of it, and who was lost."""
    keys = (
        "policy",
        "best_grade",
        "size",
        "lost",
        "foreseen",
        "unforeseen",
        "false_alarm",
        "past_spend_lost",
    )
    kinds = ("text", "grade", "count", "count", "count", "count", "count", "money")
    columns = tuple(Column(say(key), kind) for key, kind in zip(keys, kinds, strict=True))  # type: ignore[arg-type]
    rows: list[Row] = []
    grids: list[Grid] = []
    for label, document in zip(found.labels, found.request.policies, strict=True):
        one = found.last.losses[label]
        rows.append((plain(label), document.policy.scale[0].code, one.size, one.lost, one.lost_warned,
                     one.lost_unwarned, one.kept_warned, one.past_spend_lost))  # fmt: skip
        if one.customers:
            grids.append(_lost(label, one))
    grids.insert(0, Grid(columns, tuple(rows), say("losses")))
    return Panel("losses", say("losses"), say("losses_lead"), grids=tuple(grids), wide=True, unfolded=True)


def _lost(label: str, losses: Losses) -> Grid:
    columns = (Column(say("customer"), "text"), Column(say("past_spend"), "money"),
               Column(say("lifecycle"), "text"), Column(say("near"), "text"), Column(say("was_foreseen"), "text"))  # fmt: skip
    rows = tuple(
        (one.customer, one.past_spend, _lifecycle(one), _yes(one.near_down), _yes(one.foreseen))
        for one in losses.customers
    )
    return Grid(columns, rows, say("who_lost", policy=label), FIRST)


def _lifecycle(one: LostCustomer) -> Text | None:
    words = {choice.code: choice.label for choice in METRICS["lifecycle"].codes}
    return None if one.lifecycle is None else words.get(one.lifecycle, plain(one.lifecycle))


def _yes(value: bool) -> Text:
    return say("yes" if value else "no")


def rolling_panel(found: Backtest) -> Panel:
    """The best grade of every policy on every training day."""
    columns = (Column(say("day"), "day"), Column(say("policy"), "text"), Column(say("size"), "count"),
               Column(say("best_caught"), "pct"), Column(say("interval"), "pct"), Column(say("by_past"), "pct"),
               Column(say("by_foresight"), "pct"))  # fmt: skip
    rows = [row for trial in found.trials for row in _of_day(found, trial)]
    grid = Grid(columns, tuple(rows), say("rolling"))
    return Panel("rolling", say("rolling"), say("rolling_lead"), grids=(grid,), wide=True, unfolded=True)


def _of_day(found: Backtest, trial: Trial) -> list[Row]:
    rows: list[Row] = []
    for at, (label, document) in enumerate(zip(found.labels, found.request.policies, strict=True)):
        code = f"{label}:{document.policy.scale[0].code}"
        if any(cut.code == code for cut in trial.cuts):
            own, past, best = (
                trial.caught[rule, code, "sales"] for rule in (f"policy_{at}", "past_spend", "foresight")
            )
            size = next(cut.places for cut in trial.cuts if cut.code == code)
            rows.append((trial.day, plain(label), size, own.pct, span(own.interval), past.pct, best.pct))
    return rows


def stability_panel(found: Backtest) -> Panel:
    """How many customers kept their grade from one training day to the next."""
    columns = (Column(say("policy"), "text"), Column(say("before"), "day"), Column(say("after"), "day"),
               Column(say("both"), "count"), Column(say("kept_pct"), "pct"), Column(say("best_kept_pct"), "pct"))  # fmt: skip
    rows = tuple(
        (
            plain(one.policy),
            one.before,
            one.after,
            one.both,
            _pct(one.same, one.both),
            _pct(one.best_kept, one.best_before),
        )
        for one in found.stability
    )
    grid = Grid(columns, rows, say("stable"))
    return Panel("stability", say("stable"), say("stable_lead"), grids=(grid,), wide=True, unfolded=True)


def _pct(part: int, whole: int) -> Fraction | None:
    return Fraction(100 * part, whole) if whole else None


def imported_panel(found: Backtest) -> Panel:
    """What the past point of view takes on trust."""
    if not found.imported:
        return Panel("imported", say("imported"), say("imported_none"))
    columns = (Column(say("table"), "text"), Column(say("rows"), "count"), Column(say("timeless"), "count"),
               Column(say("columns"), "text"))  # fmt: skip
    rows = tuple(
        (plain(one.table), one.rows, one.timeless, plain(", ".join(one.columns))) for one in found.imported
    )
    return Panel(
        "imported", say("imported"), say("imported_lead"), grids=(Grid(columns, rows, say("imported")),)
    )
