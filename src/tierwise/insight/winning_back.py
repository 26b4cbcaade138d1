"""Who was lost and came back, from the orders of a book. Source: spec 5.7 (RET-06); example E30.

The day of loss is the last order plus three intervals, at least 90 days (RET-01). Contacted is who had a touch of a campaign
or a dealing that we began, after the loss and before coming back.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from tierwise.engine.stages import Stages
from tierwise.metrics.compute import Level, customers_seen
from tierwise.metrics.intervals import order_dates
from tierwise.metrics.lifecycle import LOST_DAYS, losses
from tierwise.metrics.lines import lines, order_level
from tierwise.metrics.report import scene_for_people
from tierwise.metrics.scene import book_table, day, visible, with_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine
    from tierwise.metrics.scene import Scene

READ = ("customers", "order_lines", "touches", "interactions")


@dataclass(frozen=True, slots=True)
class Lost:
    """One time that a customer was lost, and whether it was spoken to and came back."""

    customer: str
    lost_on: date
    contacted: bool
    regained_on: date | None

    def row(self) -> dict[str, Any]:
        """What ``regain_rates`` reads."""
        return {"lost_on": self.lost_on, "contacted": self.contacted, "regained_on": self.regained_on}


def lost_customers(book: Book, as_of: date, months: int = 24, level: Level = "site") -> tuple[Lost, ...]:
    """Every loss in the months up to a day, as it could be seen on that day; sorted by day and customer."""
    version = book.upcoming()
    with book.engine() as engine:
        book.open_in(engine, version, READ, as_of=as_of)
        stages = Stages(engine)
        scene = customers_seen(stages, scene_for_people(version.settings, as_of), level)
        dates = stages.keep("tw_order_dates", order_dates(order_level(lines(scene), [], scene)))
        found = engine.fetch(losses(dates, scene, months)).to_pylist()
        spoken = _spoken_to(engine, scene, months)
    first = scene.window(months).start
    every = (_lost(row, spoken, as_of) for row in found)
    return tuple(
        sorted((one for one in every if one.lost_on >= first), key=lambda x: (x.lost_on, x.customer))
    )


def _lost(row: dict[str, Any], spoken: Mapping[str, list[date]], as_of: date) -> Lost:
    silence = max(LOST_DAYS, ceil(row["interval_days"] * 3))
    lost_on = row["last_on"] + timedelta(days=silence)
    back = row["back_on"] if row["back_on"] <= as_of else None
    end = back or as_of
    contacted = any(lost_on <= on <= end for on in spoken.get(row["unit"], ()))
    return Lost(row["unit"], lost_on, contacted, back)


def _spoken_to(engine: Engine, scene: Scene, months: int) -> dict[str, list[date]]:
    """Customer -> the days of touches and of dealings that we began."""
    start, found = day(scene.window(months).start), defaultdict(list)
    touches = visible(book_table("touches"), scene.as_of, "date")
    ours = visible(book_table("interactions"), scene.as_of, "date")
    ours = ours.filter(ours.direction == "out")
    for table in (touches, ours):
        seen = with_unit(table.filter(table.date >= start), scene).select("unit", "date").distinct()
        for row in engine.fetch(seen).to_pylist():
            found[row["unit"]].append(row["date"])
    return found
