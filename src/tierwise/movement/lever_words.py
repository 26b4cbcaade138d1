"""A lever in words, such as “CNY 31,400 more: net sales (12 months)”."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.grading.wording import metric_title, metric_value
from tierwise.kernel.text import Lang, Text

if TYPE_CHECKING:
    from tierwise.movement.levers import Lever

_NONE = Text("{title}: no room", "{title}：没有余地")
_MORE = Text("{amount} more: {title}", "{title}增加 {amount}")
_LESS = Text("{amount} less: {title}", "{title}减少 {amount}")


def lever_words(lever: Lever, currency: str, lang: Lang) -> str:
    """The change in words, without the grade that it reaches."""
    amount = metric_value(lever.column, abs(lever.change), lang, currency)
    pattern = _NONE if lever.change == 0 else _MORE if lever.change > 0 else _LESS
    return pattern.fill(lang, amount=amount, title=metric_title(lever.column, lang))
