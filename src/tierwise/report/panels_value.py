"""Panels of value: headline figures, pyramid, whale curve, concentration."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tierwise.insight.concentration import customers_for_share
from tierwise.kernel.text import Text
from tierwise.report.facts import SALES
from tierwise.report.html import (
    NOTHING,
    Markup,
    badge,
    bar,
    both,
    card,
    chart,
    join,
    pct,
    short,
    short_text,
    t,
    table,
    tag,
    text,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierwise.insight.concentration import PyramidLevel
    from tierwise.report.facts import Facts
    from tierwise.report.figures import Figures

MINUS = "−"


def kpis(facts: Facts, figures: Figures) -> Markup:
    """The row of headline figures."""
    best, whale, losses = figures.by_sales[0], figures.whale, figures.losses
    sales, profit = _total(facts, "sales", -1), _total(facts, "profit", -1)
    ago = _total(facts, "sales", 0)
    growth = Fraction(100) * Fraction(sales - ago) / Fraction(ago) if ago else None
    cards = [
        (
            "graded",
            whole(len(figures.graded)),
            t("kpi_graded_note", all=whole(len(facts.rows) + facts.members)),
        ),
        ("sales", short(sales), t("kpi_sales_note", pct=pct(growth, sign=True))),
        ("profit", short(profit), t("kpi_profit_note", count=whole(figures.unknown_profit))),
        ("share", percent(best.value_pct), t("kpi_share_note", pct=pct(best.customer_pct))),
        ("peak", percent(whale.peak_pct, 0), t("kpi_peak_note", amount=short_text(whale.destroyed))),
        ("loss", whole(losses.customers), t("kpi_loss_note", pct=pct(losses.pct))),
    ]
    return tag("dl", *(_kpi(*one) for one in cards), cls="kpis")


def _kpi(key: str, value: Any, note: Any) -> Markup:
    return tag(
        "div",
        tag("dt", t(f"kpi_{key}")),
        tag("dd", value, cls="num"),
        tag("dd", note, cls="note"),
        cls=f"kpi k-{key}",
    )


def percent(value: Fraction | None, places: int = 1) -> Markup:
    """A percentage with its sign, smaller than the number."""
    return join([pct(value, places), tag("small", both(" %", "%"))])


def _total(facts: Facts, what: str, month: int) -> Decimal:
    values = getattr(facts.months[month], what)
    return sum((values.get(grade, Decimal(0)) for grade in facts.scale), Decimal(0))


def pyramid_card(facts: Facts, figures: Figures) -> Markup:
    """The pyramid, and beside every layer its customers, sales and profit."""
    titles = {grade.code: Text(grade.title.en, grade.title.zh) for grade in facts.policy.scale}
    heads = [(t("grade"), "l"), (t("customers"), "r"), (t("sales"), "r"), (t("profit"), "r")]
    rows: list[tuple[Any, ...]] = []
    for sales, profit in zip(figures.by_sales, figures.by_profit, strict=True):
        kind = f"f-{sales.grade.lower()}"
        rows.append(
            (
                join([badge(sales.grade), " ", tag("span", text(titles[sales.grade]), cls="soft")]),
                bar(whole(sales.customers), sales.customer_pct, kind),
                bar(short(sales.value), sales.value_pct, kind),
                bar(short(profit.value), profit.value_pct, kind),
            )
        )
    outside = sum(figures.outside.values())
    rows.append(
        (
            join([badge(None), " ", tag("span", t("not_graded"), cls="soft")]),
            tag("span", tag("b", whole(outside)), cls="duo"),
            NOTHING,
            NOTHING,
        )
    )
    best = figures.by_sales[0]
    return card(
        "pyramid",
        tag(
            "div",
            drawing(figures.by_sales),
            table(heads, rows, caption=t("pyramid"), cls="tight"),
            cls="pyramid",
        ),
        _outside(figures),
        lead=t("pyramid_lead", pct=pct(best.customer_pct), value=pct(best.value_pct)),
        cls="w7",
    )


def _outside(figures: Figures) -> Markup:
    known = {"population.kind", "population.archived", "population.no-purchase", "population.scope"}
    known |= {"history.none", "value.missing"}
    items = [
        tag("span", t(f"why_{reason.replace('.', '_')}"), " ", tag("b", whole(count)))
        for reason, count in figures.outside.items()
        if reason in known
    ]
    return tag("p", tag("span", t("not_graded")), *items, cls="outside") if items else NOTHING


def drawing(levels: Sequence[PyramidLevel]) -> Markup:
    """A triangle in as many layers as there are grades, on a base of those not graded."""
    height, gap, base = 34, 3, 30
    full = len(levels) * (height + gap)
    shapes = []
    for i, level in enumerate(levels):
        top, bottom = i * (height + gap), i * (height + gap) + height
        left, right = _half(top, full), _half(bottom, full)
        points = f"{100 - left:.1f},{top} {100 + left:.1f},{top} {100 + right:.1f},{bottom} {100 - right:.1f},{bottom}"
        middle = (top + bottom) / 2 + 5
        shapes.append(
            f'<polygon class="f-{level.grade.lower()}" points="{points}"/>'
            f'<text x="100" y="{middle + (3 if i == 0 else 0):.1f}">{level.grade}</text>'
        )
    edge = _half(full + base, full)
    shapes.append(
        f'<rect class="f-none" x="{100 - edge:.1f}" y="{full}" width="{2 * edge:.1f}" height="{base - 8}"/>'
    )
    return Markup(
        f'<svg class="drawing" viewBox="0 0 200 {full + base - 8}" aria-hidden="true">{"".join(shapes)}</svg>'
    )


def _half(y: float, full: float) -> float:
    return 12 + 84 * min(y, full) / full


def whale_card(figures: Figures) -> Markup:
    """The whale curve with its table."""
    whale = figures.whale
    heads = [
        (t("customers"), "r"),
        (t("pct_of_total"), "r"),
        (t("cumulative"), "r"),
        (t("pct_of_total"), "r"),
    ]
    points = [
        p
        for i, p in enumerate(whale.points)
        if i % 12 == 0 or p.customers in (whale.peak_customers, whale.customers)
    ]
    rows = [(whole(p.customers), pct(p.customer_pct), whole(p.cumulative), pct(p.pct)) for p in points]
    return card(
        "whale",
        chart("whale", t("whale"), table(heads, rows, caption=t("whale")), tall="tall"),
        lead=t(
            "whale_lead",
            count=whole(whale.peak_customers),
            pct=pct(whale.peak_pct, 0),
            amount=short_text(whale.destroyed),
        ),
        cls="w5",
    )


def pareto_card(figures: Figures) -> Markup:
    """Concentration of sales with its table."""
    rows = [(join([step, both(" %", "%")]), pct(share)) for step, share in figures.top_shares.items()]
    heads = [(t("pareto_top"), "r"), (t("share_sales"), "r")]
    half = customers_for_share([row[SALES] for row in figures.graded], 80)
    lead = t("pareto_lead", customers=whole(half.customers), share="80") if half else None
    return card(
        "pareto",
        chart("pareto", t("pareto"), table(heads, rows, caption=t("pareto")), tall="tall"),
        lead=lead,
        cls="w5",
    )
