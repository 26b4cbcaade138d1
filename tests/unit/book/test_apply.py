"""Applying an import: new, changed and same; open and closed periods; identities; dated attributes."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime

import pytest

from tests.unit.book.bookkit import AT, Kit, day, line, money
from tierwise.kernel.errors import TierwiseError

LATER = datetime(2026, 4, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def kit(tmp_path):
    return Kit(tmp_path)


def counts(summary):
    return summary.new, summary.changed, summary.same, summary.corrected, summary.removed


def test_the_same_file_twice_makes_no_version(kit):
    file = [line("A", 1, 10), line("A", 2, 20)]
    assert counts(kit.put("order_lines", *file)) == (2, 0, 0, 0, 0)
    again = kit.put("order_lines", *file)
    assert (counts(again), again.batch, again.version) == ((0, 0, 2, 0, 0), None, 2)


def test_the_same_rows_in_another_file_change_nothing_either(kit):
    kit.put("order_lines", line("A", 1, 10), line("A", 2, 20))
    again = kit.put("order_lines", line("A", 2, "20.00", channel=""), line("A", 1, 10))
    assert (counts(again), again.batch) == ((0, 0, 2, 0, 0), None)


def test_only_the_months_of_changed_rows_are_written_anew(kit):
    kit.put("order_lines", *(line("A", n, 10, f"2026-0{n}-05") for n in (1, 2, 3)))
    before = set(kit.book.files("order_lines", kit.book.current()))
    assert counts(kit.put("order_lines", line("A", 2, 11, "2026-02-05"), line("B", 1, 5, "2026-04-01"))) == (
        1,
        1,
        0,
        0,
        0,
    )
    after = set(kit.book.files("order_lines", kit.book.current()))
    assert len(before & after) == 2
    assert kit.rows("order_lines", "base_amount") == [money("10"), money("10"), money("11"), money("5")]


def test_a_line_that_moves_to_another_month_leaves_the_old_one(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05"), line("B", 1, 7, "2026-01-06"))
    kit.put("order_lines", line("A", 1, 10, "2026-03-05"))
    assert kit.rows("order_lines", "order_number", "posting_date") == [
        ("A", day("2026-03-05")),
        ("B", day("2026-01-06")),
    ]


def test_a_closed_line_is_reversed_and_replaced_on_the_first_open_day(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05", cost_amount=6, qty=2))
    kit.close("2026-01-31")
    summary = kit.put("order_lines", line("A", 1, 12, "2026-01-05", cost_amount=6, qty=2))
    assert counts(summary) == (0, 1, 0, 1, 0)
    rows = kit.rows("order_lines", "line_no", "amount_ex_tax", "posting_date", "qty", "known_on")
    assert rows == [
        (1, money("10"), day("2026-01-05"), money("2"), day("2026-01-05")),
        (1_000_001, money("-10"), day("2026-02-01"), money("-2"), day("2026-02-01")),
        (2_000_001, money("12"), day("2026-02-01"), money("2"), day("2026-02-01")),
    ]
    assert sum(note is not None and "2026-01-05" in note for note in kit.rows("order_lines", "note")) == 2


def test_a_correction_of_a_closed_line_is_the_same_when_imported_again(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05", note="x"))
    kit.close("2026-01-31")
    kit.put("order_lines", line("A", 1, 12, "2026-01-05", note="x"))
    again = kit.put("order_lines", line("A", 1, 12, "2026-01-05", note="x"), line("B", 1, 1))
    assert counts(again) == (1, 0, 1, 0, 0)


def test_a_second_correction_replaces_the_first_while_its_period_is_open(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05"))
    kit.close("2026-01-31")
    kit.put("order_lines", line("A", 1, 12, "2026-01-05"))
    assert counts(kit.put("order_lines", line("A", 1, 13, "2026-01-05"))) == (0, 1, 0, 0, 0)
    assert kit.rows("order_lines", "amount_ex_tax") == [money("-10"), money("10"), money("13")]


def test_a_third_correction_reverses_the_second_once_that_is_closed_too(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05"))
    kit.close("2026-01-31")
    kit.put("order_lines", line("A", 1, 12, "2026-01-05"))
    kit.close("2026-02-28")
    kit.put("order_lines", line("A", 1, 15, "2026-01-05"))
    rows = kit.rows("order_lines", "line_no", "amount_ex_tax", "posting_date")
    assert [row[1] for row in rows] == [money(t) for t in ("10", "-10", "12", "-12", "15")]
    assert [row[0] for row in rows] == [1, 1_000_001, 2_000_001, 3_000_001, 4_000_001]
    assert counts(kit.put("order_lines", line("A", 1, 15, "2026-01-05"), line("B", 1, 1))) == (1, 0, 1, 0, 0)


def test_late_rows_of_a_closed_month_are_known_from_the_first_open_day(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05"))
    kit.close("2026-01-31")
    summary = kit.put("order_lines", line("B", 1, 7, "2026-01-06"), line("C", 1, 8, "2025-11-06"))
    assert kit.rows("order_lines", "order_number", "posting_date", "known_on") == [
        ("A", day("2026-01-05"), day("2026-01-05")),
        ("B", day("2026-01-06"), day("2026-02-01")),
        ("C", day("2025-11-06"), day("2025-11-06")),
    ]
    assert [warning.code for warning in summary.warnings] == ["import.late-rows"]


def test_a_document_is_replaced_as_a_whole(kit):
    kit.put("order_lines", line("A", None, 10), line("A", None, 10), line("A", None, 30), line("B", None, 5))
    assert kit.rows("order_lines", "order_number", "line_no") == [("A", 1), ("A", 2), ("A", 3), ("B", 1)]
    summary = kit.put("order_lines", line("A", None, 10), line("A", None, 11))
    assert counts(summary) == (0, 1, 1, 0, 1)
    assert kit.rows("order_lines", "amount_ex_tax") == [money("10"), money("11"), money("5")]


def test_a_line_that_leaves_a_closed_document_is_reversed(kit):
    kit.put("order_lines", line("A", None, 10, "2026-01-05"), line("A", None, 20, "2026-01-05"))
    kit.close("2026-01-31")
    kit.put("order_lines", line("A", None, 10, "2026-01-05"))
    assert kit.rows("order_lines", "line_no", "amount_ex_tax") == [
        (1, money("10")),
        (1_000_002, money("-20")),
        (2, money("20")),
    ]
    assert kit.put("order_lines", line("A", None, 10, "2026-01-05"), line("Z", None, 1)).new == 1
    kit.put("order_lines", line("A", None, 10, "2026-01-05"), line("A", None, 20, "2026-01-05"))
    assert sum(kit.rows("order_lines", "amount_ex_tax")) == money("31")


def cost(day: str, amount: object, **more):
    return {"customer_code": "C1", "date": day, "kind": "logistics", "amount": amount} | more


def test_identical_rows_without_a_number_are_told_apart_by_their_occurrence(kit):
    kit.put("service_costs", cost("2026-02-01", 5), cost("2026-02-01", 5), cost("2026-02-01", 6))
    assert len(set(kit.rows("service_costs", "number"))) == 3
    again = kit.put("service_costs", cost("2026-02-01", 6), *(cost("2026-02-01", 5) for _ in range(3)))
    assert counts(again) == (1, 0, 3, 0, 0)


def test_a_closed_service_cost_is_reversed_under_a_number_of_its_own(kit):
    kit.put("service_costs", cost("2026-01-01", 5, number="S1"))
    kit.close("2026-01-31")
    kit.put("service_costs", cost("2026-01-01", 7, number="S1"))
    assert kit.rows("service_costs", "number", "amount", "date") == [
        ("S1", money("5"), day("2026-01-01")),
        ("S1~C1", money("7"), day("2026-02-01")),
        ("S1~R1", money("-5"), day("2026-02-01")),
    ]


def payment(number: str, amount: object, day: str = "2026-01-05"):
    return {"number": number, "customer_code": "C1", "date": day, "amount": amount}


def test_an_open_payment_is_replaced(kit):
    kit.put("payments", payment("P", 10))
    kit.put("payments", payment("P", 11))
    assert kit.rows("payments", "amount", "superseded_on") == [(money("11"), None)]


def test_a_closed_payment_stays_for_past_points_of_view(kit):
    kit.put("payments", payment("P", 10))
    kit.close("2026-01-31")
    assert counts(kit.put("payments", payment("P", 11))) == (0, 1, 0, 1, 0)
    assert kit.rows("payments", "amount", "known_on", "superseded_on") == [
        (money("10"), day("2026-01-05"), day("2026-02-01")),
        (money("11"), day("2026-02-01"), None),
    ]
    assert counts(kit.put("payments", payment("P", 11), payment("Q", 1))) == (1, 0, 1, 0, 0)
    kit.put("payments", payment("P", 12))
    assert kit.rows("payments", "amount") == [money("1"), money("10"), money("12")]


def customer(code: str, name: str, **more):
    return {"code": code, "name": name} | more


def test_a_new_customer_speaks_from_always_and_a_changed_one_from_today(kit):
    kit.put("customers", customer("C1", "One"), customer("C2", "Two"))
    assert counts(kit.put("customers", customer("C1", "Uno"), customer("C2", "Two"))) == (0, 1, 1, 0, 0)
    assert kit.rows("customers", "code", "name", "valid_from", "superseded_on") == [
        ("C1", "One", day("1900-01-01"), day("2026-03-10")),
        ("C1", "Uno", day("2026-03-10"), None),
        ("C2", "Two", day("1900-01-01"), None),
    ]
    assert counts(kit.put("customers", customer("C1", "Uno"), customer("C2", "Two"), at=LATER)) == (
        0,
        0,
        2,
        0,
        0,
    )


def test_a_customer_changed_twice_on_one_day_keeps_the_last_word(kit):
    for name in ("One", "Two", "Three"):
        kit.put("customers", customer("C1", name))
    assert kit.rows("customers", "name") == ["One", "Three"]


def test_a_history_with_dates_is_stored_as_it_is_stated(kit):
    kit.put(
        "customers",
        customer("C1", "New", valid_from="2025-06-01"),
        customer("C1", "Old", valid_from="2024-01-01"),
    )
    kit.put("customers", customer("C1", "Middle", valid_from="2025-01-01"))
    assert kit.rows("customers", "valid_from", "superseded_on", "name") == [
        (day("2024-01-01"), day("2025-01-01"), "Old"),
        (day("2025-01-01"), day("2025-06-01"), "Middle"),
        (day("2025-06-01"), None, "New"),
    ]


def test_an_invoice_speaks_from_its_issue_date(kit):
    def invoice(status: str):
        return {
            "number": "F1",
            "customer_code": "C1",
            "issue_date": "2026-01-02",
            "due_date": "2026-02-01",
            "amount": 9,
            "status": status,
        }

    kit.put("invoices", invoice("open"))
    kit.put("invoices", invoice("disputed"))
    assert kit.rows("invoices", "valid_from", "status", "superseded_on", "base_amount") == [
        (day("2026-01-02"), "open", day("2026-03-10"), money("9")),
        (day("2026-03-10"), "disputed", None, money("9")),
    ]


def test_exact_duplicates_are_folded_and_conflicting_ones_rejected(kit, tmp_path):
    rejects = tmp_path / "rejects.csv"
    rows = [line("A", 1, 10), line("A", 1, 10), line("A", 1, 11), line("B", 1, 5)]
    summary = kit.put("order_lines", *rows, rejects=rejects)
    assert (summary.new, summary.rejected, summary.by_code) == (2, 1, {"import.duplicate-key": 1})
    with rejects.open(encoding="utf-8-sig") as stream:
        [reject] = csv.DictReader(stream)
    assert (reject["line"], reject["code"], "line 2" in reject["message_en"]) == (
        "4",
        "import.duplicate-key",
        True,
    )


def test_a_customer_that_is_its_own_parent_is_rejected(kit):
    summary = kit.put("customers", customer("A", "A", parent_code="A"), customer("B", "B", parent_code="A"))
    assert (summary.new, summary.by_code) == (1, {"import.own-parent": 1})


def test_strictly_one_rejected_row_refuses_everything(kit, tmp_path):
    with pytest.raises(TierwiseError) as error:
        kit.put("order_lines", line("A", 1, 10), line("B", 1, "ten"), strict=True, rejects=tmp_path / "r.csv")
    assert error.value.code == "import.strict"
    assert (kit.book.current().number, (tmp_path / "r.csv").exists()) == (1, True)


def test_several_tables_become_one_version(kit):
    summaries = kit.put_all(("order_lines", [line("A", 1, 10)]), ("customers", [customer("C1", "One")]))
    assert [(s.table, s.new, s.batch, s.version) for s in summaries] == [
        ("order_lines", 1, 1, 2),
        ("customers", 1, 2, 2),
    ]


def test_a_bad_file_in_a_batch_leaves_the_book_untouched(kit, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing,known\n1,2\n", encoding="utf-8")
    from tierwise.book.importing import import_batch

    with pytest.raises(TierwiseError):
        import_batch(
            kit.book,
            [("order_lines", [kit.csv(line("A", 1, 10))], None), ("customers", [bad], None)],
            actor="a",
            at=AT,
        )
    assert kit.book.current().state == {}
    assert kit.put("order_lines", line("A", 1, 10)).new == 1


def test_small_facts_are_kept_with_the_version(kit):
    kit.put("order_lines", line("A", 1, 10, "2026-01-05"), line("A", 2, 10, "2026-02-05", currency="USD"))
    facts = kit.book.current().state["order_lines"].facts
    assert facts == {
        "min_date": "2026-01-05",
        "max_date": "2026-02-05",
        "with_superseded": False,
        "reversals": 0,
        "currencies": ["CNY", "USD"],
        "blocked": 1,
    }
    assert isinstance(kit.rows("order_lines", "posting_date")[0], date)
