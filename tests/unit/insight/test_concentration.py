"""The figures of concentration against their definitions, and their edges. Spec 5.5."""

from __future__ import annotations

import math
import time
from decimal import Decimal
from fractions import Fraction
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.insight.concentration import (
    POINTS,
    Resources,
    customers_for_share,
    field_of,
    gini,
    half_up,
    hhi,
    loss_making,
    mean_ratio,
    pareto_curve,
    percentile_ratio,
    pyramid,
    resource_inversion,
    top_share,
    whale_curve,
)

MONEY = st.decimals(min_value=-10_000, max_value=10_000, places=4)
FIELDS = st.lists(MONEY | st.integers(-5, 5) | st.none(), max_size=40)


def fractions(values: list[Decimal | int | None]) -> list[Fraction]:
    return sorted((Fraction(x) for x in values if x is not None), reverse=True)


@given(FIELDS, st.integers(1, 100))
def test_the_top_share_is_that_of_the_first_customers(values: list[Decimal | None], pct: int) -> None:
    plain = fractions(values)
    first = math.ceil(Fraction(len(plain) * pct, 100))
    total = sum(plain)
    assert top_share(values, pct) == (100 * sum(plain[:first]) / total if total > 0 else None)


@given(FIELDS, st.integers(1, 120), st.booleans())
def test_the_customers_needed_are_the_fewest(values: list[Decimal | None], pct: int, strict: bool) -> None:
    plain = fractions(values)
    total, want = sum(plain), None
    for k in range(1, len(plain) + 1):
        reached = 100 * sum(plain[:k]) - pct * total
        if total > 0 and (reached > 0 or (reached == 0 and not strict)):
            want = k
            break
    got = customers_for_share(values, pct, strict)
    assert (None if got is None else got.customers) == want
    if got is not None:
        assert got.with_ties == sum(1 for x in plain if x >= Fraction(got.last_value))
        assert got.customer_pct == Fraction(100 * got.customers, len(plain))


@given(FIELDS)
def test_gini_and_hhi_follow_their_formulas(values: list[Decimal | None]) -> None:
    plain = [max(x, Fraction(0)) for x in reversed(fractions(values))]
    n, total = len(plain), sum(plain)
    below = sum(1 for x in fractions(values) if x < 0)
    assert gini(values).negatives == hhi(values).negatives == below
    if not total:
        assert gini(values).value is hhi(values).value is None
        return
    assert gini(values).value == sum((2 * i - n - 1) * x for i, x in enumerate(plain, 1)) / (n * total)
    assert hhi(values).value == sum((x / total) ** 2 for x in plain) * 10_000


@given(FIELDS)
def test_the_whale_curve_ends_at_the_total_and_loses_what_it_destroyed(values: list[Decimal | None]) -> None:
    plain = fractions(values)
    curve, losers = whale_curve(values), loss_making(values)
    sums = [sum(plain[:k], Fraction(0)) for k in range(len(plain) + 1)]
    assert [Fraction(point.cumulative) for point in curve.points] == sums
    assert Fraction(curve.peak) == max(sums)
    assert curve.peak_customers == sums.index(max(sums))
    assert curve.peak - curve.destroyed == curve.total
    assert curve.destroyed == losers.loss
    assert losers.customers == sum(1 for x in plain if x < 0)
    assert (curve.peak_pct is None) == (sum(plain) <= 0)


@given(st.lists(MONEY, min_size=1, max_size=60), st.integers(0, 100))
def test_percentiles_interpolate_between_neighbours(values: list[Decimal], pct: int) -> None:
    plain = sorted(Fraction(x) for x in values)
    place = Fraction((len(plain) - 1) * pct, 100)
    k = int(place)
    want = plain[k] + (place - k) * (plain[min(k + 1, len(plain) - 1)] - plain[k])
    low = percentile_ratio([*values], pct, 0)
    assert low == (want / plain[0] if plain[0] > 0 else None)


def test_nothing_at_all_gives_no_figures_and_no_error() -> None:
    assert top_share([], 20) is None
    assert customers_for_share([], 80) is None
    assert gini([]).value is hhi([]).value is percentile_ratio([]) is None
    assert (loss_making([]).customers, loss_making([]).pct) == (0, None)
    curve = whale_curve([None])
    assert (curve.customers, curve.total, curve.peak_pct, curve.peak_customers) == (0, 0, None, 0)
    assert [point.customers for point in curve.points] == [0]
    assert [level.customers for level in pyramid([])] == [0, 0, 0]


def test_without_a_positive_total_there_is_money_but_no_percentage() -> None:
    curve = whale_curve([100, -40, -60])
    assert (curve.total, curve.peak, curve.destroyed) == (0, 100, 100)
    assert curve.peak_pct is curve.destroyed_pct is None
    assert {point.pct for point in curve.points} == {None}
    assert top_share([100, -40, -60], 20) is None
    losses = whale_curve([-1, -2])
    assert (losses.peak, losses.peak_customers, losses.destroyed) == (0, 0, 3)


def test_ties_with_the_last_customer_of_a_set_are_counted() -> None:
    needed = customers_for_share([40, 20, 20, 20], 50, strict=True)
    assert needed is not None
    assert (needed.customers, needed.with_ties, needed.last_value) == (2, 4, 20)


def test_shares_of_a_total_may_exceed_one_hundred_percent() -> None:
    assert top_share([150, -50], 50) == 150
    needed = customers_for_share([80, 70, -50], 120)
    assert needed is not None
    assert needed.customers == 2
    assert customers_for_share([80, 70, -50], 151) is None


def test_dispersion_needs_positive_denominators() -> None:
    assert mean_ratio([100, 300], [10, 30]) == 10
    assert mean_ratio([100], [5, -5]) is None
    assert mean_ratio([], [5]) is None
    assert percentile_ratio([0] * 9 + [1]) is None
    assert percentile_ratio(range(1, 12)) == 5  # 10 over 2


def test_a_grade_that_costs_and_earns_nothing_is_named_and_one_without_customers_left_out() -> None:
    found = resource_inversion(
        [Resources("A", 2, 100, 40), Resources("B", 0, 0, 0), Resources("C", 4, -20, 40)]
    )
    assert [grade.grade for grade in found.grades] == ["A", "C"]
    assert [grade.cost_without_profit for grade in found.grades] == [False, True]
    assert found.grades[1].index is None
    assert found.verdict == "graded"


@pytest.mark.parametrize(
    ("costs", "verdict"),
    [((30, 20), "graded"), ((29, 20), "flat"), ((19, 20), "inverted"), ((0, 0), None), ((5,), None)],
)
def test_the_verdict_turns_at_one_and_a_half(costs: tuple[int, ...], verdict: str | None) -> None:
    grades = [Resources("ABC"[i], 10, 100, cost) for i, cost in enumerate(costs)]
    assert resource_inversion(grades).verdict == verdict


def test_members_of_a_graded_group_and_ungraded_customers_do_not_stand_in_the_pyramid() -> None:
    rows = [
        {"customer_id": "G", "unit": "G", "grade": "A", "net_sales_12m": Decimal(10)},
        {"customer_id": "M", "unit": "G", "grade": "A", "net_sales_12m": None},
        {"customer_id": "P", "unit": "P", "grade": None, "net_sales_12m": None},
        {"customer_id": "Q", "unit": "Q", "grade": "C", "net_sales_12m": None},
    ]
    for given_rows in (rows, pa.Table.from_pylist(rows)):
        a, b, c = pyramid(given_rows)
        assert [(x.customers, x.value, x.without_value) for x in (a, b, c)] == [
            (1, 10, 0),
            (0, 0, 0),
            (1, 0, 1),
        ]
        assert (a.customer_pct, a.value_pct, a.intensity, b.intensity) == (50, 100, 2, None)


def test_floats_are_refused_because_they_are_not_exact() -> None:
    with pytest.raises(pa.ArrowException):
        field_of([1.5])
    with pytest.raises(pa.ArrowException):
        field_of(pa.array([1.5]))


def test_arrow_columns_and_lists_are_the_same_field_also_beyond_64_bits() -> None:
    values = [
        Decimal(x) for x in ("1234567890123456789.0001", "-98765432109876543210.5", "0", "-0.0001", "7")
    ]
    array = pa.array(values, pa.decimal128(38, 4))
    assert field_of(array) == field_of(pa.chunked_array([array[:2], array[2:]])) == field_of(values)
    assert [Decimal(x).scaleb(-10) for x in field_of(array).units] == sorted(values, reverse=True)
    assert field_of(array[1:3]).units == (0, -98765432109876543210_5000000000)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1, 8), "0.13"),
        (Fraction(-1, 8), "-0.13"),
        (Fraction(2, 3), "0.67"),
        (Fraction(125), "125.00"),
    ],
)
def test_display_rounds_halves_away_from_zero(value: Fraction, shown: str) -> None:
    assert str(half_up(value)) == shown
    assert half_up(None) is None


@pytest.fixture(scope="module")
def crowd() -> pa.Array:
    random = Random(7)
    return pa.array(
        [Decimal(int(random.paretovariate(1.1) * 10**7) - 3 * 10**7).scaleb(-4) for _ in range(500_000)],
        pa.decimal128(38, 4),
    )


@pytest.mark.slow
def test_half_a_million_customers_take_seconds_and_keep_their_peak(crowd: pa.Array) -> None:
    start = time.perf_counter()
    field = field_of(crowd)
    curve, sales = whale_curve(field), pareto_curve(field)
    assert gini(field).value is not None
    assert hhi(field).value is not None
    assert customers_for_share(field, 80) is not None
    seconds = time.perf_counter() - start
    assert seconds < 5, seconds  # about one on a quiet machine
    assert len(curve.points) <= POINTS
    assert len(sales.points) <= POINTS
    tops = [point for point in curve.points if point.cumulative == curve.peak]
    assert [point.customers for point in tops] == [curve.peak_customers]
    assert curve.points[-1].cumulative == curve.total


@given(st.lists(MONEY, min_size=1, max_size=200), st.integers(10, 60))
def test_a_thinned_curve_keeps_its_ends_its_peak_and_its_limit(values: list[Decimal], most: int) -> None:
    curve = whale_curve(values, most)
    places = [point.customers for point in curve.points]
    assert len(places) <= most
    assert places == sorted(set(places))
    assert {0, curve.peak_customers, len(values)} <= set(places)
    sums = [sum(fractions([*values])[:k]) for k in places]
    assert [Fraction(point.cumulative) for point in curve.points] == sums
