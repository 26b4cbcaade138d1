"""Numbers of a sentence that say of themselves what they are: marked while it is made, taken apart where it is shown.

A sentence with marks is for this package alone; whoever only reads it gets the ``bare`` one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tierwise.grading.wording import metric_value
from tierwise.kernel.text import Lang

FIELD = "field"
"""A place among all that were graded, or how many they are."""
SCORE = "score"
"""A total that the parts of a method add up to."""
CUT = "cut:"
"""What begins the name of a cut; the grade that it gives follows."""
_OPEN, _MIDDLE, _CLOSE = "\ud800", "\ud801", "\ud802"  # in no name or title: UTF-8 has no bytes for them
_MARKED = re.compile(f"{_OPEN}([^{_MIDDLE}]*){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence. ``of``: what it is where it is a number, a metric (its column), a criterion
    (``method.part``), ``FIELD``, ``SCORE`` or a cut; ``None`` for words."""

    text: str
    of: str | None = None


def pointed(text: str, of: str) -> str:
    """A number with a mark that says what it is."""
    return f"{_OPEN}{of}{_MIDDLE}{text}{_CLOSE}" if of else text


def pointed_value(column: str, value: object, lang: Lang, currency: str) -> str:
    """The value of a metric with its unit, marked as that metric."""
    return pointed(metric_value(column, value, lang, currency), column if value is not None else "")


def bare(sentence: str) -> str:
    """A sentence without marks."""
    return _MARKED.sub(r"\2", sentence)


def pieces(sentence: str) -> tuple[Piece, ...]:
    """The parts of a sentence, in their order; joined they are the bare one."""
    found, done = [], 0
    for one in _MARKED.finditer(sentence):
        found += [Piece(sentence[done : one.start()]), Piece(one[2], one[1])]
        done = one.end()
    return tuple(piece for piece in (*found, Piece(sentence[done:])) if piece.text)
