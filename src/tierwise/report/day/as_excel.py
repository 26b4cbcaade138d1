"""The report of a day as a workbook: one sheet a panel, its numbers as numbers, its drawing as a chart of them."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import xlsxwriter

from tierwise.insight.concentration import half_up
from tierwise.report.day.model import BarChart, Column, CurveChart, Grid, Kind, Panel, Report, Who, say, shown

if TYPE_CHECKING:
    from tierwise.kernel.text import Lang
    from tierwise.report.day.model import Cell

FORMATS: dict[Kind, str] = {
    "money": "#,##0;[Red]-#,##0",
    "count": "#,##0",
    "pct": "0.0%;[Red]-0.0%",
    "number": "0.00",
    "hours": "#,##0.0",
    "day": "yyyy-mm-dd",
}
PLACES = 10
"""Fractions are rounded to so many places; Excel keeps 15 digits."""
COLOURS = {
    "accent": "#0A5CCC",
    "soft": "#565F6C",
    "s1": "#4C7D99",
    "s2": "#A9C5D3",
    "s3": "#E3B768",
    "s4": "#C24E42",
    "good": "#0D6B57",
    "bad": "#B3261E",
}
CHART_ROWS = 17
FORBIDDEN = dict.fromkeys(map(ord, "[]:*?/\\'"), " ")


class Workbook:
    """A workbook in the making: its formats, and where its charts keep their numbers."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.file, {"in_memory": True, "strings_to_formulas": False})
        add = self.book.add_format
        self.title = add({"bold": True, "font_size": 16})
        self.head = add(
            {"bold": True, "bottom": 1, "font_color": "#565F6C", "text_wrap": True, "valign": "bottom"}
        )
        self.bold, self.soft = add({"bold": True}), add({"font_color": "#565F6C"})
        self.large = add({"bold": True, "font_size": 14, "align": "left"})
        self.kinds = {kind: add({"num_format": form}) for kind, form in FORMATS.items()}

    def done(self) -> bytes:
        """The finished file."""
        self.book.close()
        return self.file.getvalue()


def workbook(report: Report, lang: Lang) -> bytes:
    """The workbook of a report in one language."""
    made = Workbook(lang)
    made.book.set_properties({"title": report.title.in_lang(lang), "author": "Tierwise"})
    _overview(made, report)
    for panel in report.panels:
        _panel(made, panel)
    return made.done()


def _overview(made: Workbook, report: Report) -> None:
    sheet, lang = made.book.add_worksheet(say("sheet_overview").in_lang(made.lang)), made.lang
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 20)
    sheet.set_column(2, 2, 70)
    sheet.write_string(0, 0, report.title.in_lang(lang), made.title)
    sheet.write_string(1, 0, f"{report.company} · {report.subtitle.in_lang(lang)}", made.soft)
    row = 3
    for one in report.headlines:
        sheet.write_string(row, 0, one.title.in_lang(lang))
        sheet.write_string(row, 1, one.value.in_lang(lang), made.large)
        sheet.write_string(row, 2, one.note.in_lang(lang), made.soft)
        row += 1
    row += 1
    sheet.write_string(row, 0, say("contents").in_lang(lang), made.head)
    for panel in report.panels:
        row += 1
        sheet.write_url(row, 0, f"internal:'{_name(panel, lang)}'!A1", string=panel.title.in_lang(lang))
        said = panel.lead or (panel.missing[0].why if panel.missing else None)
        sheet.write_string(row, 1, said.in_lang(lang) if said else "", made.soft)
    row += 2
    for name, value in report.proof:
        sheet.write_string(row, 0, name.in_lang(lang), made.soft)
        sheet.write_string(row, 1, value)
        row += 1
    sheet.write_string(row + 1, 0, report.foot.in_lang(lang), made.soft)


def _name(panel: Panel, lang: Lang) -> str:
    """The name of a panel's sheet: at most 31 characters, none of those that Excel refuses."""
    return panel.title.in_lang(lang).translate(FORBIDDEN)[:31]


def _panel(made: Workbook, panel: Panel) -> None:
    lang = made.lang
    sheet = made.book.add_worksheet(_name(panel, lang))
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, panel.title.in_lang(lang), made.title)
    sheet.write_string(1, 0, panel.lead.in_lang(lang) if panel.lead else "", made.soft)
    row = 3
    for one in panel.missing:
        fills = f" · {say('fills', table=one.table).in_lang(lang)}" if one.table else ""
        sheet.write_string(
            row, 0, f"{one.why.in_lang(lang)}{fills}{f' · {one.command}' if one.command else ''}"
        )
        row += 1
    if panel.chart is not None:
        _chart(made, sheet, panel, row)
        row += CHART_ROWS
    _widths(made, sheet, panel)
    for grid in panel.grids:
        row = _grid(made, sheet, grid, row)
    for note in panel.notes:
        sheet.write_string(row, 0, note.in_lang(lang), made.soft)
        row += 1


def _widths(made: Workbook, sheet: Any, panel: Panel) -> None:
    most = max((len(_flat(grid.columns)) for grid in panel.grids), default=8)
    sheet.set_column(0, most, 16)
    if any(grid.columns[0].kind in ("who", "text") for grid in panel.grids):
        sheet.set_column(0, 0, 26)


def _flat(columns: tuple[Column, ...]) -> list[Column]:
    """The columns of a sheet: a customer takes two, name and code."""
    return [part for c in columns for part in ((c, Column(say("code"), "text")) if c.kind == "who" else (c,))]


def _grid(made: Workbook, sheet: Any, grid: Grid, row: int) -> int:
    """Writes a table and returns the row after it and a blank one."""
    sheet.write_string(row, 0, grid.caption.in_lang(made.lang), made.bold)
    for place, column in enumerate(_flat(grid.columns)):
        sheet.write_string(row + 1, place, column.title.in_lang(made.lang), made.head)
    for line, cells in enumerate(grid.rows, row + 2):
        place = 0
        for cell, column in zip(cells, grid.columns, strict=True):
            if isinstance(cell, Who):
                sheet.write_string(line, place, cell.name)
                sheet.write_string(line, place + 1, cell.code)
                place += 2
                continue
            _cell(made, sheet, line, place, cell, column.kind)
            place += 1
    return row + len(grid.rows) + 3


def _cell(made: Workbook, sheet: Any, row: int, place: int, cell: Cell, kind: Kind) -> None:
    if cell is None:
        sheet.write_blank(row, place, None)
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, cell, made.kinds["day"])
    elif isinstance(cell, int | Decimal | Fraction):
        value = Fraction(cell) / 100 if kind == "pct" else Fraction(cell)
        sheet.write_number(row, place, float(half_up(value, PLACES) or 0), made.kinds.get(kind))
    else:
        sheet.write_string(row, place, shown(cell, kind).in_lang(made.lang))


def _chart(made: Workbook, sheet: Any, panel: Panel, row: int) -> None:
    """A chart over numbers that stand on the same sheet, far to the right of the tables."""
    assert panel.chart is not None
    drawn = (
        _curve(made, sheet, panel.chart)
        if isinstance(panel.chart, CurveChart)
        else _bars(made, sheet, panel.chart)
    )
    drawn.set_size({"width": 760, "height": 310})
    drawn.set_chartarea({"border": {"none": True}})
    sheet.insert_chart(row, 0, drawn, {"description": panel.title.in_lang(made.lang)})


DATA = 20
"""The first column of the numbers that charts draw."""


def _curve(made: Workbook, sheet: Any, chart: CurveChart) -> Any:
    for line, point in enumerate(chart.curve.points):
        sheet.write_number(line, DATA, float(point.customer_pct))
        if point.pct is not None:
            sheet.write_number(line, DATA + 1, float(point.pct))
    last, name = len(chart.curve.points) - 1, sheet.get_name()
    drawn = made.book.add_chart({"type": "scatter", "subtype": "straight"})
    drawn.add_series(
        {
            "name": say(chart.look).in_lang(made.lang),
            "categories": [name, 0, DATA, last, DATA],
            "values": [name, 0, DATA + 1, last, DATA + 1],
            "line": {"color": COLOURS["accent"], "width": 2},
        }
    )
    grid = {"visible": True, "line": {"color": "#ECEFF2"}}
    x, y = (say(f"{chart.look}_{axis}").in_lang(made.lang) for axis in "xy")
    plain = {"bold": False, "size": 9}
    drawn.set_x_axis(
        {"min": 0, "max": 100, "name": x, "name_font": plain, "major_gridlines": {"visible": False}}
    )
    drawn.set_y_axis({"min": 0, "name": y, "name_font": plain, "major_gridlines": grid})
    drawn.set_legend({"none": True})
    return drawn


def _bars(made: Workbook, sheet: Any, chart: BarChart) -> Any:
    name, last = sheet.get_name(), len(chart.categories)
    form = {"pct": "0.0%", "money": "#,##0", "hours": "0.0"}[chart.unit]
    drawn = made.book.add_chart({"type": "bar", **({"subtype": "stacked"} if chart.stacked else {})})
    for line, category in enumerate(chart.categories, 1):
        sheet.write_string(line, DATA, category.in_lang(made.lang))
    for place, series in enumerate(chart.series, DATA + 1):
        sheet.write_string(0, place, series.title.in_lang(made.lang))
        for line, value in enumerate(series.values, 1):
            if value is not None:
                sheet.write_number(line, place, float(value) / (100 if chart.unit == "pct" else 1))
        drawn.add_series(
            {
                "name": [name, 0, place],
                "categories": [name, 1, DATA, last, DATA],
                "values": [name, 1, place, last, place],
                "fill": {"color": COLOURS[series.tone]},
                "gap": 60,
                "data_labels": {"value": True, "num_format": form, "font": {"size": 9}},
            }
        )
    drawn.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    limit = {"max": 1} if chart.stacked and chart.unit == "pct" else {}
    drawn.set_x_axis({"num_format": form.replace(".0", "") if chart.unit == "pct" else form, **limit})
    drawn.set_legend({"position": "top"})
    return drawn
