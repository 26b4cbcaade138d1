"""Order lines added up by customer and month, and orders by month: what metrics read in the place of lines. Decision 0021.

Two relations stand for the counted lines of whole months:

* ``tw_month_lines``: lines of one customer, one month of posting, one month of ordering and one type, added up. A line
  whose cost must be looked up stands alone, with what the look-up needs.
* ``tw_month_orders``: what the lines of one month of posting and one of ordering say of an order. ``tw_split_orders``
  names the orders of which more than one row speaks; only those are put together again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.surviving import to_survivor
from tierwise.engine.picking import pick
from tierwise.kernel.ratio import count_where
from tierwise.metrics.lines import (
    COLUMNS,
    GOODS,
    NET,
    SALES,
    SUM,
    counted_lines,
    is_counted,
    of_type,
    order_key,
)
from tierwise.metrics.scene import Scene, book_table, day, with_unit

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.kernel.periods import Window
    from tierwise.metrics.lines import Measure
    from tierwise.metrics.model import Use

LINES, ORDERS, SPLIT = "tw_month_lines", "tw_month_orders", "tw_split_orders"
EVER = date(9999, 12, 31)
"""The day of which everything can be seen."""
COSTED = (*SALES, "freight", "return")
"""Line types of which the book must bring a cost, or it is looked up."""
LOOKED_UP = {
    "order_number": "string",
    "line_no": "int64",
    "order_key": "string",
    "linked_line": "int64",
    "product_code": "string",
    "qty": "decimal(18,4)",
    "to_stock": "boolean",
}
"""What the look-up of a cost reads of a line; null where a row stands for several."""
LINE_COLUMNS = {
    "month": "int64",
    "customer_code": "string",
    "line_type": "string",
    "order_date": "date",
    "posting_date": "date",
    "base_amount": SUM,
    "base_cost": SUM,
    "lines": "int64",
    **LOOKED_UP,
}
ORDER_COLUMNS = {
    "month": "int64",
    "ordered": "int64",
    "customer_code": "string",
    "order_key": "string",
    "ordered_on": "date",
    "goods": SUM,
    "counted": "boolean",
    "net": SUM,
    "freight": SUM,
}
SPLIT_COLUMNS = {"order_key": "string", "first": "int64", "last": "int64"}
"""``first`` and ``last`` are the months of posting of an order's rows."""


def month_number(on: Any) -> Any:
    """yyyymm of a date."""
    return (on.year().cast("int64") * 100 + on.month().cast("int64")).cast("int64")


def _counted(as_of: date, first: date, last: date) -> Table:
    """The counted lines with an amount that are seen on a day and posted between two days."""
    t = counted_lines(
        Scene(as_of),
        *COLUMNS,
        conditions=lambda t: [
            t.base_amount.notnull(),
            t.posting_date >= day(first),
            t.posting_date <= day(last),
        ],
    )
    return pick(t, *t.columns, month=month_number(t.posting_date))


def line_rows(as_of: date, first: date, last: date) -> Table:
    """The rows of ``tw_month_lines`` for the months between two days, as seen on a day."""
    t = _counted(as_of, first, last)
    bare = t.base_cost.isnull() & of_type(t.line_type, COSTED)
    t = t.mutate(bare=bare, ordered=month_number(t.order_date))
    summed = t.filter(~t.bare)
    groups = summed.group_by(["month", "customer_code", "line_type", "ordered"]).agg(
        order_date=summed.order_date.min(),
        posting_date=summed.posting_date.min(),
        base_amount=summed.base_amount.sum().cast(SUM),
        base_cost=summed.base_cost.sum().cast(SUM),
        lines=summed.count().cast("int64"),
    )
    nothing = {name: ibis.null(kind) for name, kind in LOOKED_UP.items()}
    together = groups.mutate(**nothing).select(*LINE_COLUMNS)
    alone = t.filter(t.bare)
    single = alone.mutate(
        base_amount=alone.base_amount.cast(SUM),
        base_cost=alone.base_cost.cast(SUM),
        lines=ibis.literal(1, "int64"),
        order_key=order_key(alone),
    ).select(*LINE_COLUMNS)
    return together.union(single)


def order_rows(as_of: date, first: date, last: date) -> Table:
    """The rows of ``tw_month_orders`` for the months between two days, as seen on a day."""
    t = _counted(as_of, first, last)
    t = t.mutate(order_key=order_key(t), ordered=month_number(t.order_date))
    sold = of_type(t.line_type, SALES) & (t.base_amount > 0)
    orders = t.group_by(["month", "ordered", "customer_code", "order_key"]).agg(
        ordered_on=t.order_date.min(where=sold),
        goods=t.base_amount.sum(where=of_type(t.line_type, GOODS)).cast(SUM),
        net=t.base_amount.sum(where=of_type(t.line_type, NET)).cast(SUM),
        freight=t.base_amount.sum(where=t.line_type == "freight").cast(SUM),
    )
    counted = orders.ordered_on.notnull() & (orders.goods > 0)
    return orders.mutate(counted=counted.coalesce(False)).select(*ORDER_COLUMNS)


def visibility(first: date, last: date) -> Table:
    """Per month between two days: from which day on all its lines are seen, and how many were superseded."""
    names = ("posting_date", "order_date", "status", "reported_by_agent")
    t = book_table("order_lines", *names)
    counted = t.filter(is_counted(t.status), t.posting_date >= day(first), t.posting_date <= day(last))
    counted = counted.mutate(month=month_number(counted.posting_date))
    later = ibis.ifelse(counted.known_on > counted.order_date, counted.known_on, counted.order_date)
    return counted.group_by("month").agg(
        seen_from=later.max(), superseded=count_where(counted.superseded_on.notnull())
    )


def split_orders(orders: Table, late: Table, known: Table) -> Table:
    """Orders of which more than one row speaks, with the months of their rows.

    ``known`` are those of the earlier months; only orders that ``late`` rows speak of can have joined them.
    """
    rows = orders.semi_join(late, "order_key")
    several = rows.group_by("order_key").agg(n=rows.count(), first=rows.month.min(), last=rows.month.max())
    found = several.filter(several.n > 1).select(*SPLIT_COLUMNS)
    return known.anti_join(found, "order_key").select(*SPLIT_COLUMNS).union(found)


def all_of(name: str) -> str:
    """The table with the rows of every month by itself, of a table in which older months may stand together."""
    return f"{name}_all"


def stored(name: str, columns: dict[str, str], fields: Sequence[str] = ()) -> Table:
    """The unbound table of a name."""
    return ibis.table({c: columns[c] for c in (fields or columns)}, name=name)


def _read(scene: Scene, name: str, columns: dict[str, str]) -> Table:
    """The unbound table of a name, its codes led to survivors where any customer is merged."""
    rows = stored(name, columns)
    return to_survivor(rows, "customer_code") if scene.merged else rows


def summed_lines(scene: Scene, measures: Iterable[Measure]) -> Table:
    """``tw_month_lines`` in the shape of ``lines``: each row has its number of ``lines`` beside the sums.

    Of months that no sum reaches only the days and the numbers of lines are read.
    """
    table = with_unit(_read(scene, LINES, LINE_COLUMNS), scene)
    kept = ("unit", "line_type", "order_date", "base_amount", "base_cost", "lines", *LOOKED_UP)
    on = "posting_date" if scene.by_invoice else "order_date"
    spans = [m.span for m in measures if m.agg == "sum"]
    starts = [span.start for span in spans if span is not None]
    if not starts or len(starts) < len(spans):
        return pick(table, *kept, on=on)
    first = min(starts)
    late, ordered = table.month >= _number(first), table.order_date >= day(first)
    bare = {name: ibis.null(LINE_COLUMNS[name]) for name in ("base_amount", "base_cost", *LOOKED_UP)}
    older = table.filter(~late, ~ordered).select(
        "unit", "line_type", "order_date", "lines", on=table[on], **bare
    )
    parts = [pick(t, *kept, on=on) for t in (table.filter(late), table.filter(~late, ordered))]
    return parts[0].union(parts[1], older.select(*parts[0].columns))


def counted_orders(scene: Scene, largest: Mapping[str, Window] | None = None) -> Table:
    """Counted orders out of ``tw_month_orders``: unit, ordered_on, counted, and net sums of whole months by column.

    Split orders are put together first. Amounts are read of the months only of which sums are asked for.
    """
    asked = largest or {}
    rows, split = _read(scene, ORDERS, ORDER_COLUMNS), stored(SPLIT, SPLIT_COLUMNS)
    alone = rows.filter(rows.counted).anti_join(split, "order_key")
    parts = with_unit(rows.semi_join(split, "order_key"), scene)
    whole = parts.group_by(["unit", "order_key"]).agg(
        ordered_on=parts.ordered_on.min(),
        goods=parts.goods.sum().cast(SUM),
        **{
            name: _net(parts, scene).sum(where=_inside(parts, span, scene)).cast(SUM)
            for name, span in asked.items()
        },
    )
    counted = whole.filter(whole.ordered_on.notnull(), whole.goods > 0)
    columns = ("unit", "ordered_on", *asked)
    found = pick(counted, *columns).union(_alone(alone, asked, scene).select(*columns))
    return found.mutate(counted=ibis.literal(True))


def _alone(rows: Table, asked: Mapping[str, Window], scene: Scene) -> Table:
    """Orders of which one row speaks; the amounts of months that no window has are not read."""
    if not asked:
        return with_unit(rows, scene)
    first = min(_number(span.start) for span in asked.values())
    sums = {
        name: ibis.ifelse(_inside(rows, span, scene), _net(rows, scene), ibis.null(SUM)).cast(SUM)
        for name, span in asked.items()
    }
    kept = ("customer_code", "ordered_on")
    month = _month(rows, scene)
    recent = rows.filter(month >= first).select(*kept, **sums)
    older = rows.filter(month < first).select(*kept, **{name: ibis.null(SUM) for name in asked})
    return with_unit(recent.union(older), scene)


def _net(rows: Table, scene: Scene) -> Any:
    """Net sales of a row; null where it has no such line, as a sum of none is."""
    if not scene.settings.include_freight:
        return rows.net
    nothing = ibis.literal("0").cast(SUM)
    both = (rows.net.coalesce(nothing) + rows.freight.coalesce(nothing)).cast(SUM)
    return ibis.ifelse(rows.net.isnull() & rows.freight.isnull(), ibis.null(SUM), both)


def _month(rows: Table, scene: Scene) -> Any:
    return rows.month if scene.by_invoice else rows.ordered


def _inside(rows: Table, span: Window, scene: Scene) -> Any:
    month = _month(rows, scene)
    return (month >= _number(span.start)) & (month <= _number(span.end))


def _number(on: date) -> int:
    return on.year * 100 + on.month


def bare_lines(sale_types: Sequence[str]) -> Table:
    """How many sales and returns bring no cost, and how many of those are returns linked to a sale."""
    t = stored(LINES, LINE_COLUMNS)
    bare = t.filter(t.base_cost.isnull() & of_type(t.line_type, (*sale_types, "return")))
    return bare.agg(
        lines=bare.count(), linked=count_where((bare.line_type == "return") & bare.linked_line.notnull())
    )


def needs_lines(uses: Iterable[Use]) -> bool:
    """Whether something is asked for that no sums of months can answer: quantities have units and factors by product."""
    return any(use.name == "sales_volume" for use in uses)
