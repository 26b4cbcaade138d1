"""Values of the book as the texts that a form shows and an import brings, and back."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from tierwise.book.contract import TABLES, Column
from tierwise.kernel.errors import Problem
from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Lang, Text
from tierwise_web.common.words import MINUS

MOST_DIGITS = {"money": (14, 4), "quantity": (14, 4), "rate": (10, 8), "percent": (5, 4), "integer": (18, 0)}
"""Digits before and after the point."""
LONGEST = 2000
FIRST_YEAR, LAST_YEAR = 1900, 9999
NEVER_BELOW_ZERO = frozenset(
    "minutes employees registered_capital total_assets annual_turnover potential_need acquisition_cost land_area_m2".split()
)
"""Files may bring anything; people who type a minus here have mistyped."""
_TURNS = frozenset("LRE RLE LRO RLO PDF LRI RLI FSI PDI".split())
_WRITTEN = re.compile(r"[+-]?([1-9][0-9]{0,2}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?|[+-]?\.[0-9]+")
"""A number as people write it: a comma stands before three digits, and nowhere else."""
_PLAIN = re.compile(r"(-?)([0-9]+)((?:\.[0-9]+)?)")
YES, NO = Text("yes", "是"), Text("no", "否")


def text_of(value: Any) -> str | None:
    """A stored value as a file would bring it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_number(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def read(column: Column, given: str) -> str | None:
    """What somebody typed, in its one form; ``None`` for nothing. **Raises** ``ValueError`` with a ``Problem``."""
    text = given.strip()
    if not text:
        return None
    match column.kind:
        case "choice":
            return _one_of(column, text)
        case "flag":
            return _one_of_codes(text, ("true", "false"))
        case "date":
            return _day(text)
        case "text":
            return _short(text)
        case _:
            return _number(column, text)


def _one_of(column: Column, text: str) -> str:
    return _one_of_codes(text, tuple(choice.code for choice in column.choices))


def _one_of_codes(text: str, codes: tuple[str, ...]) -> str:
    if text not in codes:
        raise ValueError(Problem("edit.choice", Text("choose one of the list", "请从列表中选择")))
    return text


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            Problem("edit.day", Text("write the day as 2026-10-31", "日期请写成 2026-10-31"))
        ) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        words = Text("a day of the years {first} to {last}", "年份须在 {first} 至 {last} 之间")
        raise ValueError(Problem("edit.year", words, {"first": FIRST_YEAR, "last": LAST_YEAR}))
    return day.isoformat()


def _short(text: str) -> str:
    if len(text) > LONGEST or any(_hidden(sign) for sign in text):
        raise ValueError(
            Problem("edit.text", Text("2,000 plain characters at most", "至多 2,000 个普通字符"))
        )
    return text


def _hidden(sign: str) -> bool:
    """Signs that are not seen: controls, and those that turn the direction of the words around them."""
    return (ord(sign) < 32 and sign not in "\n\t") or unicodedata.bidirectional(sign) in _TURNS


def _number(column: Column, text: str) -> str:
    before, after = MOST_DIGITS[column.kind]
    said = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text).replace(MINUS, "-"))
    if said is None or ("," in said[0] and column.kind in ("rate", "percent")):
        words = Text("write a number, such as 12345.5 or 12,345.5", "请填写数字，如 12345.5 或 12,345.5")
        raise ValueError(Problem("edit.number", words))
    number = Decimal(said[0].replace(",", ""))
    if abs(number) >= 10**before or number != round(number, after):
        words = Text("{after} decimals at most, and no larger number", "至多 {after} 位小数，且不超出范围")
        raise ValueError(Problem("edit.digits", words, {"after": after}))
    if column.name in NEVER_BELOW_ZERO and number < 0:
        raise ValueError(Problem("edit.below-zero", Text("not below 0", "不得小于 0")))
    least, most = column.between or (None, None)
    if (least is not None and number < least) or (most is not None and number > most):
        words = Text("from {least} to {most}", "须在 {least} 至 {most} 之间")
        raise ValueError(Problem("edit.between", words, {"least": least, "most": most}))
    return plain_number(number)


def with_separators(column: Column, value: str) -> str:
    """A number as a form shows it, with thousands separators as on every page; what is no number as it was typed."""
    found = _PLAIN.fullmatch(value) if column.kind in ("money", "quantity", "integer") else None
    return f"{found[1]}{int(found[2]):,}{found[3]}" if found else value


def shown(table: str, name: str, value: str | None, lang: Lang) -> str:
    """A text value as people read it: choices and flags in words."""
    if value is None:
        return ""
    column = TABLES[table].column(name)
    if column.kind == "flag":
        return (YES if value == "true" else NO).in_lang(lang)
    named = next((choice.label.in_lang(lang) for choice in column.choices if choice.code == value), None)
    return named or value
