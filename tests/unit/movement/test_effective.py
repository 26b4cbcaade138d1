"""Properties of the effective grade, and both forms of its rule beside each other. Spec 8.2, 8.3."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.movement.chains import Chain, Month, by_rows, by_rule
from tierwise.movement.effective import CAUSES, Rule, Standing

SCALE = ("A", "B", "C", "D")
OTHER = "P1"
"""A grade of another family, such as that of a prospect card."""

rules = st.builds(lambda up, down: Rule(SCALE, up, down), st.integers(1, 3), st.integers(1, 3))
graded = st.sampled_from([*SCALE, OTHER]).map(lambda code: Month("graded", code))
others = st.sampled_from(["no_purchase", "left", "none"]).map(Month)
overridden = st.builds(
    lambda month, grade: Month(month.seen, month.grade, grade), graded | others, st.sampled_from(SCALE)
)
ended = (graded | others).map(lambda month: Month(month.seen, month.grade, None, True))
months = st.one_of(graded, graded, others, overridden, ended)
chains = st.lists(months, min_size=1, max_size=5)


def told(standing: Standing) -> dict[str, Any]:
    names = ("effective", "cause", "since", "latest", "better", "worse", "override_id")
    return {name: getattr(standing, name) for name in names}


@pytest.mark.engines
@settings(max_examples=12)
@given(st.lists(chains, min_size=20, max_size=40), rules)
def test_the_rule_for_a_population_is_the_rule_for_each_customer(some: list[Chain], rule: Rule) -> None:
    longest = max(map(len, some))
    padded = {f"c{n:02}": [*chain, *[Month("none")] * (longest - len(chain))] for n, chain in enumerate(some)}
    found = by_rows(padded, rule)
    for customer, chain in padded.items():
        for row, standing in zip(found[customer], by_rule(chain, rule), strict=True):
            assert {name: row[name] for name in told(standing)} == told(standing), (customer, row)


@given(chains, rules)
def test_a_counter_counts_only_what_it_says(chain: Chain, rule: Rule) -> None:
    for month, standing in zip(chain, by_rule(chain, rule), strict=True):
        assert not (standing.better and standing.worse)
        assert standing.better < rule.upgrade_confirm
        assert standing.worse < rule.downgrade_confirm
        assert standing.cause is None or standing.cause in CAUSES
        if month.override or month.seen == "left" or standing.effective == standing.latest:
            assert (standing.better, standing.worse) == (0, 0) or month.seen == "none"


@given(chains, rules)
def test_without_confirmation_and_overrides_the_effective_grade_is_the_latest_computed(
    chain: Chain, rule: Rule
) -> None:
    plain = [Month(month.seen, month.grade) for month in chain]
    for standing in by_rule(plain, Rule(rule.scale, 1, 1)):
        assert standing.effective == standing.latest


@given(chains, st.sampled_from(SCALE), graded | others, rules)
def test_when_an_override_ends_the_latest_published_grade_applies_at_once(
    chain: Chain, grade: str, month: Month, rule: Rule
) -> None:
    whole = [*chain, Month("graded", "B", grade), Month(month.seen, month.grade)]
    *_, during, after = by_rule(whole, rule)
    assert (during.effective, during.cause) == (grade, "override")
    assert after.effective == after.latest
    assert (after.better, after.worse, after.override_id) == (0, 0, None)
    assert after.cause == ("left_population" if month.seen == "left" else "override_expired")


@given(chains, rules)
def test_an_override_is_the_grade_whatever_was_computed(chain: Chain, rule: Rule) -> None:
    for month, standing in zip(chain, by_rule(chain, rule), strict=True):
        if month.override is not None:
            assert standing.effective == month.override


@given(chains, rules)
def test_a_period_without_grade_changes_neither_grade_nor_counters(chain: Chain, rule: Rule) -> None:
    after = by_rule([*chain, Month("none")], rule)
    if chain[-1].override is None:
        assert after[-1] == after[-2]


@pytest.mark.engines
@settings(max_examples=3)
@given(st.lists(chains, min_size=2, max_size=8), rules, st.randoms())
def test_the_order_of_the_customers_is_irrelevant(some: list[Chain], rule: Rule, chance: Any) -> None:
    named = [(f"c{n:02}", [*chain, *[Month("none")] * (5 - len(chain))]) for n, chain in enumerate(some)]
    shuffled = list(named)
    chance.shuffle(shuffled)
    assert by_rows(dict(named), rule) == by_rows(dict(shuffled), rule)


def movements(*chain: Month, rule: Rule = Rule(SCALE)) -> list[str | None]:  # noqa: B008
    return [row["movement"] for row in by_rows({"c": list(chain)}, rule)["c"]]


@pytest.mark.engines
@pytest.mark.parametrize(
    ("chain", "wanted"),
    [
        ("A B A A", ["new", "downgrade", "upgrade", "stable"]),
        ("A no_purchase no_purchase B", ["new", "lost", "inactive", "reactivated"]),
        ("A left none B", ["new", "lost", "inactive", "reactivated"]),
        ("left B", ["inactive", "new"]),
        ("no_purchase B", ["inactive", "new"]),
        ("none A none", [None, "new", "stable"]),
        ("P1 B", ["new", "other_scale"]),
    ],
)
def test_every_period_has_one_movement(chain: str, wanted: list[str]) -> None:
    found = [
        Month(word) if word in ("none", "left", "no_purchase") else Month("graded", word)
        for word in chain.split()
    ]
    assert movements(*found) == wanted


@pytest.mark.engines
def test_a_loss_that_waits_for_confirmation_is_a_loss_first_and_a_downgrade_later() -> None:
    idle = Month("no_purchase")
    assert movements(Month("graded", "A"), idle, idle, rule=Rule(SCALE, 1, 2)) == ["new", "lost", "downgrade"]


@pytest.mark.engines
def test_a_customer_that_a_run_no_longer_names_has_left() -> None:
    found = by_rows({"c": [Month("graded", "A"), Month("left", absent=True)]}, Rule(SCALE))["c"]
    assert (found[-1]["effective"], found[-1]["cause"], found[-1]["movement"]) == (
        None,
        "left_population",
        "lost",
    )


def test_the_grade_in_force_says_since_when() -> None:
    found = by_rule([Month("graded", code) for code in "ABBA"], Rule(SCALE))
    assert [standing.since for standing in found] == ["0", "1", "1", "3"]
