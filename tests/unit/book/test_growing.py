"""A book that an older release wrote stays readable, and grows when it is written again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.unit.book.bookkit import AT, Kit
from tierwise.book.checking import check
from tierwise.book.contract import TABLES
from tierwise.book.undoing import undo_import
from tierwise.grading.replay import replay_run
from tierwise.grading.run import grade_book
from tierwise.policy.load import load_policy

LATER = {
    "customers": ("coverage", "credit_limit", "tags"),
    "order_lines": ("channel", "to_stock", "base_cost"),
}
LINE = {"customer_code": "K1", "amount_ex_tax": "100", "currency": "CNY", "line_no": "1"}
SPRING = [LINE | {"order_number": f"O{i}", "order_date": f"2025-0{i}-10"} for i in (3, 4, 5)]


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """A book that was made before some columns were declared."""
    kit = Kit(tmp_path)
    with monkeypatch.context() as patch:
        for name, later in LATER.items():
            columns = tuple(c for c in TABLES[name].columns if c.name not in later)
            patch.setitem(TABLES, name, replace(TABLES[name], columns=columns))
        kit.put("customers", {"code": "K1", "name": "One"}, {"code": "K2", "name": "Two"})
        kit.put("order_lines", *SPRING)
    return kit


def graded(kit: Kit) -> str:
    policy = load_policy("abc_sales")
    return grade_book(kit.book, policy, date(2025, 6, 30), actor="alice", at=AT).record.digest


def test_it_reads_later_columns_as_null_and_is_sound(old: Kit) -> None:
    assert old.rows("customers", "code", "coverage", "credit_limit") == [
        ("K1", None, None),
        ("K2", None, None),
    ]
    assert old.rows("order_lines", "order_number", "channel") == [("O3", None), ("O4", None), ("O5", None)]
    assert not [finding for finding in check(old.book, at=AT) if finding.severity == "block"]


def test_it_is_graded_and_a_run_made_before_it_grew_replays_afterwards(old: Kit) -> None:
    digest = graded(old)
    old.put("order_lines", LINE | {"order_number": "O9", "order_date": "2025-06-20", "channel": "web"})
    assert old.rows("order_lines", "order_number", "channel")[-1] == ("O9", "web")
    assert replay_run(old.book, "1").same
    assert graded(old) != digest


def test_one_new_row_in_one_month_keeps_all_others(old: Kit) -> None:
    old.put("order_lines", LINE | {"order_number": "O9", "order_date": "2025-04-20", "channel": "web"})
    found = old.rows("order_lines", "order_number", "channel", "source_line")
    assert found == [("O3", None, 2), ("O4", None, 3), ("O5", None, 4), ("O9", "web", 2)]
    old.put("customers", {"code": "K2", "name": "Two", "coverage": "agent"})
    assert old.rows("customers", "code", "coverage") == [("K1", None), ("K2", "agent"), ("K2", None)]


def test_the_same_file_still_changes_nothing(old: Kit) -> None:
    before = old.book.current().number
    assert old.put("order_lines", *SPRING).new == 0
    assert old.rows("order_lines", "order_number") == ["O3", "O4", "O5"]
    assert old.book.current().state["order_lines"].rows == old.book.version(before).state["order_lines"].rows


def test_what_made_it_grow_can_be_undone(old: Kit) -> None:
    first = old.rows("order_lines", "order_number", "amount_ex_tax", "channel")
    new = old.put("order_lines", LINE | {"order_number": "O9", "order_date": "2025-04-20", "channel": "web"})
    undo_import(old.book, new.batch, actor="alice", at=AT)
    assert old.rows("order_lines", "order_number", "amount_ex_tax", "channel") == first
