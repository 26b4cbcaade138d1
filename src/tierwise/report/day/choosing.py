"""The panel of the three selections beside each other: where they agree, and who is disputed. Source: spec 2.8(1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.kernel.text import Text
from tierwise.report.day.lists import SHOWN
from tierwise.report.day.model import Cell, Column, Grid, Panel, Who, plain, say
from tierwise.report.html import whole

if TYPE_CHECKING:
    from tierwise.insight.selections import Selections

_YES, _NO = plain("✓"), plain("–")


def selections_panel(found: Selections) -> Panel:
    """How the top class, the quality set and the key account proposals overlap, and whom they took."""
    title, picked = say("selections"), found.picked
    notes = (*(say(f"selection_{name}", policy=_policy(found, name), count=whole(found.size(name))) for name in found.policies),
             *(Text(one.say("en"), one.say("zh")) for one in found.missing))  # fmt: skip
    if not picked:
        return Panel("selections", title, say("selections_none"), notes=notes)
    disputed = whole(sum(1 for one in picked if one.disputed))
    lead = say("selections_lead", count=whole(len(picked)), disputed=disputed)
    grids = (_areas(found), _customers(found))
    return Panel("selections", title, lead, grids=grids, notes=notes, wide=True, unfolded=True)


def _policy(found: Selections, name: str) -> str:
    policy = found.policies[name].policy
    return f"{policy.code} v{policy.version}"


def _heads() -> tuple[Column, ...]:
    return tuple(Column(say(f"pick_{name}"), "text") for name in ("top", "quality", "key"))


def _marks(area: tuple[bool, bool, bool]) -> tuple[Text, ...]:
    return tuple(_YES if inside else _NO for inside in area)


def _areas(found: Selections) -> Grid:
    rows: tuple[tuple[Cell | Who, ...], ...] = tuple(
        (*_marks(area), count) for area, count in found.counts.items()
    )
    return Grid((*_heads(), Column(say("customers"), "count")), rows, say("selection_areas"))


def _customers(found: Selections) -> Grid:
    columns = (
        Column(say("customer"), "who"),
        *_heads(),
        Column(say("sales_rank"), "count"),
        Column(say("quality_rank"), "count"),
        Column(say("profit"), "money"),
    )
    rows: tuple[tuple[Cell | Who, ...], ...] = tuple(
        (Who(one.customer, one.name), *_marks(one.area), one.top_rank, one.quality_rank, one.profit)
        for one in found.picked
    )
    return Grid(columns, rows, say("selection_customers"), SHOWN)
