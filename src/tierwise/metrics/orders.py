"""What single orders earned. Source: spec PRF-01, PRF-02, MKT-02."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tierwise.kernel.ratio import MONEY
from tierwise.metrics import profit
from tierwise.metrics.lines import GOODS, SALES, SUM, lines, net_types, of_type
from tierwise.metrics.scene import day, within

if TYPE_CHECKING:
    from datetime import date

    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.metrics.scene import Scene


def costed_lines(stages: Stages, scene: Scene, every: Table) -> Table:
    """The lines of net sales among ``every``, with their category and their cost; null where it is not known."""
    view = stages.define("tw_order_lines", profit.with_products(every, scene, quantities=False))
    stages.keep("tw_return_costs", profit.return_costs(view, view))
    costed = profit.found_cost(profit.with_return_costs(view), scene)
    return costed.filter(of_type(costed.line_type, net_types(scene)))


def holdings(stages: Stages, scene: Scene, months: int, *, by_category: bool) -> Table:
    """What every unit bought in the months up to the day, and what each earned there.

    **Shape** unit, item (category or product code), ``margin`` (null where a cost is not known).
    """
    every = lines(scene)
    t = costed_lines(stages, scene, every.filter(within(every.on, scene.window(months))))
    t = t.mutate(item=t.category if by_category else t.product_code)
    found = (
        t.filter(t.item.notnull())
        .group_by(["unit", "item"])
        .agg(
            sold=t.base_amount.sum(where=of_type(t.line_type, SALES)).cast(SUM),
            unknown=t.cost.isnull().sum(),
            earned=(t.base_amount.cast(MONEY) - t.cost.cast(MONEY)).sum(),
        )
    )
    kept = found.filter(found.sold > 0)
    return kept.select(
        "unit", "item", margin=ibis.ifelse(kept.unknown > 0, ibis.null(MONEY), kept.earned.cast(MONEY))
    )


def order_margins(
    stages: Stages, scene: Scene, first: date | None = None, customers: Table | None = None
) -> Table:
    """Counted orders with what they earned; ``margin`` is null where the cost of a line is not known.

    With ``first`` and ``customers`` (a table of ``unit``) the lines before that day, and of others, are not read: what
    came back of an order came back later.

    **Shape** order_number, customer_code, date, margin; one row per order. A return belongs to the
    order of its sale; an order that came back whole is none (SAL-06).
    """
    every = lines(scene)
    if first is not None:
        every = every.filter(every.order_date >= day(first))
    if customers is not None:
        every = every.semi_join(customers, "unit")
    t = costed_lines(stages, scene, every)
    sold = of_type(t.line_type, SALES) & (t.base_amount > 0)
    orders = t.group_by(customer_code="unit", order_number="order_key").agg(
        date=t.order_date.min(where=sold),
        goods=t.base_amount.sum(where=of_type(t.line_type, GOODS)).cast(SUM),
        unknown=t.cost.isnull().sum(),
        earned=(t.base_amount.cast(MONEY) - t.cost.cast(MONEY)).sum(),
    )
    counted = orders.filter(orders.date.notnull(), orders.goods > 0)
    margin = ibis.ifelse(counted.unknown > 0, ibis.null(MONEY), counted.earned.cast(MONEY))
    return counted.select("order_number", "customer_code", "date", margin=margin)
