"""Merges of customers in the book: what is refused, what a day sees, and what they cost who has none. Decision 0022."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.unit.book.bookkit import AT, Kit, line
from tierwise.book.checking import check
from tierwise.book.importing import ImportSummary
from tierwise.book.surviving import ends_of, survivors
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.lines import source_lines
from tierwise.grading.run import grade_book
from tierwise.kernel.errors import TierwiseError
from tierwise.metrics.report import compute_for_people
from tierwise.policy.load import load_policy
from tierwise.segmentation.memberships import members

DAY = date(2026, 2, 28)


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    """A book with four customers, each with one order line."""
    kit = Kit(tmp_path)
    kit.put("customers", *({"code": f"C{n}", "name": f"name {n}"} for n in range(1, 5)))
    kit.put("order_lines", *(line(f"O{n}", 1, 10**n, customer_code=f"C{n}") for n in range(1, 5)))
    return kit


def merge(kit: Kit, *pairs: tuple[str, str], **more: Any) -> ImportSummary:
    """Imports merges, each merged code with its survivor."""
    rows = [{"merged_code": m, "survivor_code": s, "reason": "same", **more} for m, s in pairs]
    return kit.put("merges", *rows, rejects=kit.folder / "rejects.csv")


def sales(kit: Kit, as_of: date = DAY) -> dict[str, int]:
    """Net sales of the year by customer; who has none is left out."""
    rows = compute_for_people(kit.book, ["net_sales"], as_of).to_pylist()
    return {row["customer_id"]: int(row["net_sales_12m"]) for row in rows if row["net_sales_12m"]}


def test_the_sales_of_a_merged_customer_are_those_of_its_survivor(kit: Kit) -> None:
    merge(kit, ("C1", "C2"))
    assert sales(kit) == {"C2": 110, "C3": 1000, "C4": 10000}


def test_a_chain_of_merges_leads_to_its_last_survivor(kit: Kit) -> None:
    merge(kit, ("C1", "C2"))
    merge(kit, ("C2", "C3"))
    assert sales(kit) == {"C3": 1110, "C4": 10000}


def test_a_merge_with_a_day_is_not_seen_before_it(kit: Kit) -> None:
    merge(kit, ("C1", "C2"), valid_from="2026-02-10")
    assert sales(kit, date(2026, 2, 9)) == {"C1": 10, "C2": 100, "C3": 1000, "C4": 10000}
    assert sales(kit, date(2026, 2, 10)) == {"C2": 110, "C3": 1000, "C4": 10000}


def test_a_merge_taken_back_from_a_day_holds_before_it(kit: Kit) -> None:
    merge(kit, ("C1", "C2"))
    merge(kit, ("C1", ""), valid_from="2026-02-20")
    assert sales(kit, date(2026, 2, 19)) == {"C2": 110, "C3": 1000, "C4": 10000}
    assert sales(kit)["C1"] == 10


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        ((), ("C1", "C1"), "import.merge-itself"),
        (("C1", "C2"), ("C2", "C1"), "import.merge-circle"),
        (("C1", "C2"), ("C3", "C1"), "import.merged-survivor"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_with_its_line(
    kit: Kit, first: tuple[str, str], then: tuple[str, str], code: str
) -> None:
    if first:
        merge(kit, first)
    told = merge(kit, ("C4", "C3"), then)
    assert (told.new, told.rejected, told.by_code) == (1, 1, {code: 1})
    refused = (kit.folder / "rejects.csv").read_text("utf-8-sig").splitlines()[1]
    assert refused.split(",")[1] == "3", "the line of the file"


def test_a_circle_within_one_file_is_refused_at_the_line_that_closes_it(kit: Kit) -> None:
    told = merge(kit, ("C1", "C2"), ("C2", "C3"), ("C3", "C1"))
    assert (told.new, told.by_code) == (2, {"import.merge-circle": 1})
    assert survivors(kit.book, kit.book.current(), DAY) == {"C1": "C3", "C2": "C3"}


def test_the_same_file_again_changes_nothing_though_its_survivor_was_merged_meanwhile(kit: Kit) -> None:
    merge(kit, ("C1", "C2"))
    merge(kit, ("C2", "C3"))
    told = merge(kit, ("C1", "C2"))
    assert (told.new, told.changed, told.rejected) == (0, 0, 0)


def test_a_circle_that_comes_about_by_days_is_told_and_not_followed_for_ever() -> None:
    with pytest.raises(TierwiseError) as told:
        ends_of({"A": "B", "B": "C", "C": "A"})
    assert told.value.problems[0].code == "book.merge-cycle"


def test_what_both_state_once_is_as_the_survivor_states_it(kit: Kit) -> None:
    kit.put("credit_terms", *(
        {"customer_code": code, "payment_method": "credit", "credit_limit": limit, "valid_from": on}
        for code, limit, on in (("C1", 500, "2026-02-01"), ("C2", 900, "2026-01-01"), ("C3", 70, "2026-01-01"))
    ))  # fmt: skip
    merge(kit, ("C1", "C2"), ("C3", "C4"))
    rows = compute_for_people(kit.book, ["credit_limit"], DAY).to_pylist()
    limits = {row["customer_id"]: row["credit_limit"] for row in rows}
    assert (limits["C2"], limits["C4"]) == (900, 70)


def test_who_names_a_merged_customer_as_parent_has_the_survivor_as_parent(kit: Kit) -> None:
    kit.put("customers", {"code": "C4", "name": "name 4", "parent_code": "C1", "hierarchy_node": "branch"})
    merge(kit, ("C1", "C2"))
    march = date(2026, 3, 31)  # the file said the parent from the day of the import on
    rows = compute_for_people(kit.book, ["net_sales"], march, level="group").to_pylist()
    assert {r["customer_id"]: r["net_sales_12m"] for r in rows if r["net_sales_12m"]} == {
        "C2": 10110,
        "C3": 1000,
    }


def test_a_parent_that_is_merged_into_its_child_leaves_no_circle(kit: Kit) -> None:
    kit.put("customers", {"code": "C2", "name": "name 2", "parent_code": "C1", "hierarchy_node": "branch"})
    merge(kit, ("C1", "C2"))
    rows = compute_for_people(kit.book, ["net_sales"], date(2026, 3, 31), level="group").to_pylist()
    assert {r["customer_id"]: r["net_sales_12m"] for r in rows}["C2"] == 110


def test_a_member_of_a_segment_under_two_codes_is_a_member_once(kit: Kit) -> None:
    kit.put("segments", {"code": "S", "name": "s", "dimension": "region"})
    kit.put("segment_memberships", *(
        {"customer_code": code, "segment_code": "S", "valid_from": "2026-01-01"} for code in ("C1", "C2")
    ))  # fmt: skip
    merge(kit, ("C1", "C2"))
    assert members(kit.book, DAY)["customer_code"].to_pylist() == ["C2"]


def test_the_source_rows_of_the_survivor_say_of_whom_they_were_written(kit: Kit) -> None:
    merge(kit, ("C1", "C2"))
    record = grade_book(kit.book, load_policy("abc_sales"), DAY, actor="ann", at=AT).record
    found = source_lines(kit.book, record, ["C2"], ["order_lines"])
    assert [(row["order_number"], row["line"], row.get("written_for")) for row in found] == [
        ("O1", 2, "C1"),
        ("O2", 3, None),
    ]


class _Heard(DuckDBEngine):
    """An engine that writes down what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def read_files(self, name: str, files: Any, schema: Any) -> None:
        self.texts.append(f"read {name}")
        super().read_files(name, files, schema)

    def register(self, name: str, data: pa.Table) -> None:
        self.texts.append(f"register {name}")
        super().register(name, data)

    def _later(self, text: str) -> None:
        self.texts.append(text)
        super()._later(text)


def heard(kit: Kit) -> list[str]:
    """What a run asks of its engine."""
    with _Heard() as engine:
        grade_book(kit.book, load_policy("abc_sales"), DAY, actor="ann", at=AT, dry_run=True, engine=engine)
        return engine.texts


def test_a_book_in_which_no_merge_holds_asks_the_engine_nothing_more(kit: Kit) -> None:
    before = heard(kit)
    merge(kit, ("C1", "C2"))
    during = heard(kit)
    merge(kit, ("C1", ""), valid_from="1900-01-01")
    assert heard(kit) == before
    assert len(during) > len(before)
    assert not any("survivor" in text or "_written" in text for text in before)


def test_check_names_no_duplicates_that_are_merged_or_were_found_different(kit: Kit) -> None:
    def doubtful() -> list[str]:
        return [issue.code for issue in check(kit.book, at=AT) if "duplicate" in issue.code]

    kit.put("customers", *({"code": f"C{n}", "name": "Acme", "valid_from": "2020-01-01"} for n in (5, 6)))
    assert doubtful() == ["check.duplicate-name"]
    merge(kit, ("C6", "C5"))
    assert doubtful() == []
    merge(kit, ("C6", ""), valid_from="1900-01-01")
    pair = {"first_code": "C6", "second_code": "C5", "decided_on": "2026-03-01"}
    kit.put("different_customers", pair)
    assert doubtful() == []
    kit.put("customers", {"code": "C7", "name": "Acme", "valid_from": "2020-01-01"})
    assert doubtful() == ["check.duplicate-name"], "the third may be either"


def test_terms_of_the_survivor_that_begin_later_leave_those_of_the_merged_in_force(kit: Kit) -> None:
    terms = {"payment_method": "credit", "known_on": "2026-01-05"}
    kit.put(
        "credit_terms",
        terms | {"customer_code": "C1", "credit_limit": 500, "valid_from": "2026-01-10"},
        terms | {"customer_code": "C2", "credit_limit": 900, "valid_from": "2026-12-01"},
    )
    merge(kit, ("C1", "C2"))
    for day, limit in ((DAY, 500), (date(2026, 12, 1), 900)):
        rows = compute_for_people(kit.book, ["credit_limit"], day).to_pylist()
        assert {row["customer_id"]: row["credit_limit"] for row in rows}["C2"] == limit
