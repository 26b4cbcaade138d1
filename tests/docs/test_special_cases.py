"""What the pages of the methods say of special cases: one customer, all equal, nothing positive."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docs.worked import earning
from tests.support import AS_OF, by_customer, customers, policy, sales, shipped, tables
from tierwise.grading.memory import grade_outcome
from tierwise.policy.model import Policy

ABC, CUMULATIVE = {"method": "abc_rank"}, {"method": "abc_cumulative"}
EQUAL = {"K1": 100, "K2": 100, "K3": 100, "K4": 100}


def told(values: dict[str, Any], chosen: Policy) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The rows and the codes of the warnings; a negative value is a return."""
    lines = sales(values)
    for line in lines:
        line["line_type"] = "sale" if line["amount_ex_tax"] >= 0 else "return"
    facts = tables(customers=customers(values), order_lines=lines)
    rows, outcome = grade_outcome(facts, chosen, AS_OF)
    return by_customer(rows), [warning["code"] for warning in outcome.warnings]


@pytest.mark.parametrize(
    ("method", "values", "grades", "warning"),
    [
        (ABC, {"K1": 1}, "A", None),
        (ABC, EQUAL, "AAAA", "run.no-discrimination"),
        ({**ABC, "tie_rule": "exclude"}, EQUAL, "CCCC", "run.no-discrimination"),
        (ABC, {"K1": 0, "K2": -5}, "CC", "run.all-nonpositive"),
        (ABC, {"K1": 9, "K2": 9, "K3": 9, "K4": 1}, "AAAC", "run.class-enlarged"),
        (CUMULATIVE, {"K1": 1}, "A", None),
        (CUMULATIVE, EQUAL, "AAAA", "run.no-discrimination"),
        (CUMULATIVE, {"K1": 0, "K2": -5}, "CC", "run.all-nonpositive"),
    ],
)
def test_one_customer_equal_values_and_nothing_positive_in_abc(
    method: dict[str, Any], values: dict[str, int], grades: str, warning: str | None
) -> None:
    rows, warnings = told(values, policy(method))
    assert "".join(rows[code]["grade"] for code in values) == grades
    assert (warning in warnings) if warning else (warnings == [])


@pytest.mark.parametrize("method", [ABC, CUMULATIVE])
def test_a_value_that_is_not_positive_is_flagged(method: dict[str, Any]) -> None:
    rows, _ = told({"K1": 5, "K2": 0}, policy(method))
    assert [("nonpositive_value" in rows[code]["flags"]) for code in ("K1", "K2")] == [False, True]


@pytest.mark.parametrize("method", [ABC, CUMULATIVE, {"method": "value_bands", "bands": {"A": 10, "B": -50}}])
def test_without_a_value_there_is_no_grade(method: dict[str, Any]) -> None:
    rows, _ = earning({"K1": (100, 50), "K2": (100, None)}, policy({**method, "value": "customer_profit"}))
    assert (rows["K1"]["grade"], rows["K2"]["grade"]) == ("A", None)
    assert (rows["K2"]["status"], rows["K2"]["reason"]) == ("incomplete", "value.missing")


def test_places_count_whoever_bought_also_without_a_value() -> None:
    """Six took part, one without a known cost: ceil(20 % of 6) = 2 places, of 5 it would be one."""
    sold: dict[str, tuple[int, int | None]] = {f"K{n}": (100, 90 - n) for n in range(5)} | {"K5": (100, None)}
    rows, _ = earning(sold, policy({**ABC, "value": "customer_profit", "shares_pct": {"A": 20, "B": 50}}))
    assert [rows[f"K{n}"]["grade"] for n in range(6)] == ["A", "A", "B", "C", "C", None]


def test_a_bound_may_be_negative() -> None:
    rows, _ = earning({"K1": (100, -50), "K2": (100, "-50.01")}, policy(
        {"method": "value_bands", "value": "customer_profit", "bands": {"A": 10, "B": -50}}))  # fmt: skip
    assert [rows[code]["grade"] for code in ("K1", "K2")] == ["B", "C"]


@pytest.mark.parametrize(
    ("values", "scores"), [({"K1": 5}, [5]), (EQUAL, [5, 5, 5, 5]), ({"K1": 9, "K2": 1}, [5, 3])]
)
def test_rfm_of_few_and_of_equal_customers(values: dict[str, int], scores: list[int]) -> None:
    rows, _ = told(values, shipped("rfm_rank"))
    assert [rows[code]["rfm_m"] for code in values] == scores
    if len(set(scores)) == 1:
        assert {rows[code]["rfm_segment"] for code in values} == {
            "general_winback"
        }  # nobody is above the mean


@pytest.mark.parametrize(("values", "members"), [({"K1": 5}, 1), (EQUAL, 4), ({"K1": 0}, 0)])
def test_the_quality_set_of_one_and_of_equal_customers(values: dict[str, int], members: int) -> None:
    rows, _ = told(values, shipped("quality_20"))
    assert sum(row["quality_member"] for row in rows.values()) == members


@pytest.mark.parametrize(
    ("values", "scores"), [({"K1": 5}, [100]), (EQUAL, [100] * 4), ({"K1": 0, "K2": 0}, [0, 0])]
)
def test_rank_scores_of_one_and_of_equal_customers(values: dict[str, int], scores: list[int]) -> None:
    criterion = {"code": "sales", "title": {"en": "s", "zh": "s"}, "weight_pct": 100,
                 "source": {"kind": "rank_score", "metric": "net_sales"}}  # fmt: skip
    rows, _ = told(
        values, policy({"method": "scorecard", "criteria": [criterion], "thresholds": {"A": 75, "B": 60}})
    )
    assert [rows[code]["scorecard_sales_score"] for code in values] == scores


@pytest.mark.parametrize(
    ("profits", "members", "warning"),
    [
        ({"K1": 10}, ["K1"], "key.set-large"),
        ({"K1": 10, "K2": 10, "K3": 10}, ["K1", "K2", "K3"], "key.set-large"),
        ({"K1": -10, "K2": 0}, [], "key.total-not-positive"),
        ({"K1": 10, "K2": None}, ["K1"], "key.set-large"),
    ],
)
def test_the_profit_set_of_one_of_equal_and_of_losing_customers(
    profits: dict[str, int | None], members: list[str], warning: str
) -> None:
    lines = [
        {"customer_code": code, "order_date": AS_OF, "amount_ex_tax": 100,
         "base_cost": None if profit is None else 100 - profit}
        for code, profit in profits.items()
    ]  # fmt: skip
    facts = tables(customers=customers(profits), order_lines=lines)
    rows, outcome = grade_outcome(facts, shipped("key_accounts"), AS_OF)
    assert [row["customer_id"] for row in rows.to_pylist() if row["key_account_member"]] == members
    assert warning in [one["code"] for one in outcome.warnings]
