"""Undoing an import: what it brought leaves, what it took comes back, and later work is never lost."""

from __future__ import annotations

import pytest

from tests.unit.book.bookkit import AT, Kit, day, line, money
from tierwise.book.batches import batches
from tierwise.book.undoing import undo_import
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
