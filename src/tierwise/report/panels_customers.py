"""Panels of customers: stories, one explanation, the list, prospects."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tierwise.kernel.text import Text
from tierwise.report.facts import PROFIT, SALES
from tierwise.report.figures import flags_of
from tierwise.report.html import (
    NOTHING,
    Markup,
    badge,
    both,
    card,
    data_label,
    join,
    loss,
    pct,
    ribbon,
    short,
    spark,
    t,
    table,
    tag,
    text,
    whole,
)
from tierwise.report.panels_movement import who
from tierwise.report.panels_risk import segment
from tierwise.report.words import LABELS

if TYPE_CHECKING:
    from tierwise.report.facts import Facts, Row, Story
    from tierwise.report.figures import Figures

TOP = 20
_WAVE = [Decimal(n) for n in (8, 9, 8, 10, 11, 10, 12)]
PROSPECTS = 10
CRITERIA = ("nature", "asset_size", "turnover", "development_speed", "potential_demand")


def stories_card(facts: Facts) -> Markup:
    """What to look for: every story with a customer that tells it."""
    rows = {row["unit"]: row for row in facts.rows}
    tiles = [_story(facts, story, rows) for story in facts.stories]
    legend = tag(
        "p",
        tag("span", ribbon(["A", "B", "C", "-"]), t("grades_13")),
        tag("span", spark(_WAVE), t("trail")),
        cls="legend",
    )
    return card(
        "stories", tag("div", *tiles, cls="stories"), legend, lead=t("stories_lead"), cls="w12", id_="stories"
    )


def _story(facts: Facts, story: Story, rows: dict[str, Row]) -> Markup:
    code = _example(facts, story, rows)
    trail = facts.trails.get(code, ())
    together = facts.groups.get(code) if story.code == "group_only_together_a" else None
    now: object = badge(trail[-1][0] if trail and trail[-1][0] != "-" else None)
    prospect = next((row for row in facts.prospects if row["customer_id"] == code), None)
    if prospect is not None:
        now = badge(prospect["grade"])
    if together is not None and together["grade"]:
        now = join([now, tag("span", "→", cls="arrow up"), badge(together["grade"])])
    key = f"story_{story.code}"
    title = t(key) if key in LABELS else story.code
    drawn = any(grade != "-" for grade, _ in trail)
    return tag(
        "article",
        tag("h3", title, tag("small", t("story_count", count=len(story.customers)))),
        tag("p", text(_note(story))),
        tag(
            "div",
            tag("div", who(facts, code), tag("span", now, cls="now"), cls="line"),
            tag("div", ribbon([grade for grade, _ in trail]), spark([s for _, s in trail]), cls="line")
            if drawn
            else NOTHING,
            cls="example",
        ),
        cls="story",
    )


def _note(story: Story) -> Text:
    """The note without the name with which it begins: that stands above it already."""

    def rest(note: str, colon: str, longest: int) -> str:
        name, _, said = note.partition(colon)
        return said if said and len(name) <= longest else note

    en, zh = rest(story.note.en, ": ", 38), rest(story.note.zh, "：", 8)
    return Text(en[:1].upper() + en[1:], zh)


def _example(facts: Facts, story: Story, rows: dict[str, Row]) -> str:
    """The customer that shows the story best: the most different grades, then the most sales ever."""
    if story.code == "group_only_together_a":
        return story.customers[0]

    def weight(code: str) -> tuple[int, object]:
        trail = facts.trails.get(code, ())
        return len({grade for grade, _ in trail}), max((sales for _, sales in trail), default=0)

    if story.code == "big_but_unprofitable" and facts.told in story.customers:
        return facts.told
    return max(story.customers, key=weight)


def why_card(facts: Facts) -> Markup:
    """One grade in words, as an account manager would put it to a colleague."""
    pairs = zip(facts.sentences["en"], facts.sentences["zh"], strict=False)
    items = [tag("li", both(en, zh)) for en, zh in pairs]
    command = t("why_more", book="BOOK", code=facts.told)
    return card("why", tag("ul", *items, cls="why"), tag("p", command, cls="more"), lead=t("why_lead"))


def prospects_card(facts: Facts) -> Markup:
    """The best prospects with the scores of their criteria."""
    heads = [
        (t("customer"), "l"),
        (t("grade"), "l"),
        (t("score"), "r"),
        *((t(f"criterion_{c}"), "r") for c in CRITERIA),
    ]
    rows = [
        (
            who(facts, row["customer_id"]),
            badge(row["grade"]),
            pct(row["score"]),
            *(pct(row.get(f"prospect_{c}_score"), 0) for c in CRITERIA),
        )
        for row in facts.prospects[:PROSPECTS]
    ]
    return card(
        "prospects",
        table(heads, rows, caption=t("prospects"), cls="tight"),
        lead=t("prospects_lead", count=whole(len(facts.prospects))),
        cls="w6",
    )


def list_card(facts: Facts, figures: Figures) -> Markup:
    """The customers by rank: the first stand in the page, the search finds all."""
    heads = [
        (t("rank"), "r"),
        (t("customer"), "l"),
        (t("grade"), "l"),
        (t("sales"), "r"),
        (t("trend"), "l"),
        (t("profit"), "r"),
        (t("margin"), "r"),
        (t("credit_short"), "r"),
        (t("segment"), "l"),
        (t("region"), "l"),
        (t("industry"), "l"),
        (t("flags"), "l"),
    ]
    rows = [_line(facts, row) for row in figures.graded[:TOP]]
    chips = [
        tag("button", badge(grade), type="button", data_grade=grade, aria_pressed="false")
        for grade in facts.scale
    ]
    tools = tag(
        "div",
        tag(
            "label",
            tag("span", t("find"), cls="sr"),
            tag("input", type="search", id="find", autocomplete="off"),
        ),
        tag("span", *chips, cls="chips", role="group"),
        tag("output", id="found", aria_live="polite"),
        cls="tools",
    )
    return card(
        "top",
        tools,
        table(heads, rows, caption=t("top"), cls="list"),
        lead=t("top_lead"),
        cls="w12",
        id_="customers",
    )


def _line(facts: Facts, row: Row) -> tuple[object, ...]:
    customer = facts.customers.get(row["unit"])
    trail = [sales for _, sales in facts.trails[row["unit"]]]
    region, industry = (customer.region, customer.industry) if customer else ("", "")
    return (
        whole(row["rank"]),
        who(facts, row["unit"]),
        badge(row["grade"]),
        whole(row[SALES]),
        spark(trail),
        loss(row[PROFIT]),
        pct(margin(row)),
        pct(row["credit_score"], 0),
        tag("span", segment(row.get("rfm_segment")), cls="soft"),
        data_label(region),
        data_label(industry),
        flag_marks(row),
    )


def margin(row: Row) -> Fraction | None:
    """Profit in percent of sales; null where either is unknown or sales are not positive."""
    if row[PROFIT] is None or not row[SALES] or row[SALES] <= 0:
        return None
    return Fraction(100) * Fraction(row[PROFIT]) / Fraction(row[SALES])


def flag_marks(row: Row) -> Markup:
    """The flags of a customer as small marks."""
    marks = [
        tag("span", t(f"flag_{flag}") if f"flag_{flag}" in LABELS else flag, cls=f"mark {flag}")
        for flag in flags_of(row)
    ]
    return join(marks, " ") if marks else NOTHING


def people(facts: Facts, figures: Figures) -> list[list[object]]:
    """All graded customers for the search: what a line of the list shows, as plain data."""
    found: list[list[object]] = []
    for row in figures.graded:
        customer = facts.customers.get(row["unit"])
        share = margin(row)
        found.append(
            [
                row["rank"],
                row["unit"],
                customer.name if customer else row["unit"],
                row["grade"],
                whole(row[SALES]),
                [round(sales / 1000) for _, sales in facts.trails[row["unit"]]],
                whole(row[PROFIT]),
                pct(share),
                pct(row["credit_score"], 0),
                row.get("rfm_segment") or "",
                customer.region if customer else "",
                customer.industry if customer else "",
                flags_of(row),
            ]
        )
    return found


__all__ = ["CRITERIA", "list_card", "people", "prospects_card", "short", "stories_card", "why_card"]
