"""A change in words: each column with what stood there and what somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tierwise.book.contract import TABLES
from tierwise.kernel.text import Lang
from tierwise_web.editing.models import Change
from tierwise_web.editing.services import NAMING
from tierwise_web.editing.values import shown

HIDDEN = "…"
"""Stands for a value that the reader may not see."""


def named_in(changes: Iterable[Change]) -> set[str]:
    """The codes of all customers that some changes name: of whom they speak, and those in their values."""
    found: set[str | None] = set()
    for change in changes:
        found.add(change.customer)
        found |= {one.get(name) for one in (change.values, change.before) for name in NAMING}
    return {code for code in found if code}


def told(
    change: Change, names: Mapping[str, str], lang: Lang, *, shows: Callable[[str], bool]
) -> list[tuple[str, str, str]]:
    """Label, what was there, what was written, of each column that changed; ``shows``: whether its value may be seen."""
    table = TABLES[change.table]

    def said(name: str, value: str | None) -> str:
        text = shown(table.name, name, value, lang)
        named = names.get(text) if name in NAMING else None
        return f"{named} {text}" if named else text

    return [
        (table.column(name).label.in_lang(lang), said(name, change.before.get(name)), said(name, value))
        if shows(name)
        else (table.column(name).label.in_lang(lang), "", HIDDEN)
        for name, value in change.values.items()
        if change.before.get(name) != value
    ]
