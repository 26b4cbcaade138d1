"""The hot parts of the list as markup: its rows, and what its filters offer.

A template asks itself a thousand questions for one page; these two functions ask each once. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from tierwise_web.common.charts import brief as shortly
from tierwise_web.common.words import amount, language
from tierwise_web.customers.columns import Column, cell

ARROWS = {"upgrade": "▲", "downgrade": "▼"}
BADGES = ("A", "B", "C")


def rows_markup(
    rows: Iterable[dict[str, Any]],
    columns: Sequence[Column],
    link: Callable[[str], str | None],
    address: str,
    *,
    brief: bool = False,
) -> Markup:
    """The rows of the table; names lead to the customers' pages. ``brief`` amounts keep the exact one as their title."""
    lang = language()
    heads = [(column, *_fixed(column, escape(column.title.in_lang(lang)))) for column in columns]
    query, drawn = escape(address), []
    for row in rows:
        drawn.append("<tr>")
        for column, begins, label in heads:
            text = cell(column, row, lang)
            minus = " minus" if not column.left and text.startswith("-") else ""
            short = brief and text and column.kind == "money"
            inner = _short(row[column.code], text) if short else _inner(column, row, text, link, query)
            drawn.append(f'{begins}{minus}"{label if text else ""}>{inner}</td>')
        drawn.append("</tr>\n")
    return Markup("".join(drawn))


def _short(value: str, exact: str) -> str:
    return f'<span title="{exact}">{shortly(Decimal(value))}</span>'


def _fixed(column: Column, title: Markup) -> tuple[str, str]:
    """What is the same in every cell of a column."""
    return f'<td class="{"l" if column.left else "r"} c-{column.code}', f' data-label="{title}"'


def _inner(
    column: Column, row: dict[str, Any], text: str, link: Callable[[str], str | None], query: Markup
) -> str:
    if column.code == "name":
        to = link(row["code"])
        return f'<a href="{escape(to)}{query}">{escape(text)}</a>' if to else escape(text)
    if column.kind == "grade":
        return _badge(row["grade"]) + (_overridden() if row["override_id"] else "")
    if column.kind == "movement" and row["movement"] in ARROWS:
        return _moved(row, text)
    return escape(text)


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
