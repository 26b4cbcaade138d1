"""Sales metrics. Source: spec 5.2; examples E08, E16, E20, E24."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.kernel.periods import Window, add_months, window
from tierwise.kernel.ratio import MONEY, count_where, money_quotient, quotient, whole
from tierwise.metrics.lines import Measure, OrderMeasure, net_types, of_type, sale_types
from tierwise.metrics.model import Use
from tierwise.metrics.scene import Scene, day, within

if TYPE_CHECKING:
    from ibis.expr.types import Table

INTERVAL_MONTHS = 24


def ok() -> Any:
    """The status of a value that needs no remark."""
    return ibis.literal("ok")


def sum_of(
    column: str, types: tuple[str, ...], span: Window | None, *, by: str = "on", value: str = "base_amount"
) -> Measure:
    """A conditional sum of a line column over line types and a window (``None``: all time)."""

    def where(view: Table) -> Any:
        kind = of_type(view.line_type, types)
        return kind if span is None else kind & within(view[by], span)

    return Measure(column, "sum", where, lambda view: view[value], span)


def fiscal_years(scene: Scene) -> list[Window]:
    """The last fiscal year completed by ``as_of`` and the three before it, newest first."""
    tomorrow = scene.as_of + timedelta(days=1)
    start = date(tomorrow.year, scene.fiscal_year_start, 1)
    if start > tomorrow:
        start = add_months(start, -12)
    return [window(add_months(start, -12 * back) - timedelta(days=1), 12) for back in range(4)]


def month_windows(scene: Scene, months: int) -> list[Window]:
    """The single months of a window, oldest first."""
    whole_span = scene.window(months)
    starts = [add_months(whole_span.start, i) for i in range(months)]
    ends = [start - timedelta(days=1) for start in starts[1:]] + [whole_span.end]
    return [Window(start, end, 1) for start, end in zip(starts, ends, strict=True)]


def line_measures(uses: Iterable[Use], scene: Scene) -> dict[str, Measure]:
    """The line measures that the given metrics need, by column."""
    net, sale = net_types(scene), sale_types(scene)
    found: dict[str, Measure] = {}

    def add(*measures: Measure) -> None:
        found.update({m.column: m for m in measures})

    add(Measure("m_lines", "count", lambda view: of_type(view.line_type, net)))
    for use in uses:
        add(*_measures_of(use, scene, net, sale))
    return found


def _count_in(months: int, scene: Scene, net: tuple[str, ...]) -> Measure:
    return _count(f"m_lines_{months}m", net, scene.window(months))


def _count(column: str, types: tuple[str, ...], span: Window) -> Measure:
    return Measure(
        column, "count", lambda view: of_type(view.line_type, types) & within(view.on, span), span=span
    )


def _measures_of(use: Use, scene: Scene, net: tuple[str, ...], sale: tuple[str, ...]) -> list[Measure]:
    n = use.months or 12
    span = scene.window(n)
    match use.name:
        case "net_sales":
            return [sum_of(f"m_net_{n}m", net, span)]
        case "order_amount":
            return [sum_of(f"m_ordered_{n}m", net, span, by="order_date")]
        case "gross_sales":
            return [sum_of(f"m_gross_{n}m", sale, span), _count_in(n, scene, net)]
        case "cumulative_sales":
            return [sum_of("m_net_ever", net, None)]
        case "net_sales_before":
            return [sum_of(f"m_net_before_{n}m", net, span.previous())]
        case "net_sales_year_ago":
            return [sum_of(f"m_net_year_ago_{n}m", net, _earlier(scene, 12, n))]
        case "net_sales_month_ago":
            return [sum_of(f"m_net_month_ago_{n}m", net, _earlier(scene, 1, n))]
        case "net_sales_before_month_ago":
            return [sum_of(f"m_net_before_month_ago_{n}m", net, _earlier(scene, 1, n).previous())]
        case "returns":
            return [sum_of(f"m_returns_{n}m", ("return",), span)]
        case "largest_order":
            return [sum_of(f"m_net_{n}m", net, span)]
        case "three_year_growth_pct":
            years = [sum_of(f"m_year_{i}", net, span) for i, span in enumerate(fiscal_years(scene))]
            return [
                *years,
                Measure("m_first_on", "min", lambda view: of_type(view.line_type, net), lambda view: view.on),
            ]
        case "sales_volatility":
            spans = month_windows(scene, n)
            sums = [sum_of(f"m_month_{n}m_{i}", net, span) for i, span in enumerate(spans)]
            counts = [_count(f"m_month_lines_{n}m_{i}", net, span) for i, span in enumerate(spans)]
            return [*sums, *counts]
        case "sales_volume":
            return [*_volume(n, span), _count_in(n, scene, net)]
        case _:
            return []


def _earlier(scene: Scene, back: int, months: int) -> Window:
    """The window as it stood so many months earlier."""
    return window(add_months(scene.as_of + timedelta(days=1), -back) - timedelta(days=1), months)


def _volume(n: int, span: Window) -> list[Measure]:
    def where(view: Table) -> Any:
        return (
            of_type(view.line_type, ("sale", "service", "return"))
            & within(view.on, span)
            & view.base_qty.notnull()
        )

    return [
        Measure(f"m_qty_{n}m", "sum", where, lambda view: view.base_qty, span),
        Measure(f"m_dim_min_{n}m", "min", where, lambda view: view.dimension, span),
        Measure(f"m_dim_max_{n}m", "max", where, lambda view: view.dimension, span),
    ]


def order_measures(uses: Iterable[Use], scene: Scene) -> dict[str, OrderMeasure]:
    """The order measures that the given metrics need, by column."""
    found: dict[str, OrderMeasure] = {}
    for use in uses:
        n = use.months or 12
        span = scene.window(n)
        match use.name:
            case "orders":
                found[f"o_orders_{n}m"] = OrderMeasure(
                    f"o_orders_{n}m",
                    lambda t, span=span: count_where(t.counted & within(t.ordered_on, span)),  # type: ignore[misc]
                    span=span,
                )
            case "orders_before":
                before = span.previous()
                found[f"o_orders_before_{n}m"] = OrderMeasure(
                    f"o_orders_before_{n}m",
                    lambda t, span=before: count_where(t.counted & within(t.ordered_on, span)),  # type: ignore[misc]
                    span=before,
                )
            case "first_order_on":
                found["o_first"] = OrderMeasure("o_first", lambda t: t.ordered_on.min(where=t.counted))
            case "last_order_on":
                found["o_last"] = OrderMeasure("o_last", lambda t: t.ordered_on.max(where=t.counted))
            case "largest_order":
                column = f"m_net_{n}m"
                found[f"o_largest_{n}m"] = OrderMeasure(
                    f"o_largest_{n}m",
                    lambda t, column=column: t[column].max(where=t.counted),  # type: ignore[misc]
                    of=column,
                    span=span,
                )
    return found


def finish(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of a base sales metric from the joined measures; ``None`` if it is not one of ours."""
    n = use.months or 12
    match use.name:
        case "net_sales":
            return in_window(t, t[f"m_net_{n}m"])
        case "order_amount":
            return in_window(t, t[f"m_ordered_{n}m"])
        case "gross_sales":
            return in_window(t, t[f"m_gross_{n}m"], t[f"m_lines_{n}m"])
        case "sales_volume":
            mixed = t[f"m_dim_min_{n}m"] != t[f"m_dim_max_{n}m"]
            value, status = in_window(t, t[f"m_qty_{n}m"], t[f"m_lines_{n}m"])
            return (
                ibis.ifelse(mixed.coalesce(False), ibis.null(MONEY), value),
                ibis.ifelse(mixed.coalesce(False), "mixed_units", status),
            )
        case "cumulative_sales":
            none = t.m_lines.coalesce(0) == 0
            return ibis.ifelse(none, ibis.null(MONEY), zero(t.m_net_ever)), ibis.ifelse(
                none, "no_history", "ok"
            )
        case "net_sales_before":
            return zero(t[f"m_net_before_{n}m"]), None
        case "net_sales_year_ago" | "net_sales_month_ago" | "net_sales_before_month_ago":
            return zero(t[f"m_{use.column.replace('net_sales', 'net')}"]), None
        case "returns":
            return zero(t[f"m_returns_{n}m"]), None
        case "orders":
            return t[f"o_orders_{n}m"].coalesce(0).cast("int64"), None
        case "orders_before":
            return t[f"o_orders_before_{n}m"].coalesce(0).cast("int64"), None
        case "largest_order":
            return zero(t[f"o_largest_{n}m"]), None
        case "first_order_on":
            return t.o_first, bought(t.o_first)
        case "last_order_on":
            return t.o_last, bought(t.o_last)
        case "product_breadth":
            return t[f"breadth_{n}m"].coalesce(0).cast("int64"), None
        case "purchase_interval_days":
            return t.interval_days, t.interval_status.coalesce("never_bought")
        case "expected_next_order_confidence":
            return _confidence(t), bought(t.gap_count)
        case _:
            return None


def _confidence(t: Table) -> Any:
    """How far the expected next order can be trusted, by the spread of the gaps. Source: spec SAL-16."""
    return ibis.cases(
        (t.gap_count.isnull(), ibis.null("string")),
        ((t.gap_count >= 4) & (t.gaps_near * 4 >= t.gap_count * 3), "high"),
        ((t.gap_count >= 2) & (t.gaps_about * 2 >= t.gap_count), "medium"),
        else_="low",
    )


def derive(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of a derived sales metric from metric columns; ``None`` if it is not one of ours."""
    n = use.months
    match use.name:
        case "average_sales_per_month":
            return _average(t, f"net_sales_{n}m", whole(n or 1), 1)
        case "average_sales_per_quarter":
            return _average(t, f"net_sales_{n}m", whole(n or 1), 3)
        case "average_sales_per_year":
            return _average(t, f"net_sales_{n}m", whole(n or 1), 12)
        case "average_sales_per_month_since_first_order":
            tenure = t.tenure_months.coalesce(n)
            months = ibis.cases((tenure < 1, 1), (tenure > n, n), else_=tenure)
            return _average(t, f"net_sales_{n}m", whole(months), 1)
        case "average_order_value":
            orders, sales = t[f"orders_{n}m"], t[f"net_sales_{n}m"]
            value = money_quotient(sales, whole(orders))
            status = ibis.cases((sales.isnull(), "no_history"), (orders == 0, "no_orders"), else_="ok")
            return value, status
        case "sales_growth_pct":
            return growth(t, f"net_sales_{n}m", f"net_sales_before_{n}m")
        case "momentum_pct":
            return growth(t, f"net_sales_{n}m", f"net_sales_before_{n}m")
        case "momentum_month_ago_pct":
            return growth(t, f"net_sales_month_ago_{n}m", f"net_sales_before_month_ago_{n}m")
        case "momentum_year_pct":
            return growth(t, f"net_sales_{n}m", f"net_sales_year_ago_{n}m")
        case "return_rate_pct":
            gross = t[f"gross_sales_{n}m"]
            value = quotient(-t[f"returns_{n}m"] * whole(100), gross)
            status = ibis.cases((gross.isnull(), "no_history"), (gross <= 0, "no_sales"), else_="ok")
            return value, status
        case "recency_days":
            days = day(scene.as_of).delta(t.last_order_on, unit="day")
            return days.cast("decimal(38,10)"), bought(t.last_order_on)
        case "tenure_months":
            return whole_months(t.first_order_on, scene.as_of), bought(t.first_order_on)
        case "purchasing_cycle_days":
            missing = t.purchase_interval_days_status.isin(("default_interval", "never_bought"))
            status = ibis.ifelse(missing, t.purchase_interval_days_status, "ok")
            return ibis.ifelse(missing, ibis.null("decimal(38,10)"), t.purchase_interval_days), status
        case "expected_next_order_on":
            # narrow first: days have eight digits at most, and places of a wide decimal are taken away by a division
            step = t.purchase_interval_days.cast("decimal(18,10)").floor().cast("int32")
            # by way of an instant: DuckDB answers day plus interval with an instant, which Ibis takes for a day
            later = t.last_order_on.cast("timestamp") + step.as_interval("D")
            return later.cast("date"), bought(t.last_order_on)
        case _:
            return None


def zero(value: Any) -> Any:
    """A missing sum is 0."""
    return value.coalesce(ibis.literal("0").cast(MONEY)).cast(MONEY)


def bought(value: Any) -> Any:
    """``never_bought`` where a date is null."""
    return ibis.ifelse(value.isnull(), "never_bought", "ok")


def in_window(t: Table, total: Any, lines_in_window: Any = None) -> tuple[Any, Any]:
    """A sum over the window: null ``no_history`` without any counted line ever, else 0 ``no_lines``.

    A sum over every net line of the window is null exactly if there is none; other sums bring the count.
    """
    never = t.m_lines.coalesce(0) == 0
    none = total.isnull() if lines_in_window is None else lines_in_window.coalesce(0) == 0
    value = ibis.ifelse(never, ibis.null(MONEY), zero(total))
    return value, ibis.cases((never, "no_history"), (none, "no_lines"), else_="ok")


def growth(t: Table, current: str, previous: str) -> tuple[Any, Any]:
    """Growth in percent with its statuses. Source: spec SAL-10, example E08."""
    now, before = t[current], t[previous]
    value = quotient((now - before).cast(MONEY) * whole(100), before)
    status = ibis.cases(
        (now.isnull(), "no_history"),
        ((before == 0) & (now == 0), "no_activity"),
        (before == 0, "from_zero"),
        (before < 0, "negative_base"),
        else_="ok",
    )
    return value, status


def _average(t: Table, column: str, months: Any, per: int) -> tuple[Any, Any]:
    sales = t[column]
    return money_quotient(sales * whole(per), months), ibis.ifelse(sales.isnull(), "no_history", "ok")


def whole_months(first: Any, as_of: date) -> Any:
    """Whole months from a date to ``as_of``, rounded down."""
    months = (
        whole(as_of.year * 12 + as_of.month) - whole(first.year()) * whole(12) - whole(first.month())
    ).cast("int64")
    last_day = (as_of + timedelta(days=1)).day == 1
    early = ibis.literal(False) if last_day else first.day() > as_of.day
    return ibis.ifelse(early, months - 1, months)
