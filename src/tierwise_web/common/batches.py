"""Many in handfuls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

One = TypeVar("One")


def batched(every: Iterable[One], size: int) -> Iterator[list[One]]:
    """Lists of so many, the last one of what is left; no more are asked for than somebody takes."""
    rest = iter(every)
    while some := list(islice(rest, size)):
        yield some
