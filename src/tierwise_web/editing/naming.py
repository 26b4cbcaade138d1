"""A person whom nobody here is, and who may have been meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Text

NEAR, LIKE = 3, 0.5
"""So many names are offered, and so much alike they are: of three characters two."""


def no_person(column: str, name: str, people: Collection[str]) -> Problem:
    """What is told at a field that names nobody, with those of ``people`` whose names come near."""
    near = get_close_matches(name, sorted(people), NEAR, LIKE)
    if not near:
        words = Text("nobody here is called {name}", "没有名为 {name} 的人员")
        return Problem("edit.no-person", words, {"name": name}, column=column)
    words = Text("nobody here is called {name}; there is {near}", "没有名为 {name} 的人员；相近的有 {near}")
    return Problem("edit.no-person", words, {"name": name, "near": " / ".join(near)}, column=column)
