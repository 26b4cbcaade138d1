"""Effective grades are alike on both engines, and nothing in their expression is outside the white list."""

from __future__ import annotations

from tests.engine.both import Both
from tests.unit.movement.chains import Month, by_rows, by_rule
from tierwise.movement.effective import Rule


def test_effective_grades_are_alike(postgres_uri: str) -> None:
    rule = Rule(("A", "B", "C"), 1, 2)
    chains = {
        "up": [Month("graded", "B"), Month("graded", "A"), Month("none")],
        "down": [Month("graded", "A"), Month("graded", "C"), Month("no_purchase")],
        "gone": [Month("graded", "A"), Month("left"), Month("graded", "P1")],
        "chosen": [Month("graded", "C"), Month("graded", "C", "A"), Month("graded", "B", ended=True)],
        "客户": [Month("none"), Month("no_purchase"), Month("graded", "P1")],
    }
    both = Both(postgres_uri)
    found = by_rows(chains, rule, both)
    for customer, chain in chains.items():
        assert [row["effective"] for row in found[customer]] == [s.effective for s in by_rule(chain, rule)]
    both.close()
