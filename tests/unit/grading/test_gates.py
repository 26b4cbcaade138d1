"""Gates that ask a flag or a code. Source: spec 6.14, 3.1."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, policy, tables
from tests.unit.book.bookkit import Kit, line
from tierwise import api
from tierwise.grading.memory import grade_tables

ABC = {"method": "abc_rank", "shares_pct": {"A": 50, "B": 100}}
RECENT = date(2025, 6, 20)
LONG_AGO = date(2024, 8, 1)
AT = datetime(2026, 4, 1, tzinfo=UTC)


def gate(metric: str, answer: Any, **more: Any) -> dict[str, Any]:
    return {
        "code": "asked",
        "when": {"metric": metric, "is": answer},
        "effect": "flag",
        "flag": "seen",
        **more,
    }


def graded(*gates: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """K bought lately; L, the larger one, is lost and makes a loss; M has no cost, so nobody knows its profit."""
    rows = [
        {"customer_code": "K", "order_date": RECENT, "amount_ex_tax": 100, "base_cost": 50},
        {"customer_code": "L", "order_date": LONG_AGO, "amount_ex_tax": 300, "base_cost": 400},
        {"customer_code": "M", "order_date": RECENT, "amount_ex_tax": 50},
    ]
    facts = tables(customers=customers("KLM"), order_lines=rows)
    return by_customer(grade_tables(facts, policy(ABC, gates=gates), AS_OF))


def flagged(rows: dict[str, dict[str, Any]]) -> str:
    return "".join(code for code, row in rows.items() if "seen" in row["flags"].split(";"))


@pytest.mark.parametrize(
    ("metric", "answer", "who"),
    [
        ("lifecycle", ["lost"], "L"),
        ("lifecycle", ["active", "regained"], "KM"),
        ("loss_making", True, "L"),
        ("loss_making", False, "K"),  # nobody knows whether M makes a loss, so it is neither
    ],
)
def test_a_gate_asks_a_flag_or_a_code(metric: str, answer: Any, who: str) -> None:
    assert flagged(graded(gate(metric, answer))) == who


def test_a_lost_customer_is_capped_and_the_gate_is_named() -> None:
    rows = graded(gate("lifecycle", ["lost"], effect="cap", to="B", flag=None))
    assert (rows["L"]["grade"], rows["L"]["grade_before_gates"], rows["L"]["gates"]) == ("B", "A", "asked")


def test_a_gate_on_a_code_is_told_in_the_words_of_the_code_and_of_its_title(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put(
        "order_lines", line("A1", 1, 100, "2025-08-05"), line("A2", 1, 90, "2026-03-05", customer_code="C2")
    )
    title = "title: {en: win it back, zh: 应当赢回}"
    text = (
        "code: mine\nversion: 1\ntitle: {en: Mine, zh: 我的}\nleading: {method: abc_rank}\n"
        "gates:\n  - {code: silent, when: {metric: lifecycle, is: [lost]}, effect: flag, flag: silent, "
        f"{title}}}\n"
    )
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    api.grade(kit.book, file, as_of=date(2026, 3, 31), actor="tester", at=AT)
    told = api.explain(kit.book, "C1")
    assert any("lost" in s and "win it back" in s for s in told.sentences("en"))
    assert any("流失" in s and "应当赢回" in s for s in told.sentences("zh"))
