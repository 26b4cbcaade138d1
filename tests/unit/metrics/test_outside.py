"""Roots of whole numbers against exact fractions: growth over years, volatility over months."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from random import Random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.metrics import compound_growth
from tierwise.kernel.periods import Window
from tierwise.metrics.estimating import Estimated, estimated_growth, estimated_volatility
from tierwise.metrics.model import Use
from tierwise.metrics.outside import compute, growth_of, volatility_of
from tierwise.metrics.sales import fiscal_years
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


DAY = Scene(date(2024, 12, 31))
KINDS = [
    lambda random: random.randint(0, 3),  # many equal ones, and halves
    lambda random: random.choice((0, 1, 2, 4, 8)) * 2 ** random.randint(0, 8),
    lambda random: random.randint(-(10**9), 10**10),
    lambda random: 10**12 + random.randint(0, 3),  # hardly apart
]


def amounts(random: Random, size: int) -> pa.Array:
    kinds = [random.choice(KINDS) for _ in range(size)]
    digits = [None if random.random() < 0.05 else Decimal(kind(random)).scaleb(-4) for kind in kinds]
    return pa.array(digits, pa.decimal128(38, 4))


def grown(size: int) -> pa.Table:
    """Years with growth at a half of the last place, one digit beside it, and at random."""
    random = Random(7)
    first = [
        random.choice((date(2021, 1, 1), date(2022, 5, 5), date(2023, 2, 1), date(2024, 3, 1), None))
        for _ in range(size)
    ]
    start = [random.choice((2 * 10**11, 10**9, random.randint(-5, 10**12))) for _ in range(size)]
    end = [s + random.choice((-2, -1, 0, 1, 2, random.randint(-(10**12), 10**13))) for s in start]
    columns = {"unit": [str(i) for i in range(size)], "m_first_on": pa.array(first, pa.date32())}
    years = {
        f"m_year_{i}": pa.array(
            [Decimal(v).scaleb(-4) for v in (end if i == 0 else start)], pa.decimal128(38, 4)
        )
        for i in range(4)
    }
    return pa.table(columns | years)


def test_an_estimated_growth_is_the_exact_one():
    rows = grown(6_000)
    guess = estimated_growth(rows, DAY)
    assert isinstance(guess, Estimated)
    assert 0 < guess.unsure.true_count < len(rows)
    found = compute(Use("three_year_growth_pct", None), rows, DAY)
    sums = zip(*([int(v.scaleb(4)) for v in rows[f"m_year_{i}"].to_pylist()] for i in range(4)), strict=True)
    spans = fiscal_years(DAY)
    want = [
        growth_of(first, own, spans) for first, own in zip(rows["m_first_on"].to_pylist(), sums, strict=True)
    ]
    assert found.columns[2].to_pylist() == [status for _, status in want]
    assert found.columns[1].to_pylist() == [None if d is None else Decimal(d).scaleb(-9) for d, _ in want]


def test_an_estimated_volatility_is_the_exact_one():
    random = Random(11)
    size, use = 4_000, Use("sales_volatility", 12)
    months = {f"m_month_12m_{i}": amounts(random, size) for i in range(12)}
    lines = {
        f"m_month_lines_12m_{i}": pa.array([random.choice((None, 0, 1, 2)) for _ in range(size)], pa.int64())
        for i in range(12)
    }
    bought = pa.array([random.choice((None, 0, 5, 5, 5)) for _ in range(size)], pa.int64())
    rows = pa.table({"unit": [str(i) for i in range(size)], "m_lines": bought} | months | lines)
    guess = estimated_volatility(rows)
    assert isinstance(guess, Estimated)
    assert guess.unsure.true_count < 100
    found = compute(use, rows, DAY)
    sums = zip(
        *([0 if v is None else int(v.scaleb(4)) for v in months[c].to_pylist()] for c in months), strict=True
    )
    filled = zip(*(lines[c].to_pylist() for c in lines), strict=True)
    want = [
        volatility_of(b, own, full) for b, own, full in zip(bought.to_pylist(), sums, filled, strict=True)
    ]
    assert found.columns[2].to_pylist() == [status for _, status in want]
    assert found.columns[1].to_pylist() == [None if d is None else Decimal(d).scaleb(-9) for d, _ in want]


def test_half_of_the_last_place_is_left_to_whole_numbers():
    def money(digits: int) -> pa.Array:
        return pa.array([Decimal(digits).scaleb(-4)], pa.decimal128(38, 4))

    first = pa.array([date(2023, 2, 1)], pa.date32())
    years = {"m_year_0": money(2 * 10**11 + 1), **{f"m_year_{i}": money(2 * 10**11) for i in (1, 2, 3)}}
    rows = pa.table({"unit": ["a"], "m_first_on": first} | years)
    guess = estimated_growth(rows, DAY)
    assert guess is not None
    assert guess.unsure.to_pylist() == [True]
    assert compute(Use("three_year_growth_pct", None), rows, DAY).columns[1].to_pylist() == [
        Decimal("0.000000001")
    ]
