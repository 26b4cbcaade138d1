"""Levers are exact: applied and graded again they reach, one step less does not; one step more is not kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.properties.companies import hold
from tests.support import AS_OF, by_customer, customers, policy, sales, tables
from tierwise.grading.memory import grade_outcome
from tierwise.movement.levers import Levers, levers, step_of
from tierwise.policy.model import Policy

Values = Mapping[str, Decimal]


def graded(rules: Policy, values: Values) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The rows of customers who bought for so much in one order each, and the facts of the field."""
    bought = {code: value for code, value in values.items() if value}
    facts = tables(customers=customers(values), order_lines=sales(bought))
    rows, outcome = grade_outcome(facts, rules, AS_OF)
    return by_customer(rows), outcome.facts


def told(rules: Policy, values: Values) -> dict[str, Levers]:
    rows, facts = graded(rules, values)
    return {code: levers(rules, facts, row) for code, row in rows.items()}


def grade_with(rules: Policy, values: Values, code: str, amount: Decimal) -> str:
    return str(graded(rules, {**values, code: amount})[0][code]["grade"])


def prove(rules: Policy, values: Values) -> int:
    """Applies every lever on net sales, grades again, and says how many there were."""
    found = [(code, lever) for code, one in told(rules, values).items() for lever in one.levers]
    chosen = [(code, lever) for code, lever in found if lever.column == "net_sales_12m"]
    codes = [grade.code for grade in rules.scale]
    for code, lever in chosen:
        short = lever.after - step_of(lever.column)
        at = grade_with(rules, values, code, lever.after)
        past = grade_with(rules, values, code, short) if short else codes[-1]
        assert codes.index(at) <= codes.index(lever.grade) < codes.index(past), (code, lever, at, past)
    return len(chosen)


AMOUNTS = st.sampled_from(["100", "100", "250.5", "40", "0.01", "5000", "333.33", "1200"]).map(Decimal)
FIELD = st.lists(AMOUNTS, min_size=2, max_size=5)
BANDS = {"method": "value_bands", "id": "bands", "value": "net_sales", "bands": {"A": 1000, "B": 300.5}}
CARD = {
    "method": "scorecard",
    "criteria": [
        {"code": "sales", "title": {"en": "s", "zh": "销"}, "max_points": 60,
         "source": {"kind": "metric_linear", "metric": "net_sales", "zero_at": 0, "full_at": 4000}},
        {"code": "size", "title": {"en": "o", "zh": "单"}, "max_points": 40,
         "source": {"kind": "metric_bands", "metric": "orders", "bands": [{"from": 1, "points": 20}, {"from": None, "points": 0}]}},
    ],
    "thresholds": {"A": 60, "B": 25},
}  # fmt: skip


@pytest.mark.engines
@pytest.mark.parametrize("tries", [2, pytest.param(40, marks=pytest.mark.long)])
@pytest.mark.parametrize("tie_rule", ["include", "exclude"])
def test_a_lever_of_rank_reaches_and_a_cent_less_does_not(tie_rule: str, tries: int) -> None:
    rules = policy({"method": "abc_rank", "shares_pct": {"A": 20, "B": 50}, "tie_rule": tie_rule})
    hold(tries, lambda field: prove(rules, _named(field)) and None, FIELD)


@pytest.mark.engines
@pytest.mark.parametrize("leading", [BANDS, CARD], ids=["bands", "scorecard"])
def test_a_lever_of_limits_reaches_and_a_cent_less_does_not(leading: dict[str, Any]) -> None:
    rules = policy(leading)
    field = _named([Decimal(x) for x in ("100", "300.49", "300.5", "1200.07", "5000")])
    assert prove(rules, field) >= 5


def _named(field: list[Decimal]) -> dict[str, Decimal]:
    return {f"K{n}": value for n, value in enumerate(field)}


def test_e35_says_how_much_is_missing_and_how_much_may_be_lost() -> None:
    rules = policy({"method": "abc_rank", "shares_pct": {"A": 20, "B": 40}})
    found = told(rules, _named([Decimal(x) for x in (1000, 700, 650, 90, 10)]))
    (up,) = found["K1"].of("up")
    (keep,) = found["K1"].of("keep")
    assert (up.grade, up.change, keep.change) == ("A", Decimal(300), Decimal(-50))
    assert (found["K0"].of("up"), found["K0"].why) == ([], "best")


def test_rfm_names_the_days_and_the_orders_that_are_missing() -> None:
    rules = policy({"method": "rfm", "scoring": "fixed_bins", "sum_thresholds": {"A": 9, "B": 7}})
    rows, facts = graded(rules, {"K1": Decimal(6000), "K2": Decimal(100)})
    found = levers(rules, facts, rows["K1"])  # r 5, f 1, m 2: 8 points
    assert {(x.column, x.change) for x in found.of("up")} == {("orders_12m", 1), ("net_sales_12m", 14_000)}
    assert [(x.column, x.change) for x in found.of("keep")] == [("recency_days", Decimal(90))]


def _with(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return row | changes


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda row: _with(row, unit="K9"), "group"),
        (lambda row: _with(row, status="incomplete", grade=None), "not_graded"),
        (lambda row: _with(row, grade="C"), "gate"),
        (lambda row: _with(row, family="prospects"), "fallback"),
    ],
)
def test_what_cannot_be_levered_says_why(
    change: Callable[[dict[str, Any]], dict[str, Any]], why: str
) -> None:
    rules = policy({"method": "abc_rank", "shares_pct": {"A": 20, "B": 50}})
    rows, facts = graded(rules, _named([Decimal(100), Decimal(50)]))
    found = levers(rules, facts, change(rows["K0"]))
    assert (found.levers, found.why) == ((), why)


def test_a_cap_that_waits_above_is_no_lever() -> None:
    gate = {"code": "one_order", "effect": "cap", "to": "B", "when": {"metric": "orders", "at_most": 1}}
    rules = policy(BANDS, gates=[gate])
    rows, facts = graded(rules, _named([Decimal(400), Decimal(100)]))
    assert (levers(rules, facts, rows["K0"]).of("up"), levers(rules, facts, rows["K0"]).why) == ([], "gate")
    assert [x.grade for x in levers(rules, facts, rows["K1"]).of("up")] == ["B"]


def test_cumulative_shares_have_no_lever_because_the_total_moves() -> None:
    rules = policy({"method": "abc_cumulative"})
    assert {one.why for one in told(rules, _named([Decimal(100), Decimal(50)])).values()} == {"method"}
