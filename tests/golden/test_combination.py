"""G13 and the bands of G08: worked by hand, on every engine. Spec 6.14, 6.8."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, policy, sales, shipped, tables
from tierwise.grading.memory import grade_tables


def company() -> Any:
    """K1 sells most and never pays; K2 to K4 pay well, K5 was never invoiced."""
    due = {"K1": 95, "K2": 0, "K3": 20, "K4": 0}
    bills = [
        {"number": f"I-{code}", "customer_code": code, "amount": 100, "issue_date": AS_OF - timedelta(200),
         "due_date": AS_OF - timedelta(100)}
        for code in due
    ]  # fmt: skip
    paid = [
        {"number": f"P-{code}", "customer_code": code, "amount": 100, "date": AS_OF - timedelta(100 - days)}
        for code, days in due.items()
    ]
    matched = [
        {"payment_number": f"P-{code}", "invoice_number": f"I-{code}", "amount": 100,
         "allocated_on": AS_OF - timedelta(100 - days)}
        for code, days in due.items()
    ]  # fmt: skip
    values = {"K1": 500, "K2": 400, "K3": 300, "K4": 200, "K5": 100}
    return tables(
        customers=customers(values),
        order_lines=sales(values),
        invoices=bills,
        payments=paid,
        allocations=matched,
    )


def combined(rule: dict[str, Any], shares: dict[str, int]) -> dict[str, dict[str, Any]]:
    parts = [
        {"method": "abc_rank", "id": "abc", "shares_pct": shares},
        {"method": "credit_rating", "id": "credit"},
        {"method": "abc_rank", "id": "orders", "value": "orders", "shares_pct": {"A": 1, "B": 100}},
    ]
    leading = {"method": "combination", **rule}
    return by_customer(grade_tables(company(), policy(leading, advisory=parts), AS_OF))


TABLE = {
    "rule": "table",
    "of": ["abc", "credit"],
    "without_grade": "count",
    "table": [
        {"when": {"abc": ["A"], "credit": ["excellent", "good"]}, "grade": "A"},
        {"when": {"abc": ["A", "B"], "credit": ["excellent", "good", "fair", "none"]}, "grade": "B"},
        {"grade": "C"},
    ],
}


def test_a_decision_table_takes_the_first_row_that_matches() -> None:
    rows = combined(TABLE, {"A": 40, "B": 100})
    got = {
        code: (row["abc_grade"], row["credit_grade"], row["combined_row"], row["grade"])
        for code, row in rows.items()
    }
    assert got == {
        "K1": ("A", "poor", 3, "C"),  # the largest, but pays more than ninety days late
        "K2": ("A", "excellent", 1, "A"),
        "K3": ("B", "fair", 2, "B"),
        "K4": ("B", "excellent", 2, "B"),
        "K5": ("B", None, 2, "B"),  # nothing was due: that is no good rating, and none that counts against it
    }
    assert {row["reason"] for row in rows.values()} == {"combination.table"}


def test_without_a_component_there_is_no_grade_unless_the_policy_says_so() -> None:
    rows = combined({**TABLE, "without_grade": "incomplete", "table": [
        {"when": {"credit": ["poor"]}, "grade": "C"}, {"grade": "B"}]}, {"A": 40, "B": 100})  # fmt: skip
    assert (rows["K5"]["grade"], rows["K5"]["status"], rows["K5"]["reason"], rows["K5"]["combined_row"]) == (
        None, "incomplete", "combination.missing", None)  # fmt: skip
    assert [rows[code]["grade"] for code in ("K1", "K2", "K3", "K4")] == ["C", "B", "B", "B"]


@pytest.mark.parametrize(("rule", "grades"), [("worst_of", "ABBBC"), ("best_of", "AAAAA")])
def test_the_worst_and_the_best_of_two_grades(rule: str, grades: str) -> None:
    rows = combined({"rule": rule, "of": ["abc", "orders"]}, {"A": 20, "B": 80})
    assert [rows[f"K{n}"]["orders_grade"] for n in range(1, 6)] == ["A"] * 5  # all tie with one order
    assert "".join(rows[f"K{n}"]["grade"] for n in range(1, 6)) == grades


def test_the_shipped_table_caps_a_late_payer_and_the_gate_acts_after_it() -> None:
    rows = by_customer(grade_tables(company(), shipped("abc_credit_table"), AS_OF))
    assert (rows["K1"]["abc_grade"], rows["K1"]["credit_grade"], rows["K1"]["grade"]) == ("A", "poor", "C")
    assert rows["K2"]["grade"] == "C"  # ABC says C


def test_a_gate_caps_what_a_combination_gave() -> None:
    facts = company()
    lines = facts["order_lines"].to_pylist()
    lines[0] |= {"order_date": AS_OF - timedelta(300), "posting_date": AS_OF - timedelta(300)}
    facts["order_lines"] = tables(order_lines=lines)["order_lines"]
    gates = shipped("abc_credit_table").gates
    leading = {"method": "combination", "rule": "best_of", "of": ["abc", "orders"]}
    parts = [
        {"method": "abc_rank", "id": name, "value": value}
        for name, value in (("abc", "net_sales"), ("orders", "orders"))
    ]
    rows = by_customer(grade_tables(facts, policy(leading, advisory=parts, gates=gates), AS_OF))
    assert (rows["K1"]["grade_before_gates"], rows["K1"]["grade"], rows["K1"]["gates"]) == (
        "A",
        "B",
        "silent",
    )
    assert (rows["K2"]["grade"], rows["K2"]["gates"]) == ("A", "")


def test_fixed_bands_of_profit_by_hand() -> None:
    lines = [
        {"customer_code": code, "order_date": AS_OF, "amount_ex_tax": amount, "base_cost": cost}
        for code, amount, cost in (
            ("E1", 1_300_000, 300_000), ("E2", 1_000_000, "0.01"), ("E3", 200_000, 0), ("E4", 100, 400),
        )
    ] + [{"customer_code": "E5", "order_date": AS_OF, "amount_ex_tax": 10}]  # fmt: skip
    facts = tables(customers=customers(["E1", "E2", "E3", "E4", "E5"]), order_lines=lines)
    rows = by_customer(grade_tables(facts, shipped("lifetime_value_bands"), AS_OF))
    names = ("worth_grade", "worth_status", "worth_gap", "worth_cushion", "worth_near", "worth_reason")
    got = {code: tuple(row[name] for name in names) for code, row in rows.items()}
    assert got["E1"] == ("A", "graded", None, 0, "down", "bands.at-or-above")
    assert got["E2"][:2] == ("B", "graded")  # a cent short of the band
    assert str(got["E2"][2].normalize()) == "0.01"
    assert got["E3"][:1] == ("B",)
    assert got["E4"][:1] + got["E4"][-1:] == ("C", "bands.below-all")
    assert got["E5"][:2] + got["E5"][-1:] == (None, "incomplete", "value.missing")
