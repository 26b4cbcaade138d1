"""A backtest sees nothing later than its training day: a future fact in every table leaves no trace in what it trained."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.unit.book.bookkit import Kit, day
from tierwise.book.contract import TABLES
from tierwise.insight.backtest.imported import imported_later
from tierwise.insight.backtest.model import Request
from tierwise.insight.backtest.run import backtest
from tierwise.insight.backtest.training import rfm_of, train
from tierwise.kernel.errors import TierwiseError
from tierwise.metrics.compute import silent
from tierwise.policy.load import PolicyDocument, load_policy

TRAIN = day("2024-12-31")
LATER = "2025-03-03"
POLICIES = ("customer_value", "abc_profit", "credit_rating")
SPECIAL: dict[str, dict[str, Any]] = {
    "order_lines": {"amount_ex_tax": 900_000, "line_type": "sale", "status": "posted", "cost_amount": 1, "qty": 1},
    "invoices": {"amount": 900_000, "due_date": "2025-03-20"},
    "customers": {"code": "C05", "kind": "internal", "status": "archived", "segment": "later"},
    "allocations": {"payment_number": "P1", "invoice_number": "I1", "amount": 10},
    "category_spend": {"year": 2025, "amount": 3},
    "products": {"code": "PX", "uom_factor": 1},
    "fx_rates": {"rate_to_base": 7, "rate": None},
    "merges": {"merged_code": "C03", "survivor_code": "C02"},
    "different_customers": {"first_code": "C03", "second_code": "C04"},
}  # fmt: skip


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path, closed_through=date(2024, 12, 31))
    codes = [f"C{n:02}" for n in range(1, 11)]
    lines = [
        {"order_number": f"{code}-{year}", "line_no": 1, "customer_code": code, "order_date": f"{year}-{month:02}-10",
         "amount_ex_tax": 1100 - 100 * n, "cost_amount": 50 * n, "qty": 1}
        for n, code in enumerate(codes, 1) for year, month in ((2024, n), (2025, n))
    ]  # fmt: skip
    made.put(
        "customers",
        *(
            {
                "code": code,
                "name": code,
                "region": "north" if code < "C06" else "south",
                "valid_from": "2020-01-01",
            }
            for code in codes
        ),
    )
    made.put("order_lines", *lines)
    made.put("invoices", {"number": "I1", "customer_code": "C01", "issue_date": "2024-05-01", "due_date": "2024-06-01",
                          "amount": 500})  # fmt: skip
    made.put("payments", {"number": "P1", "customer_code": "C01", "date": "2024-06-20", "amount": 100})
    return made


def future_row(name: str) -> dict[str, Any]:
    """A row of a table whose every date lies after the training day."""
    row: dict[str, Any] = {}
    for column in TABLES[name].file_columns:
        if column.name in (
            "superseded_on",
            "linked_line",
            "linked_order",
            "credit_of",
            "parent_code",
            "valid_to",
        ):
            continue
        match column.kind:
            case "date":
                row[column.name] = LATER
            case "choice":
                row[column.name] = column.choices[0].code
            case "flag":
                row[column.name] = "true"
            case "text":
                row[column.name] = (
                    "C01" if "customer" in column.name else "CNY" if column.name == "currency" else "X9"
                )
            case _:
                row[column.name] = 1
    return {column: value for column, value in (row | SPECIAL.get(name, {})).items() if value is not None}


def known(kit: Kit) -> dict[str, pa.Table]:
    """Everything that a backtest trains on the day: every policy's units, and the RFM sums with the lifecycle."""
    version = kit.book.upcoming()
    found = {}
    for name in POLICIES:
        made = train(kit.book, version, load_policy(name), TRAIN, silent)
        found[name] = made.units.sort_by("unit")
        found[f"{name} members"] = made.members.sort_by("customer_id")
    rfm = rfm_of(kit.book, version, load_policy("abc_sales").policy, TRAIN, silent)
    return found | {"rfm": rfm.sort_by("unit")}


def test_a_future_fact_in_every_table_leaves_no_trace_in_what_was_trained(kit: Kit) -> None:
    before = known(kit)
    for name in TABLES:
        done = kit.put(name, future_row(name))
        assert (done.rejected, done.new + done.changed) == (0, 1), (name, done)
    assert known(kit) == before


def test_a_correction_known_later_leaves_no_trace_and_one_known_before_does(kit: Kit) -> None:
    before = known(kit)
    late = {"order_number": "C10-2024", "line_no": 1, "customer_code": "C10", "order_date": "2024-10-10",
            "amount_ex_tax": 990_000, "qty": 1}  # fmt: skip
    done = kit.put("order_lines", late)
    assert done.rejected == 0
    assert known(kit) == before
    kit.put("order_lines", late | {"order_number": "late", "known_on": "2025-01-15"})
    assert known(kit) == before
    kit.put(
        "payments",
        {
            "number": "P2",
            "customer_code": "C01",
            "date": "2024-06-25",
            "amount": 400,
            "known_on": "2025-02-01",
        },
    )
    assert known(kit) == before
    kit.put("order_lines", late | {"order_number": "known", "known_on": "2024-11-01"})
    assert known(kit) != before


def test_rows_imported_after_the_day_are_told_and_the_columns_that_are_state_as_of_import(kit: Kit) -> None:
    kit.put("customers", {"code": "C11", "name": "x", "segment": "north"})
    told = {one.table: one for one in imported_later(kit.book, kit.book.upcoming(), TRAIN)}
    assert told["order_lines"].rows == 10
    assert (told["order_lines"].timeless, told["order_lines"].columns) == (0, ())
    assert (told["customers"].rows, told["customers"].timeless) == (11, 1)
    assert "segment" in told["customers"].columns


@pytest.mark.parametrize(
    ("train_to", "months", "code", "says"),
    [
        ("2024-12-31", 12, "backtest.horizon-beyond-data", "2025-10-10"),
        ("2023-06-30", 12, "backtest.before-data", "2024-01-10"),
        ("2024-12-30", 2, "backtest.day", "2024-12-30"),
    ],
)
def test_a_question_that_the_data_cannot_answer_is_refused_with_the_day(
    kit: Kit, train_to: str, months: int, code: str, says: str
) -> None:
    with pytest.raises(TierwiseError) as caught:
        backtest(kit.book, Request((load_policy("abc_sales"),), day(train_to), months))
    assert caught.value.code == code
    assert says in str(caught.value)


def in_region(region: str) -> PolicyDocument:
    text = load_policy("abc_sales").text.replace(
        "kinds: [existing]", f"kinds: [existing]\n  regions: [{region}]"
    )
    return load_policy(f"{region}.yaml", text=text)


def test_a_field_without_anybody_and_a_policy_that_grades_nobody_are_refused(kit: Kit) -> None:
    asked = {
        "backtest.nobody-graded": [load_policy("account_matrix")],
        "backtest.empty-field": [in_region("north"), in_region("south")],
    }
    for code, policies in asked.items():
        with pytest.raises(TierwiseError) as caught:
            backtest(kit.book, Request(tuple(policies), day("2024-12-31"), 9))
        assert caught.value.code == code


def test_the_same_rules_twice_are_refused(kit: Kit) -> None:
    one = load_policy("abc_sales")
    with pytest.raises(TierwiseError) as caught:
        backtest(kit.book, Request((one, one), day("2024-12-31"), 9))
    assert caught.value.code == "backtest.same-policy"
