"""Random valid policies over random companies: the engine agrees with the oracle, digit for digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.facts import Facts, arrow_tables
from tests.oracle.methods import Grading, metric_behind
from tests.oracle.random_facts import random_facts
from tests.oracle.random_policies import random_policy
from tierwise.book.settings import Settings
from tierwise.grading.memory import grade_tables
from tierwise.policy.check import check_policy
from tierwise.policy.model import Policy

EVERYDAY, LONG = 60, 1_000
FOUND = (135, 267, 532)
"""Seeds of the thousand on which the two once disagreed."""
SHOWN = 25


def settings_of(facts: Facts) -> Settings:
    """The book's settings as the facts have them."""
    return Settings(
        name="oracle",
        posting_basis=facts.posting_basis,
        fiscal_year_start_month=facts.fiscal_year_start,
        financing_rate_pct=facts.financing_rate_pct,
    )


def run_real(facts: Facts, policy: Policy, as_of: date) -> list[dict[str, Any]]:
    """What the engine says of the same facts: plain rows, decimals as exact fractions."""
    table = grade_tables(arrow_tables(facts), policy, as_of, settings_of(facts))
    return [{name: _plain(value) for name, value in row.items()} for row in table.to_pylist()]


def _plain(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def differences(facts: Facts, policy: Policy) -> list[str]:
    """Every cell on which the two disagree, as a sentence."""
    real = run_real(facts, policy, facts.as_of)
    columns = list(real[0]) if real else []
    extra = {use for column in columns if (use := metric_behind(column))}
    oracle = Grading(facts, policy, facts.as_of).rows(extra)
    if [row["customer_id"] for row in real] != [row["customer_id"] for row in oracle]:
        return [
            f"customers: engine {[r['customer_id'] for r in real]}, oracle {[r['customer_id'] for r in oracle]}"
        ]
    found = [
        f"column {name}: only the oracle has it"
        for name in sorted({k for r in oracle for k in r} - set(columns))
    ]
    known = {name for row in oracle for name in row}
    found += [
        f"column {name}: only the engine has it"
        for name in columns
        if name not in known and any(row[name] is not None for row in real)
    ]
    for mine, theirs in zip(oracle, real, strict=True):
        for name in columns:
            if name in known and mine.get(name) != theirs[name]:
                shown = f"engine {_show(theirs[name])}, oracle {_show(mine.get(name))}"
                found.append(f"{mine['customer_id']}.{name}: {shown}")
    return found


def _show(value: Any) -> str:
    return str(float(value)) if isinstance(value, Fraction) else repr(value)


def compare(seed: int) -> None:
    """Seed n is policy n over company n."""
    policy = Policy.model_validate(random_policy(seed))
    assert check_policy(policy) == []
    found = differences(random_facts(seed, 24), policy)
    assert not found, "\n".join([f"seed {seed}, {len(found)} differences", *found[:SHOWN]])


def test_all_thousand_random_policies_are_valid() -> None:
    """All engines grade by them: what the check refuses is nobody's policy."""
    assert [seed for seed in range(LONG) if check_policy(Policy.model_validate(random_policy(seed)))] == []


@pytest.mark.parametrize("seed", [*range(EVERYDAY), *FOUND])
def test_a_random_policy_gives_the_grades_of_the_oracle(seed: int) -> None:
    compare(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(EVERYDAY, LONG))
def test_a_thousand_random_policies_give_the_grades_of_the_oracle(seed: int) -> None:
    compare(seed)
