"""E10 delivered value, E13 service level, E31 share of wallet, E37 silent churn: metrics of one customer."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, metrics, policy, read_csv, tables
from tierwise.grading.memory import grade_tables


def test_e10_value_cost_difference_and_ratio(examples: Path) -> None:
    rows = read_csv(examples / "E10_delivered_value.csv")
    scores = [
        {"customer_code": row["offer"], "template": "delivered_value", "criterion": name, "score": Decimal(value),
         "assessor": "a", "as_of": AS_OF}
        for row in rows
        for name, value in row.items()
        if name.endswith(("_value", "_cost")) and not name.startswith("expected")
    ]  # fmt: skip
    facts = tables(customers=customers(row["offer"] for row in rows), assessments=scores)
    got = metrics(facts, "delivered_value", "value_cost_ratio")
    for row in rows:
        result = got[row["offer"]]
        assert result["total_customer_value"] == Decimal(row["expected_total_value"])
        assert result["total_customer_cost"] == Decimal(row["expected_total_cost"])
        assert result["delivered_value"] == Decimal(row["expected_delivered_value"])
        assert round(result["value_cost_ratio"], 4) == Decimal(row["expected_ratio"])
    best = max(rows, key=lambda row: got[row["offer"]]["delivered_value"])
    assert best["offer"] == "X"


KINDS = {
    "answered_within": ("answered", "20"),
    "answered_after": ("answered", "20.001"),
    "abandoned_within": ("abandoned", "20"),
    "abandoned_after": ("abandoned", "20.001"),
    "rejected_busy": ("rejected_busy", "0"),
}


@pytest.fixture(scope="module")
def contact_centre(examples: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((examples / "E13_contact_centre.json").read_text(encoding="utf-8"))
    return found


def test_e13_service_level_with_calls_turned_away_and_nothing_to_measure(contact_centre: Any) -> None:
    cases = contact_centre["service_level"]
    calls = [
        {"customer_code": f"K{i}", "date": AS_OF, "left_reason": how, "wait_seconds": Decimal(wait)}
        for i, case in enumerate(cases)
        for kind, (how, wait) in KINDS.items()
        for _ in range(case.get(kind, 0))
    ]
    names = [f"K{i}" for i in range(len(cases))]
    got = metrics(tables(customers=customers(names), calls=calls), "service_level_pct")
    for name, case in zip(names, cases, strict=True):
        value, status = got[name]["service_level_pct_12m"], got[name]["service_level_pct_12m_status"]
        if case["expected_pct"] is None:
            assert (value, status) == (None, "no_calls")
            continue
        assert value == Decimal(str(case["expected_pct"])), case
        assert (value >= case["target_pct"]) == case["expected_met"]


def test_e13_twenty_seconds_are_within_and_a_thousandth_more_is_not(contact_centre: Any) -> None:
    for case in contact_centre["boundary"]:
        wait = Decimal(str(case["wait_seconds"]))
        calls = [{"customer_code": "K", "date": AS_OF, "left_reason": "answered", "wait_seconds": wait}]
        got = metrics(tables(customers=customers(["K"]), calls=calls), "service_level_pct")["K"]
        assert got["service_level_pct_12m"] == (100 if case["expected"] == "within" else 0)


def test_e31_share_of_wallet(examples: Path) -> None:
    rows = read_csv(examples / "E31_share_of_wallet.csv")
    facts = tables(
        customers=customers(row["customer"] for row in rows),
        order_lines=[
            {
                "customer_code": row["customer"],
                "order_date": AS_OF,
                "amount_ex_tax": Decimal(row["our_sales"]),
            }
            for row in rows
        ],
        category_spend=[
            {"customer_code": row["customer"], "amount": Decimal(row["customer_category_spend"])}
            for row in rows
            if row["customer_category_spend"]
        ],
    )
    got = metrics(facts, "share_of_wallet_pct")
    for row in rows:
        result = got[row["customer"]]
        want = Decimal(row["expected_share_pct"]) if row["expected_share_pct"] else None
        assert result["share_of_wallet_pct_12m"] == want, row
        assert result["share_of_wallet_pct_12m_status"] == row["expected_status"], row


def months(row: dict[str, str]) -> dict[date, Decimal]:
    """Sales by day that give the stated sums and the stated momentum of a month earlier."""
    last, before = Decimal(row["sales_last3"]), Decimal(row["sales_prev3"])
    ago = 1 + Decimal(row["momentum_prev_period_pct"]) / 100
    base = Decimal(60_000) if ago > 1 else before
    march = base * ago
    found = {
        date(2025, 6, 15): last,
        date(2025, 3, 15): march,
        date(2025, 1, 15): before - march,
        date(2024, 12, 15): base - (before - march),
    }
    if row["sales_same3_last_year"]:
        found[date(2024, 5, 15)] = Decimal(row["sales_same3_last_year"])
    return found


def churn_facts(rows: list[dict[str, str]]) -> dict[str, Any]:
    return tables(
        customers=customers(row["customer"] for row in rows),
        order_lines=[
            {"customer_code": row["customer"], "order_date": day, "amount_ex_tax": amount,
             "base_cost": amount * (100 - Decimal(row["gross_margin_pct"])) / 100}
            for row in rows
            for day, amount in months(row).items()
        ],
        complaints=[
            {"customer_code": row["customer"], "received_on": date(2025, 6, 1)}
            for row in rows
            if row["open_complaint"] == "yes"
        ],
    )  # fmt: skip


def test_e37_silent_churn_is_told_by_margin_momentum_season_and_complaints(examples: Path) -> None:
    rows = read_csv(examples / "E37_churn_silent.csv")
    facts = churn_facts(rows)
    seen = metrics(facts, "momentum_pct", "momentum_month_ago_pct", "gross_margin_pct")
    for row in rows:
        got = seen[row["customer"]]
        assert round(got["momentum_pct_3m"], 4) == Decimal(row["expected_momentum_pct"]), row
        assert round(got["momentum_month_ago_pct_3m"], 4) == Decimal(row["momentum_prev_period_pct"]), row
        assert got["gross_margin_pct_12m"] == Decimal(row["gross_margin_pct"]), row
    silent = policy(
        {"method": "abc_rank", "value": "net_sales", "shares_pct": {"A": "5", "B": "20"}},
        gates=[{"code": "silent", "effect": "flag", "flag": "silent", "when": {"metric": "silent_churn", "is": True}}],
    )  # fmt: skip
    graded = by_customer(grade_tables(facts, silent, AS_OF))
    for row in rows:
        flagged = "silent" in graded[row["customer"]]["flags"].split(";")
        assert flagged == (row["expected_silent_churn"] == "yes"), row
