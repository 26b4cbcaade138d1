"""The prepared view of order lines, and how line measures become one row per customer.

One pass: lines to orders to customers. Source: spec 5.1(2) to 5.1(4), 5.2, 5.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import ibis

from tierwise.book.contract.choices import COUNTED_STATUSES, LINE_TYPE, ORDER_STATUS
from tierwise.kernel.ratio import count_where, integer_sum
from tierwise.metrics.scene import Scene, book_table, day, visible, with_unit

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

    from tierwise.book.contract.model import Choice
    from tierwise.kernel.periods import Window

SALES = ("sale", "service")
NET = ("sale", "service", "return", "rebate", "allowance")
GOODS = ("sale", "service", "return")
SUM = "decimal(38,4)"
KEPT = (
    "order_number line_no order_date line_type product_code qty uom linked_line to_stock base_amount base_cost"
).split()
"""What metrics read of a line, beside its unit, its order and its day."""
COLUMNS = (*KEPT, "customer_code", "posting_date", "status", "linked_order", "reported_by_agent")


@dataclass(frozen=True, slots=True)
class Measure:
    """One conditional aggregate over lines; ``whole_order`` ones are taken over counted orders instead."""

    column: str
    agg: Literal["sum", "count", "min", "max"]
    where: Callable[[Table], BooleanValue]
    value: Callable[[Table], Any] | None = None
    span: Window | None = None
    """The window that ``where`` keeps to, if it keeps to one."""


@dataclass(frozen=True, slots=True)
class OrderMeasure:
    """One aggregate over counted orders: columns ``ordered_on``, ``counted`` and every line measure."""

    column: str
    build: Callable[[Table], Any]
    of: str | None = None
    """The line measure that it looks at order by order."""
    span: Window | None = None
    """The window that it keeps to, if it keeps to one."""


def sale_types(scene: Scene) -> tuple[str, ...]:
    """Line types of gross sales."""
    return (*SALES, "freight") if scene.settings.include_freight else SALES


def net_types(scene: Scene) -> tuple[str, ...]:
    """Line types of net sales."""
    return (*NET, "freight") if scene.settings.include_freight else NET


def of_type(line_type: Any, types: Iterable[str]) -> BooleanValue:
    """Whether a line is of one of some types."""
    return _among(line_type, types, LINE_TYPE)


def is_counted(status: Any) -> BooleanValue:
    """Whether a line of a status counts. Source: spec 5.1(3)."""
    return _among(status, COUNTED_STATUSES, ORDER_STATUS)


def _among(code: Any, wanted: Iterable[str], closed: tuple[Choice, ...]) -> BooleanValue:
    """Whether a code of a closed list is one of some: asked the shorter way round, since engines look line by line."""
    asked = set(wanted)
    yes = [choice.code for choice in closed if choice.code in asked]
    no = [choice.code for choice in closed if choice.code not in asked]
    if not no:
        return code.notnull()
    return code.isin(yes) if len(yes) <= len(no) else code.notin(no)


def lines(scene: Scene, *more: str) -> Table:
    """Counted order lines seen on ``as_of``: unit, order_key, line_type, dates, ``on``, base amount, and ``more``."""
    counted = counted_lines(scene, *COLUMNS, conditions=lambda t: [t.base_amount.notnull()])
    table = with_unit(counted, scene)
    return table.select(
        "unit",
        *more,
        *KEPT,
        order_key=order_key(table),
        on=table.posting_date if scene.by_invoice else table.order_date,
    )


def order_key(t: Table) -> Any:
    """The order that a line speaks of: a return speaks of the order of its sale."""
    returned = t.line_type == "return"
    return ibis.ifelse(returned, t.linked_order.coalesce(t.order_number), t.order_number)


def counted_lines(
    scene: Scene, *columns: str, conditions: Callable[[Table], Sequence[Any]] = lambda _: ()
) -> Table:
    """The order lines that count, seen on ``as_of``, with or without an amount in the base currency."""
    t = book_table("order_lines", *columns)
    return visible(
        t,
        scene.as_of,
        "posting_date",
        t.order_date <= day(scene.as_of),
        is_counted(t.status),
        ~t.reported_by_agent.coalesce(False),
        *conditions(t),
    )


def order_level(view: Table, measures: Sequence[Measure], scene: Scene) -> Table:
    """One row per order: its measures, ``ordered_on`` (null unless it sold something), ``counted``."""
    order_on = Measure(
        "ordered_on",
        "min",
        lambda t: of_type(t.line_type, SALES) & (t.base_amount > 0),
        lambda t: t.order_date,
    )
    goods = Measure("goods", "sum", lambda t: of_type(t.line_type, GOODS), lambda t: t.base_amount)
    every = [order_on, goods, *measures]
    asked, conditions = _asked_once(view, every)
    grouped = asked.group_by(["unit", "order_key"]).agg(
        **{m.column: _aggregate(asked, m, asked[name]) for m, name in zip(every, conditions, strict=True)}
    )
    counted = grouped.ordered_on.notnull() & (grouped.goods > 0)
    return grouped.mutate(counted=counted.coalesce(False)).drop("goods")


def customer_level(
    orders: Table, measures: Sequence[Measure], order_measures: Sequence[OrderMeasure]
) -> Table:
    """One row per unit: line measures added up, order measures over counted orders."""
    again: dict[str, Any] = {}
    for m in measures:
        column = orders[m.column]
        match m.agg:
            case "sum":
                again[m.column] = column.sum().cast(SUM)
            case "count":
                again[m.column] = integer_sum(column)
            case "min":
                again[m.column] = column.min()
            case "max":
                again[m.column] = column.max()
    for o in order_measures:
        again[o.column] = o.build(orders)
    return orders.group_by("unit").agg(**again)


def unit_level(view: Table, measures: Sequence[Measure]) -> Table:
    """One row per unit: its line measures, straight from the lines."""
    asked, conditions = _asked_once(view, measures)
    return asked.group_by("unit").agg(
        **{m.column: _aggregate(asked, m, asked[name]) for m, name in zip(measures, conditions, strict=True)}
    )


def _asked_once(view: Table, measures: Sequence[Measure]) -> tuple[Table, list[str]]:
    """The view with the conditions of the measures as columns, each once, and the column of each measure.

    Engines evaluate the condition of every aggregate anew, also where ten of them have the same.
    """
    names: dict[Any, str] = {}
    columns: dict[str, Any] = {}
    of_measures = []
    for m in measures:
        where = m.where(view)
        name = names.setdefault(where.op(), f"is_{len(names)}")
        columns.setdefault(name, where)
        of_measures.append(name)
    return view.mutate(**columns), of_measures


def _aggregate(view: Table, m: Measure, where: Any) -> Any:
    if m.agg == "count" and "lines" in view.columns:  # rows that stand for several lines
        return integer_sum(ibis.ifelse(where, view.lines, ibis.literal(0, "int64")))
    if m.agg == "count":
        return count_where(where)
    assert m.value is not None
    value = m.value(view)
    if m.agg == "sum":
        return value.sum(where=where).cast(SUM)
    return value.min(where=where) if m.agg == "min" else value.max(where=where)
