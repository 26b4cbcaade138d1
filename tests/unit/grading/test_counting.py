"""The rows that are said to count come to the number that they stand behind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.book.bookkit import Kit, line
from tierwise import api
from tierwise.demo.company import write_company
from tierwise.grading.counting import AFTER, BEFORE, NOT_COUNTED, NOT_DUE, counting
from tierwise.grading.lines import source_lines

AT = datetime(2026, 11, 1, tzinfo=UTC)
AS_OF = date(2026, 10, 31)
SUMMED = (
    "net_sales_3m", "net_sales_12m", "net_sales_24m", "order_amount_6m", "gross_sales_12m", "returns_12m", "cumulative_sales"
)  # fmt: skip
OTHERS = ("net_sales_before_12m", "net_sales_before_3m")


@pytest.fixture(scope="module", params=[{}, {"posting_basis": "order"}], ids=str)
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> api.Book:
    folder = tmp_path_factory.mktemp("counted")
    company = write_company(folder / "files", customers=40, seed=5, last_month=AS_OF)
    made = api.create_book(
        folder / "book", name="c", actor="ann", at=AT, base_currency="CNY", **request.param
    )
    items = [api.ImportItem(table, files) for table, files in company.tables.items()]
    api.import_batch(made, items, strict=True, actor="ann", at=AT)
    api.grade(made, "abc_sales", as_of=AS_OF, actor="ann", at=AT)
    return made


def test_the_rows_that_count_come_to_the_number(book: api.Book) -> None:
    record, policy = api.list_runs(book)[-1], api.load_policy("abc_sales").policy
    told = api.compute_metrics(book, [*SUMMED, *OTHERS], as_of=AS_OF).to_pylist()
    left_out = set()
    for row in told:
        lines = source_lines(book, record, [row["customer_id"]], ["order_lines"])
        for column in SUMMED:
            counts = counting(column, record, policy)
            found = counts.sum_of("order_lines", lines)
            assert found is not None
            assert found[1] == (row[column] or 0), (row["customer_id"], column)
            left_out |= {counts.left_out("order_lines", one) for one in lines}
        for column in OTHERS:
            counts = counting(column, record, policy)
            counted = [one["base_amount"] for one in lines if counts.left_out("order_lines", one) is None]
            assert sum(counted, Decimal(0)) == (row[column] or 0), (row["customer_id"], column)
            assert counts.sum_of("order_lines", lines) is None
            left_out |= {counts.left_out("order_lines", one) for one in lines}
    assert left_out == {None, BEFORE, AFTER, NOT_COUNTED}


def test_freight_counts_where_the_policy_says_so(book: api.Book, tmp_path: Path) -> None:
    text = api.load_policy("abc_sales").text
    (tmp_path / "freight.yaml").write_text(text + "\nsettings:\n  include_freight: true\n", "utf-8")
    document = api.load_policy(tmp_path / "freight.yaml")
    record = api.grade(book, document, as_of=AS_OF, actor="ann", at=AT).record
    values = book.read(f"results/{record.run_id}", book.current()).to_pylist()
    counts = counting("net_sales_12m", record, document.policy)
    usual = counting("net_sales_12m", record, api.load_policy("abc_sales").policy)
    more = 0
    for row in values:
        lines = source_lines(book, record, [row["customer_id"]], ["order_lines"])
        found = counts.sum_of("order_lines", lines)
        assert found is not None
        assert found[1] == (row["net_sales_12m"] or 0)
        more += found != usual.sum_of("order_lines", lines)
    assert more


@pytest.mark.parametrize(
    "column", ["sales_growth_pct_12m", "net_sales_year_ago_12m", "recency_days", None, "nothing"]
)
def test_nothing_is_called_outside_of_a_window_that_the_metric_does_read(
    column: str | None, tmp_path: Path
) -> None:
    kit = Kit(tmp_path)
    kit.put(
        "order_lines", line("A", 1, 100, "2025-02-05"), line("B", 1, 100, "2026-02-05", status="cancelled")
    )
    record = api.grade(kit.book, "abc_sales", as_of=date(2026, 3, 31), actor="ann", at=AT).record
    policy = api.load_policy("abc_sales").policy
    lines = source_lines(kit.book, record, ["C1"], ["order_lines"])
    said = {
        one["order_number"]: counting(column, record, policy).left_out("order_lines", one) for one in lines
    }
    assert said == {"A": None, "B": NOT_COUNTED}


def test_an_invoice_is_overdue_from_the_day_after_it_was_due(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("order_lines", line("A", 1, 100, "2026-02-05"))
    record = api.grade(kit.book, "abc_sales", as_of=date(2026, 3, 31), actor="ann", at=AT).record
    policy = api.load_policy("abc_sales").policy
    rows = {day: {"counts": True, "due_date": date(2026, 3, day), "status": "open"} for day in (30, 31)}
    said = {day: counting("overdue", record, policy).left_out("invoices", row) for day, row in rows.items()}
    assert said == {30: None, 31: NOT_DUE}
    for status in ("written_off", "disputed"):
        row = rows[30] | {"status": status}
        assert counting("overdue", record, policy).left_out("invoices", row) is NOT_COUNTED
