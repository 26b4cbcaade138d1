"""E16: currencies, a return at the sale's rate, and the oldest rate that may be used.

Through the real importer: rates and order lines as CSV files into a book.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tierwise.book.importing import import_batch
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.metrics.report import compute_for_people

AT = datetime(2025, 7, 9, 2, 0, tzinfo=UTC)
HEADER = [
    "order_number",
    "line_no",
    "customer_code",
    "order_date",
    "line_type",
    "status",
    "currency",
    "amount_ex_tax",
    "linked_line",
]
COUNTED = ("posted", "part_shipped", "shipped", "closed")


@pytest.fixture
def expected(examples):
    return json.loads((examples / "E16_expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def lines(examples):
    with (examples / "E16_net_sales.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def imported(tmp_path, expected, rows, *, rates_first=True):
    book = book_of(tmp_path, expected, rows, rates_first=rates_first)
    stored = book.read("order_lines", book.current()).to_pylist()
    return {row["line_no"]: row for row in stored}


def book_of(tmp_path, expected, rows, *, rates_first=True):
    book = Book.create(
        tmp_path / "book", Settings(name="E16", base_currency=expected["base_currency"]), actor="e", at=AT
    )
    rates = [(r["currency"], r["date"], r["rate"]) for r in expected["rates"]]
    items = [
        (
            "fx_rates",
            [write(tmp_path / "rates.csv", ("currency", "date", "rate_to_base"), rates)],
            None,
        ),
        ("order_lines", [write(tmp_path / "lines.csv", HEADER, rows)], None),
    ]
    for item in [items] if rates_first else [items[1:], items[:1]]:
        import_batch(book, item, actor="e", at=AT)
    return book


def e16_rows(lines):
    return [
        (
            "E16",
            r["line"],
            "C1",
            r["date"],
            r["type"],
            r["status"],
            r["currency"],
            r["amount"],
            r["linked_line"],
        )
        for r in lines
    ]


@pytest.mark.parametrize("rates_first", [True, False])
def test_e16_each_line_has_its_amount_in_base_currency(tmp_path, expected, lines, rates_first):
    stored = imported(tmp_path, expected, e16_rows(lines), rates_first=rates_first)
    for line in lines:
        if line["expected_base_linked_rate"]:
            assert stored[int(line["line"])]["base_amount"] == Decimal(line["expected_base_linked_rate"])


def test_e16_net_sales_with_the_sales_rate(tmp_path, expected, lines):
    stored = imported(tmp_path, expected, e16_rows(lines))
    total = sum(row["base_amount"] for row in stored.values() if row["status"] in COUNTED)
    assert total == Decimal(expected["expected_net_sales_linked_rate"])


@pytest.mark.engines
def test_e16_the_metric_is_the_net_sales_stated(tmp_path, expected, lines):
    book = book_of(tmp_path, expected, e16_rows(lines))
    (row,) = compute_for_people(book, ["net_sales_12m"], date(2025, 6, 30)).to_pylist()
    assert row["net_sales_12m"] == Decimal(expected["expected_net_sales_linked_rate"])


def test_e16_an_unlinked_return_takes_its_own_days_rate(tmp_path, expected, lines):
    unlinked = [(*row[:-1], "") for row in e16_rows(lines)]
    stored = imported(tmp_path, expected, unlinked)
    for line in lines:
        if line["expected_base_own_date_rate"]:
            own = Decimal(line["expected_base_own_date_rate"])
            assert stored[int(line["line"])]["base_amount"] == own, line
    total = sum(row["base_amount"] for row in stored.values() if row["status"] in COUNTED)
    assert total == Decimal(expected["expected_net_sales_own_date_rate"])


@pytest.mark.parametrize(("case", "usable"), [("last_usable_day", True), ("stale_rate_case", False)])
def test_e16_a_rate_of_ten_days_is_usable_and_one_of_eleven_is_stale(tmp_path, expected, case, usable):
    day = expected[case]
    row = ("S", 1, "C1", day["date"], "sale", "posted", day["currency"], "100000", "")
    stored = imported(tmp_path, expected, [row])
    assert (stored[1]["base_amount"] is not None) is usable
    assert (stored[1]["fx_rate"] is not None) is usable
