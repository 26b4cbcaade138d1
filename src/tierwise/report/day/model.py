"""What a report says before it becomes a page, a workbook or a print: panels of typed cells and drawings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from tierwise.insight.concentration import half_up
from tierwise.kernel.text import Lang, Text
from tierwise.report.day.words import LABELS
from tierwise.report.html import pct, short_text, whole

if TYPE_CHECKING:
    from tierwise.insight.concentration import Curve, PyramidLevel

Kind = Literal["text", "count", "money", "pct", "number", "hours", "day", "grade", "who"]
Cell = Text | str | int | Decimal | Fraction | date | None
Tone = Literal["accent", "soft", "s1", "s2", "s3", "s4", "good", "bad"]
NUMBERS = ("count", "money", "pct", "number", "hours")


@dataclass(frozen=True, slots=True)
class Who:
    """A customer: its name and code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it is called and what its cells are."""

    title: Text
    kind: Kind


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``caption`` is read by screen readers and stands over it where a panel has several."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell | Who, ...], ...]
    caption: Text
    first: int = 0
    """A page and a print show so many rows; 0 shows all. A workbook always has all."""


@dataclass(frozen=True, slots=True)
class CurveChart:
    """A cumulative curve in percent of customers; ``cuts`` are grades with the share of customers up to their end."""

    look: Literal["whale", "pareto"]
    curve: Curve
    cuts: tuple[tuple[str, Fraction], ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of bars."""

    title: Text
    tone: Tone
    values: tuple[Decimal | Fraction | int | None, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Lying bars: one group a category, one bar a series, beside each other or stacked."""

    categories: tuple[Text, ...]
    series: tuple[Series, ...]
    unit: Literal["pct", "money", "hours"] = "pct"
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class LineChart(BarChart):
    """Lines over a scale of percents instead of bars; a workbook and a print draw the bars."""

    at: tuple[int, ...] = ()
    """Where each category stands on the scale."""
    x: Text | None = None
    y: Text | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a panel is empty, and what fills it: a table to import or a command."""

    why: Text
    table: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One subject: a sentence, a drawing, the tables behind it, or what is missing for it."""

    code: str
    title: Text
    lead: Text | None = None
    chart: CurveChart | BarChart | None = None
    grids: tuple[Grid, ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[Text, ...] = ()
    layers: tuple[PyramidLevel, ...] = ()
    """Grades to be drawn as a pyramid, where the form can."""
    wide: bool = False
    unfolded: bool = False
    """Whether the tables stand in sight; else they are folded behind the drawing."""


@dataclass(frozen=True, slots=True)
class Section:
    """Panels of one subject."""

    code: str
    title: Text
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """One large figure with a note."""

    title: Text
    value: Text
    note: Text
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report."""

    title: Text
    company: str
    subtitle: Text
    headlines: tuple[Headline, ...]
    sections: tuple[Section, ...]
    proof: tuple[tuple[Text, str], ...]
    """What makes the figures provable: names and values."""
    foot: Text

    @property
    def panels(self) -> list[Panel]:
        """All panels in their order."""
        return [panel for section in self.sections for panel in section.panels]


def say(key: str, **slots: Any) -> Text:
    """A label of the report with its slots filled; a slot that is a ``Text`` stands in its language."""

    def fill(lang: Lang) -> str:
        return LABELS[key].fill(
            lang, **{k: v.in_lang(lang) if isinstance(v, Text) else v for k, v in slots.items()}
        )

    return Text(fill("en"), fill("zh"))


def plain(text: str) -> Text:
    """A text that is the same in both languages."""
    return Text(text, text)


def percent(value: Fraction | Decimal | None, places: int = 1) -> Text:
    """A percentage with its sign."""
    number = pct(value, places)
    return plain(number) if value is None else Text(f"{number} %", f"{number}%")


def shown(cell: Cell | Who, kind: Kind) -> Text:
    """A cell as people read it."""
    match cell:
        case None:
            return plain("–")
        case Text():
            return cell
        case Who():
            return plain(f"{cell.name} {cell.code}")
        case date():
            return plain(cell.isoformat())
        case str():
            return plain(cell)
    return _number(cell, kind)


def _number(value: int | Decimal | Fraction, kind: Kind) -> Text:
    match kind:
        case "pct":
            return percent(Fraction(value))
        case "number":
            return plain(pct(Fraction(value), 2))
        case "hours":
            return plain(f"{half_up(Fraction(value), 1):,}".replace("-", "−"))
        case _:
            return plain(whole(_rounded(value)))


def _rounded(value: int | Decimal | Fraction) -> Decimal:
    found = half_up(Fraction(value), 0)
    assert found is not None
    return found


def brief(value: Decimal) -> Text:
    """An amount in brief: 1.2m, 123.4万."""
    return short_text(value)
