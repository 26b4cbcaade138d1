"""E12: the best 20 %. Spec 6.9."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, read_csv, shipped, tables
from tierwise.grading.memory import grade_tables

SCORES = ("sales", "volume", "arrears", "cycle")


@pytest.fixture(scope="module")
def rows(examples: Path) -> list[dict[str, str]]:
    return read_csv(examples / "E12_quality20.csv")


def company(rows: list[dict[str, str]], *, dimensions: dict[str, str] | None = None) -> Any:
    """Two orders a purchasing cycle apart, with the stated sales and volume, and an overdue invoice."""
    lines, bills = [], []
    for row in rows:
        code, first = row["customer"], AS_OF - timedelta(days=int(row["purchase_cycle_days"]))
        product = (dimensions or {}).get(code, "P1")
        parts = ((first, int(row["net_sales"]) - 1, int(row["sales_volume"]) - 1), (AS_OF, 1, 1))
        lines += [
            {
                "customer_code": code,
                "order_date": on,
                "amount_ex_tax": value,
                "qty": qty,
                "product_code": product,
            }
            for on, value, qty in parts
        ]
        if row["arrears"] != "0":
            due = AS_OF - timedelta(days=10)
            bill = {"number": f"I-{code}", "customer_code": code, "due_date": due, "issue_date": due}
            bills.append({**bill, "amount": row["arrears"]})
    kinds = [{"code": "P1", "uom": "pc"}, {"code": "P2", "uom": "kg"}]
    return tables(
        customers=customers(row["customer"] for row in rows),
        products=kinds,
        order_lines=lines,
        invoices=bills,
    )


def test_e12_scores_totals_and_members(rows: list[dict[str, str]]) -> None:
    got = by_customer(grade_tables(company(rows), shipped("quality_20"), AS_OF))
    for row in rows:
        result = got[row["customer"]]
        want = {name: int(row[f"expected_s_{name}"]) for name in SCORES}
        assert {name: result[f"quality_{name}_score"] for name in SCORES} == want, row
        assert result["quality_score"] == int(row["expected_total"]), row
        assert result["quality_member"] == (row["expected_selected"] == "yes"), row
        code = "quality.member" if row["expected_selected"] == "yes" else "quality.not-member"
        assert (result["quality_status"], result["quality_reason"]) == ("graded", code), row


def test_e12_with_mixed_units_the_number_of_orders_takes_the_place_of_volume_for_all(
    rows: list[dict[str, str]],
) -> None:
    facts = company(rows)
    lines = facts["order_lines"].to_pylist()
    other = next(line for line in lines if line["customer_code"] == "Q01")
    other["product_code"] = "P2"  # Q01 buys pieces and kilograms
    facts["order_lines"] = tables(order_lines=lines)["order_lines"]
    got = by_customer(grade_tables(facts, shipped("quality_20"), AS_OF))
    assert {result["quality_volume_score"] for result in got.values()} == {100}  # all have two orders
