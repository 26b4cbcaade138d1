"""Undoing an import: what it brought leaves, what it took comes back, and later work is never lost."""

from __future__ import annotations

import pytest

from tests.unit.book.bookkit import AT, Kit, day, line, money
from tierwise.book.batches import batches
from tierwise.book.checking import check
from tierwise.book.orphans import Orphans
from tierwise.book.undoing import undo_import, undo_loss, undo_reason
from tierwise.kernel.errors import TierwiseError


@pytest.fixture
def kit(tmp_path):
    return Kit(tmp_path)


def undo(kit: Kit, batch: int):
    return undo_import(kit.book, batch, actor="bob", at=AT)


def everything(kit: Kit, table: str) -> list[tuple]:
    return kit.rows(table, *kit.book.schema(table))


def test_undoing_the_newest_import_brings_back_exactly_what_was_there(kit):
    kit.put("order_lines", line("A", 1, 10), line("A", 2, 20))
    before = everything(kit, "order_lines")
    kit.put("order_lines", line("A", 1, 11), line("B", 1, 5))
    summary = undo(kit, 2)
    assert (summary.removed, summary.restored, summary.version) == (2, 1, 4)
    assert everything(kit, "order_lines") == before


def test_undoing_the_first_import_leaves_an_empty_table(kit):
    kit.put("order_lines", line("A", 1, 10))
    undo(kit, 1)
    assert kit.rows("order_lines", "line_no") == []
    assert kit.put("order_lines", line("A", 1, 10)).new == 1


def test_undoing_an_older_import_keeps_what_came_later(kit):
    kit.put("order_lines", line("A", 1, 10), line("A", 2, 20))
    kit.put("order_lines", line("A", 1, 11), line("B", 1, 5, "2026-01-08"))
    kit.put("order_lines", line("C", 1, 7), line("A", 2, 22))
    undo(kit, 2)
    assert kit.rows("order_lines", "order_number", "line_no", "amount_ex_tax", "batch") == [
        ("A", 1, money("10"), 1),
        ("A", 2, money("22"), 3),
        ("C", 1, money("7"), 3),
    ]


def test_undoing_is_refused_where_later_imports_touched_the_same_keys(kit):
    kit.put("order_lines", *(line("A", n, 10) for n in range(1, 31)))
    kit.put("order_lines", *(line("A", n, 11) for n in range(1, 31)))
    kit.put("order_lines", *(line("A", n, 12) for n in range(1, 26)))
    before = kit.book.current().number
    with pytest.raises(TierwiseError) as error:
        undo(kit, 2)
    slots = error.value.problems[0].slots
    assert (error.value.code, slots["count"], slots["keys"].count(";")) == ("undo.touched-later", 25, 19)
    assert kit.book.current().number == before


def test_an_import_is_undone_once(kit):
    kit.put("order_lines", line("A", 1, 10))
    undo(kit, 1)
    for number, code in ((1, "undo.twice"), (2, "undo.no-batch"), (9, "undo.no-batch")):
        with pytest.raises(TierwiseError) as error:
            undo(kit, number)
        assert error.value.code == code
    assert [batch.undone_by for batch in batches(kit.book, kit.book.current())] == [2, None]


def test_a_file_can_be_imported_again_after_it_was_undone(kit):
    kit.put("order_lines", line("A", 1, 10))
    undo(kit, 1)
    again = kit.put("order_lines", line("A", 1, 10))
    assert (again.new, again.batch) == (1, 3)


def test_undoing_a_correction_in_a_closed_period_takes_reversal_and_replacement_out(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05"))
    kit.close("2026-01-31")
    kit.put("order_lines", line("A", 1, 12, "2026-01-05"))
    kit.put("order_lines", line("Z", 1, 1, "2026-02-05"))
    undo(kit, 2)
    assert kit.rows("order_lines", "order_number", "amount_ex_tax") == [("A", money("10")), ("Z", money("1"))]


def test_undoing_tells_how_many_rows_leave_closed_periods(kit):
    kit.put(
        "order_lines",
        line("A", 1, 10, "2026-01-05"),
        line("B", 1, 10, "2026-01-31"),
        line("C", 1, 1, "2026-02-01"),
    )
    kit.put("customers", {"code": "C1", "name": "Alpha"})
    kit.close("2026-01-31")
    assert undo(kit, 2).closed == 0
    assert undo(kit, 1).closed == 2


def test_undoing_a_payment_correction_lets_the_old_one_speak_again(kit):
    pay = {"number": "P", "customer_code": "C1", "date": "2026-01-05", "amount": 10}
    kit.put("payments", pay)
    kit.close("2026-01-31")
    kit.put("payments", pay | {"amount": 11})
    kit.put("payments", pay | {"number": "Q"})
    undo(kit, 2)
    assert kit.rows("payments", "number", "amount", "superseded_on") == [
        ("P", money("10"), None),
        ("Q", money("10"), None),
    ]


def test_undoing_a_dated_change_closes_the_gap_between_its_neighbours(kit):
    for start in ("2024-01-01", "2025-01-01", "2026-01-01"):
        kit.put("customers", {"code": "C", "name": start, "valid_from": start})
    undo(kit, 2)
    assert kit.rows("customers", "valid_from", "superseded_on") == [
        (day("2024-01-01"), day("2026-01-01")),
        (day("2026-01-01"), None),
    ]


def rate(amount: object, on: str = "2026-02-01"):
    return {"currency": "USD", "date": on, "rate_to_base": amount}


def test_undoing_rates_blocks_the_rows_again(kit):
    kit.put("order_lines", line("A", 1, 10, currency="USD"))
    kit.put("fx_rates", rate("7.1"))
    assert kit.rows("order_lines", "base_amount") == [money("71")]
    undo(kit, 2)
    assert kit.rows("order_lines", "base_amount", "fx_rate") == [(None, None)]
    assert kit.book.current().state["order_lines"].facts["blocked"] == 1


def test_undoing_rates_after_other_imports_blocks_the_rows_again(kit):
    kit.put("order_lines", line("A", 1, 10, currency="USD"))
    kit.put("fx_rates", rate("7.1"))
    kit.put("order_lines", line("B", 1, 5))
    kit.put("fx_rates", rate("7.2", "2026-02-02"))
    undo(kit, 2)
    assert kit.rows("order_lines", "order_number", "base_amount") == [("A", money("72")), ("B", money("5"))]


def company(kit: Kit) -> None:
    """Two customers of the first import, one of them also of the second; rows of both."""
    kit.put("customers", {"code": "C1", "name": "A"}, {"code": "C2", "name": "B", "parent_code": "C1"})
    kit.put("customers", {"code": "C3", "name": "C", "parent_code": "C2", "referred_by": "C1"})
    kit.put("order_lines", line("A", 1, 10), line("A", 2, 10), line("B", 1, 10, customer_code="C9"))
    kit.put(
        "invoices",
        {
            "number": "I",
            "customer_code": "C2",
            "issue_date": "2026-02-03",
            "due_date": "2026-03-03",
            "amount": 1,
        },
    )


def unknown(kit: Kit) -> set[str]:
    """The codes of customers that the check finds nowhere."""
    found = check(kit.book, at=AT)
    return {
        code
        for issue in found
        if issue.code == "check.unknown-reference" and issue.slots["target"] == "customers"
        for code in issue.examples
    }


def test_undoing_customers_counts_those_that_other_rows_go_on_naming(kit):
    company(kit)
    version, before = kit.book.current().number, unknown(kit)
    loss = undo_loss(kit.book, 1)
    assert (loss.table, loss.removed, loss.restored, loss.closed) == ("customers", 2, 0, 0)
    assert (loss.orphans.count, loss.orphans.examples) == (2, ("C1", "C2"))
    assert loss.orphans.rows == {"customers": 1, "order_lines": 2, "invoices": 1}
    assert kit.book.current().number == version
    assert undo(kit, 1).orphans == loss.orphans
    assert unknown(kit) - before == {"C1", "C2"}


def test_a_customer_of_whom_an_earlier_state_stays_is_not_lost(kit):
    company(kit)
    kit.put(
        "customers", {"code": "C1", "name": "New", "valid_from": "2026-03-01"}, {"code": "C4", "name": "D"}
    )
    assert undo_loss(kit.book, 5).orphans == Orphans()
    assert undo_loss(kit.book, 2).orphans == Orphans()  # nobody names it
    assert undo_loss(kit.book, 1).orphans.examples == ("C2",)


def test_payments_that_allocations_go_on_naming_are_counted(kit):
    paid = {"customer_code": "C1", "payment_date": "2026-02-05", "amount": 5}
    kit.put("customers", {"code": "C1", "name": "A", "valid_from": "2025-01-01"})
    kit.put("payments", {"number": "P1", **paid}, {"number": "P2", **paid})
    bill = {"customer_code": "C1", "issue_date": "2026-01-05", "due_date": "2026-03-03", "amount": 10}
    kit.put("invoices", {"number": "I1", **bill})
    kit.put(
        "allocations", {"payment_number": "P1", "invoice_number": "I1", "amount": 5, "date": "2026-02-05"}
    )
    assert undo_loss(kit.book, 2).orphans == Orphans(1, ("P1",), {"allocations": 1})


def test_what_undoing_would_take_is_refused_where_undoing_is(kit):
    company(kit)
    kit.put("order_lines", line("A", 1, 12))
    for number, code in ((3, "undo.touched-later"), (9, "undo.no-batch")):
        with pytest.raises(TierwiseError) as error:
            undo_loss(kit.book, number)
        assert error.value.code == code


def test_undoing_what_nothing_names_looks_for_nothing(kit):
    company(kit)
    assert undo_loss(kit.book, 3).orphans == Orphans()
    assert undo_loss(kit.book, 4).removed == 1


def test_an_invoice_that_was_corrected_in_a_closed_period_is_not_lost(kit):
    bill = {
        "number": "I",
        "customer_code": "C1",
        "issue_date": "2026-01-05",
        "due_date": "2026-03-03",
        "amount": 10,
    }
    kit.put("invoices", bill)
    kit.put(
        "payments",
        {"number": "P", "customer_code": "C1", "date": "2026-01-06", "amount": 10, "invoice_number": "I"},
    )
    kit.close("2026-01-31")
    kit.put("invoices", bill | {"amount": 11})
    assert undo_loss(kit.book, 3).orphans == Orphans()
    undo(kit, 3)
    assert undo_loss(kit.book, 1).orphans == Orphans(1, ("I",), {"payments": 1})


def test_the_book_keeps_why_an_import_was_undone(kit):
    kit.put("order_lines", line("A", 1, 10))
    kit.put("order_lines", line("B", 1, 10))
    undo(kit, 1)
    undo_import(kit.book, 2, actor="bob", at=AT, reason="  the wrong\nyear: 2025 ")
    found = batches(kit.book, kit.book.current())
    said = [undo_reason(kit.book.version(found[by - 1].version), found[at]) for at, by in ((0, 3), (1, 4))]
    assert said == ["", "the wrong year: 2025"]
