"""Our part of what a customer spends. Source: spec KAM-01; example E31.

Spending is stated by category, or as ``all``; our sales are those in the same categories. In a unit of several
members every member speaks for itself, of the latest year it stated, and is set against its own purchases; where the
head alone has stated anything, it speaks for the whole unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.ratio import MONEY, RATIO, quotient, whole
from tierwise.metrics.lines import net_types, of_type
from tierwise.metrics.sales import zero
from tierwise.metrics.scene import Scene, book_table, visible, with_unit, within

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.model import Use

ALL = "all"
OURS = frozenset({"share_of_wallet_pct", "open_potential"})
"""Metrics that set our sales in the same categories against the spending."""
METRICS = OURS | {"category_spend"}
OF_LINES = ("customer_code",)
"""What these metrics read of a line beside the rest: who of the unit bought."""


def _stated(scene: Scene) -> Table:
    """Spending by unit, member and category, each member's of the latest year it stated; its ``all`` speaks alone.

    ``alone`` is 1 where nobody but the head of the unit has stated anything.
    """
    seen = with_unit(visible(book_table("category_spend"), scene.as_of, "known_from"), scene)
    past = seen.filter(seen.year <= scene.as_of.year)
    latest = past.mutate(last=past.year.max().over(ibis.window(group_by=[past.unit, past.customer_code])))
    rows = latest.filter(latest.year == latest.last)
    sums = rows.group_by(["unit", "customer_code", "category"]).agg(spend=rows.amount.sum().cast(MONEY))
    whole_one = ibis.ifelse(sums.category == ALL, 1, 0)
    of_head = ibis.ifelse(sums.customer_code == sums.unit, 1, 0)
    told = sums.mutate(
        has_all=whole_one.max().over(ibis.window(group_by=[sums.unit, sums.customer_code])),
        alone=of_head.min().over(ibis.window(group_by=sums.unit)),
    )
    return told.filter((told.has_all == 0) | (told.category == ALL)).drop("has_all")


def spending(scene: Scene) -> Table:
    """One row per unit: ``wallet_spend``."""
    t = _stated(scene)
    return t.group_by("unit").agg(wallet_spend=t.spend.sum().cast(MONEY))


def our_part(view: Table, months: int, scene: Scene) -> Table:
    """One row per unit: ``wallet_ours_<n>m``, net sales of the window to whoever stated spending, in its categories.

    ``view`` is the counted lines with product columns and ``OF_LINES``.
    """
    sold = view.filter(of_type(view.line_type, net_types(scene)) & within(view.on, scene.window(months)))
    stated = _stated(scene).select("alone", of_unit="unit", of_member="customer_code", of_category="category")
    same = (stated.of_category == ALL) | (sold.category == stated.of_category)
    whose = (stated.alone == 1) | (sold.customer_code == stated.of_member)
    joined = sold.join(stated, (sold.unit == stated.of_unit) & same & whose)
    rows = joined.select("unit", "base_amount")
    return rows.group_by("unit").agg(**{f"wallet_ours_{months}m": rows.base_amount.sum().cast(MONEY)})


def finish(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of a metric of this family; ``None`` for others. A share above 100 is shown as 100."""
    if use.name == "category_spend":
        return t.wallet_spend, ibis.ifelse(t.wallet_spend.isnull(), "unknown_total", "ok")
    if use.name not in OURS:
        return None
    ours = zero(t[f"wallet_ours_{use.months or 12}m"])
    if use.name == "open_potential":
        return _potential(t, ours)
    share = quotient(ours * whole(100), t.wallet_spend)
    full = ibis.literal("100").cast(RATIO)
    status = ibis.cases(
        (t.wallet_spend.isnull(), "unknown_total"),
        (share.isnull(), "invalid_total"),
        (share > full, "capped"),
        else_="ok",
    )
    return ibis.ifelse(share > full, full, share), status


def _potential(t: Table, ours: Any) -> tuple[Any, Any]:
    """What the customer spends elsewhere, else the need that its record states. Source: spec 6.10."""
    rest, nothing = (t.wallet_spend - ours).cast(MONEY), ibis.literal("0").cast(MONEY)
    elsewhere = ibis.ifelse(rest > nothing, rest, nothing)
    value = ibis.ifelse(t.wallet_spend.isnull(), t.potential_now.cast(MONEY), elsewhere)
    return value, ibis.ifelse(value.isnull(), "unknown_total", "ok")
