"""E06: how customers pay. Spec 5.4, 6.7."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support import AS_OF, by_customer, customers, metrics, read_csv, sales, shipped, tables
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.memory import grade_tables, register_tables
from tierwise.metrics.compute import customers_seen
from tierwise.metrics.reasons import late_reasons
from tierwise.metrics.scene import Scene

COLUMNS = {
    "expected_credit_score": "credit_score_12m",
    "expected_on_time_rate_raw_pct": "on_time_rate_pct_12m",
    "expected_on_time_rate_adjusted_pct": "on_time_rate_adjusted_pct_12m",
    "expected_wadl_raw": "average_days_late_12m",
    "expected_wadl_adjusted": "average_days_late_adjusted_12m",
    "expected_max_days_late": "max_days_late_12m",
    "expected_open_overdue": "overdue",
}


def company(examples: Path) -> dict[str, pa.Table]:
    """Each row of the example is a part of an invoice: an allocation, or what is still unpaid."""
    bills: dict[str, dict[str, Any]] = {}
    paid = []
    for row in read_csv(examples / "E06_credit_allocations.csv"):
        due = date.fromisoformat(row["due_date"])
        bill = bills.setdefault(
            row["invoice"],
            {
                "number": row["invoice"],
                "customer_code": row["customer"],
                "issue_date": due - timedelta(days=30),
                "due_date": due,
                "amount": Decimal(0),
            },
        )
        bill["amount"] += Decimal(row["amount"])
        if row["paid_date"]:
            on = date.fromisoformat(row["paid_date"])
            part = {"invoice_number": row["invoice"], "allocated_on": on, "amount": row["amount"]}
            paid.append({**part, "excused": True if row["excused"] == "yes" else None})
    codes = [row["customer"] for row in read_csv(examples / "E06_expected.csv")]
    return tables(
        customers=customers(codes),
        order_lines=sales(dict.fromkeys(codes, 1)),
        invoices=bills.values(),
        allocations=paid,
    )


@pytest.fixture(scope="module")
def facts(examples: Path) -> dict[str, pa.Table]:
    return company(examples)


@pytest.fixture(scope="module")
def expected(examples: Path) -> list[dict[str, str]]:
    return read_csv(examples / "E06_expected.csv")


def test_e06_every_figure_of_every_customer(facts: dict[str, pa.Table], expected: Any) -> None:
    got = metrics(facts, *COLUMNS.values())
    for row in expected:
        result = got[row["customer"]]
        want = {ours: Decimal(row[theirs]) if row[theirs] else None for theirs, ours in COLUMNS.items()}
        assert {name: result[name] for name in want} == want, row["customer"]
        rated = bool(row["expected_credit_score"])
        assert result["credit_score_12m_status"] == ("ok" if rated else "no_due_invoices"), row


def test_e06_levels_and_no_rating(facts: dict[str, pa.Table], expected: Any) -> None:
    got = by_customer(grade_tables(facts, shipped("credit_rating"), AS_OF))
    for row in expected:
        result = got[row["customer"]]
        if not row["expected_credit_score"]:
            assert (result["grade"], result["reason"]) == (None, "credit.no-rating"), row
            continue
        score = Decimal(row["expected_credit_score"])
        levels = {"excellent": 90, "good": 75, "fair": 60, "poor": 0}
        assert result["score"] == score, row
        assert result["grade"] == next(level for level, low in levels.items() if score >= low), row


def test_e06_late_invoices_and_balances(facts: dict[str, pa.Table]) -> None:
    got = metrics(facts, "late_invoices", "receivable", "late_excused", "late_not_excused")
    late = {code: row["late_invoices_12m"] for code, row in got.items()}
    assert late == {"P1": 1, "P2": 2, "P3": 2, "P4": 0, "P5": 0, "P6": 1, "P7": 1, "P8": 0, "P9": 1}
    owed = {code: row["receivable"] for code, row in got.items() if row["receivable"]}
    assert owed == {"P2": 20_000, "P4": 8_000, "P6": 9_000, "P7": 5_000, "P8": 7_000}
    assert (got["P3"]["late_excused_12m"], got["P3"]["late_not_excused_12m"]) == (5_000, 15_000)


def test_e06_p6_was_late_a_week_later_as_well_although_it_has_paid(facts: dict[str, pa.Table]) -> None:
    later = metrics(facts, "overdue", "max_days_late", as_of=date(2025, 7, 7))["P6"]
    assert (later["overdue"], later["max_days_late_12m"]) == (0, 23)


def test_crd_06_keeps_what_is_disputed_and_shows_it_apart() -> None:
    bill = {"customer_code": "C", "due_date": date(2025, 5, 1)}
    bills = [{"number": "F", "amount": 100}, {"number": "G", "amount": 40, "status": "disputed"}]
    given = {"number": "A", "invoice_number": "G", "allocated_on": date(2025, 5, 2), "amount": 15}
    book = tables(
        customers=customers(["C"]),
        order_lines=sales({"C": 1}),
        invoices=[bill | one for one in bills],
        allocations=[given],
    )
    got = metrics(book, "receivable", "receivable_disputed", "overdue")["C"]
    assert (got["receivable"], got["receivable_disputed"], got["overdue"]) == (125, 25, 100)


def test_crd_09_asks_the_credit_terms_in_force_then_the_record() -> None:
    terms = [
        {"customer_code": "A", "credit_limit": 400, "valid_from": date(2024, 1, 1)},
        {"customer_code": "A", "credit_limit": 200, "valid_from": date(2025, 1, 1)},
        {"customer_code": "A", "credit_limit": 50, "valid_from": date(2025, 7, 1)},  # not yet
        {"customer_code": "B", "credit_limit": 800, "valid_to": date(2025, 6, 29)},  # ended
        {"customer_code": "C", "payment_method": "prepaid"},  # no limit is said
        {"customer_code": "D", "credit_limit": 0},
        {"customer_code": "E", "credit_limit": 100, "valid_to": AS_OF},
    ]
    limits = {"A": 1000, "B": 1000, "C": 500, "D": 1000}
    facts = tables(
        customers=[{"code": code, "credit_limit": limits.get(code)} for code in "ABCDEF"],
        order_lines=sales(dict.fromkeys("ABCDEF", 1)),
        invoices=[
            {"customer_code": c, "amount": 100, "issue_date": AS_OF, "due_date": AS_OF} for c in "ABCDEF"
        ],
        credit_terms=terms,
    )
    got = metrics(facts, "credit_limit_use_pct")
    use = {
        code: (row["credit_limit_use_pct"], row["credit_limit_use_pct_status"]) for code, row in got.items()
    }
    assert use == {
        "A": (50, "ok"), "B": (10, "ok"), "C": (20, "ok"), "D": (None, "no_limit"), "E": (100, "ok"), "F": (None, "no_limit"),
    }  # fmt: skip


def test_e06_the_reasons_of_delays_add_up_to_what_was_late(facts: dict[str, pa.Table]) -> None:
    rows = reasons(facts)
    got = metrics(facts, "late_excused", "late_not_excused")
    for code, row in got.items():
        for excused, column in ((True, "late_excused_12m"), (False, "late_not_excused_12m")):
            parts = [r["amount"] for r in rows if (r["customer_id"], r["excused"]) == (code, excused)]
            assert sum(parts) == row[column], (code, excused)
    assert [(r["reason"], r["excused"], r["amount"]) for r in rows if r["customer_id"] == "P3"] == [
        ("unknown", False, 15_000),
        ("unknown", True, 5_000),
    ]


def reasons(facts: dict[str, pa.Table]) -> list[dict[str, Any]]:
    with DuckDBEngine() as engine:
        register_tables(engine, facts)
        stages, scene = Stages(engine), Scene(AS_OF)
        customers_seen(stages, scene, "site")
        t = late_reasons(stages, scene, 12)
        return engine.fetch(t.order_by(["customer_id", t.amount.desc(), "reason"])).to_pylist()


def test_a_reason_is_the_parts_own_else_that_of_its_payment_else_that_of_the_invoice() -> None:
    due = {"customer_code": "K", "issue_date": date(2025, 1, 1), "due_date": date(2025, 2, 1), "amount": 100}
    paid = {"allocated_on": date(2025, 3, 1), "amount": 100}
    rows = reasons(
        tables(
            customers=customers(["K"]),
            invoices=[due | {"number": number} for number in ("own", "payment", "invoice", "open")],
            payments=[{"number": "P", "customer_code": "K", "date": date(2025, 3, 1), "amount": 100,
                       "late_reason": "lost_documents"}],
            allocations=[
                paid | {"invoice_number": "own", "late_reason": "force_majeure"},
                paid | {"invoice_number": "payment", "payment_number": "P"},
                paid | {"invoice_number": "invoice"},
            ],
            late_reasons=[
                {"invoice_number": number, "reason": "cash_shortage", "decided_on": date(2025, 4, 1)}
                for number in ("own", "payment", "invoice", "open")
            ],
        )
    )  # fmt: skip
    assert {(r["reason"], r["excused"]): (r["amount"], r["parts"]) for r in rows} == {
        ("force_majeure", True): (100, 1),
        ("lost_documents", False): (100, 1),
        ("cash_shortage", False): (200, 2),
    }


def paid(*parts: tuple[str, str, int]) -> dict[str, Any]:
    """Credit metrics of one customer with an invoice of 100, due on 2025-01-31, and these allocations."""
    bill = {
        "number": "F",
        "customer_code": "C",
        "issue_date": date(2025, 1, 1),
        "due_date": date(2025, 1, 31),
        "amount": 100,
    }
    given = [
        {
            "number": f"A{n}",
            "invoice_number": "F",
            "payment_number": who,
            "allocated_on": date.fromisoformat(on),
            "amount": amount,
        }
        for n, (who, on, amount) in enumerate(parts)
    ]
    book = tables(customers=customers(["C"]), order_lines=sales({"C": 1}), invoices=[bill], allocations=given)
    names = ("on_time_rate_pct", "max_days_late", "receivable", "overdue")
    return metrics(book, *names)["C"]


BOUNCED = {
    "wholly": ([("P", "2025-01-10", 100), ("P", "2025-01-25", -100)], 0, 100),
    "in part": ([("P", "2025-01-10", 100), ("P", "2025-01-25", -40)], 60, 40),
    "and presented again, late": (
        [("P", "2025-01-10", 100), ("P", "2025-01-25", -100), ("P", "2025-02-20", 100)],
        0,
        0,
    ),
    "more than was paid": ([("P", "2025-01-10", 60), ("P", "2025-01-25", -80)], 0, 100),
    "of another payment": ([("P", "2025-01-10", 100), ("Q", "2025-01-25", -100)], 100, 0),
    "across two parts": ([("P", "2025-01-10", 50), ("P", "2025-02-10", 50), ("P", "2025-02-12", -70)], 0, 70),
    "not at all": ([("P", "2025-01-10", 100)], 100, 0),
}


@pytest.mark.parametrize("case", BOUNCED)
def test_a_payment_that_bounced_is_as_if_it_had_not_been(case: str) -> None:
    parts, on_time, owed = BOUNCED[case]
    got = paid(*parts)
    assert (got["on_time_rate_pct_12m"], got["receivable"]) == (on_time, owed), case
    assert got["overdue"] == owed


def test_before_a_payment_bounces_it_counts() -> None:
    parts = [("P", "2025-01-10", 100), ("P", (AS_OF + timedelta(days=1)).isoformat(), -100)]
    got = paid(*parts)
    assert (got["on_time_rate_pct_12m"], got["receivable"]) == (100, 0)


def test_a_reversal_that_is_not_there_changes_no_figure(facts: dict[str, pa.Table]) -> None:
    """Netting is an identity without negative parts: the example reads the same either way."""
    plain = metrics(facts, *COLUMNS.values(), "days_sales_outstanding")
    stray = {"number": "X", "invoice_number": "none", "allocated_on": AS_OF, "amount": -1}
    rows = [*facts["allocations"].to_pylist(), {**facts["allocations"].to_pylist()[0], **stray}]
    both = facts | {"allocations": pa.Table.from_pylist(rows, facts["allocations"].schema)}
    assert metrics(both, *COLUMNS.values(), "days_sales_outstanding") == plain


def test_a_void_invoice_was_never_invoiced() -> None:
    bill = {"customer_code": "K", "issue_date": date(2025, 3, 10), "due_date": date(2025, 4, 10)}
    paid = {"invoice_number": "1", "allocated_on": date(2025, 5, 20), "amount": 100}
    facts = tables(
        customers=customers(["K"]),
        order_lines=sales({"K": 1}),
        invoices=[
            bill | {"number": "1", "amount": 100},
            bill | {"number": "2", "amount": 900, "status": "void"},
        ],
        allocations=[paid],
    )
    found = metrics(facts, "days_sales_outstanding")["K"]["days_sales_outstanding_12m"]
    # open at the ends of March and April: mean 200 / 12, over 100 invoiced, in 365 days
    assert found == Decimal("60.8333333335")


def test_crd_05_what_was_received_and_settles_no_invoice_stands_beside_the_arrears() -> None:
    bill = {
        "customer_code": "K",
        "issue_date": AS_OF - timedelta(days=90),
        "due_date": AS_OF - timedelta(days=60),
    }
    part = {"allocated_on": AS_OF, "invoice_number": "I1"}
    pay = {"customer_code": "K", "date": AS_OF}
    facts = tables(
        customers=customers(["K", "M"]),
        invoices=[{**bill, "number": "I1", "amount": 1000}, {**bill, "number": "I2", "amount": 80}],
        payments=[
            {**pay, "number": "P1", "amount": 500},  # 300 of it settle I1
            {**pay, "number": "P2", "amount": 70},  # nothing yet
            {**pay, "number": "P3", "amount": 80, "invoice_number": "I2"},  # settles I2 whole
            {**pay, "number": "P4", "amount": 90, "date": AS_OF + timedelta(days=1)},  # not yet received
        ],
        allocations=[{**part, "number": "A1", "payment_number": "P1", "amount": 300}],
    )
    got = metrics(facts, "overdue", "unallocated_receipts")
    assert (got["K"]["overdue"], got["K"]["unallocated_receipts"]) == (700, 270)
    assert (got["M"]["overdue"], got["M"]["unallocated_receipts"]) == (0, 0)


def test_crd_05_what_was_received_in_a_currency_without_a_rate_is_told_and_not_left_out() -> None:
    bill = {
        "issue_date": AS_OF - timedelta(days=9),
        "due_date": AS_OF,
        "number": "I1",
        "customer_code": "M",
        "amount": 9,
    }
    pay = {"date": AS_OF, "currency": "XAU", "fx_rate": None}
    facts = tables(
        customers=customers(["K", "M", "N"]),
        invoices=[bill],
        payments=[
            {"customer_code": "K", "number": "P1", "amount": 500, "date": AS_OF},
            {**pay, "customer_code": "K", "number": "P2", "amount": 3},
            {
                **pay,
                "customer_code": "M",
                "number": "P3",
                "amount": 9,
                "invoice_number": "I1",
            },  # at the invoice's rate
        ],
    )
    got = metrics(facts, "unallocated_receipts")
    told = {
        code: (row["unallocated_receipts"], row["unallocated_receipts_status"]) for code, row in got.items()
    }
    assert told == {"K": (None, "without_rate"), "M": (0, "ok"), "N": (0, "ok")}


@pytest.mark.parametrize("others", [0, 1])
def test_crd_05_what_settles_an_invoice_without_a_rate_is_told_and_not_left_out(others: int) -> None:
    """A void invoice needs no rate to be graded; alone or beside a part with a rate, its part has no value."""
    bill = {"customer_code": "K", "issue_date": AS_OF - timedelta(days=9), "due_date": AS_OF}
    part = {"allocated_on": AS_OF, "payment_number": "P", "amount": 50}
    bare = bill | {"number": "I0", "amount": 50, "currency": "XAU", "fx_rate": None, "status": "void"}
    facts = tables(
        customers=customers(["K"]),
        invoices=[bare, *[bill | {"number": "I1", "amount": 100}] * others],
        payments=[{"customer_code": "K", "date": AS_OF, "number": "P", "amount": 1000}],
        allocations=[part | {"number": f"A{n}", "invoice_number": f"I{n}"} for n in range(1 + others)],
    )
    got = metrics(facts, "unallocated_receipts")["K"]
    assert (got["unallocated_receipts"], got["unallocated_receipts_status"]) == (None, "without_rate")


def test_crd_05_what_settles_invoices_of_another_currency_is_taken_off_at_the_rate_of_each() -> None:
    bill = {
        "customer_code": "K",
        "issue_date": AS_OF - timedelta(days=9),
        "due_date": AS_OF,
        "currency": "USD",
    }
    part = {"allocated_on": AS_OF, "payment_number": "P", "amount": 50}
    facts = tables(
        customers=customers(["K"]),
        invoices=[bill | {"number": f"I{rate}", "amount": 50, "fx_rate": rate} for rate in (7, 9)],
        payments=[{"customer_code": "K", "date": AS_OF, "number": "P", "amount": 1000}],
        allocations=[part | {"number": f"A{rate}", "invoice_number": f"I{rate}"} for rate in (7, 9)],
    )
    assert metrics(facts, "unallocated_receipts")["K"]["unallocated_receipts"] == 200


def test_crd_06_a_payment_in_another_currency_settles_what_it_is_worth_at_the_rate_of_the_invoice() -> None:
    """100 USD at 7 on the invoice. 350 CNY settle 50 USD; 100 EUR at 8 on their day are 800, more than the rest."""
    bill = {"issue_date": AS_OF - timedelta(days=40), "due_date": AS_OF - timedelta(days=10), "amount": 100}
    dollars = bill | {"currency": "USD", "fx_rate": 7}
    paid = {"date": AS_OF - timedelta(days=10)}
    facts = tables(
        customers=customers(["K", "L", "M", "N"]),
        invoices=[dollars | {"customer_code": code, "number": f"F{code}"} for code in "KLM"]
        + [bill | {"customer_code": "N", "number": "FN"}],
        payments=[
            paid | {"number": "P1", "customer_code": "K", "amount": 350, "invoice_number": "FK"},
            paid | {"number": "P2", "customer_code": "L", "amount": 100, "currency": "EUR", "fx_rate": 8,
                    "invoice_number": "FL"},
            paid | {"number": "P3", "customer_code": "M", "amount": 10, "currency": "EUR", "fx_rate": None,
                    "invoice_number": "FM"},
            paid | {"number": "P4", "customer_code": "N", "amount": 10, "currency": "USD", "fx_rate": 7,
                    "invoice_number": "FN"},
        ],
    )  # fmt: skip
    got = metrics(facts, "receivable", "overdue", "unallocated_receipts", "on_time_rate_pct")
    assert {code: row["receivable"] for code, row in got.items()} == {"K": 350, "L": 0, "M": 700, "N": 30}
    assert {code: row["overdue"] for code, row in got.items()} == {"K": 350, "L": 0, "M": 700, "N": 30}
    assert got["K"]["on_time_rate_pct_12m"] == 50
    assert {row["unallocated_receipts"] for row in got.values()} == {0}


def test_crd_05_a_payment_that_names_an_invoice_which_nobody_knows_settles_none() -> None:
    paid = {"customer_code": "K", "date": AS_OF, "amount": 40}
    bill = {"customer_code": "K", "number": "F", "issue_date": AS_OF, "due_date": AS_OF, "amount": 40}
    facts = tables(
        customers=customers(["K"]),
        invoices=[bill],
        payments=[
            paid | {"number": "P1", "invoice_number": "F"},
            paid | {"number": "P2", "invoice_number": "X"},
        ],
    )
    got = metrics(facts, "unallocated_receipts", "receivable")["K"]
    assert (got["unallocated_receipts"], got["receivable"]) == (40, 0)
