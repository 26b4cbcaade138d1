"""E28 and E28b: profit contribution and the cost behind it. Spec 5.3, 6.6."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, metrics, policy, read_csv, tables
from tierwise.grading.memory import grade_tables

OPTIONAL = {
    "expected_gross_profit": "gross_profit_12m",
    "expected_gross_margin_pct": "gross_margin_pct_12m",
    "expected_profit": "customer_profit_12m",
    "expected_profit_margin_pct": "profit_margin_pct_12m",
    "expected_share_of_total_profit_pct": "profit_contribution_pct_12m",
}


def test_e28_profit_margins_and_shares_also_of_zero_and_negative_sales(examples: Path) -> None:
    rows = read_csv(examples / "E28_profit_contribution.csv")
    lines, costs = [], []
    for row in rows:
        code, value = row["customer"], int(row["net_sales"])
        line = {"customer_code": code, "amount_ex_tax": value, "base_cost": int(row["cogs"])}
        if value == 0:  # bought before the window, nothing in it
            line |= {"amount_ex_tax": 1, "base_cost": 1, "order_date": date(2024, 6, 30)}
        lines.append(line | ({"line_type": "return"} if value < 0 else {}))
        costs.append({"customer_code": code, "date": AS_OF, "amount": int(row["cost_to_serve"])})
    facts = tables(
        customers=customers(row["customer"] for row in rows), order_lines=lines, service_costs=costs
    )
    methods = [
        {"method": "abc_rank", "id": name, "value": name}
        for name in ("gross_margin_pct", "profit_margin_pct", "profit_contribution_pct")
    ]
    leading = {"method": "abc_rank", "value": "customer_profit"}
    chosen = policy(leading, advisory=methods, population={"lines_in_window": False})
    got = by_customer(grade_tables(facts, chosen, AS_OF))
    for row in rows:
        result = got[row["customer"]]
        for theirs, ours in OPTIONAL.items():
            want = Decimal(row[theirs]) if row[theirs] else None
            value = result[ours]
            assert (None if value is None else round(value, 4)) == want, (row["customer"], ours)
        if not row["expected_gross_margin_pct"]:
            assert result["gross_margin_pct_12m_status"] == "nonpositive_sales", row
        loss = int(row["expected_profit"]) < 0
        assert ("loss_making" in result["flags"].split(";")) == loss, row
        if loss:
            assert (result["grade"], result["reason"]) == ("C", "abc.nonpositive"), row
    total = sum(result["profit_contribution_pct_12m"] for result in got.values())
    assert abs(total - 100) < Decimal("0.0000001")


@pytest.mark.parametrize("number", range(3))
def test_e28b_where_the_cost_of_a_line_comes_from(examples: Path, number: int) -> None:
    case = json.loads((examples / "E28b_missing_cost.json").read_text(encoding="utf-8"))["cases"][number]
    facts = tables(customers=customers(["K"]), products=products(case), order_lines=lines(case))
    got = metrics(facts, "net_sales", "cost_of_goods_sold", "gross_profit")["K"]
    names = ("net_sales", "cost_of_goods_sold", "gross_profit")
    want = [case["expected_net_sales"], case["expected_cost"], case["expected_gross_profit"]]
    assert [got[f"{name}_12m"] for name in names] == want, case["name"]
    assert got["cost_of_goods_sold_12m_status"] == case["expected_status"], case["name"]
    assert got["gross_profit_12m_status"] == case["expected_status"], case["name"]


def products(case: dict[str, Any]) -> list[dict[str, Any]]:
    """One product per line that is priced by standard cost or by margin."""
    return [
        {
            "code": f"P{i}",
            "standard_cost": line.get("standard_cost"),
            "category_margin_pct": line.get("margin_pct"),
        }
        for i, line in enumerate(case["lines"])
        if "standard_cost" in line or "margin_pct" in line
    ]


def lines(case: dict[str, Any]) -> list[dict[str, Any]]:
    """One order; a linked return refers to the first line, whose unit cost the quantity makes right."""
    linked = next((line["linked_unit_cost"] for line in case["lines"] if "linked_unit_cost" in line), None)
    out = []
    for i, line in enumerate(case["lines"]):
        row = {
            "customer_code": "K",
            "order_number": "O1",
            "line_no": i + 1,
            "order_date": AS_OF,
            "line_type": line["type"],
            "amount_ex_tax": line["amount"],
            "base_cost": line.get("cost"),
            "qty": line.get("qty"),
            "product_code": f"P{i}",
        }
        if i == 0 and linked:
            row["qty"] = Decimal(line["cost"]) / Decimal(linked)
        if "linked_unit_cost" in line:
            row |= {"linked_order": "O1", "linked_line": 1}
        out.append(row)
    return out


def test_e28b_goods_that_were_scrapped_give_no_cost_back() -> None:
    sale = {"customer_code": "K", "order_number": "O1", "qty": 10, "amount_ex_tax": 100, "base_cost": 70}
    back = {
        "customer_code": "K",
        "order_number": "O2",
        "line_type": "return",
        "qty": -5,
        "amount_ex_tax": -50,
        "linked_order": "O1",
        "linked_line": 1,
    }
    for to_stock, cost in ((True, 35), (False, 70)):
        facts = tables(customers=customers(["K"]), order_lines=[sale, back | {"to_stock": to_stock}])
        assert metrics(facts, "cost_of_goods_sold")["K"]["cost_of_goods_sold_12m"] == cost
