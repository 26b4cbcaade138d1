"""Panels of risk and loyalty: credit and payment by grade, RFM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.grading.wording import SEGMENTS
from tierwise.report.figures import RATINGS, UNRATED
from tierwise.report.html import Markup, badge, both, card, chart, join, pct, t, table, tag, whole

if TYPE_CHECKING:
    from tierwise.report.figures import Figures


def credit_card(figures: Figures) -> Markup:
    """Ratings by grade as a chart; receivables, overdue and ratings as a table in sight."""
    names = (*RATINGS, UNRATED)
    heads = [(t("grade"), "l"), *((t(name), "r") for name in names)]
    rows = [(badge(line.grade), *(whole(line.ratings[name]) for name in names)) for line in figures.credit]
    money = [
        (
            badge(line.grade),
            whole(line.receivable),
            whole(line.overdue),
            pct(line.overdue_pct),
            whole(line.watched),
        )
        for line in figures.credit
    ]
    money_heads = [
        (t("grade"), "l"),
        (t("receivable"), "r"),
        (t("overdue"), "r"),
        (t("overdue_share"), "r"),
        (t("watched"), "r"),
    ]
    return card(
        "credit",
        chart("credit", t("credit"), table(heads, rows, caption=t("credit"))),
        table(money_heads, money, caption=t("receivable"), cls="tight"),
        lead=t("credit_lead"),
        cls="w6",
        id_="risk",
    )


def rfm_card(figures: Figures) -> Markup:
    """The heat map of recency and frequency, and the segments."""
    heads = [(join([t("rfm_r"), " ↓ · ", t("rfm_f"), " →"]), "l"), *((f, "r") for f in range(1, 6))]
    rows = [(r, *(whole(figures.rfm.get((r, f), 0)) for f in range(1, 6))) for r in range(5, 0, -1)]
    people = [(segment(code), whole(n), whole(sales)) for code, n, sales in figures.segments]
    seen = [(t("segment"), "l"), (t("customers"), "r"), (t("sales"), "r")]
    return card(
        "rfm",
        tag(
            "div",
            chart("rfm", t("rfm"), table(heads, rows, caption=t("rfm")), tall="medium"),
            table(seen, people, caption=t("segments"), cls="tight"),
            cls="split",
        ),
        lead=t("rfm_lead", count=whole(figures.rfm.get((5, 5), 0))),
        cls="w6",
    )


def segment(code: str | None) -> Markup:
    """An RFM segment in words."""
    if not code:
        return Markup("–")
    return both(SEGMENTS.say(code, "en"), SEGMENTS.say(code, "zh"))
