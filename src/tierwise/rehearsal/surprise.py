"""Which moves nobody would have expected. Source: W05, spec 6.12, 8.4, 12.3; decision 0018.

A move is surprising by the marks that it bears; each is a fact of the customer, and each counts so many points. So the
list says why every customer stands on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.ratio import count_where, whole
from tierwise.kernel.text import Text
from tierwise.movement.migration import OUTSIDE

if TYPE_CHECKING:
    from ibis.expr.types import Table

SHOWN = 20
TREND_PCT = 30
"""Sales that rose or fell by so much are a trend, as for rising stars (spec 8.4)."""
FEW = 20
"""A way that fewer than one in so many of its grade take is an odd one."""
POINTS: dict[str, int] = {
    "against_trend": 3,
    "two_grades": 2,
    "in_or_out": 2,
    "single_order": 2,
    "pillar_down": 2,
    "arrears_up": 1,
    "newcomer_up": 1,
    "not_near": 1,
    "few_go_there": 1,
}
MARKS: dict[str, Text] = {
    "against_trend": Text("against its trend of sales", "与销售走势相反"),
    "two_grades": Text("two grades or more at once", "一次变动两级以上"),
    "in_or_out": Text("begins or ceases to be graded", "开始或不再参评"),
    "single_order": Text("up by a single order", "因单笔大单升级"),
    "pillar_down": Text("one of those that bring half of the sales goes down", "贡献一半销售额的客户被降级"),
    "arrears_up": Text("up with arrears", "有逾期仍升级"),
    "newcomer_up": Text("up as a new customer", "新客户升级"),
    "not_near": Text("was not near a cut", "原本并不临界"),
    "few_go_there": Text("few of its grade go there", "同级中少有此变动"),
}


def with_surprise(t: Table) -> Table:
    """Adds ``surprise``, the points of a move, and ``surprising``, its marks; 0 and empty for who does not move.

    ``t`` holds everybody with ``previous``, ``current``, ``step`` (null on another scale) and what is at stake.
    """
    marks = _marks(t)
    moved = (t.previous != t.current) | t.step.isnull()
    none = ibis.literal(0)
    points: Any = none
    names: Any = ibis.literal("")
    for code, worth in POINTS.items():
        up = (marks[code] & moved).coalesce(False)
        points = points + ibis.ifelse(up, worth, none)
        names = names + ibis.ifelse(up, f"{code};", "")
    return t.mutate(surprise=points.cast("int64"), surprising=names)


def _marks(t: Table) -> dict[str, Any]:
    up, down = t.step > 0, t.step < 0
    graded = t.previous.notin(OUTSIDE) & t.current.notin(OUTSIDE)
    rose, fell = t.sales_growth_pct >= TREND_PCT, t.sales_growth_pct <= -TREND_PCT
    return {
        "against_trend": (up & fell) | (down & rose),
        "two_grades": graded & (t.step.abs() >= 2),
        "in_or_out": t.previous.isin(OUTSIDE) ^ t.current.isin(OUTSIDE),
        "single_order": up & _flagged(t, "single_order"),
        "pillar_down": down & _pillar(t),
        "arrears_up": up & (t.overdue > 0),
        "newcomer_up": up & _flagged(t, "new_customer"),
        "not_near": graded & t.near_cut_before.coalesce("none").notin(("up", "down", "both")),
        "few_go_there": _few(t),
    }


def _flagged(t: Table, code: str) -> Any:
    return (ibis.literal(";") + t.flags_after.coalesce("") + ibis.literal(";")).contains(f";{code};")


def _pillar(t: Table) -> Any:
    """Whether a customer belongs to the largest that together bring half of the positive sales."""
    zero = whole(0).cast(t.net_sales.type())
    own = ibis.ifelse(t.net_sales > zero, t.net_sales, zero)
    order = ibis.window(order_by=[t.net_sales.desc(), t.customer_id.asc()], rows=(None, 0))
    above = own.sum().over(order) - own
    return (t.net_sales > zero) & (above + above < own.sum().over(ibis.window()))


def _few(t: Table) -> Any:
    """Whether fewer than one in twenty of its state go the same way."""
    same = ibis.window(group_by=[t.previous, t.current])
    of_state = ibis.window(group_by=[t.previous])
    one = t.customer_id.notnull()
    return count_where(one).over(same) * FEW < count_where(one).over(of_state)
