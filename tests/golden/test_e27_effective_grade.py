"""E27: the effective grade of a chain of periods, by the rule for one customer and by the rule for a population. Spec 8.2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.movement.chains import Chain, Month, by_rows, by_rule
from tierwise.movement.effective import Rule

VERDICTS = {"NO_PURCHASE": "no_purchase", "NO_RESULT": "none", "LEFT": "left"}
CASES = json.loads((Path(__file__).parent / "examples" / "E27_effective_grade.json").read_text("utf-8"))


def chain(case: dict[str, Any]) -> Chain:
    return [
        Month(VERDICTS.get(computed, "graded"), None if computed in VERDICTS else computed, override)
        for computed, override in zip(case["computed"], case["overrides"], strict=True)
    ]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: str(case["name"]))
def test_e27_the_effective_grade_follows_the_rule(case: dict[str, Any]) -> None:
    rule = Rule(tuple(CASES["order_best_to_worst"]), case["upgrade_confirm"], case["downgrade_confirm"])
    assert [standing.effective for standing in by_rule(chain(case), rule)] == case["expected"]


def test_e27_a_population_is_graded_by_the_same_rule() -> None:
    kinds = {(case["upgrade_confirm"], case["downgrade_confirm"]) for case in CASES["cases"]}
    for up, down in kinds:
        mine = [c for c in CASES["cases"] if (c["upgrade_confirm"], c["downgrade_confirm"]) == (up, down)]
        rule = Rule(tuple(CASES["order_best_to_worst"]), up, down)
        found = by_rows({case["name"]: chain(case) for case in mine}, rule)
        for case in mine:
            rows = found[case["name"]][: len(case["expected"])]
            assert [row["effective"] for row in rows] == case["expected"], case["name"]
