"""Checking a book: each doubtful thing is named, counted and comes with a step that helps."""

from __future__ import annotations

import pytest

from tests.unit.book.bookkit import AT, Kit, line
from tierwise.book.checking import blocking, check, cycles
from tierwise.book.importing import import_files


@pytest.fixture
def kit(tmp_path):
    return Kit(tmp_path)


def found(kit: Kit) -> dict[str, object]:
    issues = check(kit.book, at=AT)
    for issue in issues:
        assert all(said for lang in ("en", "zh") for said in (issue.say(lang), issue.advise(lang)))
    return {issue.code: issue for issue in issues}


def customer(code: str, name: str | None = None, **more):
    return {"code": code, "name": name or code} | more


def test_an_empty_book_has_no_issues(kit):
    assert found(kit) == {}


def test_references_to_nothing_are_counted_once_each(kit):
    kit.put("customers", customer("C2"))
    kit.put("order_lines", line("A", 1, 1), line("A", 2, 1), line("B", 1, 1, customer_code="C2"))
    issue = found(kit)["check.unknown-reference"]
    assert (issue.count, issue.examples, issue.slots["column"]) == (1, ("C1",), "customer_code")
    assert "tierwise import BOOK customers" in issue.advise("en")


def test_a_reference_to_nothing_says_where_it_came_first(kit, tmp_path):
    kit.put("customers", customer("C1"))
    late = tmp_path / "late.csv"
    late.write_text(
        "order_number,line_no,customer_code,order_date,amount_ex_tax\n"
        "A,1,C1,2026-01-05,1\nB,1,C8,2026-01-05,1\nC,1,C7,2026-01-05,1\n",
        encoding="utf-8",
    )
    import_files(kit.book, "order_lines", [late], actor="alice", at=AT)
    issue = found(kit)["check.unknown-reference"]
    assert (issue.count, issue.examples) == (2, ("C7", "C8"))
    assert issue.say("en").endswith("first in late.csv, line 3")
    assert issue.say("zh").endswith("首见于 late.csv 第 3 行")


def test_a_customer_among_its_own_ancestors_blocks_grading_by_group_alone(kit):
    kit.put("customers", customer("A", parent_code="B"), customer("B", parent_code="A"), customer("C"))
    issue = found(kit)["check.customer-cycle"]
    assert (issue.severity, issue.examples) == ("warn", ("A → B → A",))
    assert "by group or account is blocked" in issue.say("en")
    assert "按集团或账户的分级受阻" in issue.say("zh")
    assert blocking(check(kit.book, at=AT)) == []


def test_each_cycle_is_found_once_whatever_leads_into_it():
    parents = {"x": "b", "a": "b", "b": "c", "c": "a", "d": "d", "e": "f"}
    assert cycles(parents) == [["a", "b", "c", "a"], ["d", "d"]]


def test_a_stale_rate_names_currency_and_day(kit):
    kit.put("order_lines", line("A", 1, 1, currency="JPY"))
    issue = found(kit)["check.stale-rate"]
    assert (issue.severity, issue.examples) == ("block", ("JPY 2026-02-03 (1)",))
    assert blocking(check(kit.book, at=AT)) == [issue]


def test_rows_of_the_future_are_shown(kit):
    kit.put("order_lines", line("A", 1, 1, "2026-03-10"), line("A", 2, 1, "2026-03-11"))
    assert found(kit)["check.future-date"].examples == ("A / 2",)


def test_two_codes_of_one_company_are_shown(kit):
    kit.put(
        "customers", customer("A", "X", unified_credit_code="U"), customer("B", "X", unified_credit_code="ｕ")
    )
    issues = found(kit)
    assert issues["check.duplicate-name"].examples == ("X: A, B",)
    assert issues["check.duplicate-credit-code"].examples == ("U: A, B",)


def test_names_that_differ_by_blanks_case_and_signs_alone_are_one_company(kit):
    names = {"A": "Acme, Inc.", "B": "ACME  inc", "C": "Acme Industries", "D": "上海 厂", "E": "上海厂"}
    kit.put("customers", *(customer(code, name) for code, name in names.items()))
    assert set(found(kit)["check.duplicate-name"].examples) == {"ACME  inc: A, B", "上海 厂: D, E"}


def test_letters_and_digits_typed_wide_are_the_same_letters(kit):
    names = {"A": "Acme 21 Inc.", "B": "ＡＣＭＥ　２１（Ｉｎｃ．）", "C": "ＡＣＭＥ２２"}
    kit.put("customers", *(customer(code, name) for code, name in names.items()))
    assert found(kit)["check.duplicate-name"].examples == ("Acme 21 Inc.: A, B",)


def test_prospects_that_bought_are_named_and_those_that_did_not_are_not(kit):
    rows = [
        customer(code, code) | {"kind": kind}
        for code, kind in (("C1", "prospect"), ("P", "prospect"), ("E", "existing"), ("S", "prospect"))
    ]
    kit.put("customers", *rows)
    kit.put(
        "order_lines",
        line("A", 1, 10),
        line("B", 1, 5, customer_code="P", status="draft"),
        line("C", 1, 5, customer_code="E"),
        line("D", 1, 5, customer_code="S", reported_by_agent="true"),
    )
    issue = found(kit)["check.prospect-with-orders"]
    assert (issue.severity, issue.count, issue.examples) == ("info", 1, ("C1",))


def test_names_of_signs_alone_are_not_one_company(kit):
    kit.put("customers", customer("A", "***"), customer("B", "—"))
    assert "check.duplicate-name" not in found(kit)


def test_signs_that_contradict_the_line_type_are_shown(kit):
    kit.put("order_lines", line("A", 1, -1), line("A", 2, 1, line_type="return"))
    assert {"check.negative-sale", "check.positive-return"} <= set(found(kit))


def test_the_share_of_sales_without_a_cost_is_shown(kit):
    kit.put("products", {"code": "P", "name": "P", "standard_cost": 1})
    kit.put("order_lines", line("A", 1, 1, product_code="P"), line("A", 2, 1), line("A", 3, 1, cost_amount=1))
    issue = found(kit)["check.missing-cost"]
    assert (issue.count, issue.slots["total"], str(issue.slots["share"])) == (1, 3, "33.33")


def test_payments_of_invoices_of_others_or_in_another_currency_are_shown(kit):
    bill = {
        "number": "F1",
        "customer_code": "C1",
        "issue_date": "2026-01-02",
        "due_date": "2026-02-01",
        "amount": 9,
    }
    kit.put("invoices", bill, bill | {"number": "F2"})
    pay = {"customer_code": "C1", "date": "2026-01-05", "amount": 9, "invoice_number": "F1"}
    kit.put(
        "payments",
        pay | {"number": "P1"},
        pay | {"number": "P2", "invoice_number": "F2", "customer_code": "C2"},
        pay | {"number": "P3", "invoice_number": "F2", "amount": 500, "currency": "USD"},
    )
    part = {"number": "A1", "invoice_number": "F1", "allocated_on": "2026-01-05", "amount": 9}
    kit.put("allocations", part | {"payment_number": "P1"})
    issues = found(kit)
    assert issues["check.payment-other-currency"].examples == ("P3",)
    assert issues["check.payment-other-customer"].examples == ("P2 / F2",)
    assert "check.over-allocated-invoice" not in issues  # P1 is counted by its allocation, P3 at no rate


def test_payments_and_invoices_that_do_not_meet_are_shown(kit):
    pay = {"number": "P1", "customer_code": "C1", "date": "2026-01-05", "amount": 10}
    kit.put("payments", pay, pay | {"number": "P2"})
    invoice = {"number": "F1", "customer_code": "C1", "issue_date": "2026-01-02", "due_date": "2026-02-01"}
    kit.put("invoices", invoice | {"amount": 9})
    kit.put(
        "allocations",
        {
            "number": "A1",
            "invoice_number": "F1",
            "payment_number": "P1",
            "allocated_on": "2026-01-05",
            "amount": 10,
        },
    )
    issues = found(kit)
    assert issues["check.unallocated-payment"].examples == ("P2",)
    assert issues["check.over-allocated-invoice"].examples == ("F1",)


def test_a_bounced_payment_is_taken_in_and_one_reversed_too_far_is_shown(kit):
    part = {"invoice_number": "F1", "payment_number": "P1", "allocated_on": "2026-01-05"}
    kit.put("allocations", part | {"number": "A1", "amount": 10}, part | {"number": "A2", "amount": -10})
    assert kit.rows("allocations", "number") == ["A1", "A2"]
    assert "check.over-reversed-payment" not in found(kit)
    kit.put("allocations", part | {"number": "A3", "amount": -1})
    issue = found(kit)["check.over-reversed-payment"]
    assert (issue.severity, issue.examples) == ("warn", ("P1 / F1",))
