"""The one family of errors: a stable code, both languages, and the place to mend.

The command line prints ``file:line: message`` and exits with 2; the web shows the sentence next to
the field; the API returns the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tierwise.kernel.text import Lang, Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what (``code``, ``text`` with ``slots``) and where."""

    code: str
    text: Text
    slots: dict[str, Any] = field(default_factory=dict)
    file: str | None = None
    line: int | None = None
    column: str | None = None

    def say(self, lang: Lang) -> str:
        """The sentence in one language, without the place."""
        return self.text.fill(lang, **self.slots)

    def place(self) -> str:
        """``file:line:column`` as far as known, else an empty string."""
        parts = [str(p) for p in (self.file, self.line, self.column) if p is not None]
        return ":".join(parts)

    def __str__(self) -> str:
        place = self.place()
        return f"{place}: {self.say('en')}" if place else self.say("en")


class TierwiseError(Exception):
    """An anticipated error: one or more problems that a person can mend."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code


def fail(
    code: str,
    en: str,
    zh: str,
    *,
    file: str | None = None,
    line: int | None = None,
    column: str | None = None,
    **slots: Any,
) -> TierwiseError:
    """A ready-to-raise error with one problem; ``en`` and ``zh`` are patterns over ``slots``."""
    return TierwiseError(Problem(code, Text(en, zh), slots, file, line, column))
