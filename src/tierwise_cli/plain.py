"""Values as plain JSON: decimals as exact text, days and instants as ISO 8601, texts in one language."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Lang, Text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TAKEN_APART = re.compile(r"[\s'\"\\$&|;<>()*?#~`!{}\[\]]")


def plain(value: Any, lang: Lang) -> Any:
    """The value as what ``json`` can write."""
    if value is None or isinstance(value, bool | int | str | float):
        return value
    if isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Text):
        return value.in_lang(lang)
    if isinstance(value, Problem):
        return problem(value, lang)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), lang) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item, lang) for key, item in value.items()}
    return [plain(item, lang) for item in value]


def exact(value: Decimal) -> str:
    """A decimal as text without exponent and without needless zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def problem(found: Problem, lang: Lang) -> dict[str, Any]:
    """A problem: its stable code, the sentence, and where it is."""
    return {
        "code": found.code,
        "message": found.say(lang),
        "file": found.file,
        "line": found.line,
        "column": found.column,
    }


def document(value: Any, lang: Lang) -> str:
    """One JSON document, for people too."""
    return json.dumps(plain(value, lang), ensure_ascii=False, indent=2)


def clean(text: str) -> str:
    """A text that cannot command the terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def quoted(word: object) -> str:
    """A word of a command line to copy; in quotes if a shell would take it apart."""
    text = str(word)
    return "'" + text.replace("'", "'\\''") + "'" if _TAKEN_APART.search(text) or not text else text
