"""The report of a day as one self-contained page: the look and the chart builders of the sample company's report."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tierwise.kernel.text import Lang, Text
from tierwise.report.day.model import (
    NUMBERS,
    BarChart,
    Column,
    CurveChart,
    Grid,
    Headline,
    LineChart,
    Missing,
    Panel,
    Report,
    Section,
    Who,
    say,
    shown,
)
from tierwise.report.day.words import LABELS
from tierwise.report.figures import curve_payload
from tierwise.report.html import NOTHING, Markup, badge, chart, join, safe, t, table, tag, text
from tierwise.report.page import shell
from tierwise.report.panels_value import drawing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierwise.report.day.model import Cell

MANY = 4
"""A bar chart with so many categories is drawn taller."""
WIDE = 7
"""A table with so many columns keeps its cells on one line."""


def page(report: Report, lang: Lang | None = None) -> str:
    """The HTML of a report in both languages; ``lang`` is shown first, else the reader's own."""
    parts = ((section.code, section.title) for section in report.sections)
    named = (("overview", say("nav_overview")), *parts, ("proof", say("nav_proof")))
    return shell(
        title=report.title.in_lang(lang or "zh"),
        links=[tag("a", text(title), href=f"#{code}") for code, title in named],
        main=_main(report),
        payload=_payload(report, lang),
        lang=lang or "zh",
    )


def _main(report: Report) -> Markup:
    about = tag("p", report.company, " · ", text(report.subtitle))
    title = tag("div", tag("h1", text(report.title)), about, cls="title")
    top = tag("dl", *(_headline(one) for one in report.headlines), cls="kpis")
    cards = [part for section in report.sections for part in _section(section)]
    foot = tag("footer", tag("p", text(report.foot)), tag("p", t("licences")), cls="foot")
    grid = tag("div", *cards, _proof(report), cls="grid")
    return tag("main", tag("div", title, top, id="overview"), grid, foot)


def _headline(one: Headline) -> Markup:
    return tag(
        "div",
        tag("dt", text(one.title)),
        tag("dd", text(one.value), cls="num"),
        tag("dd", text(one.note), cls="note"),
        cls="kpi k-loss" if one.bad else "kpi",
    )


def _section(section: Section) -> Iterable[Markup]:
    yield tag("h2", text(section.title), cls="section", id=section.code)
    for panel in section.panels:
        yield _card(panel)


def _card(panel: Panel) -> Markup:
    lead = tag("p", text(panel.lead)) if panel.lead else NOTHING
    return tag(
        "section",
        tag("header", tag("h3", text(panel.title)), lead),
        _body(panel),
        *(_missing(one) for one in panel.missing),
        *(tag("p", text(note), cls="note") for note in panel.notes),
        cls="card" if panel.wide else "card w6",
        id=panel.code,
    )


def _body(panel: Panel) -> Markup:
    """The drawing over its tables; beside them where the card is wide and the tables are narrow."""
    grids = _grids(panel) if panel.unfolded or panel.chart is None else NOTHING
    narrow = all(len(grid.columns) < WIDE for grid in panel.grids)
    if panel.wide and panel.chart is not None and narrow:
        return tag("div", _pictures(panel), grids, cls="split")
    return join([_pictures(panel), grids])


def _pictures(panel: Panel) -> Markup:
    if panel.chart is None:
        return NOTHING
    behind = None if panel.unfolded else _grids(panel)
    place = chart(panel.code, text(panel.title), behind, tall=_height(panel.chart))
    return tag("div", drawing(panel.layers), place, cls="beside") if panel.layers else place


def _height(drawn: CurveChart | BarChart) -> str:
    if isinstance(drawn, LineChart):
        return "lines"
    if isinstance(drawn, CurveChart):
        return "tall"
    return "bars many" if len(drawn.categories) * len(drawn.series) > 2 * MANY else "bars"


def _grids(panel: Panel) -> Markup:
    several = len(panel.grids) > 1
    parts = [part for grid in panel.grids for part in _grid(grid, several)]
    return tag("div", *parts, cls="grids") if parts else NOTHING


def _grid(grid: Grid, titled: bool) -> Iterable[Markup]:
    rows = grid.rows[: grid.first] if grid.first else grid.rows
    heads = [(text(c.title), _side(c)) for c in grid.columns]
    cells = [[_cell(cell, c) for cell, c in zip(row, grid.columns, strict=True)] for row in rows]
    lines = table(heads, cells, caption=text(grid.caption), cls="wide" if len(heads) >= WIDE else "tight")
    yield tag("div", tag("h4", text(grid.caption)), lines) if titled else lines
    left = len(grid.rows) - len(rows)
    if left:
        yield tag("p", text(say("more", count=left)), cls="note")


def _side(column: Column) -> str:
    return "r" if column.kind in NUMBERS else "l"


def _cell(cell: Cell | Who, column: Column) -> Markup:
    if isinstance(cell, Who):
        return tag(
            "span", tag("span", cell.name, cls="name", lang="zh-Hans"), tag("small", cell.code), cls="who"
        )
    if column.kind == "grade":
        return badge(str(cell) if cell is not None else None)
    said = text(shown(cell, column.kind))
    bad = isinstance(cell, int | Fraction | Decimal) and cell < 0
    return tag("span", said, cls="loss") if bad else safe(said)


def _missing(one: Missing) -> Markup:
    parts = [tag("b", text(one.why))]
    if one.table:
        parts += [text(say("fills", table=one.table)), tag("code", f"tierwise import BOOK {one.table} FILE")]
    if one.command:
        parts.append(tag("code", one.command))
    return tag("div", *parts, cls="empty")


def _proof(report: Report) -> Markup:
    pairs = [tag("div", tag("dt", text(name)), tag("dd", value)) for name, value in report.proof]
    title = tag("header", tag("h3", text(say("nav_proof"))))
    return tag("section", title, tag("dl", *pairs, cls="proof"), cls="card", id="proof")


def _payload(report: Report, lang: Lang | None) -> dict[str, Any]:
    """What the page's own script reads."""
    labels: dict[str, Text] = LABELS | {"title": report.title}
    return {
        "labels": {key: [words.en, words.zh] for key, words in labels.items()},
        "words": {},
        "lang": lang,
        "charts": {p.code: _chart(p.chart) for p in report.panels if p.chart is not None},
        "people": [],
    }


def _chart(drawn: CurveChart | BarChart) -> dict[str, Any]:
    if isinstance(drawn, CurveChart):
        cuts = [[grade, _float(share)] for grade, share in drawn.cuts]
        return curve_payload(drawn.curve) | {"cuts": cuts}
    return {
        **({"lines": _scale(drawn)} if isinstance(drawn, LineChart) else {}),
        "categories": [[c.en, c.zh] for c in drawn.categories],
        "grades": all(c.en == c.zh for c in drawn.categories),
        "unit": drawn.unit,
        "stacked": drawn.stacked,
        "series": [
            {"title": [s.title.en, s.title.zh], "tone": s.tone, "values": [_float(v) for v in s.values]}
            for s in drawn.series
        ],
    }


def _scale(drawn: LineChart) -> dict[str, Any]:
    """Where the points of a chart of lines stand, and what its axes are called."""
    names = {
        axis: [title.en, title.zh] for axis, title in (("x", drawn.x), ("y", drawn.y)) if title is not None
    }
    return {"at": drawn.at, **names}


def _float(value: Any) -> float | None:
    """A value as a screen draws it; the table beside it has the exact one."""
    return None if value is None else round(float(value), 2)
