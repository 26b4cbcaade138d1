"""E08: growth against a base of zero or less, and compound growth over fiscal years. Spec SAL-10, SAL-11."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support import customers, metrics, read_csv, tables

LONG_AGO, BEFORE, NOW = date(2022, 5, 1), date(2023, 10, 1), date(2025, 1, 1)


def amount(code: str, on: date, value: Decimal) -> dict[str, Any]:
    """A sale, or a rebate where the value is negative."""
    kind = "sale" if value > 0 else "rebate"
    return {"customer_code": code, "order_date": on, "amount_ex_tax": value, "line_type": kind}


def test_e08_growth_over_a_zero_or_negative_base(examples: Path) -> None:
    rows = read_csv(examples / "E08_growth.csv")
    lines = [amount(row["case"], LONG_AGO, Decimal(1)) for row in rows]  # everyone bought once, long ago
    for row in rows:
        for on, column in ((BEFORE, "previous"), (NOW, "current")):
            if row[column] != "0":
                lines.append(amount(row["case"], on, Decimal(row[column])))
    facts = tables(customers=customers(row["case"] for row in rows), order_lines=lines)
    got = metrics(facts, "sales_growth_pct")
    for row in rows:
        result = got[row["case"]]
        want = Decimal(row["expected_growth_pct"]) if row["expected_growth_pct"] else None
        status = result["sales_growth_pct_12m_status"]
        assert (result["sales_growth_pct_12m"], status) == (want, row["expected_status"]), row


def test_e08_a_customer_that_never_bought_has_no_growth() -> None:
    got = metrics(tables(customers=customers(["N"])), "sales_growth_pct", "three_year_growth_pct")["N"]
    assert (got["sales_growth_pct_12m"], got["sales_growth_pct_12m_status"]) == (None, "no_history")
    assert (got["three_year_growth_pct"], got["three_year_growth_pct_status"]) == (None, "no_history")


def test_e08_compound_growth_over_completed_fiscal_years(examples: Path) -> None:
    rows = read_csv(examples / "E08_cagr.csv")
    lines = []
    for row in rows:  # as of June 2025 the last completed year is 2024
        first = date(2024 - int(row["years"]), 3, 1)
        start, end = Decimal(row["start"]), Decimal(row["end"])
        if start:
            lines.append(amount(row["case"], first, start))
        else:  # a year of trade that nets to zero
            lines += [amount(row["case"], first, Decimal(7)), amount(row["case"], first, Decimal(-7))]
        if end:
            lines.append(amount(row["case"], date(2024, 12, 31), end))
        lines.append(
            amount(row["case"], date(2025, 1, 1), Decimal(99_999))
        )  # the running year does not count
    facts = tables(customers=customers(row["case"] for row in rows), order_lines=lines)
    got = metrics(facts, "three_year_growth_pct")
    for row in rows:
        result = got[row["case"]]
        want = Decimal(row["expected_cagr_pct"]) if row["expected_cagr_pct"] else None
        status = result["three_year_growth_pct_status"]
        assert (result["three_year_growth_pct"], status) == (want, row["expected_status"]), row
