"""What new customers cost, how long grades wait, and half-years side by side. Spec 8.6."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from tierwise.insight.burden import half_years, new_customer_burden
from tierwise.insight.responses import waiting_by_grade


def customer(tenure, sales, hours):
    return {"tenure_months": tenure, "net_sales_12m": sales, "hours_12m": hours}


def test_new_is_younger_than_twelve_months_and_who_never_bought_is_in_no_group():
    rows = [
        customer(11, Decimal(10), Decimal(6)),
        customer(12, Decimal(90), Decimal(2)),
        customer(None, None, Decimal(9)),
    ]
    new, older = new_customer_burden(rows, ["net_sales_12m", "hours_12m"])
    assert (new.customers, older.customers) == (1, 1)
    assert (new.shares["net_sales_12m"], new.shares["hours_12m"]) == (10, 75)
    assert older.sums == {"net_sales_12m": 90, "hours_12m": 2}


def test_a_measure_that_nobody_has_gives_no_share():
    new, older = new_customer_burden(
        [customer(1, Decimal(5), None), customer(30, Decimal(5), None)], ["hours_12m"]
    )
    assert new.shares["hours_12m"] is None
    assert older.sums["hours_12m"] == 0


CALLS = [
    {"customer_code": "A1", "left_reason": "answered", "wait_seconds": Decimal(20)},
    {"customer_code": "A1", "left_reason": "answered", "wait_seconds": Decimal(21)},
    {"customer_code": "A1", "left_reason": "abandoned", "wait_seconds": Decimal(20)},
    {"customer_code": "A1", "left_reason": "rejected_busy", "wait_seconds": Decimal(0)},
    {"customer_code": None, "left_reason": "answered", "wait_seconds": Decimal(900)},
]


def test_calls_count_as_the_service_level_counts_them():
    best, rest = waiting_by_grade(CALLS, [], {"A1": "A"}, ["A", "B"])
    assert (best.calls, best.answer_seconds, best.service_level_pct) == (4, Fraction(41, 2), Fraction(100, 3))
    assert (rest.calls, rest.answer_seconds, rest.service_level_pct) == (0, None, None)


def test_the_median_of_a_grade_is_over_its_complaints_and_not_over_its_customers():
    hours = {"A1": [1, 2, 3], "A2": [40], "X": [99]}
    complaints = [
        {"customer_code": code, "first_response_hours": Decimal(h)}
        for code, some in hours.items()
        for h in some
    ]
    complaints.append({"customer_code": "A1", "first_response_hours": None})
    best = waiting_by_grade([], complaints, {"A1": "A", "A2": "A"}, ["A"])[0]
    assert (best.complaints, best.unanswered) == (5, 1)
    assert (best.response_hours, best.response_hours_p90) == (Fraction(5, 2), Fraction(289, 10))


def half(profit, cost, status="ok"):
    return {"customer_profit_6m": profit, "customer_profit_6m_status": status, "cost_to_serve_6m": cost}


def test_half_years_compare_the_same_customers_and_leave_unknown_profits_out():
    before = {"a": half(Decimal(100), Decimal(10)), "b": half(None, Decimal(5), "missing_cost")}
    after = {"a": half(Decimal(150), Decimal(20)), "b": half(Decimal(70), Decimal(5))}
    (found,) = half_years({"A": ["a", "b"]}, before, after)
    assert (found.profit_before, found.profit_after, found.change, found.change_pct) == (100, 150, 50, 50)
    assert (found.service_before, found.service_after, found.unknown) == (15, 25, 1)


def test_a_half_without_a_sale_earns_nothing_and_still_costs_its_service():
    before, after = {"a": half(Decimal(100), Decimal(0))}, {"a": half(None, Decimal(30), "no_lines")}
    (found,) = half_years({"A": ["a"]}, before, after)
    assert (found.profit_after, found.change_pct, found.unknown) == (-30, -130, 0)
