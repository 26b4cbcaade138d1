"""What campaigns brought, from the book: reach by channel and return by campaign. Source: spec 5.9 (MKT-01, MKT-02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.engine.stages import Stages
from tierwise.insight.campaigns import ATTRIBUTION_DAYS, Reach, Return, campaign_returns, reach
from tierwise.kernel.periods import window
from tierwise.metrics.orders import order_margins
from tierwise.metrics.report import scene_for_people
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine
    from tierwise.metrics.scene import Scene

Row = dict[str, Any]
TOUCH = ("number", "customer_code", "campaign_code", "channel", "date", "response", "order_number")
CAMPAIGN = ("code", "name", "start_on", "cost", "valid_from")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign that began in the window, and what it brought up to the day; ``cost`` is null where none is known."""

    code: str
    name: str
    start_on: date
    touches: int
    cost: Decimal | None
    brought: Return
    open: bool
    """Whether one of its touches may still bring an order, or it began that lately."""


@dataclass(frozen=True, slots=True)
class Outreach:
    """Touches of the window by channel, and the campaigns that began in it, the first first."""

    channels: Mapping[str, Reach]
    campaigns: tuple[Campaign, ...]


def outreach(book: Book, as_of: date, months: int = 12) -> Outreach:
    """What was sent out in the months up to a day and what came of it, as it could be seen on that day."""
    version, span = book.upcoming(), window(as_of, months)
    with book.engine() as engine:
        book.open_in(engine, version, ("touches", "campaigns", "order_lines", "products"), as_of=as_of)
        touches = _touches(engine, as_of, span.start - timedelta(days=ATTRIBUTION_DAYS))
        begun = [c for c in _campaigns(engine, as_of) if span.start <= c["start_on"] <= as_of]
        scene = scene_for_people(version.settings, as_of)
        orders = _orders(engine, scene, touches) if begun else []
    costs = {c["code"]: c["cost"] or Decimal(0) for c in begun}
    returns = campaign_returns(touches, orders, costs)
    made = tuple(_campaign(c, touches, returns[c["code"]], as_of) for c in begun)
    return Outreach(reach(t for t in touches if t["date"] >= span.start), made)


def _touches(engine: Engine, as_of: date, first: date) -> list[Row]:
    seen = visible(book_table("touches"), as_of, "date")
    rows: list[Row] = engine.fetch(seen.filter(seen.date >= first).select(*TOUCH)).to_pylist()
    return rows


def _campaigns(engine: Engine, as_of: date) -> list[Row]:
    """The state of every campaign on the day, by its first day."""
    seen = visible(book_table("campaigns"), as_of, "valid_from")
    rows = engine.fetch(seen.select(*CAMPAIGN).order_by(["code", "valid_from"])).to_pylist()
    latest = {row["code"]: row for row in rows}
    return sorted(latest.values(), key=lambda row: (row["start_on"], row["code"]))


def _orders(engine: Engine, scene: Scene, touches: Sequence[Row]) -> list[Row]:
    """Orders of the customers that were touched, from the first touch on."""
    if not touches:
        return []
    reached = visible(book_table("touches"), scene.as_of, "date").select(unit="customer_code").distinct()
    found = order_margins(Stages(engine), scene, min(touch["date"] for touch in touches), reached)
    rows: list[Row] = engine.fetch(found).to_pylist()
    return rows


def _campaign(row: Row, touches: Sequence[Row], brought: Return, as_of: date) -> Campaign:
    own = [touch["date"] for touch in touches if touch["campaign_code"] == row["code"]]
    still = max([row["start_on"], *own]) + timedelta(days=ATTRIBUTION_DAYS) > as_of
    return Campaign(row["code"], row["name"], row["start_on"], len(own), row["cost"], brought, still)
