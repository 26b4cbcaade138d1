"""Decisions about merges: each speaks from its day on, and what would hide a customer is refused. Decision 0022."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from tests.unit.book.bookkit import AT, Kit, line
from tierwise.book.batches import batches
from tierwise.book.checking import check
from tierwise.book.undoing import undo_import
from tierwise.kernel.errors import TierwiseError
from tierwise.merging.deciding import Merge, keep_apart, merge, merges, unmerge
from tierwise.metrics.report import compute_for_people

EARLY, DAY = date(2026, 2, 1), date(2026, 2, 28)


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    """A book with three customers in use, each with one order line, and one that is archived."""
    kit = Kit(tmp_path)
    kit.put("customers", *({"code": f"C{n}", "name": f"name {n}"} for n in range(1, 4)))
    kit.put("customers", {"code": "C4", "name": "name 4", "status": "archived"})
    kit.put(
        "order_lines", *(line(f"O{n}", 1, 10**n, "2026-01-15", customer_code=f"C{n}") for n in range(1, 4))
    )
    return kit


def decide(kit: Kit, merged: str, survivor: str, since: date | None = None) -> Merge:
    return merge(kit.book, merged, survivor, reason="one company", since=since, actor="ann", at=AT)


def take_back(kit: Kit, merged: str) -> Merge:
    return unmerge(kit.book, merged, reason="two after all", actor="ann", at=AT)


def sales(kit: Kit, as_of: date) -> dict[str, int]:
    rows = compute_for_people(kit.book, ["net_sales"], as_of).to_pylist()
    return {row["customer_id"]: int(row["net_sales_12m"]) for row in rows if row["net_sales_12m"]}


def test_a_merge_from_always_holds_though_one_from_a_later_day_was_taken_back_before(kit: Kit) -> None:
    decide(kit, "C1", "C2", date(2026, 2, 10))
    take_back(kit, "C1")
    assert sales(kit, DAY) == {"C1": 10, "C2": 100, "C3": 1000}
    made = decide(kit, "C1", "C2")
    assert merges(kit.book) == [made]
    assert sales(kit, EARLY) == sales(kit, DAY) == {"C2": 110, "C3": 1000}
    assert take_back(kit, "C1") == made
    assert merges(kit.book) == []
    assert sales(kit, EARLY) == sales(kit, DAY) == {"C1": 10, "C2": 100, "C3": 1000}


def test_a_merge_that_a_file_ended_holds_again_from_the_day_that_is_said(kit: Kit) -> None:
    told = {"merged_code": "C1", "reason": "x"}
    kit.put(
        "merges",
        told | {"survivor_code": "C2", "valid_from": "2026-01-01"},
        told | {"valid_from": "2026-01-20"},
    )
    made = decide(kit, "C1", "C3", date(2026, 2, 10))
    assert merges(kit.book) == [made]
    assert [sales(kit, day).get("C1") for day in (date(2026, 1, 19), EARLY, DAY)] == [None, 10, None]
    assert sales(kit, DAY) == {"C2": 100, "C3": 1010}


@pytest.mark.parametrize(
    ("merged", "survivor", "code"),
    [("C2", "C1", "merge.circle"), ("C3", "C1", "merge.impossible"), ("C3", "C4", "merge.out-of-use")],
)
def test_a_merge_that_cannot_be_says_why(kit: Kit, merged: str, survivor: str, code: str) -> None:
    decide(kit, "C1", "C2")
    with pytest.raises(TierwiseError) as told:
        decide(kit, merged, survivor)
    assert told.value.problems[0].code == code
    assert len(merges(kit.book)) == 1


def test_who_stands_above_others_above_a_customer_does_not_go_on_in_it(kit: Kit) -> None:
    named = {"name": "x", "valid_from": "2020-01-01"}
    kit.put(
        "customers",
        named | {"code": "C2", "parent_code": "C3"},
        named | {"code": "C3", "parent_code": "C1"},
    )
    with pytest.raises(TierwiseError) as told:
        decide(kit, "C1", "C2")
    assert told.value.problems[0].code == "merge.above"
    assert merges(kit.book) == []
    decide(kit, "C1", "C3")


def test_check_tells_of_circles_that_files_of_merges_bring(kit: Kit) -> None:
    def told() -> dict[str, tuple[str, ...]]:
        return {one.code: one.examples for one in check(kit.book, at=AT) if one.code.endswith("-cycle")}

    named = {"name": "x", "valid_from": "2020-01-01"}
    kit.put(
        "customers", named | {"code": "C2", "parent_code": "C3"}, named | {"code": "C3", "parent_code": "C1"}
    )
    said = {"survivor_code": "C2", "merged_code": "C1", "reason": "x"}
    kit.put("merges", said)
    assert told() == {"check.customer-cycle": ("C2 → C3 → C2",)}
    kit.put("merges", said | {"survivor_code": "C3"})
    assert told() == {}, "nobody is its own parent by a merge"
    take_back(kit, "C1")
    undone = batches(kit.book, kit.book.current())[-1].number
    decide(kit, "C3", "C1")
    undo_import(kit.book, undone, actor="ann", at=AT)
    assert told()["check.merge-cycle"] == ("C1 → C3 → C1",)


def test_of_two_who_merge_one_customer_at_once_one_is_told_so(kit: Kit) -> None:
    def told(survivor: str) -> str | None:
        try:
            decide(kit, "C1", survivor)
        except TierwiseError as error:
            return error.problems[0].code
        return None

    with ThreadPoolExecutor(2) as people:
        with kit.book.writer(actor="run", at=AT):
            waiting = [people.submit(told, survivor) for survivor in ("C2", "C3")]
            time.sleep(1)  # so that both have looked before either may write
        said = [one.result() for one in waiting]
    assert said.count(None) == 1
    assert set(said) - {None} <= {"import.moved-on", "merge.done"}
    assert [one.survivor for one in merges(kit.book)] == ["C2" if said[0] is None else "C3"]


@pytest.mark.parametrize("other", ["C1", "C2"])
def test_what_is_one_customer_is_not_kept_apart(kit: Kit, other: str) -> None:
    decide(kit, "C1", "C2")
    with pytest.raises(TierwiseError) as told:
        keep_apart(kit.book, "C1", other, reason="x", actor="ann", at=AT)
    assert told.value.problems[0].code == "merge.same"
