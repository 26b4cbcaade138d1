"""Merged customers are graded alike on Spark, and as if they had been one from the start. Decision 0022."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.engine.sparkling import engine_on
from tests.oracle.facts import arrow_tables
from tests.oracle.random_facts import random_facts
from tests.oracle.random_policies import random_policy
from tests.properties.test_merging import as_one, digest, links_of, merged_digest
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.memory import register_tables
from tierwise.policy.model import Policy


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_merges_give_one_digest_on_both_engines(seed: int, spark: Any) -> None:
    facts, policy = random_facts(seed, 24), Policy.model_validate(random_policy(seed))
    links = links_of(facts, random.Random(seed))
    with DuckDBEngine() as here, engine_on(spark) as there, DuckDBEngine() as plain:
        register_tables(plain, arrow_tables(as_one(facts, links)))
        found = [merged_digest(engine, policy, facts, links) for engine in (here, there)]
        assert found == [digest(plain, policy, facts)] * 2
