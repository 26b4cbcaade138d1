"""Both languages beside each other at the place of use, as in the core; numbers and days by language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import cast

from django.utils import timezone, translation

from tierwise.kernel.numbers import plain_number
from tierwise.kernel.text import Lang
from tierwise.report.words import DATA_LABELS

CHINESE = "zh-hans"
NOTHING = "–"
MINUS = "−"
"""The sign of negative numbers on pages; files have the plain one, with which spreadsheets compute."""
_NEGATIVE = re.compile(r"(?:(?<=^)|(?<=[\s(（:：<>≤≥→]))-(?=\d)")
_KEPT_WITH_NUMBER = re.compile(
    r"(?:(?<=\b[A-Z]{3})|(?<=[<>≤≥])) (?=[-−]?\d|[A-Z]{3} [-−]?\d)|(?<=\d:) (?=[<>≤≥])|(?<=\d) (?=天|分|%|days?\b|points?\b)"
)


_SPOKEN: ContextVar[Lang | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """Within it, pages and Django's own messages speak a language."""
    token = _SPOKEN.set(lang)
    try:
        with translation.override(django_language(lang)):
            yield
    finally:
        _SPOKEN.reset(token)


def language() -> Lang:
    """The language of the request being answered. A page asks a thousand times: Django's own answer takes 20 µs."""
    return _SPOKEN.get() or ("zh" if (translation.get_language() or "").startswith("zh") else "en")


def as_lang(word: str | None) -> Lang | None:
    """A stored or sent word as a language of ours."""
    return cast(Lang, word) if word in ("en", "zh") else None


def django_language(lang: Lang) -> str:
    """What Django calls it."""
    return CHINESE if lang == "zh" else "en"


def amount(value: Decimal | int | float | None, places: int = 0) -> str:
    """A number with thousands separators, rounded half to even; a dash for nothing."""
    if value is None:
        return NOTHING
    known = value if isinstance(value, Decimal) else Decimal(str(value))
    exact = known.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{exact + 0:,}".replace("-", MINUS)


def plain(value: Decimal | str | None) -> str:
    """A number as short as it is: 10 and 7.5, never 1E+1; a dash for nothing."""
    return NOTHING if value in (None, "") else plain_number(Decimal(str(value)))


def unbroken(text: str) -> str:
    """A text in which a currency, a sign of comparison and a unit stay with their number, with the sign of pages."""
    return _KEPT_WITH_NUMBER.sub("\u00a0", signed(text))


def signed(text: str) -> str:
    """A text of the core whose negative numbers have the sign of pages."""
    return _NEGATIVE.sub(MINUS, text)


def day(value: date | str | None) -> str:
    """A day as 2026-10-31, in both languages."""
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else value.strftime("%Y-%m-%d")


def moment(value: datetime | None) -> str:
    """An instant as day and minute in the time zone of the book."""
    return NOTHING if value is None else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


def data_label(value: str | None, lang: Lang) -> str:
    """A value of the data (region, industry …) in a language, where it is a usual one; else as it stands."""
    if not value:
        return ""
    return value if lang == "zh" else DATA_LABELS.get(value, value)
