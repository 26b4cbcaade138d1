"""Chosen places, ties, bags and exact roots, each against a plain computation by rows."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.insight.backtest import measuring
from tierwise.insight.backtest.figures import rounded_ratio, share, spearman
from tierwise.insight.backtest.measuring import BAGS, Chosen, Ordering

FIELD = {"unit": "string", "key": "decimal(38,10)", "sales": "decimal(38,4)", "profit": "decimal(38,4)"}


def sums_of(
    keys: list[int | None], sales: list[int], places: int, seed: int = 1
) -> tuple[dict[str, int], dict, list]:
    """The sums of one order, its edge, and five resamples."""
    codes = [f"U{n:06}" for n in range(len(keys))]
    money = pa.array([Decimal(v) for v in sales], pa.decimal128(38, 4))
    key = pa.array([None if v is None else Decimal(v) for v in keys], pa.decimal128(38, 10))
    with DuckDBEngine() as engine:
        engine.register("field", pa.table({"unit": codes, "key": key, "sales": money, "profit": money}))
        stages = Stages(engine)
        orders = [Ordering("o", "key"), Ordering("f", "sales"), Ordering("p", "profit")]
        t = measuring.ranked(stages, ibis.table(FIELD, name="field"), orders, seed, len(keys))
        chosen = [Chosen("o", places, "f")]
        edges = measuring.edges(engine, t, chosen)
        total = {"t_f": t.f.cast("decimal(38,0)").sum()}
        asked = total | measuring.chosen_sums(t, chosen) | measuring.rank_sums(t, ["o"], "f")
        bags = measuring.by_bag(stages, t, asked)
        drawn = measuring.resampled(engine, bags, seed, 5, len(keys))
        return measuring.totals(engine, bags), edges, drawn


def by_rows(keys: list[int | None], sales: list[int], places: int) -> Fraction | None:
    """The same share by hand: the last places are shared evenly by those who tie for them."""
    known = sorted({k for k in keys if k is not None}, reverse=True)
    left, got = places, Fraction(0)
    for key in [*known, None]:
        tied = [s for k, s in zip(keys, sales, strict=True) if k == key]
        if tied:
            took = min(left, len(tied))
            got += Fraction(sum(tied) * took, len(tied))
            left -= took
    return 100 * got / sum(sales) if sum(sales) > 0 else None


rows = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.integers(-5, 50)), min_size=1, max_size=12
)


@settings(max_examples=15)
@given(rows, st.integers(1, 12))
def test_ties_share_the_last_places_whatever_the_codes_are(
    found: list[tuple[int | None, int]], places: int
) -> None:
    keys, sales = [k for k, _ in found], [s for _, s in found]
    places = min(places, len(found))
    expected = by_rows(keys, sales, places)
    sums, edges, _ = sums_of(keys, sales, places)
    assert share(sums, edges, Chosen("o", places, "f")) == expected
    back, edges, _ = sums_of(keys[::-1], sales[::-1], places)
    assert share(back, edges, Chosen("o", places, "f")) == expected


def test_a_field_larger_than_the_bags_has_the_same_figures_and_resamples_that_hold_them() -> None:
    size = 3 * BAGS
    keys, sales = [n * 7919 % size for n in range(size)], [n * 7919 % size // 10 + 1 for n in range(size)]
    sums, edges, drawn = sums_of(keys, sales, size // 5)
    chosen = Chosen("o", size // 5, "f")
    assert share(sums, edges, chosen) == by_rows(keys, sales, size // 5)
    assert sums["n"] == size
    shares = [share(one, edges, chosen) for one in drawn]
    assert len(set(shares)) == 5
    assert all(abs(one - share(sums, edges, chosen)) < 5 for one in shares)
    assert spearman(sums, "o", "f") == pytest.approx(Decimal(1), abs=Decimal("0.001"))


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**24))
def test_a_ratio_to_a_root_is_rounded_half_up_from_integers(up: int, square: int) -> None:
    found = rounded_ratio(up, square)
    assert float(found) == pytest.approx(up / sqrt(square), abs=0.0000501 + abs(up / sqrt(square)) * 1e-12)
    # 2 x 10^4 |up| / root lies between 2k - 1 and 2k + 1, compared as squares
    k, left = abs(int(found.scaleb(4))), 4 * 10**8 * up * up
    assert left < (2 * k + 1) ** 2 * square
    assert k == 0 or left >= (2 * k - 1) ** 2 * square
