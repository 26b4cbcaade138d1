"""What makes two customers look like one, and how much it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tierwise.kernel.text import Text

ClueKind = Literal["credit_code", "name", "phone", "email", "near_name"]
WORTH: dict[ClueKind, int] = {"credit_code": 100, "name": 90, "phone": 75, "email": 75, "near_name": 80}
"""What a clue says by itself, of 100; that of a near name is reduced by what differs."""
MORE = 5
"""What each further clue adds."""
OTHER_CODES = 40
"""What two different credit codes take away: they are given to one company each."""
LEAST = 60
"""Pairs below it are not proposed."""
CLUES: dict[ClueKind, Text] = {
    "credit_code": Text("same unified social credit code", "统一社会信用代码相同"),
    "name": Text("same name", "名称相同"),
    "phone": Text("same phone of a contact", "联系人电话相同"),
    "email": Text("same e-mail of a contact", "联系人邮箱相同"),
    "near_name": Text("nearly the same name", "名称相近"),
}


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing that two customers share; ``value`` as it stands with the first."""

    kind: ClueKind
    value: str
    worth: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a record says of who it is."""

    code: str
    name: str
    credit_code: str
    parent: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers that may be one, the smaller code first; ``score`` of 100."""

    first: Known
    second: Known
    score: int
    clues: tuple[Clue, ...]

    @property
    def codes(self) -> tuple[str, str]:
        """Both codes."""
        return self.first.code, self.second.code
