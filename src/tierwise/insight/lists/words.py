"""Why a customer stands on a list, in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tierwise.grading.method_words import LEVELS
from tierwise.grading.wording import metric_value
from tierwise.insight.lists.model import Why
from tierwise.insight.values import half_up
from tierwise.kernel.text import Lang, Text, Words

_CHANGES = ("lists.momentum", "lists.growth", "lists.but-falls", "lists.rises", "lists.falls", "lists.year")
"""Reasons whose percentages are changes: they carry their sign."""
REASONS = Words({
    "lists.near-next": Text("{value} short of {grade} ({pct}\N{NO-BREAK SPACE}% of the cut)", "距 {grade} 尚差 {value}（为界线的 {pct}%）"),
    "lists.near-lower": Text("{value} above {grade} ({pct}\N{NO-BREAK SPACE}% of its value)", "高于 {grade} 仅 {value}（为自身的 {pct}%）"),
    "lists.momentum": Text("three months {pct}\N{NO-BREAK SPACE}% against those before", "近三个月环比 {pct}%"),
    "lists.growth": Text("twelve months {pct}\N{NO-BREAK SPACE}% against those before", "近十二个月同比 {pct}%"),
    "lists.but-falls": Text("but three months {pct}\N{NO-BREAK SPACE}% against those before", "但近三个月环比 {pct}%"),
    "lists.attractive": Text("attractiveness {level}", "吸引力：{level}"),
    "lists.but-silent": Text("but {state}: no order for {days} days", "但状态为“{state}”：已 {days} 天无订单"),
    "lists.rises": Text("three months {pct}\N{NO-BREAK SPACE}%, a month ago {ago}\N{NO-BREAK SPACE}%", "近三个月 {pct}%，上月时 {ago}%"),
    "lists.falls": Text("three months {pct}\N{NO-BREAK SPACE}%, a month ago {ago}\N{NO-BREAK SPACE}%", "近三个月 {pct}%，上月时 {ago}%"),
    "lists.year": Text("against the same months of last year {pct}\N{NO-BREAK SPACE}%", "较去年同期 {pct}%"),
    "lists.margin": Text("gross margin {pct}\N{NO-BREAK SPACE}%", "毛利率 {pct}%"),
    "lists.silent": Text("no order for {days} days, since {last}", "自 {last} 起已 {days} 天无订单"),
    "lists.silent-usual": Text(
        "no order for {days} days, since {last}; usual is every {interval} days", "自 {last} 起已 {days} 天无订单；通常每 {interval} 天一单"
    ),
    "lists.win-back": Text("was {grade} within 24 months: win back", "24 个月内曾为 {grade}：应赢回"),
    "lists.back": Text("came back on {day}", "{day} 恢复购买"),
})  # fmt: skip


def said(why: Why, lang: Lang, currency: str) -> str:
    """A reason as a phrase."""
    signed = why.code in _CHANGES
    slots = {name: _text(value, signed=signed) for name, value in why.slots.items()}
    if "level" in why.slots:
        slots["level"] = LEVELS.say(why.slots["level"], lang)
    if "state" in why.slots:
        slots["state"] = metric_value("lifecycle", why.slots["state"], lang, currency)
    if why.metric is not None:
        slots["value"] = metric_value(why.metric, why.slots["value"], lang, currency)
    return REASONS.say(why.code, lang, **slots)


def _text(value: Any, *, signed: bool) -> str:
    """Shares and points with one place at most, signs as printed."""
    if isinstance(value, Decimal | Fraction):
        rounded = half_up(Fraction(value), 1)
        assert rounded is not None
        plain = f"{rounded:,}".removesuffix(".0")
        return f"+{plain}" if signed and rounded > 0 else plain.replace("-", "−")
    return value.isoformat() if isinstance(value, date) else "–" if value is None else str(value)
