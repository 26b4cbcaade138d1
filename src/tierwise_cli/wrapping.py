"""Breaks paragraphs at the width of the terminal, Chinese and English mixed.

Between two Chinese characters a line may break, but none begins with a closing mark or ends with an
opening one; a Latin word or a number stays whole.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

_CLOSING = "，。、；：！？）》】」』”’％%)]},.;:!?"
_OPENING = "（《【「『“‘([{"
_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’"
_PIECE = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+|\s+")


def wrap(text: str, width: int) -> list[str]:
    """The lines of one paragraph, each at most ``width`` cells wide unless one word is longer."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and cell_len(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """What may not be broken: words, single Chinese characters, marks with what they belong to."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        spaced = bool(pieces) and pieces[-1].endswith(" ")  # whoever writes a space means a place to break
        closing = piece[0] in _CLOSING and not piece.isspace() and not spaced
        opened = bool(pieces) and pieces[-1][-1] in _OPENING
        if pieces and (closing or opened or piece.isspace()):
            pieces[-1] += piece if not piece.isspace() else " "
        else:
            pieces.append(piece)
    return pieces
