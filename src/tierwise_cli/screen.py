"""What people read: paragraphs, tables and next steps, at the width of the terminal, in either language."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from tierwise.kernel.text import Lang
from tierwise_cli.plain import clean
from tierwise_cli.wrapping import wrap

WIDEST = 100
"""Paragraphs are no wider than this, however wide the terminal."""
NOTHING = "–"
_GAP = 3
"""Blanks between two columns."""
_NARROWEST = 12
_LONGEST = 24
"""Cells of a Latin word that may be broken only beyond."""
_IDEOGRAPHS = 12
"""Cells of a Chinese text that may be broken anywhere beyond."""


@dataclass(frozen=True, slots=True)
class Col:
    """One column of a table. ``keep``: never broken over lines; ``fold``: may be broken inside a word."""

    head: str
    align: Literal["left", "right"] = "left"
    keep: bool = False
    least: int | None = None
    exact: int | None = None
    style: str = ""


Filled = tuple[Col, list[str]]
"""A column with its cells."""


class Screen:
    """Standard output for people."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self.console = Console(file=sys.stdout, markup=False, emoji=False, highlight=False, soft_wrap=False)

    @property
    def width(self) -> int:
        """How wide a paragraph may be."""
        return min(self.console.width, WIDEST)

    def heading(self, text: str) -> None:
        """A line that stands out."""
        self.para(text, style="bold")

    def para(self, text: str, *, indent: int = 0, first: str = "", style: str = "") -> None:
        """A paragraph; ``first`` is a mark before its first line."""
        for part in clean(text).splitlines() or [""]:
            lead = first or " " * indent
            for line in wrap(part, self.width - indent):
                self.raw(f"{lead:<{indent}}{line}", style=style)
                lead = ""
            first = ""

    def raw(self, line: str, *, style: str = "") -> None:
        """One line as it is, to be copied; never broken."""
        self.console.print(Styled(clean(line), style=style), soft_wrap=True)

    def space(self) -> None:
        """An empty line."""
        self.console.print()

    def table(self, columns: Sequence[Col], rows: Iterable[Sequence[Any]]) -> None:
        """A table; numbers get thousands separators. As many tables as the width asks for, each beginning with the
        first column: no word and no number is broken or cut.
        """
        texts = [[clean(shown(value)) for value in row] for row in rows]
        filled = [(col, [row[at] for row in texts]) for at, col in enumerate(columns)]
        for number, part in enumerate(self._parts(filled)):
            if number:
                self.space()
            self._grid(part)

    def _parts(self, filled: list[Filled]) -> list[list[Filled]]:
        """The columns in as many tables as the width asks for."""
        if _total(_natural(one) for one in filled) <= self.console.width:
            return [filled]
        if _total(_least(one) for one in filled) <= self.console.width:
            return [self._squeezed(filled)]
        first, *others = filled
        parts = [[first]]
        for one in others:
            needed = [_least(first), *(_wanted(other) for other in (*parts[-1][1:], one))]
            if len(parts[-1]) > 1 and _total(needed) > self.console.width:
                parts.append([first])
            parts[-1].append(one)
        return [self._squeezed(part) for part in parts]

    def _squeezed(self, filled: list[Filled]) -> list[Filled]:
        """The columns as wide as there is room: the widest gives first, none more than its words and numbers allow."""
        widths, least = [_natural(one) for one in filled], [_least(one) for one in filled]
        while _total(widths) > self.console.width:
            giving = [at for at, width in enumerate(widths) if width > least[at]]
            if not giving:
                break
            widths[max(giving, key=lambda at: widths[at])] -= 1
        return [
            (replace(col, exact=width), cells) for (col, cells), width in zip(filled, widths, strict=True)
        ]

    def _grid(self, filled: Sequence[Filled]) -> None:
        grid = Table(
            box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1)
        )
        for col, _ in filled:
            grid.add_column(
                col.head,
                justify=col.align,
                no_wrap=col.keep,
                width=col.exact,
                overflow="fold",
                style=col.style or None,
                vertical="top",
            )
        for row in zip(*(cells for _, cells in filled), strict=True):
            grid.add_row(*map(Styled, row))
        self._print(grid)

    def pairs(self, rows: Iterable[tuple[str, Any]]) -> None:
        """Names and values, one pair a line."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in rows:
            grid.add_row(Styled(clean(name)), Styled(clean(shown(value))))
        self._print(grid)

    def _print(self, grid: Table) -> None:
        """Without the blanks that fill the last column."""
        with self.console.capture() as captured:
            self.console.print(grid)
        for line in captured.get().splitlines():
            self.console.file.write(line.rstrip() + "\n")

    def steps(self, lines: Sequence[tuple[str, str]]) -> None:
        """What to do next: commands to copy, and what each does, beside it if there is room."""
        self.space()
        self.raw("接下来：" if self.lang == "zh" else "Next:", style="bold")
        widest = max(cell_len(line) for line, _ in lines)
        beside = all(widest + cell_len(what) + 5 <= self.console.width for _, what in lines)
        for line, what in lines:
            if beside:
                blanks = " " * (widest - cell_len(line) + 3)
                self.console.print(
                    Styled.assemble("  ", (clean(line), "cyan"), blanks, (what, "dim")), soft_wrap=True
                )
            else:
                self.raw(f"  {line}", style="cyan")
                if what:
                    self.para(what, indent=6, style="dim")


def _total(widths: Iterable[int]) -> int:
    """How wide a table of such columns is."""
    known = list(widths)
    return sum(known) + _GAP * (len(known) - 1)


def _natural(filled: Filled) -> int:
    """How wide a column is that is not broken at all."""
    col, cells = filled
    return max(cell_len(line) for text in (col.head, *cells) for line in text.splitlines() or [""])


def _wanted(filled: Filled) -> int:
    """How wide a column should be in a table of its own: its title is no ladder of words."""
    return max(_least(filled), min(_natural(filled), _NARROWEST))


def _least(filled: Filled) -> int:
    """How narrow a column may be: words and numbers stay whole, but for words that are paths or longer still."""
    col, cells = filled
    if col.keep:
        return _natural(filled)
    longest = _LONGEST if col.align == "left" else _natural(filled)
    pieces = [piece for text in (col.head, *cells) for piece in text.split()]
    needed = (min(cell_len(piece), longest if piece.isascii() else _IDEOGRAPHS) for piece in pieces)
    return max(max(needed, default=1), col.least or 1)


def shown(value: Any) -> str:
    """A value for people."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "✓" if value else NOTHING
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def number(value: Decimal, places: int = 2) -> str:
    """A decimal with thousands separators, rounded half up, without needless zeros after a whole number."""
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{rounded:,}"
    return text.split(".")[0] if rounded == rounded.to_integral_value() and value == rounded else text


def percent(part: int, whole: int) -> str:
    """A share with one decimal place."""
    if not whole:
        return NOTHING
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{share} %"
