"""E03, E21 and E29: whale curve, concentration, pyramid and resources. Spec 5.5."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support import AS_OF, customers, policy, read_csv, sales, tables
from tierwise.grading.memory import grade_tables
from tierwise.insight.concentration import (
    Resources,
    customers_for_share,
    field_of,
    gini,
    half_up,
    loss_making,
    pyramid,
    resource_inversion,
    top_share,
    whale_curve,
)


@pytest.fixture(scope="module")
def expected(examples: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((examples / "E03_expected.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def whales(examples: Path) -> list[dict[str, str]]:
    return read_csv(examples / "E03_profit_whale.csv")


@pytest.fixture(scope="module")
def graded(whales: list[dict[str, str]]) -> pa.Table:
    """The customers of the example graded by profit: each sells for a million at the cost that leaves it."""
    lines = sales(dict.fromkeys((row["customer"] for row in whales), 1_000_000))
    for line, row in zip(lines, whales, strict=True):
        line["base_cost"] = 1_000_000 - int(row["profit"])
    facts = tables(customers=customers(row["customer"] for row in whales), order_lines=lines)
    return grade_tables(facts, policy({"method": "abc_rank", "value": "customer_profit"}), AS_OF)


def test_e03_every_point_of_the_whale_curve(whales: list[dict[str, str]], graded: pa.Table) -> None:
    curve = whale_curve(graded["customer_profit_12m"])
    assert (curve.points[0].customers, curve.points[0].cumulative) == (0, 0)
    ranks = {row["customer_id"]: row["rank"] for row in graded.to_pylist()}
    for row in whales:
        place = int(row["expected_rank"])
        point = curve.points[place]
        assert ranks[row["customer"]] == place
        want = (place, Decimal(row["expected_cum_profit"]), Fraction(row["expected_cum_pct_of_total"]))
        assert (point.customers, point.cumulative, point.pct) == want, row


def test_e03_peak_destruction_and_loss_makers(graded: pa.Table, expected: dict[str, Any]) -> None:
    values = field_of(graded["customer_profit_12m"])
    curve, losers = whale_curve(values), loss_making(values)
    assert curve.total == expected["total_profit"]
    assert curve.peak == expected["gross_positive_profit"]
    assert curve.peak_pct == Fraction(str(expected["peak_pct_of_total"]))
    assert curve.peak_customers == expected["peak_at_customer_count"]
    assert curve.peak_customer_pct == Fraction(str(expected["peak_at_customer_pct"]))
    assert curve.destroyed == expected["profit_destroyed"] == losers.loss
    assert curve.destroyed_pct == Fraction(str(expected["profit_destroyed_pct_of_total"]))
    assert losers.customers == expected["loss_making_customers"]
    assert losers.pct == Fraction(str(expected["loss_making_customer_pct"]))
    assert top_share(values, 20) == Fraction(str(expected["top20_profit_share_pct"]))


def test_e03_exactly_half_the_profit_is_not_more_than_half(
    graded: pa.Table, expected: dict[str, Any]
) -> None:
    values = field_of(graded["customer_profit_12m"])
    reaching, beyond = customers_for_share(values, 50), customers_for_share(values, 50, strict=True)
    assert reaching is not None
    assert beyond is not None
    assert (reaching.customers, beyond.customers, beyond.with_ties) == (1, 2, 2)
    key = [
        row["customer_id"] for row in graded.to_pylist() if row["customer_profit_12m"] >= beyond.last_value
    ]
    assert key == expected["key_account_set_strictly_over_50pct"]


def test_e03_concentration_of_the_sales_of_e01(examples: Path, expected: dict[str, Any]) -> None:
    values = {row["customer"]: row["net_sales"] for row in read_csv(examples / "E01_abc_rank.csv")}
    facts = tables(customers=customers(values), order_lines=sales(values))
    results = grade_tables(facts, policy({"method": "abc_rank"}), AS_OF)
    field, want = field_of(results["net_sales_12m"]), expected["sales_example_E01"]
    needed = customers_for_share(field, 80)
    assert needed is not None
    assert top_share(field, 20) == Fraction(str(want["top20_sales_share_pct"]))
    assert needed.customers == want["customers_needed_for_80pct"]
    assert needed.customer_pct == Fraction(str(want["customers_needed_for_80pct_as_pct"]))
    assert half_up(gini(field).value, 4) == Decimal(str(want["gini"]))
    levels = pyramid(results)
    assert [(level.grade, level.customers) for level in levels] == [("A", 1), ("B", 3), ("C", 16)]
    assert levels[0].value == 3_000_000
    assert levels[0].value_pct is not None
    assert levels[1].value_pct is not None
    assert levels[0].value_pct + levels[1].value_pct == 80


def test_e01_cumulative_shares_of_the_sales(examples: Path) -> None:
    rows = read_csv(examples / "E01_abc_rank.csv")
    curve = whale_curve([Decimal(row["net_sales"]) for row in rows])
    for row in rows:
        point = curve.points[int(row["expected_rank"])]
        assert point.pct == Fraction(row["expected_cum_share_pct"]), row


@pytest.mark.parametrize("case", ["1", "2", "3"])
def test_e29_shares_index_intensity_and_verdict(examples: Path, case: str) -> None:
    rows = [row for row in read_csv(examples / "E29_resource_inversion.csv") if row["case"] == case]
    found = resource_inversion(
        Resources(row["grade"], int(row["customers"]), int(row["profit"]), int(row["service_cost"]))
        for row in rows
    )
    for row, grade in zip(rows, found.grades, strict=True):
        want = [
            Fraction(row[f"expected_{name}"])
            for name in ("profit_share_pct", "cost_share_pct", "index", "intensity")
        ]
        assert [grade.profit_pct, grade.cost_pct, grade.index, grade.intensity] == want, row
        assert found.verdict == row["expected_verdict"]


def test_e21_intensity_is_the_share_of_time_over_the_share_of_customers(examples: Path) -> None:
    rows = read_csv(examples / "E21_pyramid.csv")
    people = [
        {"grade": row["class"], "hours": Decimal(row["hours"]) / int(row["customers"])}
        for row in rows
        for _ in range(int(row["customers"]))
    ]
    hours = {row["class"]: Decimal(row["hours"]) for row in rows}
    for person in people:  # thirds of an hour do not end: the first of a class takes the remainder
        person["hours"] = person["hours"].quantize(Decimal("0.0001"))
    for name, total in hours.items():
        mine = [person for person in people if person["grade"] == name]
        mine[0]["hours"] += total - sum(person["hours"] for person in mine)
    levels = pyramid(people, "hours", [row["class"] for row in rows])
    for row, level in zip(rows, levels, strict=True):
        assert level.customer_pct == Fraction(row["expected_customer_pct"]), row
        assert level.value_pct == Fraction(row["expected_time_pct"]), row
        assert half_up(level.intensity, 4) == round(Decimal(row["expected_intensity"]), 4), row
