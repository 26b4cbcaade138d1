"""The other ways to score a value among the others: share of the maximum, min-max, bands of places. Spec 6.4."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, policy, sales, tables
from tierwise.grading.memory import grade_tables
from tierwise.policy.model import Policy

PLACES = [{"top_pct": 15, "points": 100}, {"top_pct": 50, "points": 60}, {"top_pct": 100, "points": 20}]
SOURCES: dict[str, dict[str, Any]] = {
    "rank": {"kind": "rank_score"},
    "maximum": {"kind": "share_of_maximum"},
    "min_max": {"kind": "min_max"},
    "places": {"kind": "percentile_bands", "bands": PLACES},
}
SIX = {"K1": 1200, "K2": 600, "K3": 600, "K4": 300, "K5": 0, "K6": -100}


def card(**more: Any) -> Policy:
    """A card with one criterion of each kind over net sales, each a quarter of the total."""
    lines = [
        {"code": code, "title": {"en": code, "zh": code}, "weight_pct": 25,
         "source": {"metric": "net_sales", **source, **(more if code in ("min_max", "places") else {})}}
        for code, source in SOURCES.items()
    ]  # fmt: skip
    return policy({"method": "scorecard", "id": "card", "criteria": lines, "thresholds": {"A": 75, "B": 50}})


def graded(values: dict[str, Any], chosen: Policy) -> dict[str, dict[str, Any]]:
    lines = sales(values)
    for line in lines:
        line["line_type"] = "sale" if Decimal(line["amount_ex_tax"]) >= 0 else "return"
    facts = tables(customers=customers(values), order_lines=lines)
    return by_customer(grade_tables(facts, chosen, AS_OF))


def scores(row: dict[str, Any]) -> list[str]:
    return [f"{row[f'card_{code}_score'].normalize():f}" for code in SOURCES]


def test_six_customers_by_rank_maximum_min_max_and_places() -> None:
    got = graded(SIX, card())
    assert {code: scores(row) for code, row in got.items()} == {
        "K1": ["100", "100", "100", "100"],
        "K2": ["80", "50", "53.846153846", "60"],  # 700 of 1,300, rounded half up
        "K3": ["80", "50", "53.846153846", "60"],
        "K4": ["40", "25", "30.769230769", "20"],
        "K5": ["0", "0", "0", "0"],  # zero or less is nothing, whatever its place
        "K6": ["0", "0", "0", "0"],
    }
    assert {code: row["grade"] for code, row in got.items()} == {
        "K1": "A", "K2": "B", "K3": "B", "K4": "C", "K5": "C", "K6": "C",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "wanted"), [(500, ["100", "100", "100", "100"]), (0, ["0", "0", "0", "0"])]
)
def test_equal_values_have_all_points_if_positive_and_none_else(value: int, wanted: list[str]) -> None:
    got = graded({"K1": value, "K2": value, "K3": value}, card())
    assert [scores(row) for row in got.values()] == [wanted] * 3


def test_where_less_is_better_the_smallest_has_all_points_and_zero_is_no_fault() -> None:
    got = graded({"K1": 0, "K2": 250, "K3": 1000}, card(better="less"))
    assert {code: scores(row)[2:] for code, row in got.items()} == {
        "K1": ["100", "100"],  # of three, the first 15 percent hold one: ceil(0.45)
        "K2": ["75", "60"],
        "K3": ["0", "20"],
    }


def test_the_points_of_a_card_of_points_are_parts_of_the_maximum() -> None:
    line = {"code": "a", "title": {"en": "a", "zh": "a"}, "max_points": 35}
    other = {**line, "code": "b", "max_points": 65}
    criteria = [
        {**line, "source": {"kind": "min_max", "metric": "net_sales", "nonpositive_is_zero": False}},
        {**other, "source": {"kind": "share_of_maximum", "metric": "net_sales"}},
    ]
    chosen = policy(
        {"method": "scorecard", "id": "card", "criteria": criteria, "thresholds": {"A": 75, "B": 50}}
    )
    got = graded({"K1": 700, "K2": 0, "K3": -300}, chosen)
    assert [(r["card_a_score"], r["card_b_score"], r["score"]) for r in got.values()] == [
        (35, 65, 100),
        (Decimal("10.5"), 0, Decimal("10.5")),
        (0, 0, 0),
    ]


def test_bands_of_places_rise_to_one_hundred() -> None:
    for bands, said in (
        ([{"top_pct": 50, "points": 9}], "reach 100 percent"),
        ([{"top_pct": 100, "points": 9}, {"top_pct": 50, "points": 1}], "top_pct must rise"),
        ([{"top_pct": 100, "points": 900}], "900"),
    ):
        source = {"kind": "percentile_bands", "metric": "net_sales", "bands": bands}
        line = {"code": "a", "title": {"en": "a", "zh": "a"}, "weight_pct": 100, "source": source}
        with pytest.raises(ValueError, match=said):
            policy({"method": "scorecard", "criteria": [line], "thresholds": {"A": 75, "B": 50}})
