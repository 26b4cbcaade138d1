"""Spark gives the digests of DuckDB: every shipped policy, random policies, however rows and partitions lie."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tests.engine.companies import METRIC_NAMES, Company, random_company, scene_of_facts
from tests.engine.pair import Pair
from tests.engine.sparkling import engine_on
from tests.engine.test_determinism import _written
from tests.oracle.random_policies import random_policy
from tests.support import metrics, shipped
from tests.unit.movement.chains import Month, by_rows, by_rule
from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.digest import digest_of
from tierwise.grading.memory import grade_outcome, scene_of
from tierwise.grading.pipeline import grade
from tierwise.movement.effective import Rule
from tierwise.policy.load import list_policies
from tierwise.policy.model import Policy

POLICIES = [policy.code for policy in list_policies()]
EVERYDAY = ("customer_value", "rfm_rank")
LATER = [pytest.param(name, marks=pytest.mark.slow) for name in POLICIES if name not in EVERYDAY]
FIFTY, THOUSAND = 50, 1_000


def graded_alike(spark: Any, company: Company, policy: Policy) -> None:
    """The rows have one digest and the field the same facts and warnings on both engines."""
    asked = (company.tables, policy, company.as_of, company.settings)
    rows, outcome = grade_outcome(*asked)
    with engine_on(spark) as engine:
        again, other = grade_outcome(*asked, engine=engine)
    assert digest_of(again) == digest_of(rows)
    assert (other.facts, other.warnings, other.population) == (
        outcome.facts,
        outcome.warnings,
        outcome.population,
    )


@pytest.mark.parametrize("name", [*EVERYDAY, *LATER])
def test_a_shipped_policy_gives_the_same_digest(name: str, company: Company, spark: Any) -> None:
    graded_alike(spark, company, shipped(name))


@pytest.mark.parametrize(
    "seed",
    [
        *range(FIFTY),
        *(pytest.param(seed, marks=pytest.mark.long) for seed in range(FIFTY, THOUSAND)),
    ],
)
def test_a_random_policy_gives_the_same_digest(seed: int, spark: Any) -> None:
    graded_alike(spark, random_company(seed, 24), Policy.model_validate(random_policy(seed)))


@pytest.mark.slow
def test_every_metric_is_alike_in_every_stage(company: Company, spark: Any) -> None:
    with Pair(DuckDBEngine(threads=2), engine_on(spark)) as both:
        scene = scene_of_facts(company)
        rows = metrics(company.tables, *METRIC_NAMES, as_of=company.as_of, scene=scene, engine=both)
    assert len(rows) > 20


def test_effective_grades_are_alike(spark: Any) -> None:
    rule = Rule(("A", "B", "C"), 1, 2)
    chains = {
        "up": [Month("graded", "B"), Month("graded", "A"), Month("none")],
        "gone": [Month("graded", "A"), Month("left"), Month("graded", "P1")],
        "客户": [Month("graded", "C"), Month("graded", "C", "A"), Month("graded", "B", ended=True)],
    }
    with engine_on(spark) as engine:
        found = by_rows(chains, rule, engine)
    for customer, chain in chains.items():
        assert [row["effective"] for row in found[customer]] == [s.effective for s in by_rule(chain, rule)]


def test_an_instant_falls_on_its_day_of_utc_wherever_spark_stands(spark: Any) -> None:
    """The small Spark stands in Los Angeles, where it is still the day before: no session may keep its zone."""
    assert spark._jvm.java.util.TimeZone.getDefault().getID() == "America/Los_Angeles"
    data = pa.table({"at": pa.array([datetime(2025, 11, 1, 3, tzinfo=UTC)], pa.timestamp("us", "UTC"))})
    t = ibis.table({"at": "timestamp('UTC')"}, name="instants")
    with engine_on(spark) as engine:
        engine.register("instants", data)
        engine.materialize("days", t.select(on=t["at"].date()))
        found = engine.fetch(ibis.table({"on": "date"}, name="days"))
    assert found.to_pylist() == [{"on": date(2025, 11, 1)}]


def digest(engine: Any, company: Company, name: str, folder: Path, seed: int, files: int) -> str:
    """The digest of a run over shuffled rows in so many files a table."""
    random = Random(seed)
    for table in TABLES:
        paths = _written(company.tables[table], folder / f"{table}-{seed}-{files}", random, files)
        engine.read_files(table, paths, schema_of(table))
    policy = shipped(name)
    outcome = grade(Stages(engine), policy, scene_of(policy, company.as_of, company.settings))
    return digest_of(engine.fetch(outcome.results))


def test_order_files_and_partitions_leave_no_trace(company: Company, spark: Any, tmp_path: Path) -> None:
    with DuckDBEngine(threads=1) as engine:
        wanted = digest(engine, company, "abc_sales", tmp_path, 0, 1)
    for seed, (files, partitions) in enumerate(((3, "1"), (7, "5")), start=1):
        with engine_on(spark, shuffle__partitions=partitions) as engine:
            assert digest(engine, company, "abc_sales", tmp_path, seed, files) == wanted
