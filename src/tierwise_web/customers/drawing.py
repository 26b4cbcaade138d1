"""The hot parts of the list as markup: its rows, and what its filters offer.

A template asks itself a thousand questions for one page; these two functions ask each once. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from tierwise.kernel.text import Lang
from tierwise_web.common.charts import brief as shortly
from tierwise_web.common.words import MINUS, amount, language
from tierwise_web.customers.columns import Column, cell

ARROWS = {"upgrade": "▲", "downgrade": "▼"}
BADGES = ("A", "B", "C")
ALIKE = ("text", "label", "lifecycle", "flags", "day")
"""Kinds of columns whose cells say the same for the same value."""
FIGURES = ("money", "points", "number")


Draw = Callable[[dict[str, Any]], str]
"""The cell of a row, as markup."""


def rows_markup(
    rows: Iterable[dict[str, Any]],
    columns: Sequence[Column],
    link: Callable[[str], str | None],
    address: str,
    *,
    brief: bool = False,
    pick: bool = False,
    edit: Collection[str] = (),
    waits: Mapping[str, str] = {},
) -> Markup:
    """The rows of the table; names lead to the customers' pages. ``brief`` amounts keep the exact one as their title.

    ``pick``: every row has a box; ``edit``: the codes whose record this person may correct here; ``waits``: those that
    somebody corrected and no run has read, with what they say now.
    """
    lang, query = language(), escape(address)
    beside = _beside(lang, edit, waits)
    draws = [_box(lang)] if pick else []
    draws += [_draw(column, lang, link, query, beside, brief=brief) for column in columns]
    return Markup("".join([f"<tr>{''.join([draw(row) for draw in draws])}</tr>\n" for row in rows]))


def _draw(
    column: Column,
    lang: Lang,
    link: Callable[[str], str | None],
    query: Markup,
    beside: Draw,
    *,
    brief: bool,
) -> Draw:
    """How the cells of a column are drawn; what is the same in all of them is made once."""
    begins = f'<td class="{"l" if column.left else "r"} c-{column.code}'
    title = f' data-label="{escape(column.title.in_lang(lang))}"'
    empty, filled, minus = f'{begins}"></td>', f'{begins}"{title}>', f'{begins} minus"{title}>'
    if column.kind in ALIKE and column.code not in ("code", "name"):
        return _alike(column, lang, empty, filled)

    if column.kind == "grade":
        return _graded(empty, filled)
    if column.kind == "movement":
        return _moving(column, lang, empty, filled)
    if column.kind in FIGURES:
        return _figure(column, lang, empty, filled, minus, brief=brief)
    return _worded(column, lang, link, query, beside, empty, filled)


def _once(of: Callable[[dict[str, Any]], Hashable], draw: Draw) -> Draw:
    """Cells of which a page has few different ones: each is drawn once, by what it says."""
    drawn: dict[Hashable, str] = {}

    def known(row: dict[str, Any]) -> str:
        said = of(row)
        if said not in drawn:
            drawn[said] = draw(row)
        return drawn[said]

    return known


def _graded(empty: str, filled: str) -> Draw:
    """Grades, with a star where an override set them."""

    def draw(row: dict[str, Any]) -> str:
        begins = filled if row["grade"] else empty.removesuffix("</td>")
        return f"{begins}{_badge(row['grade'])}{_overridden() if row['override_id'] else ''}</td>"

    return _once(lambda row: (row["grade"], bool(row["override_id"])), draw)


def _moving(column: Column, lang: Lang, empty: str, filled: str) -> Draw:
    """Movements: from which grade to which."""

    def draw(row: dict[str, Any]) -> str:
        text = cell(column, row, lang)
        inner = _moved(row, text) if row["movement"] in ARROWS else escape(text)
        return f"{filled}{inner}</td>" if text else empty

    return _once(itemgetter("movement", "previous", "grade"), draw)


def _figure(column: Column, lang: Lang, empty: str, filled: str, minus: str, *, brief: bool) -> Draw:
    """Amounts and numbers, whose texts have no sign that a page could misread."""
    short = brief and column.kind == "money"

    def draw(row: dict[str, Any]) -> str:
        text = cell(column, row, lang)
        if not text:
            return empty
        inner = _short(row[column.code], text) if short else text
        return f"{minus if text[0] == MINUS else filled}{inner}</td>"

    return draw


def _worded(
    column: Column,
    lang: Lang,
    link: Callable[[str], str | None],
    query: Markup,
    beside: Draw,
    empty: str,
    filled: str,
) -> Draw:
    """Names, which lead to the customers, and codes."""

    def draw(row: dict[str, Any]) -> str:
        text = cell(column, row, lang)
        if not text:
            return empty
        named = column.code == "name"
        inner = _name(link(row["code"]), text, query) + beside(row) if named else escape(text)
        return f"{filled}{inner}</td>"

    return draw


def _alike(column: Column, lang: Lang, empty: str, filled: str) -> Draw:
    """Texts, labels and days."""

    def draw(row: dict[str, Any]) -> str:
        if row[column.code] in (None, ""):
            return empty
        return f"{filled}{escape(cell(column, row, lang))}</td>"

    return _once(itemgetter(column.code), draw)


def _box(lang: Lang) -> Draw:
    """The box that chooses a row."""
    begins = '<td class="c-pick"><input type="checkbox" form="chosen" name="code" value="'
    title = {"en": "Choose", "zh": "选择"}[lang]
    return lambda row: (
        f'{begins}{escape(row["code"])}" aria-label="{title} {escape(row["name"] or row["code"])}"></td>'
    )


def _beside(lang: Lang, edit: Collection[str], waits: Mapping[str, str]) -> Draw:
    """What stands beside the name: that a change waits, and the way to correct some columns in the list."""
    told = {"en": "a change waits for the next run", "zh": "有更改等待下次运行"}[lang]
    colon = {"en": ": ", "zh": "："}[lang]
    correct = {"en": "Correct", "zh": "更正"}[lang]

    def draw(row: dict[str, Any]) -> str:
        code = row["code"]
        found = ""
        if code in waits:
            title = f"{told}{colon}{escape(waits[code])}" if waits[code] else told
            found = f' <abbr class="waits" title="{title}">◷</abbr>'
        if code not in edit:
            return found
        to = f"/customer/{quote(code, safe='')}"
        return (
            f'{found} <a class="c-edit" href="{to}/edit" hx-get="{to}/edit-here" hx-target="closest tr" '
            f'hx-swap="afterend" title="{correct}" aria-label="{correct} {escape(code)}">✎</a>'
        )

    return draw


def _short(value: str, exact: str) -> str:
    return f'<span title="{exact}">{shortly(Decimal(value))}</span>'


def _name(to: str | None, text: str, query: Markup) -> str:
    return f'<a href="{escape(to)}{query}">{escape(text)}</a>' if to else escape(text)


def _badge(grade: str | None) -> str:
    if not grade:
        return '<span class="grade grade-none">–</span>'
    return f'<span class="grade grade-{grade if grade in BADGES else "other"}">{escape(grade)}</span>'


def _overridden() -> str:
    title = {"en": "set by override", "zh": "人工调整"}[language()]
    return f'<abbr title="{title}">*</abbr>'


def _moved(row: dict[str, Any], text: str) -> str:
    steps = f" ({escape(row['previous'])}→{escape(row['grade'])})" if row["previous"] else ""
    return f'<span class="{row["movement"]}">{ARROWS[row["movement"]]} {escape(text)}{steps}</span>'


def options_markup(
    name: str, offered: Iterable[tuple[str, str, int | None]], chosen: Sequence[str]
) -> Markup:
    """The check boxes of a filter: value, words and how many customers."""
    drawn = []
    for value, words, count in offered:
        many = "" if count is None else f' <span class="muted">{amount(count)}</span>'
        checked = " checked" if value in chosen else ""
        box = f'<input type="checkbox" name="{name}" value="{escape(value)}"{checked}>'
        drawn.append(f"<label>{box} {escape(words)}{many}</label>\n")
    return Markup("".join(drawn))
