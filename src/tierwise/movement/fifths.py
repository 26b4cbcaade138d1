"""Scores by fifths of a field in which one customer was changed and all others stand still. Source: spec 6.5, decision 0014.

The field is kept once, in order; a customer's own place in it is taken out and its new value put in by counting, so that
nobody is graded again. What is said is what scoring that very field would say.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.grading.rfm import fifths, positions

Path: TypeAlias = tuple[tuple[int, int], ...]
"""The slices that lead to a group, one for each dimension before."""


@dataclass(frozen=True, slots=True)
class Place:
    """The score of one customer, and the slice of the others (in the old order) that have the same one."""

    score: int
    start: int
    stop: int


class Line:
    """The values of a field on one dimension as places from the best, 0 and up; equal values have one place."""

    def __init__(self, values: pa.Array) -> None:
        self.order = pc.sort_indices(values)
        self._sorted = numbers(values.take(self.order))

    def place(self, own: int | None, new: int) -> Place:
        """The score by rank of a new value; ``own`` is the old one, if the customer was among these."""
        n = len(self._sorted) - (own is not None) + 1
        before = self._first(new) - (own is not None and own < new)
        fifth = before * 5 // n
        ends = [self._block(-(-n * k // 5), own, new) if k else 0 for k in (fifth, fifth + 1)]
        return Place(5 - fifth, ends[0], ends[1])

    def within(self, place: Place, own: int) -> bool:
        """Whether an old value stands in a slice."""
        return place.start <= self._first(own) < place.stop

    def total(self, own: int | None, new: int, counted: int) -> int:
        """The sum of the scores of the others, where only so many of the first may score more than 1."""
        n = len(self._sorted) - (own is not None) + 1
        starts = [0, *(self._block(-(-n * k // 5), own, new) for k in range(1, 5)), len(self._sorted)]
        found = sum(
            (5 - fifth) * (min(stop, counted) - min(start, counted))
            for fifth, (start, stop) in enumerate(pairwise(starts))
        )
        found += len(self._sorted) - counted
        if own is None:
            return found
        at = self._first(own)
        fifth = max(k for k, start in enumerate(starts[:-1]) if start <= at)
        return found - (5 - fifth if at < counted else 1)

    def _first(self, value: int) -> int:
        return bisect_left(self._sorted, value)

    def _block(self, limit: int, own: int | None, new: int) -> int:
        """Where the first block of equal values begins that has so many before it, once own is out and new is in."""
        size = len(self._sorted)
        at = min(max(limit - 1, 0), size)
        at = self._first(self._sorted[at]) if at < size else size
        while at < size:
            value = self._sorted[at]
            if at - (own is not None and own < value) + (new < value) >= limit:
                return at
            at = bisect_right(self._sorted, value)
        return size


class Nested:
    """Frequency within recency, money within frequency: each slice of a line is a line of the next dimension."""

    def __init__(self, columns: Sequence[pa.Array]) -> None:
        self._columns = columns
        rows = pa.array(range(len(columns[0])), pa.uint64())
        self._kept: dict[Path, tuple[pa.Array, Line]] = {(): (rows, Line(columns[0]))}

    def scores(self, own: Sequence[int] | None, new: Sequence[int]) -> list[int]:
        """The three scores of one customer by rank."""
        found: list[int] = []
        path: Path = ()
        for at, value in enumerate(new):
            _, line = self._line(path)
            mine = None if own is None else own[at]
            place = line.place(mine, value)
            found.append(place.score)
            if own is not None and not line.within(place, own[at]):
                own = None
            path = (*path, (place.start, place.stop))
        return found

    def _line(self, path: Path) -> tuple[pa.Array, Line]:
        if path not in self._kept:
            rows, above = self._kept[path[:-1]]
            start, stop = path[-1]
            mine = rows.take(above.order[start:stop])
            self._kept[path] = mine, Line(self._columns[len(path)].take(mine))
        return self._kept[path]


class Quantiles:
    """The cut points of a field by type-7 fifths, ``values`` ascending as places, ``at`` what a place stands for."""

    def __init__(self, values: pa.Array, at: Callable[[list[int]], Mapping[int, Decimal]]) -> None:
        self._sorted = numbers(values.take(pc.sort_indices(values)))
        near = {place for n in (len(values), len(values) + 1) for place in positions(n)}
        reached = {k + extra for k in near for extra in (-1, 0, 1) if 0 <= k + extra < len(values)}
        self._at = dict(at(sorted({self._sorted[k] for k in reached})))

    def cuts(self, own: int | None, new: int, value: Decimal) -> list[Decimal]:
        """The four limits with the own old value out and the new one in."""
        n = len(self._sorted) - (own is not None) + 1
        return fifths({k: self._nth(k, own, new, value) for k in positions(n)}, n)

    def _nth(self, k: int, own: int | None, new: int, value: Decimal) -> Decimal:
        out = None if own is None else bisect_left(self._sorted, own)
        into = bisect_left(self._sorted, new) - (own is not None and own < new)
        if k == into:
            return value
        at = k if k < into else k - 1
        if out is not None and at >= out:
            at += 1
        return self._at[self._sorted[at]]


def numbers(values: pa.Array) -> Sequence[int]:
    """The numbers of an Arrow column without nulls, where they stand."""
    if not len(values):
        return ()
    kept = memoryview(values.buffers()[1]).cast("q")
    return kept[values.offset : values.offset + len(values)]
