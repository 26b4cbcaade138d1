"""E04: RFM on five points. Spec 6.5."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, read_csv, shipped, tables
from tierwise.grading.memory import grade_tables


def orders(code: str, last: date, frequency: int, monetary: str) -> list[dict[str, Any]]:
    """So many orders up to a day that add up to the amount."""
    each = Decimal(monetary) // frequency
    amounts = [each] * (frequency - 1) + [Decimal(monetary) - each * (frequency - 1)]
    return [
        {
            "customer_code": code,
            "order_number": f"{code}-{i}",
            "order_date": last - timedelta(days=min(i, 40)),
            "amount_ex_tax": amount,
        }
        for i, amount in enumerate(amounts)
    ]


def graded(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    codes = sorted({line["customer_code"] for line in lines})
    facts = tables(customers=customers(codes), order_lines=lines)
    return by_customer(grade_tables(facts, shipped("rfm_rank"), AS_OF))


def test_e04_scores_cells_sums_and_segments_of_ten_customers(examples: Path) -> None:
    rows = read_csv(examples / "E04_rfm.csv")
    lines = []
    for row in rows:
        last = AS_OF - timedelta(days=int(row["recency_days"]))
        lines += orders(row["customer"], last, int(row["frequency"]), row["monetary"])
    got = graded(lines)
    for row in rows:
        result = got[row["customer"]]
        assert (result["recency_days"], result["orders_12m"], result["net_sales_12m"]) == (
            int(row["recency_days"]),
            int(row["frequency"]),
            int(row["monetary"]),
        ), row
        want = [int(row[f"expected_{name}"]) for name in ("r", "f", "m", "cell", "sum")]
        assert [result[f"rfm_{name}"] for name in ("r", "f", "m", "cell", "sum")] == want, row
        assert result["rfm_weighted"] == int(row["expected_weighted_100_10_1"]), row
        assert result["rfm_segment"] == row["expected_segment"], row
        assert result["grade"] == ("A" if want[-1] >= 13 else "B" if want[-1] >= 9 else "C"), row


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 10])
def test_e04_small_populations_use_the_same_rule(examples: Path, n: int) -> None:
    lines = []
    for rank in range(1, n + 1):  # rank 1 bought last, most often and for the most money
        lines += orders(
            f"S{rank:02d}", AS_OF - timedelta(days=rank), n + 1 - rank, str(1000 * (n + 1 - rank))
        )
    got = graded(lines)
    for row in read_csv(examples / "E04_rfm_small_n.csv"):
        if int(row["n"]) == n:
            result = got[f"S{int(row['rank']):02d}"]
            assert {result[f"rfm_{d}"] for d in "rfm"} == {int(row["expected_score"])}, row


def test_e04_nothing_bought_in_the_window_scores_one(examples: Path) -> None:
    rows = read_csv(examples / "E04_rfm_zero.csv")
    lines: list[dict[str, Any]] = []
    for i, row in enumerate(rows):
        code, frequency = row["customer"], int(row["frequency"])
        if frequency:
            lines += orders(code, AS_OF - timedelta(days=i), frequency, row["monetary"])
            continue
        lines += orders(code, AS_OF - timedelta(days=400 + i), 1, "50")  # an order before the window
        if row["monetary"] != "0":
            rebate = {"line_type": "rebate", "order_date": AS_OF, "amount_ex_tax": row["monetary"]}
            lines.append({"customer_code": code, "order_number": f"{code}-R", **rebate})
    got = graded(lines)
    for row in rows:
        result = got[row["customer"]]
        assert (result["orders_12m"], result["net_sales_12m"]) == (
            int(row["frequency"]),
            int(row["monetary"]),
        )
        assert (result["rfm_f"], result["rfm_m"]) == (int(row["expected_f"]), int(row["expected_m"])), row
        assert 1 <= result["rfm_r"] <= 5
