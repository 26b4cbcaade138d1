"""One thing that was looked at: what it is for, whether it works, and what to do if not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tierwise.kernel.text import Text

State = Literal["works", "absent", "broken"]
"""``absent``: not installed, and nothing breaks without it. ``broken``: there, and does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one subject."""

    code: str
    subject: Text
    state: State
    found: str = ""
    """Version or place, as it is."""
    advice: Text | None = None
    """What to do about it."""
    needed: bool = False
    """Whether nothing works without it."""


def advised(code: str, subject: Text, state: State, en: str, zh: str, **more: Any) -> Finding:
    """A finding with something to do."""
    return Finding(code, subject, state, advice=Text(en, zh), **more)
