"""What the bytes of a text speak for: UTF-8 with a few wrong bytes, Chinese in GB18030, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tierwise.kernel.errors import TierwiseError, fail

SAMPLE = 1 << 20
"""Bytes beyond ASCII that are enough to judge by."""
_ASCII = bytes(range(128))
_HANZI = bytes([0xA1, 0xA3, *range(0xB0, 0xF8)])
_FOREIGN = bytes(range(0xA4, 0xAA))
_CLEAR = 0.9
_FOREIGN_LIMIT = 0.1


def mostly_utf8(chunks: Iterable[bytes]) -> bool:
    """Whether the bytes beyond ASCII are mostly UTF-8, so that the few others are mistakes.

    Characters of three bytes decide: two bytes of GB18030 are valid UTF-8 by chance every fourth time,
    three hardly ever.
    """
    beyond = valid = long = 0
    for chunk in chunks:
        beyond += len(chunk.translate(None, _ASCII))
        characters = re.sub(r"[\x00-\x7f]+", "", chunk.decode("utf-8", "ignore"))
        size = len(characters.encode())
        valid += size
        long += 3 * (size - 2 * len(characters))
        if beyond >= SAMPLE:
            break
    return beyond > 0 and (long > beyond / 2 or valid > beyond * _CLEAR)


def mixed_encoding(found: TierwiseError) -> TierwiseError:
    """The error for a file in UTF-8 of which one line is not; ``found`` knows the place."""
    problem = found.problems[0]
    return fail(
        "file.mixed-encoding",
        "the file is UTF-8, but byte {offset} on this line is not: save the whole file as UTF-8, "
        "or name its encoding in a mapping file (encoding:)",
        "文件为 UTF-8，但该行第 {offset} 字节不是：请将整个文件另存为 UTF-8，或在映射文件中写明编码（encoding:）",
        file=problem.file,
        line=problem.line,
        offset=problem.slots["offset"],
    )


@dataclass(slots=True)
class Reading:
    """Counts over the characters beyond ASCII of a text that was read as GB18030."""

    characters: int = 0
    hanzi: int = 0
    """Those of GB 2312: levels 1 and 2, punctuation, full-width letters."""
    foreign: int = 0
    """Kana, Greek, Cyrillic, phonetic signs."""

    def note(self, text: str) -> None:
        """Counts the characters of a piece, until there are enough to judge by."""
        if self.characters < SAMPLE // 2:
            beyond = re.sub(r"[\x00-\x7f]+", "", text)
            leads = beyond.encode("gb2312", "ignore")[::2]
            self.characters += len(beyond)
            self.hanzi += len(leads) - len(leads.translate(None, _HANZI))
            self.foreign += len(leads) - len(leads.translate(None, _FOREIGN))

    @property
    def doubtful(self) -> bool:
        """Whether this is hardly Chinese.

        Simplified text lies above 0.9 and traditional text at about one half; Big5, Shift-JIS and Latin-1 read
        as GB18030 stay below 0.2. EUC-KR and some Cyrillic cannot be told from Chinese in this way.
        """
        return self.hanzi * 2 < self.characters or self.foreign > self.characters * _FOREIGN_LIMIT
