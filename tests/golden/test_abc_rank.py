"""E01, E02 and E35: classes by rank. Spec 6.1."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, policy, read_csv, sales, tables
from tierwise.grading.abc import cut_count
from tierwise.grading.memory import grade_outcome, grade_tables

ABC = {"method": "abc_rank"}


def _grade(values: dict[str, Any], **method: Any) -> dict[str, dict[str, Any]]:
    facts = tables(customers=customers(values), order_lines=sales(values))
    return by_customer(grade_tables(facts, policy({**ABC, **method}), AS_OF))


def test_e01_twenty_customers_give_one_a_three_b_and_sixteen_c(examples: Path) -> None:
    rows = read_csv(examples / "E01_abc_rank.csv")
    got = _grade({row["customer"]: row["net_sales"] for row in rows})
    for row in rows:
        result = got[row["customer"]]
        assert (result["grade"], result["rank"]) == (row["expected_grade"], int(row["expected_rank"])), row
        assert (result["status"], result["population"]) == ("graded", 20)


def test_e01_cut_off_counts_are_exact(examples: Path) -> None:
    for row in read_csv(examples / "E01_cutoff_counts.csv"):
        n = int(row["n"])
        assert cut_count(n, Decimal(row["share_a_pct"]), "ceil") == int(row["expected_n_a"]), row
        assert cut_count(n, Decimal(row["share_ab_pct"]), "ceil") == int(row["expected_n_ab"]), row


def test_e01_cut_offs_hold_for_every_population_to_1000_and_every_whole_percent() -> None:
    for n in range(1001):
        for percent in range(1, 101):
            exact = Fraction(n * percent, 100)
            assert cut_count(n, Decimal(percent), "floor") == n * percent // 100
            assert cut_count(n, Decimal(percent), "ceil") == -(-n * percent // 100)
            assert abs(cut_count(n, Decimal(percent), "nearest") - exact) <= Fraction(1, 2)


@pytest.mark.parametrize("number", range(6))
def test_e02_ties_and_non_positive_values(examples: Path, number: int) -> None:
    case = json.loads((examples / "E02_abc_ties.json").read_text(encoding="utf-8"))["cases"][number]
    values = dict(case["values"])
    values |= {f"F{i:02d}": case.get("filler_value", 200000 - i * 1000) for i in range(case["filler"])}
    lines = sales(values)
    for line in lines:  # the tie-break of the example is profit: revenue less a given cost
        line["base_cost"] = values[line["customer_code"]] - case.get("tie_break", {}).get(
            line["customer_code"], 0
        )
    facts = tables(customers=customers(values), order_lines=lines)
    rule = {
        **ABC,
        "tie_rule": case["tie_rule"],
        "tie_break": [{"metric": "customer_profit", "order": "more"}],
    }
    got = by_customer(grade_tables(facts, policy(rule), AS_OF))
    assert {code: got[code]["grade"] for code in case["expected"]} == case["expected"], case["name"]


def test_e35_gaps_cushions_and_near_cuts(examples: Path) -> None:
    values = {row["customer"]: row["net_sales"] for row in read_csv(examples / "E01_abc_rank.csv")}
    facts = tables(customers=customers(values), order_lines=sales(values))
    results, outcome = grade_outcome(facts, policy(ABC), AS_OF)
    got = by_customer(results)
    expected = json.loads((examples / "E35_distance_to_next_grade.json").read_text(encoding="utf-8"))["abc"]
    cuts = {"A": None} | dict(
        zip("BC", [Decimal(c["value"]) for c in outcome.facts["abc"]["cuts"]], strict=True)
    )
    for case in expected["cases"]:
        result = got[case["customer"]]
        assert (result["grade"], result["gap_to_next"]) == (case["grade"], case["expected_gap"]), case
        assert cuts[case["grade"]] == case["expected_cut_value"], case
    for case in expected["down"]:
        result = got[case["customer"]]
        assert result["cushion_down"] == case["expected_cushion"], case
        assert (result["near_cut"] in ("down", "both")) == bool(case["expected_near_cut_down"]), case


@pytest.mark.parametrize(("value", "cut", "near"), [(1330000, 1400000, True), (1329999, 1400000, False)])
def test_e35_near_the_cut_means_a_gap_of_at_most_five_percent_of_it(value: int, cut: int, near: bool) -> None:
    values = {"A1": 3_000_000, "B1": cut, "C1": value, "C2": 1, "C3": 2, "C4": 3}  # n_a = 1, n_ab = 2
    assert (_grade(values)["C1"]["near_cut"] == "up") == near


@pytest.mark.parametrize(("below", "near"), [(950_000, True), (949_999, False)])
def test_e35_near_below_means_a_cushion_of_at_most_five_percent_of_the_own_value(
    below: int, near: bool
) -> None:
    got = _grade({"A1": 1_000_000, "B1": below, "C1": 1, "C2": 2, "C3": 3, "C4": 4})
    assert (got["A1"]["near_cut"] == "down") == near
