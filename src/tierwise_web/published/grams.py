"""How names are found: by any part of two characters and more, by initials of the pinyin, by code.

Names become overlapping pairs of characters, so that a word of any length is a phrase of pairs; two-character words
are normal in Chinese, and common tokenisers of three cannot find them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.phrases_dict import phrases_dict


def plain(text: str) -> str:
    """Letters, digits and characters alone: full-width as half-width, small letters, nothing between."""
    if text.isalnum() and unicodedata.is_normalized("NFKC", text):  # most names are plain already
        return text.casefold()
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def pairs(texts: Sequence[str]) -> list[str]:
    """The overlapping pairs of each plain text, and its last character, separated by blanks.

    All texts at once, as one with a line each: a call per text takes as long as the index itself.
    """
    lines = _points("\n".join(["\n", *texts, "\n"]))
    both = memoryview(bytearray(12 * (len(lines) - 1))).cast("I")
    both[0::3], both[1::3], both[2::3] = lines[:-1], lines[1:], _points(" " * (len(lines) - 1))
    # where a line ends and the next begins stands "\n \n", and then the first character, which begins no pair there
    return [line[2:] for line in str(both, "utf-32-le").split("\n \n")[1:-1]]


def _points(text: str) -> memoryview:
    """The characters of a text as numbers."""
    return memoryview(text.encode("utf-32-le")).cast("I")


def question(asked: str) -> str | None:
    """What to ask the index for: each of the words, wherever it stands; ``None`` if nothing can be asked."""
    return " ".join(_phrase(text) for word in asked.split() if (text := plain(word))) or None


def _phrase(text: str) -> str:
    if len(text) == 1:
        return f'"{text}"*'
    return '"' + " ".join(text[i : i + 2] for i in range(len(text) - 1)) + '"'


def initials(text: str) -> str:
    """The first letters of the pinyin; characters with several readings are read in their words (重庆 is cq).

    Of a text of several lines those of each, in a line.
    """
    letters, around = list(map(_LETTERS.__getitem__, text)), f"\n{text}"
    for at, letter in enumerate(letters):
        if not letter:
            letters[at] = _WITHIN[around[at : at + 3]]
    return "".join(letters)


class _Letters(dict[str, str]):
    """Character -> its first letter, looked up once; empty where its readings begin differently."""

    def __missing__(self, character: str) -> str:
        self[character] = letter = _letter(character)
        return letter


_LETTERS = _Letters()


def _letter(character: str) -> str:
    readings = pinyin(character, style=Style.FIRST_LETTER, heteronym=True)[0]
    letters = {found[0] for found in readings if found}
    return letters.pop() if len(letters) == 1 else ""


class _Within(dict[str, str]):
    """A character between its neighbours -> the letter that the word of two characters gives, the one that begins with
    it first; else that of its usual reading. Looked up once."""

    def __missing__(self, three: str) -> str:
        begins, ends = _WORDS[three[1:]], _WORDS[three[:2]]
        self[three] = letter = begins[:1] or ends[1:] or _usual(three[1])
        return letter


_WITHIN = _Within()


class _Words(dict[str, str]):
    """Two characters -> the first letters of their readings as a word, looked up once; empty for no word."""

    def __missing__(self, word: str) -> str:
        readings = phrases_dict.get(word) or []
        letters = [unicodedata.normalize("NFD", reading[0])[0] for reading in readings]
        self[word] = found = "".join(letters) if len(word) == len(letters) == 2 else ""
        return found


_WORDS = _Words()


@lru_cache(maxsize=40_000)
def _usual(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.FIRST_LETTER)[0])[:1]
