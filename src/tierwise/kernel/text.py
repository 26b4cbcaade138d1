"""A text in two languages, and codes that become sentences at the edge.

A reason, problem or event is stored as a stable dotted code with slots (numbers, names); the words
are made here, on display, in Chinese or English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Lang = Literal["en", "zh"]

BETWEEN = "\x1f"
"""Stands between the English and the Chinese half of a help text."""
_PLURAL = re.compile(r"\{(\w+)#([^|{}]*)\|([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A label or sentence pattern in English and Chinese; patterns have ``{slots}``."""

    en: str
    zh: str

    def in_lang(self, lang: Lang) -> str:
        """The words in one language."""
        return self.zh if lang == "zh" else self.en

    def fill(self, lang: Lang, **slots: Any) -> str:
        """The pattern in one language with its slots filled; ``{n#row|rows}`` gives the word that fits the number.

        **Raises** ``KeyError`` if a slot of the pattern is missing.
        """
        return _PLURAL.sub(lambda m: m[2] if str(slots[m[1]]) == "1" else m[3], self.in_lang(lang)).format(
            **slots
        )


class Words:
    """A closed set of codes and their sentence patterns; every module that makes codes has one."""

    def __init__(self, patterns: Mapping[str, Text]) -> None:
        self._patterns = dict(patterns)

    def __contains__(self, code: str) -> bool:
        return code in self._patterns

    def codes(self) -> list[str]:
        """All codes, sorted."""
        return sorted(self._patterns)

    def pattern(self, code: str) -> Text:
        """The pattern of a code. **Raises** ``KeyError`` for an undeclared code."""
        return self._patterns[code]

    def say(self, code: str, lang: Lang, **slots: Any) -> str:
        """The sentence of a code in one language."""
        return self._patterns[code].fill(lang, **slots)


def both(en: str, zh: str) -> str:
    """One string that carries both languages, for frameworks that take one; ``half`` keeps one of them."""
    return f"{en}{BETWEEN}{zh}"


def half(text: str, lang: Lang) -> str:
    """The half of such a string in one language; a text in one language stays as it is."""
    en, _, zh = text.partition(BETWEEN)
    return zh if lang == "zh" and zh else en
