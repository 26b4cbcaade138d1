"""E24: windows of months, leap years and month ends included. Spec 5.1(1)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support import customers, metrics, read_csv, tables
from tierwise.kernel.periods import window

DAY = timedelta(days=1)


def test_e24_each_window_has_its_start_its_end_and_its_days(examples: Path) -> None:
    for row in read_csv(examples / "E24_windows.csv"):
        span = window(date.fromisoformat(row["as_of"]), int(row["months"]))
        got = (span.start.isoformat(), span.end.isoformat(), span.days)
        assert got == (row["expected_start"], row["expected_end"], int(row["expected_days"])), row


@pytest.mark.parametrize("number", range(8))
def test_e24_net_sales_count_both_ends_and_the_window_before_ends_the_day_before(
    examples: Path, number: int
) -> None:
    row = read_csv(examples / "E24_windows.csv")[number]
    start, end = date.fromisoformat(row["expected_start"]), date.fromisoformat(row["expected_end"])
    days = {start - DAY: 1000, start: 1, end: 20, end + DAY: 300}
    lines = [{"customer_code": "K", "order_date": on, "amount_ex_tax": amount} for on, amount in days.items()]
    facts = tables(customers=customers(["K"]), order_lines=lines)
    months = row["months"]
    got = metrics(facts, f"net_sales_{months}m", f"net_sales_before_{months}m", as_of=end)["K"]
    assert got[f"net_sales_{months}m"] == (21 if start != end else 1)
    assert got[f"net_sales_before_{months}m"] == 1000


def test_windows_leave_no_day_out_and_count_none_twice_at_any_month_length() -> None:
    for back in range(3 * 366):
        day = date(2025, 3, 31) - timedelta(days=back)
        for months in (1, 3, 12):
            span = window(day, months)
            assert span.previous().end + DAY == span.start, (day, months)
