"""What keeps a run from being made, and what it says about its facts although it is made."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.book.bookkit import AT, Kit, line
from tierwise import api
from tierwise.book.shape import NEEDS_RATE
from tierwise.grading.wording import WARNINGS
from tierwise.kernel.errors import TierwiseError
from tierwise.metrics.waiting import READ

END = date(2026, 2, 28)
INVOICE = {
    "number": "F1",
    "customer_code": "C1",
    "issue_date": "2026-01-02",
    "due_date": "2026-02-01",
    "amount": 9,
}


@pytest.fixture
def kit(tmp_path):
    kit = Kit(tmp_path)
    kit.put("customers", {"code": "C1", "name": "One"})
    kit.put("order_lines", line("A", 1, 100))
    return kit


def graded(kit: Kit, policy: str = "abc_sales", as_of: date = END):
    return api.grade(kit.book, policy, as_of=as_of, actor="a", at=AT)


def codes(kit: Kit, **more) -> list[str]:
    return [warning["code"] for warning in graded(kit, **more).warnings]


UNREAD = [
    ("order_lines", line("B", 1, 5, currency="USD", status="cancelled")),
    ("order_lines", line("B", 1, 5, currency="USD", status="draft")),
    ("order_lines", line("B", 1, 5, currency="USD", reported_by_agent="true")),
    ("order_lines", line("B", 1, 5, "2026-03-05", currency="USD")),
    ("invoices", INVOICE | {"currency": "USD", "status": "void"}),
    (
        "payments",
        {"number": "P", "customer_code": "C1", "date": "2026-01-05", "amount": 1, "currency": "USD"},
    ),
]


@pytest.mark.parametrize(("table", "row"), UNREAD)
def test_a_row_that_no_run_reads_blocks_none_for_want_of_a_rate(kit, table, row):
    kit.put(table, row)
    assert graded(kit, "customer_value").record.number == 1


def test_a_row_that_counts_blocks_from_its_day_on(kit):
    kit.put("order_lines", line("B", 1, 5, currency="USD"))
    assert graded(kit, as_of=date(2026, 2, 2)).record.number == 1
    with pytest.raises(TierwiseError) as error:
        graded(kit)
    assert error.value.code == "grade.rates-missing"
    assert error.value.problems[0].say("en").startswith("1 row of order_lines waits for an exchange rate")


def test_an_invoice_without_a_rate_blocks_only_policies_that_read_invoices(kit):
    kit.put("invoices", INVOICE | {"currency": "USD"})
    assert graded(kit, "abc_group").record.number == 1
    with pytest.raises(TierwiseError):
        graded(kit, "customer_value")


def test_what_check_calls_blocking_is_what_metrics_read():
    assert NEEDS_RATE.keys() == READ.keys()


def test_a_day_before_all_order_lines_is_warned_about(kit):
    assert "run.before-data" not in codes(kit)
    found = graded(kit, as_of=date(2020, 1, 31)).warnings
    told = {warning["code"]: warning for warning in found}["run.before-data"]
    assert told == {"code": "run.before-data", "as_of": "2020-01-31", "first": "2026-02-03"}


def test_a_book_without_order_lines_says_so(tmp_path):
    kit = Kit(tmp_path)
    kit.put("customers", {"code": "C1", "name": "One"})
    assert "run.no-order-lines" in codes(kit)


def test_customers_without_a_record_are_counted_and_the_first_are_named(kit):
    kit.put("order_lines", *(line(f"X{n}", 1, n, customer_code=f"N{n}") for n in range(1, 6)))
    told = {w["code"]: w for w in graded(kit).warnings}["run.unknown-customers"]
    assert (told["count"], told["names"]) == (5, "N1, N2, N3 …")
    assert WARNINGS.say(**told, lang="en").startswith("5 customers are graded without a record")
    assert api.replay(kit.book).same
