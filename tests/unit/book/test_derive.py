"""Base-currency amounts: exact, rounded half away from zero, linked returns at the sale's rate."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.book.bookkit import AT, Kit, line, money
from tierwise.book.deriving import converted


@pytest.fixture
def kit(tmp_path):
    return Kit(tmp_path)


def rate(amount: object, on: str = "2026-02-01", currency: str = "USD"):
    return {"currency": currency, "date": on, "rate_to_base": amount}


def usd(number: str, n: int, amount: object, day: str = "2026-02-03", **more):
    return line(number, n, amount, day, currency="USD", **more)


def back(number: str, n: int, amount: object, day: str, **more):
    return usd(number, n, amount, day, line_type="return", **more)


CONNECTION = duckdb.connect()
AMOUNTS = st.decimals(Decimal("-99999999"), Decimal("99999999"), places=4)
RATES = st.decimals(Decimal("0.00000001"), Decimal("9999"), places=8)


@settings(max_examples=200)
@given(AMOUNTS, RATES)
def test_a_product_is_rounded_half_away_from_zero_at_four_places(amount, rate):
    text = converted(f"CAST('{amount}' AS DECIMAL(18,4))", f"CAST('{rate}' AS DECIMAL(18,8))")
    [[got]] = CONNECTION.execute(f"SELECT {text}").fetchall()
    exact = Fraction(amount) * Fraction(rate) * 10_000
    rounded = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    assert got == Decimal(rounded).scaleb(-4).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def test_a_product_too_large_to_store_is_null_and_no_error():
    text = converted("CAST('99999999999999.9999' AS DECIMAL(18,4))", "CAST('9999999999' AS DECIMAL(18,8))")
    assert CONNECTION.execute(f"SELECT {text}").fetchone() == (None,)


def test_base_currency_needs_no_rate(kit):
    kit.put("order_lines", line("A", 1, "10.5", cost_amount="3.25"))
    assert kit.rows("order_lines", "fx_rate", "base_amount", "base_cost") == [
        (money("1"), money("10.5"), money("3.25"))
    ]


def test_the_rate_is_the_latest_on_or_before_the_posting_date(kit):
    kit.put("fx_rates", rate("7.1", "2026-02-01"), rate("7.2", "2026-02-03"), rate("7.3", "2026-02-04"))
    kit.put("order_lines", usd("A", 1, 10, "2026-02-01", posting_date="2026-02-03"))
    assert kit.rows("order_lines", "fx_rate", "base_amount") == [(money("7.2"), money("72"))]


def test_the_order_of_imports_does_not_change_an_amount(tmp_path):
    lines = [usd("A", 1, 10), back("A", 2, -3, "2026-02-20", linked_line=1)]
    rates = [rate("7.1"), rate("7.2", "2026-02-19")]
    found = []
    for n, order in enumerate(((0, 1, 2, 3), (3, 2, 1, 0), (1, 2, 0, 3))):
        folder = tmp_path / str(n)
        folder.mkdir()
        kit = Kit(folder)
        parts = [("order_lines", lines[0]), ("order_lines", lines[1]), *(("fx_rates", r) for r in rates)]
        for index in order:
            kit.put(parts[index][0], parts[index][1])
        found.append(kit.rows("order_lines", "line_no", "fx_rate", "base_amount"))
    assert found[0] == [(1, money("7.1"), money("71")), (2, money("7.1"), money("-21.3"))]
    assert found[0] == found[1] == found[2]


def test_a_full_return_nets_to_exactly_zero(kit):
    kit.put("fx_rates", rate("7.12345678"), rate("7.5", "2026-02-19"))
    kit.put("order_lines", usd("A", 1, "99.99", cost_amount="11.11"))
    kit.put(
        "order_lines",
        back("R", 1, "-99.99", "2026-02-20", linked_order="A", linked_line=1, cost_amount="-11.11"),
    )
    assert sum(kit.rows("order_lines", "base_amount")) == 0
    assert sum(kit.rows("order_lines", "base_cost")) == 0


def test_the_return_that_completes_a_sale_takes_the_remainder(kit):
    kit.put("fx_rates", rate("0.33333333"))
    thirds = [back("A", n, "-0.0001", f"2026-02-0{n + 2}", linked_line=1) for n in (2, 3, 4)]
    kit.put("order_lines", usd("A", 1, "0.0003"), *thirds)
    assert kit.rows("order_lines", "line_no", "base_amount") == [
        (1, money("0.0001")),
        (2, money("0")),
        (3, money("0")),
        (4, money("-0.0001")),
    ]


def test_a_cancelled_return_takes_no_remainder(kit):
    kit.put("fx_rates", rate("0.33333333"))
    rows = [back("A", 2, "-0.0001", "2026-02-04", linked_line=1)]
    rows.append(back("A", 3, "-0.0002", "2026-02-05", linked_line=1, status="cancelled"))
    kit.put("order_lines", usd("A", 1, "0.0003"), *rows)
    assert kit.rows("order_lines", "base_amount") == [money("-0.0001"), money("0"), money("0.0001")]


def test_a_closed_row_keeps_its_amount_when_rates_change(kit):
    kit.put("fx_rates", rate("7.1", "2026-01-01"), rate("7.2"))
    kit.put("order_lines", usd("A", 1, 10, "2026-01-05"), usd("A", 2, 10, "2026-02-05"))
    kit.close("2026-01-31")
    kit.put("fx_rates", rate("8.1", "2026-01-05"), rate("8.2", "2026-02-05"))
    assert kit.rows("order_lines", "base_amount") == [money("71"), money("82")]


def test_a_blocked_row_is_converted_as_soon_as_its_rate_comes_even_when_closed(kit):
    summary = kit.put("order_lines", usd("A", 1, 10, "2026-01-05"))
    assert [warning.code for warning in summary.warnings] == ["import.blocked-rows"]
    kit.close("2026-01-31")
    kit.put("fx_rates", rate("7", "2026-01-05"))
    assert kit.rows("order_lines", "base_amount") == [money("70")]


def test_a_reversal_carries_the_rate_of_the_row_it_reverses(kit):
    kit.put("fx_rates", rate("7.1", "2026-01-01"), rate("9", "2026-02-01"))
    kit.put("order_lines", usd("A", 1, 10, "2026-01-05", cost_amount=4))
    kit.close("2026-01-31")
    kit.put("order_lines", usd("A", 1, 12, "2026-01-05", cost_amount=4))
    assert kit.rows("order_lines", "line_no", "base_amount", "base_cost") == [
        (1, money("71"), money("28.4")),
        (1_000_001, money("-71"), money("-28.4")),
        (2_000_001, money("85.2"), money("28.4")),
    ]


def test_an_invoice_is_converted_at_the_rate_of_its_issue_date(kit):
    kit.put("fx_rates", rate("7.1", "2026-01-01"), rate("9", "2026-03-01"))
    invoice = {"number": "F", "customer_code": "C", "issue_date": "2026-01-02", "due_date": "2026-02-01"}
    invoice |= {"amount": 10, "currency": "USD", "status": "open"}
    kit.put("invoices", invoice)
    kit.put("invoices", invoice | {"status": "disputed"})
    assert kit.rows("invoices", "base_amount") == [money("71"), money("71")]


def set_age(kit: Kit, days: int) -> None:
    """The greatest age of a rate, edited as a person would."""
    file = kit.book.path / "book.yaml"
    file.write_text(
        file.read_text("utf-8").replace("fx_max_age_days: 10", f"fx_max_age_days: {days}"), "utf-8"
    )


@pytest.mark.parametrize(("days", "expected"), [(10, "710"), (8, "710"), (7, None)])
def test_another_greatest_age_of_rates_converts_open_rows_again(kit, days, expected):
    kit.put_all(("fx_rates", [rate("7.1", "2026-01-26")]), ("order_lines", [usd("A", 1, 100)]))
    assert kit.rows("order_lines", "base_amount") == [money("710")]
    set_age(kit, days)
    kit.put("customers", {"code": "C1", "name": "Alpha"})
    assert kit.rows("order_lines", "base_amount") == [None if expected is None else money(expected)]


def test_a_row_that_waits_for_a_rate_is_converted_once_an_older_one_may_be_used(tmp_path):
    kit = Kit(tmp_path, fx_max_age_days=10)
    kit.put_all(("fx_rates", [rate("7.1", "2026-01-01")]), ("order_lines", [usd("A", 1, 100)]))
    assert kit.book.current().state["order_lines"].facts["blocked"] == 1
    set_age(kit, 40)
    with kit.book.writer(actor="alice", at=AT):
        pass
    version = kit.book.current()
    assert (version.kind, version.state["order_lines"].facts["blocked"]) == ("settings", 0)
    assert kit.rows("order_lines", "base_amount") == [money("710")]


def test_a_conversion_that_fails_leaves_no_staged_files_and_no_version(kit, monkeypatch):
    def full(writer) -> None:
        (writer.path / "staging" / "half").write_text("x")
        raise OSError("no room")

    set_age(kit, 8)
    monkeypatch.setattr("tierwise.book.store.convert_again", full)
    before = kit.book.current().number
    with pytest.raises(OSError, match="no room"), kit.book.writer(actor="alice", at=AT):
        pass
    assert list((kit.book.path / "staging").iterdir()) == []
    assert kit.book.current().number == before


def test_a_closed_row_keeps_its_amount_when_the_greatest_age_of_rates_changes(kit):
    kit.put_all(("fx_rates", [rate("7.1", "2026-01-26")]), ("order_lines", [usd("A", 1, 100)]))
    kit.close("2026-02-28")
    set_age(kit, 1)
    kit.put("customers", {"code": "C1", "name": "Alpha"})
    assert kit.rows("order_lines", "base_amount") == [money("710")]
