"""Details of the log as people read them: yes and no, roles, tables, fields and pages by name, lists with commas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from django.apps import apps

from tierwise.book.contract import TABLES, Table
from tierwise.kernel.text import Text
from tierwise_web.audit.models import Event, Repeat
from tierwise_web.audit.words import slot_words
from tierwise_web.common.words import NOTHING, language
from tierwise_web.people.roles import ROLES

YES, NO, COMMA = Text("yes", "是"), Text("no", "否"), Text(", ", "、")
NUMBERED = Text("{table} no. {number}", "{table}第 {number} 批")
"""An import by its table and number."""
TIMES = Text("{n} times within the minute", "一分钟内 {n} 次")
OTHERS = Text("{n} other names, such as {names}", "另试 {n} 个用户名，如 {names}")
NAMED = 10
"""So many of the other names are told."""
COLON, SEMICOLON = Text(": ", "："), Text("; ", "；")
COUNTS = ("customers", "notes", "refused", "rows")
"""Details that count something; other numbers name a record."""
OF_ROLES = ("roles", "before")
"""Details that list roles."""


def role_words(codes: Iterable[str]) -> str:
    """Roles by name; one of an earlier release by its code."""
    lang = language()
    said = (ROLES[code].title.in_lang(lang) if code in ROLES else code for code in codes)
    return COMMA.in_lang(lang).join(said) or NOTHING


def details(event: Event) -> str:
    """All details of an event in one line."""
    lang = language()
    said = [
        f"{slot_words(name).in_lang(lang)}{COLON.in_lang(lang)}{_told(event.slots, name)}"
        for name in event.slots
    ]
    with suppress(Repeat.DoesNotExist):
        repeat = event.repeat
        said.append(TIMES.fill(lang, n=f"{repeat.number:,}"))
        if repeat.others:
            names = COMMA.in_lang(lang).join(repeat.others[:NAMED])
            said.append(OTHERS.fill(lang, n=len(repeat.others), names=names))
    return SEMICOLON.in_lang(lang).join(said)


def _told(slots: Mapping[str, Any], name: str) -> str:
    lang, value, table = language(), slots[name], TABLES.get(str(slots.get("table")))
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return (YES if value else NO).in_lang(lang)
    if name in OF_ROLES:
        return role_words(value)
    if isinstance(value, dict):
        return COMMA.in_lang(lang).join(_pair(key, one) for key, one in value.items()) or NOTHING
    if isinstance(value, list):
        said = (_field(table if name == "columns" else None, one) for one in value)
        return COMMA.in_lang(lang).join(said) or NOTHING
    if table is not None and name == "table":
        return table.label.in_lang(lang)
    if name == "page":
        return _page(str(value))
    return f"{value:,}" if name in COUNTS and isinstance(value, int) else str(value)


def _pair(key: str, value: Any) -> str:
    """What stands under a name: an import by its table, anything else as it is."""
    lang, table = language(), TABLES.get(key)
    if table is not None:
        return NUMBERED.fill(lang, table=table.label.in_lang(lang), number=value)
    return f"{slot_words(key).in_lang(lang)}{COLON.in_lang(lang)}{value}"


def _field(table: Table | None, name: Any) -> str:
    known = table is not None and table.has(str(name))
    return table.column(name).label.in_lang(language()) if table and known else str(name)


def _page(view: str) -> str:
    """A page that stands in the navigation by its title, any other by its name."""
    entries = (entry for app in apps.get_app_configs() for entry in getattr(app, "entries", ()))
    found = next((entry for entry in entries if entry.view == view), None)
    return found.title.in_lang(language()) if found else view
