"""Panels of movement: history, migration, movers, and who is near a cut."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from tierwise.insight.lists.rules import way_pct
from tierwise.kernel.numbers import plain_number
from tierwise.report.facts import NONE, PROFIT, SALES, WAYS
from tierwise.report.html import (
    NOTHING,
    Markup,
    badge,
    card,
    chart,
    day,
    join,
    loss,
    pct,
    safe,
    short,
    spark,
    t,
    table,
    tag,
    whole,
)

if TYPE_CHECKING:
    from tierwise.report.facts import Facts, Move, Row
    from tierwise.report.figures import Figures

SHOWN = {"up": 9, "down": 9, "new": 5, "left": 5}


def history_card(facts: Facts) -> Markup:
    """Grades over the months, and the moves under them."""
    keys = (*facts.scale, NONE)
    heads = [(t("month"), "l")]
    heads += [(badge(None if key == NONE else key), "r") for key in keys]
    heads += [(join([t("sales"), " ", badge(grade)]), "r") for grade in facts.scale]
    heads += [(join([t("profit"), " ", badge(grade)]), "r") for grade in facts.scale]
    heads += [(t(way), "r") for way in WAYS]
    rows = [
        (
            day(month.as_of),
            *(whole(month.customers.get(key, 0)) for key in keys),
            *(whole(month.sales.get(grade)) for grade in facts.scale),
            *(whole(month.profit.get(grade)) for grade in facts.scale),
            *(month.moves.get(way, 0) if i else None for way in WAYS),
        )
        for i, month in enumerate(facts.months)
    ]
    buttons = [
        tag(
            "button",
            t(f"history_{what}"),
            type="button",
            data_measure=what,
            aria_pressed="true" if i == 0 else "false",
        )
        for i, what in enumerate(("sales", "profit", "customers"))
    ]
    return card(
        "history",
        tag("div", *buttons, cls="switch", role="group", aria_label="measure"),
        chart("history", t("history"), None, tall="medium"),
        tag("h3", t("moves_chart")),
        chart("moves", t("moves_chart"), table(heads, rows, caption=t("history"))),
        lead=t("history_lead"),
        cls="w7",
    )


def matrix_card(facts: Facts, figures: Figures) -> Markup:
    """From which grade to which, over the last two runs."""
    keys = (*facts.scale, NONE)
    heads = [(t("from"), "l")] + [(badge(None if key == NONE else key), "r") for key in keys]
    rows = [
        (
            badge(None if old == NONE else old),
            *(_cell(old, new, figures.matrix.get((old, new), 0)) for new in keys),
        )
        for old in keys
    ]
    same = sum(n for (old, new), n in figures.matrix.items() if old == new and old != NONE)
    every = sum(n for (old, _), n in figures.matrix.items() if old != NONE)
    before, after = facts.months[-2].as_of, facts.months[-1].as_of
    title = tag("h2", t("matrix", before=day(before), after=day(after)))
    lead = tag("p", t("matrix_lead", same=whole(same), all=whole(every)))
    counts = [
        tag("li", tag("b", whole(facts.months[-1].moves.get(way, 0))), " ", t(way), cls=f"way {way}")
        for way in WAYS
    ]
    return tag(
        "section",
        tag("header", title, lead),
        tag("ul", *counts, cls="ways"),
        table(heads, rows, caption=t("matrix", before=day(before), after=day(after)), cls="matrix"),
        cls="card",
    )


def _cell(old: str, new: str, count: int) -> Markup:
    kind = "stay" if old == new else "none" if NONE in (old, new) else "rise" if new < old else "fall"
    return tag("span", whole(count) if count else "·", cls=f"cell {kind if count else ''}".strip())


def movers_card(facts: Facts) -> Markup:
    """Who moved, and why in brief."""
    heads = [
        (t("customer"), "l"),
        (t("change"), "l nw"),
        (t("sales_before"), "r"),
        (t("sales_after"), "r"),
        (t("profit"), "r"),
        (t("brief"), "l"),
    ]
    rows = [_mover(facts, move) for way in WAYS for move in _of(facts, way)[: SHOWN[way]]]
    left = len(facts.moves) - len(rows)
    return card(
        "movers",
        table(heads, rows, caption=t("movers"), cls="movers"),
        tag("p", t("movers_more", count=left), cls="more") if left > 0 else NOTHING,
        lead=t("movers_lead"),
        cls="w8",
        id_="movement",
    )


def _of(facts: Facts, way: str) -> list[Move]:
    return [move for move in facts.moves if move.way == way]


def _mover(facts: Facts, move: Move) -> tuple[object, ...]:
    before, after = move.before, move.after
    arrow = tag("span", "→", cls=f"arrow {move.way}")
    return (
        who(facts, move.code),
        join([badge(before.get("grade")), arrow, badge(after["grade"])]),
        whole(before.get(SALES)),
        whole(after.get(SALES)),
        loss(after.get(PROFIT)),
        tag("span", brief(move), cls="soft"),
    )


def brief(move: Move) -> Markup:
    """Why a customer moved, as far as the two stored rows tell."""
    before, after = move.before, move.after
    if move.way == "left":
        gone = after["reason"] == "population.no-purchase" and after.get("last_order_on")
        return t("brief_lapsed", on=day(after["last_order_on"])) if gone else t("brief_out")
    if move.way == "new":
        first, fresh = after.get("first_order_on"), not before.get("first_order_on")
        return t("brief_first", on=day(first)) if first and fresh else t("brief_back")
    was, now = before.get(SALES), after.get(SALES)
    if not was or now is None:
        return safe(None)
    change = Fraction(100) * (Fraction(now) - Fraction(was)) / Fraction(was)
    own = change > 0 if move.way == "up" else change < 0
    return t(f"brief_own_{move.way}" if own else "brief_cut", pct=pct(change, sign=True))


def who(facts: Facts, code: str) -> Markup:
    """A customer's name and code."""
    customer = facts.customers.get(code)
    name = customer.name if customer else code
    return tag("span", tag("span", name, cls="name", lang="zh-Hans"), tag("small", code), cls="who")


def near_card(facts: Facts, figures: Figures, side: Literal["up", "down"]) -> Markup:
    """Who is near a cut on one side."""
    column, key = ("gap_to_next", "gap") if side == "up" else ("cushion_down", "cushion")
    heads = [
        (t("customer"), "l"),
        (t("grade"), "l"),
        (t("sales"), "r"),
        (t(key), "r"),
        ("%", "r"),
        (t("trend"), "l"),
    ]
    rows = [_near(facts, row, column, way_pct(row, side)) for row in figures.near(side)]
    return card(
        f"near_{side}",
        table(heads, rows, caption=t(f"near_{side}"), cls="near")
        if rows
        else tag("p", t("none"), cls="soft"),
        lead=t(f"near_{side}_lead", pct=plain_number(facts.policy.near_cut_pct)),
        cls="w6",
    )


def _near(facts: Facts, row: Row, column: str, share: Fraction | None) -> tuple[object, ...]:
    trail = [sales for _, sales in facts.trails[row["unit"]]]
    return (
        who(facts, row["unit"]),
        badge(row["grade"]),
        whole(row["score"]),
        short(row[column]),
        pct(share, 2),
        spark(trail),
    )
