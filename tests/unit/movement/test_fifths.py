"""One customer changed in a field that stands still: counted, it has the scores that scoring that very field gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from tests.properties.companies import hold
from tierwise.grading.rfm import fifths, positions
from tierwise.movement.fifths import Line, Nested, Quantiles

TRIES = [40, pytest.param(3000, marks=pytest.mark.long)]
VALUE = st.integers(0, 6)
ROW = st.tuples(VALUE, VALUE, VALUE)
FIELD = st.lists(ROW, min_size=0, max_size=14)


def scored(rows: dict[str, tuple[int, ...]], *, nested: bool) -> dict[str, list[int]]:
    """The definition of spec 6.5, word for word: 5 - floor((rank - 1) x 5 / N), among those of equal scores before."""
    found: dict[str, list[int]] = {who: [] for who in rows}
    for at in range(3):
        said = {who: list(scores) for who, scores in found.items()}
        for who, row in rows.items():
            group = [o for o in rows if not nested or said[o] == said[who]]
            better = sum(rows[o][at] < row[at] for o in group)
            found[who].append(5 - better * 5 // len(group))
    return found


def columns(rows: list[tuple[int, ...]]) -> list[pa.Array]:
    return [pa.array([row[at] for row in rows], pa.int64()) for at in range(3)]


@pytest.mark.parametrize("tries", TRIES)
@pytest.mark.parametrize("nested", [True, False])
def test_a_place_by_rank_is_that_of_the_field_with_one_customer_changed(nested: bool, tries: int) -> None:
    def check(old: list[tuple[int, ...]], new: tuple[int, ...]) -> None:
        kept = Nested(columns(old))
        lines = [Line(column) for column in columns(old)]
        for own in (None, *range(len(old))):
            rows = {f"{at}": row for at, row in enumerate(old) if at != own} | {"me": new}
            expected = scored(rows, nested=nested)
            mine = None if own is None else list(old[own])
            if nested:
                assert kept.scores(mine, list(new)) == expected["me"], (old, own, new)
                continue
            for at, line in enumerate(lines):
                was = None if mine is None else mine[at]
                assert line.place(was, new[at]).score == expected["me"][at], (old, own, new)
                others = {who: scores[at] for who, scores in expected.items() if who != "me"}
                low = sum(rows[who][at] >= 5 for who in others) + (own is not None and old[own][at] >= 5)
                total = sum(1 if rows[who][at] >= 5 else score for who, score in others.items())
                assert line.total(was, new[at], len(old) - low) == total, (old, own, new, at)

    hold(tries, check, FIELD, ROW)


@pytest.mark.parametrize("tries", TRIES)
def test_fifths_are_those_of_the_field_with_one_customer_changed(tries: int) -> None:
    def check(old: list[int], new: int) -> None:
        kept = Quantiles(pa.array(old, pa.int64()), lambda places: {p: Decimal(p) / 3 for p in places})
        for own in (None, *range(len(old))):
            field = sorted([Decimal(v) / 3 for at, v in enumerate(old) if at != own] + [Decimal(new) / 3])
            expected: Any = fifths({k: field[k] for k in positions(len(field))}, len(field))
            mine = None if own is None else old[own]
            assert kept.cuts(mine, new, Decimal(new) / 3) == expected, (old, own, new)

    hold(tries, check, st.lists(VALUE, max_size=14), VALUE)
