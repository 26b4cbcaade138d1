"""A worked example of our own for spec 2.8(1): three selections over the same ten customers that disagree.

Sales fall from 100 to 10 thousand, one order each. C01 sells at cost; the others' profit (thousands):
C02 40, C03 10, C04 30, C05 … C10 none. Total 80, so "strictly more than half" takes C02 (40 is exactly half) and C04.
The top class is the first of ten. The quality set is two of ten by rank scores; C01 owes an overdue invoice.

| customer | top class | quality set | key account |
|---|---|---|---|
| C01 | yes | no, its arrears push it out | no |
| C02 | no | yes | yes |
| C03 | no | yes | no |
| C04 | no | no | yes |
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.book.bookkit import AT, Kit, day
from tierwise.grading.run import grade_book, list_runs
from tierwise.insight.selections import AREAS, SHIPPED, Selections, as_table, counted, select
from tierwise.kernel.errors import TierwiseError
from tierwise.policy.load import load_policy

JANUARY = day("2026-01-31")
PROFIT = {2: 40_000, 3: 10_000, 4: 30_000}


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path)
    people = [{"code": f"C{n:02}", "name": f"Customer {n}", "valid_from": "2025-01-01"} for n in range(1, 11)]
    orders = [
        {"order_number": f"S{n}{m}", "line_no": 1, "customer_code": f"C{n:02}", "order_date": f"2025-{m}-15",
         "amount_ex_tax": 55_000 - 5_000 * n, "cost_amount": 55_000 - 5_000 * n - PROFIT.get(n, 0) // 2, "qty": 1, "uom": "kg"}
        for n in range(1, 11) for m in (11, 12)
    ]  # fmt: skip
    made.put("customers", *people)
    made.put("order_lines", *orders)
    made.put("invoices", {"number": "I1", "customer_code": "C01", "issue_date": "2025-11-15", "due_date": "2025-12-15",
                          "amount": 50_000})  # fmt: skip
    return made


def selected(kit: Kit, **policies: str) -> Selections:
    asked = {name: load_policy(policy) for name, policy in (SHIPPED | policies).items()}
    return select(kit.book, JANUARY, asked, actor="alice", at=AT)


def test_the_three_selections_disagree_as_worked_out_by_hand(kit: Kit) -> None:
    found = selected(kit)
    assert {one.customer: one.area for one in found.picked} == {
        "C01": (True, False, False),
        "C02": (False, True, True),
        "C03": (False, True, False),
        "C04": (False, False, True),
    }
    assert list(found.counts.values()) == [0, 0, 0, 1, 1, 1, 1]
    assert [one.customer for one in found.picked] == ["C02", "C01", "C03", "C04"]
    assert all(one.disputed for one in found.picked)


def test_each_selection_is_what_its_policy_alone_gives(kit: Kit) -> None:
    found = selected(kit)
    for name, kind in {"quality": "quality_set", "key": "key_account"}.items():
        method = next(m for m in load_policy(SHIPPED[name]).policy.methods if m.method == kind)
        run = grade_book(kit.book, load_policy(SHIPPED[name]), JANUARY, actor="alice", at=AT, dry_run=True)
        alone = {row["customer_id"] for row in run.results.to_pylist() if row[f"{method.id}_member"]}
        assert {one.customer for one in found.customers if getattr(one, name)} == alone
    assert list_runs(kit.book) == []


def test_what_cannot_be_computed_is_said(kit: Kit) -> None:
    kit.put(
        "order_lines",
        {
            "order_number": "X",
            "line_no": 1,
            "customer_code": "C11",
            "order_date": "2026-01-05",
            "amount_ex_tax": 1,
        },
    )
    said = {p.code: p.slots for p in selected(kit).missing}
    assert said["selections.no-evaluation"] == {"n": 2, "all": 2, "template": "key_account"}
    assert said["selections.profit-unknown"] == {"n": 1, "all": 11}


def test_a_full_evaluation_is_shown_and_no_longer_missing(kit: Kit) -> None:
    method = next(m for m in load_policy("key_accounts").policy.methods if m.method == "key_account")
    rated = [code for rating in method.ratings for code in (rating.inverse_of or (rating.code,))]
    rows: list[dict[str, Any]] = [
        {"customer_code": code, "template": "key_account", "criterion": name, "score": 4, "assessor": "alice", "as_of": "2026-01-15"}
        for code in ("C02", "C04") for name in rated
    ]  # fmt: skip
    kit.put("assessments", *rows)
    found = selected(kit)
    assert {one.customer: one.evaluation for one in found.customers if one.key} == {
        "C02": "discuss",
        "C04": "discuss",
    }
    assert "selections.no-evaluation" not in {p.code for p in found.missing}


def test_a_file_has_everyone_and_names_the_three_policies(kit: Kit) -> None:
    rows = as_table(selected(kit)).to_pylist()
    assert len(rows) == 10
    assert {row["top_policy"] for row in rows} == {"abc_sales v1"}
    assert {row["quality_policy"] for row in rows} == {"quality_20 v1"}
    assert {row["key_policy"] for row in rows} == {"key_accounts v2"}
    assert [row["customer_code"] for row in rows if row["disputed"]] == ["C01", "C02", "C03", "C04"]


@pytest.mark.parametrize(
    ("policies", "code"),
    [
        ({"quality": "abc_sales"}, "selections.no-method"),
        ({"key": "quality_20"}, "selections.no-method"),
        ({"top": "abc_group"}, "selections.levels"),
    ],
)
def test_a_policy_that_makes_no_such_selection_is_refused(
    policies: dict[str, str], code: str, kit: Kit
) -> None:
    with pytest.raises(TierwiseError) as caught:
        selected(kit, **policies)
    assert caught.value.code == code


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans())))
def test_the_seven_areas_add_up_to_each_set_and_to_their_union(areas: list[tuple[bool, bool, bool]]) -> None:
    counts = counted(areas)
    assert list(counts) == list(AREAS)
    assert sum(counts.values()) == sum(1 for area in areas if any(area))
    for at in range(3):
        assert sum(n for area, n in counts.items() if area[at]) == sum(1 for area in areas if area[at])
