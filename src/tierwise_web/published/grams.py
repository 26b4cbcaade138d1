"""How names are found: by any part of two characters and more, by initials of the pinyin, by code.

Names become overlapping pairs of characters, so that a word of any length is a phrase of pairs; two-character words
are normal in Chinese, and common tokenisers of three cannot find them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin


def plain(text: str) -> str:
    """Letters, digits and characters alone: full-width as half-width, small letters, nothing between."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def pairs(text: str) -> str:
    """The overlapping pairs of a plain text, and its last character, separated by blanks."""
    return " ".join([text[i : i + 2] for i in range(len(text))])


def question(asked: str) -> str | None:
    """What to ask the index for; ``None`` if nothing can be asked."""
    text = plain(asked)
    if not text:
        return None
    if len(text) == 1:
        return f'"{text}"*'
    return '"' + " ".join(text[i : i + 2] for i in range(len(text) - 1)) + '"'


@lru_cache(maxsize=40_000)
def _initials_of(character: str) -> frozenset[str]:
    return frozenset(
        found[0] for found in pinyin(character, style=Style.FIRST_LETTER, heteronym=True)[0] if found
    )


def initials(text: str) -> str:
    """The first letters of the pinyin; characters with several readings are read in their words (重庆 is cq)."""
    found = []
    for character in text:
        letters = _initials_of(character)
        if len(letters) != 1:
            return "".join(word[:1] for word in lazy_pinyin(text, style=Style.FIRST_LETTER, errors=list))
        found.append(next(iter(letters)))
    return "".join(found)
