"""A collection of mistakes: one does not hide the next, and all are told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tierwise.kernel.errors import Problem, TierwiseError


class Mistakes:
    """Problems gathered on the way; ``tell`` raises them together."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, error: TierwiseError, *, file: str | None = None, line: int | None = None) -> None:
        """Notes an error; what names ``file`` without a line gets ``line``."""
        for problem in error.problems:
            known = problem.line is not None or problem.file != file
            self.found.append(problem if known else replace(problem, line=line))

    @contextmanager
    def noted(self) -> Iterator[None]:
        """An error of the block is noted, and the work goes on after it."""
        try:
            yield
        except TierwiseError as error:
            self.add(error)

    def tell(self) -> None:
        """**Raises** ``TierwiseError`` with everything noted, by file and line, each once."""
        if self.found:
            raise TierwiseError(in_order(self.found))


def in_order(problems: list[Problem]) -> list[Problem]:
    """The problems file by file as they came up, by line, each once."""
    files = list(dict.fromkeys(problem.file for problem in problems))
    once = {(p.file, p.line, p.code, p.say("en")): p for p in problems}
    return sorted(once.values(), key=lambda p: (files.index(p.file), p.line or 0))
