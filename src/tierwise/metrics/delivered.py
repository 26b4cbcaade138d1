"""Value delivered to the customer, as assessed: benefits less costs. Source: spec 7.1, CDV-01 to CDV-04; E10."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.ratio import MONEY, quotient
from tierwise.metrics.passes import Part, Pass, Read, number
from tierwise.metrics.scene import Scene, day
from tierwise.metrics.service import unless

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.model import Use

TEMPLATE = "delivered_value"
VALUES = ("product_value", "service_value", "personnel_value", "image_value")
COSTS = ("monetary_cost", "time_cost", "energy_cost", "psychic_cost")
"""The criteria of the template; all four of a side are needed, in one unit."""
VALID_MONTHS = 12
"""An assessment without ``valid_until`` speaks for twelve months (spec 4.4)."""


def _in_force(t: Table, scene: Scene) -> Table:
    """The newest score of each criterion, if it has not expired."""
    mine = t.filter((t.template == TEMPLATE) & t.criterion.isin((*VALUES, *COSTS)))
    newest = ibis.window(group_by=[mine.customer_code, mine.criterion], order_by=mine.as_of.desc())
    last = mine.mutate(back=ibis.row_number().over(newest)).filter(lambda a: a.back == 0)
    start = day(scene.window(VALID_MONTHS).start)
    fresh = ibis.ifelse(last.valid_until.notnull(), last.valid_until >= day(scene.as_of), last.as_of >= start)
    return last.filter(fresh)


def _side(criteria: tuple[str, ...]) -> Part:
    return lambda t, _: t.score.cast(MONEY).sum(where=t.criterion.isin(criteria)).cast(MONEY)


def _known(criteria: tuple[str, ...]) -> Part:
    return lambda t, _: t.score.count(where=t.criterion.isin(criteria))


def _finish(name: str, read: Read) -> tuple[Any, Any | None]:
    side, known = ("values", "values_known") if name == "total_customer_value" else ("costs", "costs_known")
    value = ibis.ifelse(number(read(known)) == len(VALUES), read(side), ibis.null(MONEY))
    return unless(value, "incomplete")


ASSESSED = Pass(
    "assessments",
    parts={
        "values": _side(VALUES),
        "values_known": _known(VALUES),
        "costs": _side(COSTS),
        "costs_known": _known(COSTS),
    },
    metrics={
        "total_customer_value": ("values", "values_known"),
        "total_customer_cost": ("costs", "costs_known"),
    },
    finish=_finish,
    prepare=_in_force,
    of_unit=False,
)


def derive(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Delivered value and value ratio; ``None`` for other metrics."""
    if use.name == "delivered_value":
        return unless((t.total_customer_value - t.total_customer_cost).cast(MONEY), "incomplete")
    if use.name != "value_cost_ratio":
        return None
    value = quotient(t.total_customer_value, t.total_customer_cost)
    unknown = t.total_customer_value.isnull() | t.total_customer_cost.isnull()
    return value, ibis.cases((unknown, "incomplete"), (value.isnull(), "no_cost"), else_="ok")
