"""Roots of whole numbers against exact fractions: growth over years, volatility over months."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.metrics import compound_growth
from tierwise.kernel.periods import Window
from tierwise.metrics.model import Use
from tierwise.metrics.outside import compute, growth_of, volatility_of
from tierwise.metrics.scene import Scene

SPANS = [Window(date(2024 - back, 1, 1), date(2024 - back, 12, 31), 12) for back in range(4)]
AMOUNTS = st.integers(-(10**6), 10**20) | st.integers(0, 9)


@given(st.integers(1, 10**20), AMOUNTS, st.integers(1, 3))
@settings(max_examples=400)
def test_growth_is_that_of_exact_fractions(start, end, years):
    sums = [end, 0, 0, 0]
    sums[years] = start
    digits, status = growth_of(SPANS[years].start, sums, SPANS)
    want, said = compound_growth(Fraction(start), Fraction(end), years)
    assert (None if digits is None else Fraction(digits, 10**9), status) == (want, said)


def test_the_half_at_the_ninth_place_rounds_away_from_zero():
    # one year: growth of exactly half of the last place, up and down
    up = growth_of(SPANS[1].start, [2 * 10**11 + 1, 2 * 10**11, 0, 0], SPANS)
    down = growth_of(SPANS[1].start, [2 * 10**11 - 1, 2 * 10**11, 0, 0], SPANS)
    assert (up[0], down[0]) == (1, -1)


@given(st.lists(st.integers(-(10**17), 10**18), min_size=1, max_size=36))
@settings(max_examples=300)
def test_volatility_is_the_deviation_over_the_mean(months):
    digits, status = volatility_of(1, months, [1] * len(months))
    total = sum(months)
    if total <= 0:
        assert (digits, status) == (None, "nonpositive_mean")
        return
    with localcontext() as context:
        context.prec = 120
        mean = Decimal(total) / len(months)
        spread = sum(((x - mean) ** 2 for x in map(Decimal, months)), Decimal(0)) / len(months)
        exact = spread.sqrt() / mean * 10**9
        assert abs(exact - digits) <= Decimal("0.5") + Decimal("1e-60")


def test_amounts_are_read_from_their_bytes_whatever_their_size_and_slice():
    big, none = Decimal("-98765432109876543210.1234"), None
    first = pa.array([Decimal("1.5"), big, none, Decimal("121"), Decimal(2)], pa.decimal128(38, 4))
    last = pa.array([Decimal(1), -big, none, Decimal("100"), Decimal(8)], pa.decimal128(38, 4))
    rows = pa.table(
        {
            "unit": ["a", "b", "c", "d", "e"], "m_first_on": [date(2023, 2, 1)] * 5,
            "m_year_0": last, "m_year_1": first, "m_year_2": first, "m_year_3": first,
        }
    )  # fmt: skip
    use = Use("three_year_growth_pct", None)
    found = compute(use, pa.concat_tables([rows.slice(1, 2), rows.slice(3)]), Scene(date(2024, 12, 31)))
    assert found[use.column].to_pylist() == [None, None, Decimal("-17.355371901"), Decimal(300)]
    assert found[use.status].to_pylist() == ["negative_base", "from_zero", "short_history", "short_history"]
