"""E20: purchase intervals, recency, next order, lifecycle. Spec SAL-14 to SAL-17, RET-01."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.support import customers, metrics, read_csv, tables

ONE_DATE, TWO_DATES = ("L3",), ("L7",)


def test_e20_interval_recency_ratio_and_next_order(examples: Path) -> None:
    rows = read_csv(examples / "E20_lifecycle.csv")
    lines = [
        {"customer_code": row["customer"], "order_date": date.fromisoformat(on), "amount_ex_tax": 10}
        for row in rows
        for on in row["order_dates"].split(";")
        if on
    ]
    facts = tables(customers=customers(row["customer"] for row in rows), order_lines=lines)
    got = metrics(
        facts,
        "purchase_interval_days",
        "recency_days",
        "expected_next_order_on",
        "purchasing_cycle_days",
        "lifecycle",
    )
    for row in rows:
        code, result = row["customer"], got[row["customer"]]
        assert result["lifecycle"] == row["expected_status"], row
        if not row["order_dates"]:
            said = {k: v for k, v in result.items() if k.endswith("_status")}
            assert (said.pop("lifecycle_status"), said.pop("regained_on_status")) == (
                "ok",
                "not_regained",
            )
            assert set(said.values()) == {"never_bought"}
            assert result["recency_days"] is result["purchase_interval_days"] is None
            assert result["expected_next_order_on"] is None
            continue
        interval, recency = result["purchase_interval_days"], result["recency_days"]
        assert interval == Decimal(row["expected_median_interval"]), row
        assert recency == Decimal(row["expected_recency"]), row
        assert round(recency / interval, 4) == Decimal(row["expected_ratio"]), row
        assert result["expected_next_order_on"] == date.fromisoformat(row["expected_next_order"]), row
        status = "default_interval" if code in ONE_DATE else "single_gap" if code in TWO_DATES else "ok"
        assert result["purchase_interval_days_status"] == status, row
        cycle = None if code in ONE_DATE else interval
        assert result["purchasing_cycle_days"] == cycle, row


def test_an_order_dated_after_the_point_of_view_is_not_seen() -> None:
    lines = [
        {"customer_code": "K", "order_date": on, "amount_ex_tax": 10}
        for on in (date(2025, 6, 10), date(2025, 7, 1))
    ]
    got = metrics(tables(customers=customers(["K"]), order_lines=lines), "recency_days", "last_order_on")["K"]
    assert (got["recency_days"], got["last_order_on"]) == (20, date(2025, 6, 10))


def on(code: str, *days: str) -> list[dict[str, object]]:
    return [{"customer_code": code, "order_date": date.fromisoformat(d), "amount_ex_tax": 10} for d in days]


def test_sal_16_the_expected_order_is_as_trustworthy_as_the_gaps_are_alike() -> None:
    steady = on("STEADY", "2025-01-01", "2025-01-31", "2025-03-02", "2025-04-01", "2025-05-01")
    loose = on(
        "LOOSE", "2025-01-01", "2025-01-21", "2025-03-02", "2025-04-01", "2025-05-01"
    )  # 20, 40, 30, 30
    wild = on("WILD", "2024-01-01", "2024-01-03", "2024-07-01", "2024-07-05", "2025-05-01")
    few = [*on("TWO", "2025-01-01", "2025-02-01"), *on("ONE", "2025-01-01")]
    short = on("SHORT", "2025-03-01", "2025-04-01", "2025-05-02")  # alike, but two gaps only
    codes = ["STEADY", "LOOSE", "WILD", "TWO", "ONE", "SHORT", "NONE"]
    facts = tables(customers=customers(codes), order_lines=[*steady, *loose, *wild, *few, *short])
    got = metrics(facts, "expected_next_order_confidence")
    assert {code: got[code]["expected_next_order_confidence"] for code in codes} == {
        "STEADY": "high", "LOOSE": "medium", "WILD": "low", "TWO": "low", "ONE": "low", "SHORT": "medium", "NONE": None,
    }  # fmt: skip
    assert got["NONE"]["expected_next_order_confidence_status"] == "never_bought"
