"""Nothing comes from nowhere: returns, allocations, credit notes and payments never exceed what they are of."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from tests.unit.demo.reading import latest, rows_of


def test_returns_never_exceed_the_sale_they_are_linked_to(company):
    lines = rows_of(company, "order_lines")
    sales = {(line["order_number"], line["line_no"]): line for line in lines if line["line_type"] == "sale"}
    taken: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in lines:
        if line["line_type"] == "return":
            sale = sales[line["linked_order"], line["linked_line"]]
            assert sale["customer_code"] == line["customer_code"]
            assert sale["posting_date"] < line["posting_date"]
            taken[line["linked_order"], line["linked_line"]][0] -= Decimal(line["amount_ex_tax"])
            taken[line["linked_order"], line["linked_line"]][1] -= Decimal(line["qty"])
    for key, (amount, qty) in taken.items():
        assert 0 < amount <= Decimal(sales[key]["amount_ex_tax"])
        assert 0 < qty <= Decimal(sales[key]["qty"])
    full = sum(qty == Decimal(sales[key]["qty"]) for key, (_, qty) in taken.items())
    assert 0 < full < len(taken)


def test_a_full_return_takes_back_the_whole_amount(company):
    lines = rows_of(company, "order_lines")
    sales = {(line["order_number"], line["line_no"]): line for line in lines if line["line_type"] == "sale"}
    for line in lines:
        if line["line_type"] == "return":
            sale = sales[line["linked_order"], line["linked_line"]]
            if Decimal(line["qty"]) == -Decimal(sale["qty"]):
                assert Decimal(line["amount_ex_tax"]) == -Decimal(sale["amount_ex_tax"])


def test_allocations_never_exceed_the_invoice_after_its_credit_notes(company):
    owed: dict[str, Decimal] = {}
    for row in latest(rows_of(company, "invoices"), "number").values():
        if not row["credit_of"]:
            owed[row["number"]] = Decimal(row["amount"])
    for row in rows_of(company, "invoices"):
        if row["credit_of"]:
            assert Decimal(row["amount"]) < 0
            owed[row["credit_of"]] += Decimal(row["amount"])
    for row in rows_of(company, "allocations"):
        assert Decimal(row["amount"]) > 0
        owed[row["invoice_number"]] -= Decimal(row["amount"])
    assert min(owed.values()) == 0
    assert max(owed.values()) > 0


def test_allocations_use_up_their_payment_exactly(company):
    left = {row["number"]: Decimal(row["amount"]) for row in rows_of(company, "payments")}
    for row in rows_of(company, "allocations"):
        left[row["payment_number"]] -= Decimal(row["amount"])
    prepaid = {number for number, amount in left.items() if amount}
    assert all(left[number] > 0 for number in prepaid)
    assert 0 < len(prepaid) < len(left) // 100


def test_an_invoice_is_its_order_with_tax(company):
    ordered: dict[str, Decimal] = defaultdict(Decimal)
    for line in rows_of(company, "order_lines"):
        ordered[line["order_number"]] += Decimal(line["amount_ex_tax"])
    for invoice in rows_of(company, "invoices"):
        if not invoice["credit_of"]:
            tax = Decimal("1.13") if invoice["currency"] == "CNY" else Decimal(1)
            assert abs(Decimal(invoice["amount"]) - ordered[invoice["order_number"]] * tax) <= Decimal(
                "0.005"
            )


def test_cancelled_draft_and_reported_orders_are_not_invoiced(company):
    lines = rows_of(company, "order_lines")
    left_out = {
        line["order_number"]
        for line in lines
        if line["status"] in ("cancelled", "draft") or line["reported_by_agent"] == "true"
    }
    assert left_out.isdisjoint(row["order_number"] for row in rows_of(company, "invoices"))


def test_whoever_is_existing_since_a_day_ordered_on_it(company):
    ordered = {(row["customer_code"], row["order_date"]) for row in rows_of(company, "order_lines")}
    earlier: dict[str, str] = {}
    changed = 0
    for row in rows_of(company, "customers"):
        if earlier.get(row["code"]) == "prospect" and row["kind"] == "existing":
            assert (row["code"], row["valid_from"]) in ordered
            changed += 1
        earlier[row["code"]] = row["kind"]
    assert changed > 100


def test_every_kind_of_event_occurs(company):
    lines = rows_of(company, "order_lines")
    assert {line["line_type"] for line in lines} == {
        "sale", "return", "rebate", "allowance", "freight", "service",
    }  # fmt: skip
    assert {"cancelled", "draft", "posted", "part_shipped", "shipped", "closed"} == {
        r["status"] for r in lines
    }
    assert any(line["known_on"] > line["posting_date"] for line in lines)
    assert any(line["posting_date"] > line["order_date"] for line in lines)
    sales = [line for line in lines if line["line_type"] == "sale"]
    assert any(not line["cost_amount"] for line in sales)
    statuses = Counter(row["status"] for row in rows_of(company, "invoices"))
    assert min(statuses["disputed"], statuses["written_off"]) > 10
    reasons = rows_of(company, "late_reasons")
    assert {row["excused"] for row in reasons} == {"true", "false", ""}
    assert {row["kind"] for row in rows_of(company, "service_costs")} >= {
        "sales_time", "service_time", "logistics", "after_sales", "promotion", "finance_cost", "bad_debt",
    }  # fmt: skip
    nodes = {row["hierarchy_node"] for row in rows_of(company, "customers")}
    assert nodes == {"group", "headquarters", "branch", "site", "standalone"}
    assert len({row["uom_dimension"] for row in rows_of(company, "products")}) >= 4
