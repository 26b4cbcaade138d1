"""Older months stand together once per customer, and come apart where a later row speaks of one of their orders."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.properties.test_incremental import METRICS, RECENT, document
from tests.unit.book.bookkit import AT, Kit
from tierwise.book.rollups import FOLDER
from tierwise.grading import older_months
from tierwise.grading.by_months import Way
from tierwise.grading.run import grade_book
from tierwise.kernel.periods import Period

MONTHS = [str(period) for period in Period(2025, 3).through(Period(2026, 2))]
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    """C1 orders every month, C2 in March, in April, and no more."""
    kit = Kit(tmp_path)
    kit.put("customers", *({"code": c, "name": c, "valid_from": "2020-01-01"} for c in ("C1", "C2")))
    kit.put("order_lines", *(line("C1", month, 500) for month in MONTHS))
    kit.put("order_lines", line("C2", MONTHS[0], 300), line("C2", MONTHS[1], 200))
    return kit


def line(customer: str, month: str, amount: int) -> dict[str, object]:
    own = {"order_number": f"{customer}-{month}", "line_no": 1, "customer_code": customer}
    return own | {"order_date": f"{month}-10", "amount_ex_tax": amount, "cost_amount": amount // 2}


def given_back(month: str) -> dict[str, object]:
    """All of the last order of C2, and it is posted in a month."""
    order = f"C2-{MONTHS[1]}"
    own = {"order_number": "R1", "line_type": "return", "linked_order": order, "linked_line": 1}
    return line("C2", MONTHS[1], -200) | own | {"posting_date": f"{month}-05"}


def digest(kit: Kit, day: date, way: Way, metrics: list[str] = RECENT) -> str:
    policy = document("site", 2, metrics)
    return grade_book(kit.book, policy, day, actor="ann", at=AT, way=way, dry_run=way == "full").record.digest


def kept(kit: Kit) -> list[str]:
    """The names of what stands together: kind, up to which month, and when."""
    return sorted(path.name[:19] for path in (kit.book.path / FOLDER).glob("*/older-*"))


def test_months_that_no_window_reaches_are_kept_together(kit: Kit) -> None:
    assert digest(kit, JANUARY, "incremental") == digest(kit, JANUARY, "full")
    assert kept(kit) == ["older-202510-202601"]
    assert digest(kit, FEBRUARY, "incremental") == digest(kit, FEBRUARY, "full")
    assert kept(kit) == ["older-202510-202601"]


def test_they_are_renewed_when_they_fall_behind(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(older_months, "MOST_BEHIND", 0)
    digest(kit, JANUARY, "incremental")
    assert digest(kit, FEBRUARY, "incremental") == digest(kit, FEBRUARY, "full")
    assert kept(kit) == ["older-202510-202601", "older-202511-202602"]


def test_an_order_that_is_given_back_long_afterwards_is_the_last_one_no_more(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest(kit, JANUARY, "incremental")
    kit.put("order_lines", given_back(MONTHS[-1]))
    whole = digest(kit, FEBRUARY, "full")
    assert digest(kit, FEBRUARY, "incremental") == whole
    assert kept(kit) == ["older-202510-202601"]
    monkeypatch.setattr(older_months, "_apart", lambda _, older, *__: older)
    assert digest(kit, FEBRUARY, "incremental") != whole


def test_an_order_of_which_a_recent_row_speaks_is_not_put_together(kit: Kit) -> None:
    kit.put("order_lines", given_back(MONTHS[-2]))
    assert digest(kit, JANUARY, "incremental") == digest(kit, JANUARY, "full")
    assert digest(kit, FEBRUARY, "incremental") == digest(kit, FEBRUARY, "full")


def test_a_correction_of_an_older_month_makes_them_anew(kit: Kit) -> None:
    digest(kit, JANUARY, "incremental")
    kit.put("order_lines", line("C2", MONTHS[1], 0))
    assert digest(kit, JANUARY, "incremental") == digest(kit, JANUARY, "full")
    assert len(kept(kit)) == 2


def test_what_looks_at_every_order_reads_every_month(kit: Kit) -> None:
    assert digest(kit, JANUARY, "incremental", METRICS) == digest(kit, JANUARY, "full", METRICS)
    assert kept(kit) == []
