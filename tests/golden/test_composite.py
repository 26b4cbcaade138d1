"""E07: the five-indicator composite. Spec 6.4."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, policy, read_csv, shipped, tables
from tierwise.grading.memory import grade_tables
from tierwise.policy.model import Population

TENTH = Decimal("0.0000000001")


def bought(code: str, amount: Any, profit: Any) -> dict[str, Any]:
    """One sale with the cost that leaves the profit."""
    cost = Decimal(str(amount)) - Decimal(str(profit))
    return {"customer_code": code, "order_number": f"O-{code}", "amount_ex_tax": amount, "base_cost": cost}


def paid_for(code: str, score: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Invoices and allocations that give a credit score: ``score`` of 100 on time, the rest 91 days late."""
    bills, parts = [], []
    for amount, late in ((score, 0), (100 - score, 91)):
        if amount:
            number, due = f"{code}-{late}", AS_OF - timedelta(days=100)
            bill = {"customer_code": code, "due_date": due, "issue_date": due, "amount": amount}
            bills.append({"number": number, **bill})
            on = due + timedelta(days=late)
            parts.append({"invoice_number": number, "allocated_on": on, "amount": amount})
    return bills, parts


def judged(code: str, score: Any) -> dict[str, Any]:
    return {
        "customer_code": code,
        "template": "five_indicator",
        "criterion": "prospect",
        "score": score,
        "assessor": "Li",
        "as_of": AS_OF,
    }


def graded(people: list[dict[str, Any]], chosen: Any) -> dict[str, dict[str, Any]]:
    """``people``: code, order, profit (both may be ``None``), credit and prospect scores (may be ``None``)."""
    bills: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for who in people:
        if who["credit"] is not None:
            more = paid_for(who["code"], who["credit"])
            bills += more[0]
            parts += more[1]
    facts = tables(
        customers=customers(who["code"] for who in people),
        order_lines=[bought(w["code"], w["order"], w["profit"]) for w in people if w["order"] is not None],
        assessments=[judged(who["code"], who["prospect"]) for who in people if who["prospect"] is not None],
        invoices=bills,
        allocations=parts,
    )
    return by_customer(grade_tables(facts, chosen, AS_OF))


def number(text: str) -> int | None:
    return int(text) if text else None


def test_e07_totals_and_grades_of_six_customers(examples: Path) -> None:
    rows = read_csv(examples / "E07_composite.csv")
    people = [
        {
            "code": row["customer"],
            "order": number(row["order_amount"]),
            "profit": number(row["profit"]),
            "credit": number(row["credit_score"]),
            "prospect": number(row["prospect_score"]),
        }
        for row in rows
    ]
    # K6 never bought: asked whether it is graded at all, not left out for want of a purchase
    everyone = Population(kinds=("existing",), lines_in_window=False)
    got = graded(people, shipped("five_indicator_composite", population=everyone))
    for row in rows[:-1]:
        result = got[row["customer"]]
        assert result["composite_credit_score"] == int(row["credit_score"]), row
        assert result["composite_order_score"] == int(row["expected_order_score"]), row
        assert result["composite_profit_score"] == int(row["expected_profit_score"]), row
        want = (Decimal(row["expected_total"]), row["expected_grade"])
        assert (result["score"], result["grade"]) == want, row
    new = got["K6"]
    assert (new["status"], new["grade"], new["score"]) == ("no_history", None, None)


@pytest.mark.parametrize("case", [0, 1])
def test_e07_at_most_thirty_percent_of_the_weight_may_be_missing(examples: Path, case: int) -> None:
    asked = json.loads((examples / "E07_missing.json").read_text(encoding="utf-8"))["cases"][case]
    # five customers: the case stands second by orders (75) and third by profit (50)
    field = [("T1", 500, 10), ("T2", 300, 90), ("T3", 200, 80), ("T4", 100, 5)]
    people = [
        {"code": code, "order": order, "profit": profit, "credit": 100, "prospect": 50}
        for code, order, profit in field
    ]
    me = {"code": "ME", "order": 400, "profit": 50, "credit": None, "prospect": asked["scores"]["prospect"]}
    result = graded([*people, me], shipped("five_indicator_composite"))["ME"]
    assert result["composite_order_score"] == asked["scores"]["order"]
    assert result["composite_profit_score"] == asked["scores"]["profit"]
    if asked["expected_total"] is None:
        assert (result["status"], result["grade"], result["score"]) == ("incomplete", None, None)
    else:
        assert round(result["score"], 4) == Decimal(str(asked["expected_total"]))
        assert (result["status"], result["grade"]) == ("graded", asked["expected_grade"])
        assert result["score"] == Decimal("61.333333333") + 5 * TENTH  # 4600 / 75, cut, sticky tenth


def test_e07_values_of_zero_or_less_score_zero_whatever_their_rank(examples: Path) -> None:
    rows = read_csv(examples / "E07_nonpositive.csv")
    rank = {"kind": "rank_score", "metric": "customer_profit"}
    card = {
        "method": "scorecard",
        "id": "composite",
        "criteria": [{"code": "profit", "title": {"en": "p", "zh": "p"}, "weight_pct": 100, "source": rank}],
        "thresholds": {"A": 75, "B": 60},
    }
    raw = {
        **card,
        "id": "raw",
        "criteria": [{**card["criteria"][0], "source": {**rank, "nonpositive_is_zero": False}}],
    }
    order = {"method": "abc_rank", "value": "customer_profit"}
    people = [
        {
            "code": row["customer"],
            "order": 1000,
            "profit": int(row["profit"]),
            "credit": None,
            "prospect": None,
        }
        for row in rows
    ]
    got = graded(people, policy(card, advisory=[raw, order]))
    for row in rows:
        result = got[row["customer"]]
        assert result["abc_rank"] == int(row["expected_rank"]), row
        assert result["raw_profit_score"] == int(row["expected_rank_score"]), row
        assert result["composite_profit_score"] == int(row["expected_score"]), row
