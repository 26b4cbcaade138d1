"""A worked example of our own: five customers, the most by sales earn the least (spec 2.8(2), 12.4).

| customer | sales | profit | by sales (5 %, 20 % of 5: one A, no more B) | by profit |
|---|---|---|---|---|
| C1 | 500 | 10 | A | C |
| C2 | 400 | 20 | C | C |
| C3 | 300 | 30 | C | C |
| C4 | 200 | 40 | C | C |
| C5 | 100 | 50 | C | A |
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.book.bookkit import AT, Kit, day
from tierwise.grading.run import grade_book, list_runs
from tierwise.insight.comparison import (
    Comparison,
    as_table,
    compare_policies,
    compare_runs,
    policies_to_compare,
)
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.in_use import use_policy
from tierwise.policy.load import PolicyDocument, load_policy

JANUARY = day("2026-01-31")
SALES, PROFIT = load_policy("abc_sales"), load_policy("abc_profit")
STRICT = load_policy("abc_sales.yaml", text=SALES.text.replace("{A: 5, B: 20}", "{A: 20, B: 40}"))


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path)
    made.put(
        "customers",
        *({"code": f"C{n}", "name": f"Customer {n}", "valid_from": "2025-01-01"} for n in range(1, 6)),
    )
    made.put("order_lines", *(
        {"order_number": f"S{n}", "line_no": 1, "customer_code": f"C{n}", "order_date": "2025-12-15",
         "amount_ex_tax": 600 - 100 * n, "cost_amount": 600 - 110 * n}
        for n in range(1, 6)
    ))  # fmt: skip
    return made


def compared(kit: Kit, *documents: PolicyDocument) -> Comparison:
    return compare_policies(kit.book, JANUARY, documents, actor="alice", at=AT)


def test_two_policies_stand_beside_each_other_as_worked_out_by_hand(kit: Kit) -> None:
    found = compared(kit, SALES, PROFIT)
    assert found.cells == {("A", "C"): 1, ("C", "A"): 1, ("C", "C"): 3}
    assert [(pair.customer, pair.labels, pair.ranks) for pair in found.differing] == [
        ("C1", ("A", "C"), (1, 5)),
        ("C5", ("C", "A"), (5, 1)),
    ]
    assert [side.label for side in found.sides] == ["abc_sales v1", "abc_profit v1"]
    assert list_runs(kit.book) == []


def test_exchanging_the_sides_exchanges_the_table(kit: Kit) -> None:
    one, two = compared(kit, SALES, PROFIT), compared(kit, PROFIT, SALES)
    assert {(b, a): n for (a, b), n in one.cells.items()} == two.cells
    assert {pair.customer for pair in one.differing} == {pair.customer for pair in two.differing}


def test_a_policy_differs_from_itself_nowhere(kit: Kit) -> None:
    found = compared(kit, SALES, SALES)
    assert found.differing == []
    assert found.same_scale


def test_the_two_in_use_are_compared_the_leading_one_first_and_marked(kit: Kit) -> None:
    for document, lead in ((SALES, False), (PROFIT, True)):
        use_policy(kit.book, document, lead=lead, actor="alice", at=AT)
    found = compared(kit, *policies_to_compare(kit.book))
    assert [(side.label, side.leading) for side in found.sides] == [
        ("abc_profit v1", True),
        ("abc_sales v1", False),
    ]
    rows = as_table(found).to_pylist()
    assert {(row["policy_1"], row["leading_1"], row["policy_2"], row["leading_2"]) for row in rows} == {
        ("abc_profit v1", True, "abc_sales v1", False)
    }


def test_two_wordings_of_one_name_are_told_apart_and_only_the_one_in_use_leads(kit: Kit) -> None:
    use_policy(kit.book, SALES, actor="alice", at=AT)
    first, second = compared(kit, SALES, STRICT).sides
    assert first.label == f"abc_sales v1 {SALES.fingerprint[:8]}"
    assert second.label == f"abc_sales v1 {STRICT.fingerprint[:8]}"
    assert (first.leading, second.leading) == (True, False)


def test_the_same_rules_under_another_name_do_not_lead(kit: Kit) -> None:
    use_policy(kit.book, SALES, actor="alice", at=AT)
    renamed = load_policy("mine.yaml", text=SALES.text.replace("code: abc_sales", "code: mine"))
    assert renamed.fingerprint == SALES.fingerprint
    assert [side.leading for side in compared(kit, SALES, renamed).sides] == [True, False]


def test_stored_runs_give_the_same_as_their_policies(kit: Kit) -> None:
    for document in (SALES, PROFIT):
        grade_book(kit.book, document, JANUARY, actor="alice", at=AT)
    stored, tried = compare_runs(kit.book, JANUARY, ["1", "run-000002"]), compared(kit, SALES, PROFIT)
    assert (stored.pairs, stored.cells) == (tried.pairs, tried.cells)
    assert [side.stored for side in (*stored.sides, *tried.sides)] == [True, True, False, False]


def test_runs_of_another_day_and_anything_but_two_policies_in_use_are_refused(kit: Kit) -> None:
    grade_book(kit.book, SALES, JANUARY, actor="alice", at=AT)
    with pytest.raises(TierwiseError) as caught:
        compare_runs(kit.book, day("2026-02-28"), ["1", "1"])
    assert caught.value.code == "compare.other-day"
    for document in (None, SALES):
        if document is not None:
            use_policy(kit.book, document, actor="alice", at=AT)
        with pytest.raises(TierwiseError) as caught:
            policies_to_compare(kit.book)
        assert caught.value.code == "compare.which"
