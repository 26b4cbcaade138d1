"""How sound the data is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tierwise.book.contract import TABLES
from tierwise.kernel.text import Lang, Text
from tierwise.report.words import LABELS
from tierwise_web.published.reading import Reading

SEVERITIES = {
    "block": Text("blocks", "阻断"),
    "warn": Text("warning", "警告"),
    "info": Text("note", "提示"),
}


def health_words(reading: Reading, lang: Lang, leads: Mapping[str, str]) -> dict[str, Any]:
    """Findings of the check, the last imports, and why customers have no grade.

    ``leads``: the beginning of a finding's code -> the page where this person sees to it; others are told the command.
    """
    found = reading.fact("health")
    return {
        "findings": [
            {"severity": one["severity"], "mark": SEVERITIES[one["severity"]].in_lang(lang),
             "said": one["said"][lang], "help": one["help"][lang],
             "to": next((to for code, to in leads.items() if one["code"].startswith(code)), None)}
            for one in found["findings"]
        ],
        "imports": [
            one | {"table": _table(one["table"], lang), "at": datetime.fromisoformat(one["at"])}
            for one in found["imports"]
        ],
        "without_grade": [
            (_why(reason, lang), n, _kept(grades, lang)) for reason, n, grades in found["without_grade"]
        ],
    }  # fmt: skip


def _table(name: str, lang: Lang) -> str:
    return TABLES[name].label.in_lang(lang) if name in TABLES else name


def _kept(grades: list[tuple[str, int]], lang: Lang) -> str:
    """Which grades stay in force for those to whom the run gave none: a cycle counts who buys nothing as the lowest."""
    words = Text("in force: {grades}", "生效等级：{grades}")
    said = ("，" if lang == "zh" else ", ").join(f"{grade} {n:,}" for grade, n in grades)
    return words.fill(lang, grades=said) if grades else ""


def _why(reason: str | None, lang: Lang) -> str:
    key = "why_" + (reason or "").replace(".", "_")
    return LABELS[key].in_lang(lang) if key in LABELS else (reason or "–")
