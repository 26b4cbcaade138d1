"""Where a customer stands in its life with us. Source: spec 3.1, RET-01; example E20."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.contract.choices import LIFECYCLE_STATUS
from tierwise.metrics.intervals import medians
from tierwise.metrics.sales import INTERVAL_MONTHS
from tierwise.metrics.scene import Scene, day, within

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.model import Use

STATUSES = LIFECYCLE_STATUS
LOST_DAYS, DORMANT_DAYS, AT_RISK_DAYS = 90, 14, 7
"""Silence of fewer days never counts, however short the interval: nobody is lost over a weekend."""
REGAINED_MONTHS = 6
"""So long a customer that came back is called regained instead of active."""


def regained(dates: Table, scene: Scene) -> Table:
    """One row per unit that came back in the last six months: the newest day on which it did, ``back_on``.

    ``dates`` are the distinct days of counted orders. A customer came back with an order if it was lost on
    the day before: asked of the orders until then, so that no memory of earlier runs is needed.
    """
    order = ibis.window(group_by=dates.unit, order_by=dates.ordered_on.asc())
    steps = dates.mutate(before=dates.ordered_on.lag().over(order))
    recent = within(steps.ordered_on, scene.window(REGAINED_MONTHS))
    back = steps.filter(recent).select("unit", back_on="ordered_on", last_on="before")
    lost = _were_lost(back, dates, scene)
    return lost.group_by("unit").agg(back_on=lost.back_on.max())


def losses(dates: Table, scene: Scene, months: int) -> Table:
    """Every time that a unit was lost and had not come back before the window began.

    **Shape** unit, ``last_on`` (the order before the silence), ``interval_days`` as known then, ``back_on`` (the order that
    ended it; the day after the as-of day where none did). Asked with the rule of RET-01 for the day before ``back_on``.
    """
    order = ibis.window(group_by=dates.unit, order_by=dates.ordered_on.asc())
    after = day(scene.as_of + timedelta(days=1))
    steps = dates.mutate(back_on=dates.ordered_on.lead().over(order).coalesce(after))
    near = steps.filter(steps.back_on >= day(scene.window(months).start))
    return _were_lost(near.select("unit", "back_on", last_on="ordered_on"), dates, scene)


def _were_lost(steps: Table, dates: Table, scene: Scene) -> Table:
    """The steps from an order, ``last_on``, to the next, ``back_on``, over which the unit was lost; their interval."""
    steps = steps.mutate(silent=steps.back_on.delta(steps.last_on, unit="day") - 1)
    back = steps.filter(steps.silent >= LOST_DAYS)
    earlier = dates.select(of_unit=dates.unit, ordered_on=dates.ordered_on)
    pairs = back.join(earlier, (back.unit == earlier.of_unit) & (earlier.ordered_on < back.back_on))
    history = pairs.select("unit", "back_on", "ordered_on")
    rhythm = medians(history, ("unit", "back_on"), _in_two_years(history), scene)
    told = back.left_join(rhythm, ["unit", "back_on"])
    came = told.select(
        "unit", "back_on", "last_on", "interval_days", silent=told.silent.cast("decimal(38,10)")
    )
    return came.filter(came.silent >= _times(came.interval_days, 3)).drop("silent")


def _in_two_years(t: Table) -> Any:
    """Whether an order lies in the interval window that closes on the day before ``back_on``.

    The same month two years earlier, its day clamped: 29 February has none, leap years being four apart.
    """
    assert INTERVAL_MONTHS == 24
    month = t.back_on.year() * 12 + t.back_on.month() - INTERVAL_MONTHS
    leap = (t.back_on.month() == 2) & (t.back_on.day() == 29)
    first = ibis.ifelse(leap, 28, t.back_on.day())
    own = t.ordered_on.year() * 12 + t.ordered_on.month()
    return (own > month) | ((own == month) & (t.ordered_on.day() >= first))


def _times(value: Any, count: int) -> Any:
    total = value
    for _ in range(count - 1):
        total = total + value
    return total


def finish(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of ``regained_on``; ``None`` for other metrics."""
    if use.name != "regained_on":
        return None
    return t.back_on, ibis.ifelse(t.back_on.isnull(), "not_regained", "ok")


def derive(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """The lifecycle status as a code; ``None`` for other metrics. First match, the worst first."""
    if use.name != "lifecycle":
        return None
    silent, interval = t.recency_days, t.purchase_interval_days
    code = ibis.cases(
        (silent.isnull(), "never_bought"),
        ((silent >= LOST_DAYS) & (silent >= _times(interval, 3)), "lost"),
        ((silent >= DORMANT_DAYS) & (silent >= _times(interval, 2)), "dormant"),
        ((silent >= AT_RISK_DAYS) & (_times(silent, 2) >= _times(interval, 3)), "at_risk"),
        (t.regained_on.notnull(), "regained"),
        else_="active",
    )
    return code, ibis.ifelse(silent.isnull(), "ok", t.purchase_interval_days_status)
