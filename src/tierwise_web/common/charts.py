"""Charts as data: what is drawn, what a reader hears of it, where a click leads, and the table behind it.

``charts.js`` makes the options of the drawing library from this, the same for screen and paper. Words and numbers are
made here, so that a chart, its table and its tooltips say the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any, Literal

from tierwise.kernel.text import Lang
from tierwise_web.common.words import MINUS, NOTHING, language

Kind = Literal["pyramid", "curve", "sankey", "stack", "waterfall", "trail"]
UNITS: dict[Lang, tuple[tuple[int, str], ...]] = {
    "zh": ((10**8, "亿"), (10**4, "万")),
    "en": ((10**9, "bn"), (10**6, "m"), (10**3, "k")),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, and where it leads."""

    text: str
    url: str | None = None
    grade: str | None = None
    """Shown as a badge instead of the text."""


@dataclass(frozen=True, slots=True)
class Table:
    """The table behind a chart; the first column names the row, the others stand on the right."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its table. ``title`` is what a screen reader says of it."""

    kind: Kind
    title: str
    data: dict[str, Any] = field(default_factory=dict)
    table: Table | None = None

    @property
    def json(self) -> str:
        """What is drawn, for a ``data-`` attribute."""
        return json.dumps(self.data | {"kind": self.kind}, ensure_ascii=False, separators=(",", ":"))


def tone(grade: str | None) -> str:
    """The name of a grade's fixed colour."""
    return grade if grade in ("A", "B", "C") else "none" if grade is None else "other"


def brief(value: Decimal | int | None) -> str:
    """An amount in few characters: 1.2 亿 or 123 m; the exact one stands in the table."""
    if value is None:
        return NOTHING
    exact = Decimal(value)
    for size, unit in UNITS[language()]:
        if abs(exact) >= size:
            part = exact / size
            return f"{_rounded(part, 1 if abs(part) < 100 else 0):,} {unit}".replace("-", MINUS)
    return f"{_rounded(exact, 0) + 0:,}".replace("-", MINUS)


def percent(value: Fraction | Decimal | None, places: int = 1, *, sign: bool = False) -> str:
    """A percentage as its language writes it: 5.3 % in English, 5.3% in Chinese."""
    if value is None:
        return NOTHING
    exact = Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else value
    rounded = _rounded(exact, places)
    said = f"{rounded + 0:+,}" if sign and rounded else f"{rounded if rounded else abs(rounded):,}"
    return said.replace("-", MINUS) + ("%" if language() == "zh" else " %")


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Fraction | None:
    """A part of a whole in percent; null where there is no positive whole."""
    if part is None or whole is None or whole <= 0:
        return None
    return Fraction(100) * Fraction(part) / Fraction(whole)


def drawn(value: Fraction | Decimal | int | None, places: int = 3) -> float | None:
    """A number for the drawing alone."""
    return None if value is None else round(float(value), places)


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
