"""Panels of concentration: sales, profit, and both against earlier. Source: spec 5.5, 7.3."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from tierwise.insight.concentration import (
    Curve,
    Values,
    customers_for_share,
    field_of,
    gini,
    half_up,
    hhi,
    loss_making,
    pareto_curve,
    percentile_ratio,
    top_share,
    whale_curve,
)
from tierwise.kernel.text import Text
from tierwise.report.day.facts import PROFIT, SALES
from tierwise.report.day.model import (
    Cell,
    Column,
    CurveChart,
    Grid,
    Headline,
    Missing,
    Panel,
    brief,
    percent,
    plain,
    say,
)
from tierwise.report.html import pct, whole

if TYPE_CHECKING:
    from tierwise.report.day.facts import DayFacts

POINTS = 160
TOP_STEPS = (1, 5, 10, 20, 50, 80)
ASKED = (50, 80, 90, 95)
LINES = 14
"""A curve's table has about so many lines; the peak and the end among them."""


class Spread:
    """The field of a report and its values, sorted once for every figure."""

    def __init__(self, facts: DayFacts) -> None:
        rows = facts.today
        self.facts = facts
        self.customers = len(rows)
        self.sales = field_of([row[SALES] for row in rows])
        self.profit = field_of([row[PROFIT] for row in rows])
        self.earlier = {
            day: (field_of([row[SALES] for row in found]), field_of([row[PROFIT] for row in found]))
            for day, found in ((day, facts.field(rows)) for day, rows in facts.earlier.items())
        }

    @property
    def year_ago(self) -> Values:
        """The sales a year before."""
        return self.earlier[min(self.earlier)][0]


def headlines(spread: Spread) -> tuple[Headline, ...]:
    """The row of large figures."""
    sales, ago = pareto_curve(spread.sales, 2).total, pareto_curve(spread.year_ago, 2).total
    growth = Fraction(100) * (Fraction(sales) - Fraction(ago)) / Fraction(ago) if ago > 0 else None
    needed, losses = customers_for_share(spread.sales, 80), loss_making(spread.profit)
    index, power = gini(spread.sales).value, hhi(spread.sales).value
    rise = percent(growth) if growth is None else _signed(growth)
    return (
        _headline("field", plain(whole(spread.customers))),
        _headline("sales", brief(sales), pct=rise),
        _headline(
            "top", percent(top_share(spread.sales, 20)), before=percent(top_share(spread.year_ago, 20))
        ),
        _headline(
            "needed",
            plain(whole(needed.customers) if needed else "–"),
            pct=percent(needed.customer_pct if needed else None),
        ),
        _headline("gini", plain(pct(index, 3)), hhi=pct(power, 0)),
        _headline("loss", plain(whole(losses.customers)), bad=losses.customers > 0, amount=brief(losses.loss))
        if len(spread.profit)
        else Headline(say("kpi_loss"), plain("–"), say("why_no_profit")),
    )


def _headline(key: str, value: Text, bad: bool = False, **slots: object) -> Headline:
    return Headline(say(f"kpi_{key}"), value, say(f"kpi_{key}_note", **slots), bad)


def _signed(value: Fraction) -> Text:
    number = pct(value, 1, sign=True)
    return Text(f"{number} %", f"{number}%")


def nothing_sold(facts: DayFacts) -> Missing:
    """What to say where nobody bought."""
    return Missing(say("why_no_field"), "order_lines")


def pareto_panel(spread: Spread) -> Panel:
    """Concentration of sales: the curve, shares of the best, customers for a share."""
    title = say("pareto")
    if not spread.customers:
        return Panel("pareto", title, missing=(nothing_sold(spread.facts),))
    needed = customers_for_share(spread.sales, 80)
    return Panel(
        "pareto",
        title,
        say("pareto_lead", count=whole(needed.customers)) if needed else None,
        CurveChart("pareto", pareto_curve(spread.sales, POINTS)),
        (_top_shares(spread), _needed(spread)),
    )


def _top_shares(spread: Spread) -> Grid:
    columns = (
        Column(say("best"), "text"),
        Column(say("customers"), "count"),
        Column(say("share_of_sales"), "pct"),
        Column(say("share_of_profit"), "pct"),
    )
    rows = tuple(
        (
            percent(Fraction(step), 0),
            -(-spread.customers * step // 100),
            top_share(spread.sales, step),
            top_share(spread.profit, step),
        )
        for step in TOP_STEPS
    )
    return Grid(columns, rows, say("top_shares"))


def _needed(spread: Spread) -> Grid:
    columns = (
        Column(say("share_asked"), "text"),
        Column(say("customers"), "count"),
        Column(say("customers_pct"), "pct"),
        Column(say("last_value"), "money"),
    )
    rows: list[tuple[Cell, ...]] = []
    for asked in ASKED:
        found = customers_for_share(spread.sales, asked)
        if found is not None:
            rows.append((percent(Fraction(asked), 0), found.customers, found.customer_pct, found.last_value))
    return Grid(columns, tuple(rows), say("needed"))


def whale_panel(spread: Spread) -> Panel:
    """The whale curve of profit."""
    title = say("whale")
    if not len(spread.profit):
        why = Missing(say("why_no_profit"), "products") if spread.customers else nothing_sold(spread.facts)
        return Panel("whale", title, missing=(why,))
    curve = whale_curve(spread.profit, POINTS)
    slots = {"count": whole(curve.peak_customers), "amount": brief(curve.destroyed)}
    if curve.peak_pct is None:
        lead = say("whale_lead_money", peak=brief(curve.peak), **slots)
    else:
        lead = say("whale_lead", pct=percent(curve.peak_pct, 0), **slots)
    unknown = spread.profit.missing
    notes = (say("whale_unknown", count=unknown),) if unknown else ()
    chart = CurveChart("whale", curve) if curve.peak_pct is not None else None
    return Panel("whale", title, lead, chart, (_points(curve_table(curve), say("whale")),), notes=notes)


def curve_table(curve: Curve) -> tuple[tuple[Cell, ...], ...]:
    """Some points of a curve: even steps, the peak and the end."""
    step = max(1, len(curve.points) // LINES)
    return tuple(
        (p.customers, p.customer_pct, p.cumulative, p.pct)
        for i, p in enumerate(curve.points)
        if (i % step == 0 and i) or p.customers in (curve.peak_customers, curve.customers)
    )


def _points(rows: tuple[tuple[Cell, ...], ...], caption: Text) -> Grid:
    columns = (
        Column(say("customers"), "count"),
        Column(say("customers_pct"), "pct"),
        Column(say("cumulative"), "money"),
        Column(say("of_total"), "pct"),
    )
    return Grid(columns, rows, caption)


def earlier_panel(spread: Spread) -> Panel:
    """The figures of the day beside those of a month and a year before."""
    days: list[tuple[date, Values, Values]] = [(spread.facts.as_of, spread.sales, spread.profit)]
    days += [(day, sales, profit) for day, (sales, profit) in spread.earlier.items()]
    known = [one for one in days if len(one[1])]
    grids = (_sales_days(known), _profit_days(known)) if known else ()
    missing = () if known else (nothing_sold(spread.facts),)
    return Panel(
        "earlier", say("earlier"), say("earlier_lead"), grids=grids, missing=missing, wide=True, unfolded=True
    )


def _sales_days(days: list[tuple[date, Values, Values]]) -> Grid:
    columns = (
        Column(say("day"), "day"),
        Column(say("customers"), "count"),
        Column(say("sales"), "money"),
        Column(say("top_20"), "pct"),
        Column(say("needed_80"), "count"),
        Column(say("gini"), "number"),
        Column(say("hhi"), "count"),
        Column(say("p90_p10"), "number"),
    )
    rows = []
    for day, sales, _ in days:
        needed = customers_for_share(sales, 80)
        rows.append(
            (
                day,
                len(sales),
                pareto_curve(sales, 2).total,
                top_share(sales, 20),
                needed.customers if needed else None,
                gini(sales).value,
                half_up(hhi(sales).value, 0),
                percentile_ratio(sales),
            )
        )
    return Grid(columns, tuple(rows), say("earlier_sales"))


def _profit_days(days: list[tuple[date, Values, Values]]) -> Grid:
    columns = (
        Column(say("day"), "day"),
        Column(say("profit"), "money"),
        Column(say("peak"), "pct"),
        Column(say("peak_customers"), "count"),
        Column(say("destroyed"), "money"),
        Column(say("losing"), "count"),
        Column(say("losing_pct"), "pct"),
        Column(say("unknown"), "count"),
    )
    rows = []
    for day, _, profit in days:
        curve, losses = whale_curve(profit, 2), loss_making(profit)
        rows.append(
            (
                day,
                curve.total,
                curve.peak_pct,
                curve.peak_customers,
                curve.destroyed,
                losses.customers,
                losses.pct,
                profit.missing,
            )
        )
    return Grid(columns, tuple(rows), say("earlier_profit"))
