"""``metrics compute``: numbers stay whole, nobody is dropped silently, and rows go to files."""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

DAY = ("--as-of", "2026-02-28")
MANY = (
    "net_sales",
    "gross_sales",
    "sales_growth_pct",
    "last_order_on",
    "gross_profit",
    "largest_order",
    "orders",
)


@pytest.mark.parametrize("width", ["40", "60", "80"])
def test_no_number_is_broken_however_narrow_the_terminal(cli, book, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    rows = cli("metrics", "compute", book, *MANY, *DAY, "--json").data["rows"]
    shown = cli("metrics", "compute", book, *MANY, *DAY).out
    assert max(len(line) for line in shown.splitlines() if not line.startswith("…")) <= int(width)
    words = set(shown.replace(",", "").split())
    for row in rows:
        for name in ("net_sales_12m", "gross_profit_12m", "largest_order_12m"):
            amount = Decimal(row[name]).quantize(Decimal("0.01"))
            assert {str(amount), str(amount).removesuffix(".00")} & words, (name, amount)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_metrics_go_to_a_file_with_every_row(cli, book, tmp_path, ending):
    out = tmp_path / f"metrics.{ending}"
    answer = cli("metrics", "compute", book, "net_sales", "orders", *DAY, "--limit", "2", "--out", out)
    assert answer.code == 0
    assert str(out) in answer.out.replace("\n", "")
    if ending == "csv":
        rows = len(out.read_text("utf-8-sig").splitlines()) - 1
    elif ending == "xlsx":
        rows = len(CalamineWorkbook.from_path(str(out)).get_sheet_by_name("metrics").to_python()) - 1
    else:
        rows = pq.read_table(out).num_rows
    assert rows == 12


def test_a_file_of_another_kind_is_refused_before_anything_is_computed(cli, book, tmp_path):
    answer = cli("metrics", "compute", book, "net_sales", *DAY, "--out", tmp_path / "m.txt")
    assert (answer.code, "[export.format]" in answer.err) == (2, True)


def test_a_customer_that_the_book_has_not_is_named_beside_the_others(cli, book):
    words = ("metrics", "compute", book, "net_sales", *DAY, "--customer", "C01", "--customer", "NOPE")
    assert "the book has no customer NOPE" in cli(*words).out
    data = cli(*words, "--json").data
    assert [row["customer_id"] for row in data["rows"]] == ["C01"]
    assert [warning["code"] for warning in data["warnings"]] == ["metric.no-customer"]


def test_nobody_but_unknown_customers_is_an_error(cli, book):
    answer = cli("metrics", "compute", book, "net_sales", *DAY, "--customer", "X", "--customer", "Y")
    assert (answer.code, answer.err) == (2, "the book has no customers X, Y [metric.no-customer]\n")


def test_rows_left_out_for_want_of_a_rate_are_said(cli, book, tmp_path):
    lines = tmp_path / "usd.csv"
    lines.write_text(
        "order_number,line_no,customer_code,order_date,amount_ex_tax,currency\nU1,1,C01,2026-02-03,5,USD\n"
    )
    cli("import", book, "order_lines", lines)
    said = cli("metrics", "compute", book, "net_sales", *DAY, "--json").data["warnings"]
    assert [(w["code"], w["message"][:33]) for w in said] == [
        ("metric.rates-missing", "1 row of order_lines waits for an")
    ]
    early = cli("metrics", "compute", book, "net_sales", "--as-of", "2026-01-31", "--json").data
    assert early["warnings"] == []


def test_runs_say_the_year(cli, book):
    assert re.search(r"2026-03-10 10:00$", cli("runs", book).out, re.MULTILINE)


def test_a_code_is_told_in_words_and_kept_as_a_code(cli, book):
    words = ("metrics", "compute", book, "lifecycle", *DAY)
    assert {row["lifecycle"] for row in cli(*words, "--json").data["rows"]} <= {
        "active",
        "at_risk",
        "dormant",
        "lost",
    }
    assert "有流失风险" in cli("--lang", "zh", "metrics", "show", "lifecycle").out
    shown = cli(*words).out + cli("metrics", "show", "lifecycle").out
    assert "at risk" in shown
    assert "at_risk" not in shown
    assert cli("metrics", "show", "lifecycle", "--json").data["codes"]["lost"] == "lost"


def test_no_is_not_the_same_as_nothing(cli, book):
    assert "no" in cli("metrics", "compute", book, "loss_making", *DAY).out.split()


def test_late_amounts_are_listed_by_reason(cli, book, tmp_path):
    assert "Nothing was paid late" in cli("metrics", "reasons", book, *DAY).out
    bills = tmp_path / "invoices.csv"
    bills.write_text(
        "number,customer_code,issue_date,due_date,amount\n"
        "I1,C01,2025-11-01,2025-12-01,100\nI2,C01,2025-11-01,2025-12-01,70\n"
    )
    paid = tmp_path / "allocations.csv"
    paid.write_text("number,invoice_number,allocated_on,amount,late_reason\nA1,I1,2026-01-05,100,资金短缺\n")
    cli("import", book, "invoices", bills)
    cli("import", book, "allocations", paid)
    rows = cli("metrics", "reasons", book, *DAY, "--json").data["rows"]
    assert [(r["reason"], r["excused"], Decimal(r["amount"]), r["parts"]) for r in rows] == [
        ("cash_shortage", False, 100, 1),
        ("unknown", False, 70, 1),
    ]
    said = cli("--lang", "zh", "metrics", "reasons", book, *DAY, "--customer", "C01").out
    assert "资金紧张" in said
    assert "不明" in said
    early = ("--as-of", "2025-12-01")
    assert cli("metrics", "reasons", book, *early, "--json").data["rows"] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("NET_SALES", "did you mean: net_sales"),
        ("net_sale", "did you mean: net_sales"),
        ("nosuch", "`tierwise metrics list`"),
    ],
)
def test_an_unknown_metric_is_told_with_those_that_are_near(cli, book, name, said):
    answer = cli("metrics", "compute", book, name, *DAY)
    assert answer.code == 2
    assert said in answer.err
    assert ("是否指" in cli("metrics", "compute", book, name, *DAY, "--lang", "zh").err) == ("did" in said)
