"""What may be combined, and whether a decision table says something of every case, once. Source: spec 6.14."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.unit.policy.test_check import TITLE
from tierwise.kernel.errors import TierwiseError
from tierwise.policy.base import RULES_LATER
from tierwise.policy.check import check_policy
from tierwise.policy.load import load_policy, parse_policy
from tierwise.policy.model import Policy

PARTS = [{"method": "abc_rank", "id": "abc"}, {"method": "credit_rating", "id": "credit"},
         {"method": "rfm", "grade_by": "none"}]  # fmt: skip


def faults(**leading: Any) -> list[tuple[str, str | None]]:
    whole = {"code": "mine", "version": 1, "title": TITLE, "advisory": PARTS}
    whole["leading"] = {"method": "combination", "of": ["abc", "credit"], "rule": "table", **leading}
    policy = Policy.model_validate(whole, context=RULES_LATER)
    return [(p.code.removeprefix("policy."), p.column) for p in check_policy(policy)]


REST = {"grade": "C"}


def test_a_table_that_ends_with_a_row_for_the_rest_is_sound() -> None:
    assert faults(table=[{"when": {"abc": ["A"], "credit": ["good"]}, "grade": "A"}, REST]) == []


@pytest.mark.parametrize(
    ("leading", "found"),
    [
        ({"table": []}, ("combination-table", "leading.table")),
        ({"rule": "worst_of", "table": [REST]}, ("combination-table", "leading.table")),
        ({"of": ["abc", "abc"], "table": [REST]}, ("twice", "leading.of[1]")),
        ({"of": ["abc", "combined"], "table": [REST]}, ("combination-unknown", "leading.of[1]")),
        ({"of": ["abc", "rfm"], "table": [REST]}, ("combination-unknown", "leading.of[1]")),
        ({"table": [{"when": {"rfm": ["A"]}, "grade": "A"}, REST]}, ("combination-component", "leading.table[0].when.rfm")),
        ({"table": [{"when": {"abc": ["D"]}, "grade": "A"}, REST]}, ("not-on-scale", "leading.table[0].when.abc[0]")),
        ({"table": [{"when": {"abc": ["none"]}, "grade": "A"}, REST]}, ("not-on-scale", "leading.table[0].when.abc[0]")),
        ({"table": [{"grade": "D"}]}, ("not-on-scale", "leading.table[0].grade")),
        ({"table": [{"when": {"abc": ["A", "B"]}, "grade": "A"}]}, ("combination-open", "leading.table")),
        ({"table": [REST, {"when": {"abc": ["A"]}, "grade": "A"}]}, ("combination-idle", "leading.table[1]")),
        ({"rule": "best_of"}, ("combination-scale", "leading.of[1]")),
    ],
)  # fmt: skip
def test_a_combination_says_what_is_wrong_and_where(leading: dict[str, Any], found: tuple[str, str]) -> None:
    assert faults(**leading) == [found]


def test_the_cases_without_a_row_are_counted_and_named() -> None:
    with pytest.raises(
        ValidationError, match=r"4 cases have no row, such as C × excellent; .*\(abc × credit\)"
    ):
        Policy.model_validate({
            "code": "mine", "version": 1, "title": TITLE, "advisory": PARTS,
            "leading": {"method": "combination", "of": ["abc", "credit"], "rule": "table",
                        "table": [{"when": {"abc": ["A", "B"]}, "grade": "A"}]},
        })  # fmt: skip


def test_all_mistakes_of_a_table_are_told_with_their_lines() -> None:
    text = (
        "code: mine\nversion: 1\ntitle: {en: t, zh: 题}\nleading:\n  method: combination\n  rule: tabel\n"
        "  of: [abc, credit]\n  table:\n    - {when: {abc: [Z]}, grade: A}\n    - {grade: Q}\n"
        "advisory:\n  - {method: abc_rank, id: abc}\n  - {method: credit_rating, id: credit}\n"
    )
    with pytest.raises(TierwiseError) as caught:
        parse_policy(text, "mine.yaml")
    assert [(p.line, p.column) for p in caught.value.problems] == [
        (6, "leading.rule"), (9, "leading.table[0].when.abc[0]"), (10, "leading.table[1].grade")]  # fmt: skip


def test_the_grade_of_a_row_decides_and_alters_the_fingerprint() -> None:
    shipped = load_policy("abc_credit_table")
    other = shipped.text.replace("credit: [fair, none]}, grade: B", "credit: [fair, none]}, grade: C")
    assert other != shipped.text
    assert load_policy("x.yaml", text=other).fingerprint != shipped.fingerprint
