"""The report of a day as a print: typst sets what this file hands it as data; charts are drawn from the same panels."""

from __future__ import annotations

import json
import unicodedata
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tierwise.insight.concentration import half_up
from tierwise.kernel.errors import fail
from tierwise.report.day.model import (
    NUMBERS,
    BarChart,
    Column,
    CurveChart,
    Grid,
    Kind,
    Panel,
    Report,
    Who,
    percent,
    say,
    shown,
)
from tierwise.report.html import short_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierwise.kernel.text import Lang, Text
    from tierwise.report.day.model import Cell

CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Noto Serif CJK SC",
    "SimHei",
    "SimSun",
)
"""Fonts with Chinese characters that systems have, the best first."""
LATIN = (
    "Inter",
    "Noto Sans",
    "Helvetica Neue",
    "Arial",
    "Liberation Sans",
    "DejaVu Sans",
    "Libertinus Serif",
)
LONG_ROWS = 18
"""A panel with more rows may break over pages."""


def document(report: Report, lang: Lang) -> bytes:
    """The PDF of a report in one language; the same report gives the same bytes.

    **Raises** ``report.no-typst`` without the package, ``report.no-font`` where Chinese is to be written and no
    font of the machine has it.
    """
    try:
        import typst
    except ImportError:
        raise fail(
            "report.no-typst",
            "the package typst makes the PDF; install it, or write .html or .xlsx",
            "生成 PDF 需要 typst 软件包；请安装它，或输出 .html、.xlsx",
        ) from None
    data = json.dumps(_data(report, lang), ensure_ascii=False)
    fonts = fonts_for(typst.Fonts().families(), chinese=_has_chinese(data))
    whole = json.dumps(_data(report, lang) | {"fonts": fonts}, ensure_ascii=False)
    sheet = (files("tierwise.report") / "assets" / "day.typ").read_bytes()
    return typst.compile(sheet, format="pdf", timestamp=0, sys_inputs={"data": whole})


def _has_chinese(text: str) -> bool:
    return any(unicodedata.east_asian_width(c) == "W" for c in text)


def fonts_for(families: Iterable[str], *, chinese: bool) -> list[str]:
    """The fonts to write with: a Chinese one first where there is one, for its Latin letters fit it."""
    known = set(families)
    found = [name for name in CHINESE if name in known]
    if chinese and not found:
        raise fail(
            "report.no-font",
            "this machine has no font with Chinese characters; install one (Debian: fonts-noto-cjk), or write .html or .xlsx",
            "本机没有中文字体；请安装一种（Debian：fonts-noto-cjk），或输出 .html、.xlsx",
        )
    return [*found[:1], *(name for name in LATIN if name in known)]


def _data(report: Report, lang: Lang) -> dict[str, Any]:
    return {
        "lang": lang,
        "title": report.title.in_lang(lang),
        "company": report.company,
        "subtitle": report.subtitle.in_lang(lang),
        "headlines": [
            {
                "title": h.title.in_lang(lang),
                "value": h.value.in_lang(lang),
                "note": h.note.in_lang(lang),
                "bad": h.bad,
            }
            for h in report.headlines
        ],
        "sections": [
            {"title": s.title.in_lang(lang), "panels": [_panel(p, lang) for p in s.panels]}
            for s in report.sections
        ],
        "proof-title": say("nav_proof").in_lang(lang),
        "proof": [[name.in_lang(lang), value] for name, value in report.proof],
        "foot": report.foot.in_lang(lang),
    }


def _panel(panel: Panel, lang: Lang) -> dict[str, Any]:
    return {
        "title": panel.title.in_lang(lang),
        "lead": panel.lead.in_lang(lang) if panel.lead else None,
        "chart": _chart(panel, lang),
        "grids": [_grid(grid, lang) for grid in panel.grids],
        "missing": [
            {
                "why": m.why.in_lang(lang),
                "fills": say("fills", table=m.table).in_lang(lang) if m.table else m.command or "",
            }
            for m in panel.missing
        ],
        "notes": [note.in_lang(lang) for note in panel.notes],
        "long": sum(len(grid.rows) for grid in panel.grids) > LONG_ROWS,
    }


def _grid(grid: Grid, lang: Lang) -> dict[str, Any]:
    rows = grid.rows[: grid.first] if grid.first else grid.rows
    left = len(grid.rows) - len(rows)
    return {
        "caption": grid.caption.in_lang(lang),
        "heads": [
            {"text": c.title.in_lang(lang), "kind": c.kind, "right": c.kind in NUMBERS} for c in grid.columns
        ],
        "rows": [[_cell(cell, c, lang) for cell, c in zip(row, grid.columns, strict=True)] for row in rows],
        "more": say("more", count=left).in_lang(lang) if left else None,
    }


def _cell(cell: Cell | Who, column: Column, lang: Lang) -> dict[str, Any]:
    if isinstance(cell, Who):
        return {"kind": "who", "text": cell.name, "code": cell.code}
    bad = isinstance(cell, int | Fraction | Decimal) and cell < 0
    return {"kind": column.kind, "text": shown(cell, column.kind).in_lang(lang), "bad": bad}


def _chart(panel: Panel, lang: Lang) -> dict[str, Any] | None:
    match panel.chart:
        case CurveChart() as drawn:
            return _curve(drawn, lang)
        case BarChart() as drawn:
            return _bars(drawn, lang)
        case None:
            return None


def _curve(drawn: CurveChart, lang: Lang) -> dict[str, Any]:
    curve = drawn.curve
    points = [[float(p.customer_pct), float(p.pct)] for p in curve.points if p.pct is not None]
    high = max([100.0, *(y for _, y in points)])
    step = 50 if high > 140 else 20
    top = -(-int(high + 0.999) // step) * step
    whale = drawn.look == "whale" and curve.peak_pct is not None
    return {
        "kind": "curve",
        "look": drawn.look,
        "points": points,
        "top": top,
        "ticks": list(range(0, top + 1, step)),
        "peak": [float(curve.peak_customer_pct), float(curve.peak_pct or 0)] if whale else None,
        "peak-label": percent(curve.peak_pct, 0).in_lang(lang),
        "x": say(f"{drawn.look}_x").in_lang(lang),
        "y": say(f"{drawn.look}_y").in_lang(lang),
    }


def _bars(drawn: BarChart, lang: Lang) -> dict[str, Any]:
    """Bars with their lengths as shares of the longest, and the words beside them."""
    values = [Fraction(v) for s in drawn.series for v in s.values if v is not None]
    longest = Fraction(100) if drawn.stacked else max([Fraction(0), *values]) or Fraction(1)
    return {
        "kind": "bars",
        "stacked": drawn.stacked,
        "grades": all(c.en == c.zh for c in drawn.categories),
        "categories": [c.in_lang(lang) for c in drawn.categories],
        "series": [
            {
                "title": s.title.in_lang(lang),
                "tone": s.tone,
                "widths": [None if v is None else float(Fraction(v) / longest) for v in s.values],
                "labels": [_label(v, drawn.unit).in_lang(lang) for v in s.values],
            }
            for s in drawn.series
        ],
    }


def _label(value: Decimal | Fraction | int | None, unit: Kind) -> Text:
    if value is not None and unit == "money":
        return short_text(half_up(Fraction(value), 4) or Decimal(0))
    return shown(value, unit)
