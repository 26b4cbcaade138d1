"""A book of five customers whose purchases are told month by month, and its monthly cycles."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.unit.book.bookkit import Kit, line
from tierwise.book.store import Book
from tierwise.kernel.periods import Period
from tierwise.movement.cycle import run_cycle
from tierwise.movement.publishing import approve_run, publish_run
from tierwise.movement.review import grades_of_period, published_run
from tierwise.movement.states import CycleRun
from tierwise.policy.load import PolicyDocument, load_policy

AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
POLICY = """
code: monthly
version: 1
title: {en: Monthly, zh: 月度}
window_months: 1
scale:
  - {code: A, title: {en: a, zh: 甲}, colour: "#111111"}
  - {code: B, title: {en: b, zh: 乙}, colour: "#222222"}
  - {code: C, title: {en: c, zh: 丙}, colour: "#333333"}
leading:
  method: value_bands
  id: sales
  value: net_sales
  bands: {A: 1000, B: 500}
effective: {downgrade_confirm: %d}
"""
SPENT: dict[str, tuple[int, ...]] = {
    "C1": (2000, 2000, 2000, 2000),
    "C2": (600, 1500, 700, 0),
    "C3": (1200, 0, 0, 100),
    "C4": (0, 0, 800, 300),
    "C5": (100, 970, 100, 970),
}
"""What each customer buys from November to February."""
MONTHS = ("2025-11", "2025-12", "2026-01", "2026-02")


def document(confirm: int = 1, old: str = "", new: str = "") -> PolicyDocument:
    """The policy: by what was bought in the month; with a part of its text replaced."""
    return load_policy("monthly.yaml", text=(POLICY % confirm).replace(old, new))


def company(folder: Path, **settings: Any) -> Kit:
    """The book with all purchases."""
    kit = Kit(folder, **settings)
    kit.put("customers", *({"code": code, "name": code, "valid_from": "2025-01-01"} for code in SPENT))
    lines = [
        line(f"{code}-{month}", 1, amount, f"{month}-15", customer_code=code)
        for code, amounts in SPENT.items()
        for month, amount in zip(MONTHS, amounts, strict=True)
        if amount
    ]
    kit.put("order_lines", *lines)
    return kit


def review(book: Book, month: str, confirm: int = 1, actor: str = "ann") -> CycleRun:
    """The period under review."""
    return run_cycle(book, document(confirm), Period.of(month), actor=actor, at=AT).run


def publish(book: Book, run: CycleRun) -> CycleRun:
    """The run, approved and published by two others."""
    approve_run(book, run.run_id, actor="bo", at=AT)
    return publish_run(book, run.run_id, actor="cy", at=AT).run


def through(book: Book, *months: str, confirm: int = 1) -> list[CycleRun]:
    """Cycles of some months, all published."""
    return [publish(book, review(book, month, confirm)) for month in months]


def grades(book: Book, month: str) -> dict[str, str | None]:
    """The effective grade of every customer in a published period."""
    rows = grades_of_period(book, published_run(book, "monthly", Period.of(month))).to_pylist()
    return {row["customer_id"]: row["effective"] for row in rows}
