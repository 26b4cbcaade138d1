"""Every shipped policy grades alike on both engines: each stage, each row, each digit, and the digest."""

from __future__ import annotations

import pytest

from tests.engine.both import Both
from tests.engine.companies import DEMO_DAY, METRIC_NAMES, Company, random_company, scene_of_facts
from tests.oracle.random_policies import random_policy
from tests.support import metrics, shipped
from tierwise.book.store import Book
from tierwise.engine.stages import Stages
from tierwise.grading.digest import digest_of
from tierwise.grading.memory import grade_outcome, scene_of
from tierwise.grading.pipeline import grade
from tierwise.policy.load import list_policies
from tierwise.policy.model import Policy

POLICIES = [policy.code for policy in list_policies()]


def graded_alike(uri: str, company: Company, policy: Policy) -> None:
    """Grades on both engines; every stage is compared on the way, the digests of the rows at the end."""
    both = Both(uri)
    rows, outcome = grade_outcome(company.tables, policy, company.as_of, company.settings, engine=both)
    assert rows.num_rows > 0
    assert digest_of(both.second.fetch(outcome.results)) == digest_of(rows)
    both.close()


@pytest.mark.parametrize("name", POLICIES)
def test_a_shipped_policy_grades_alike(name: str, company: Company, postgres_uri: str) -> None:
    graded_alike(postgres_uri, company, shipped(name))


def test_every_metric_is_alike(company: Company, postgres_uri: str) -> None:
    both = Both(postgres_uri)
    scene = scene_of_facts(company)
    rows = metrics(company.tables, *METRIC_NAMES, as_of=company.as_of, scene=scene, engine=both)
    assert len(rows) > 20
    both.close()


def test_every_metric_of_members_is_alike(company: Company, postgres_uri: str) -> None:
    scene, found = scene_of_facts(company), []
    for members in (True, False):
        both = Both(postgres_uri)
        rows = metrics(
            company.tables,
            *METRIC_NAMES,
            as_of=company.as_of,
            scene=scene,
            engine=both,
            level="group",
            members=members,
        )
        found.append(len(rows))
        both.close()
    assert found[0] > found[1]


@pytest.mark.parametrize("inherit", [{"grade": "none"}, {"nodes": ["site"], "kinds": ["existing"]}])
def test_what_members_inherit_is_alike(
    inherit: dict[str, object], company: Company, postgres_uri: str
) -> None:
    policy = shipped("abc_group").model_dump(mode="json", by_alias=True)
    policy["population"]["inherit"] = inherit
    graded_alike(postgres_uri, company, Policy.model_validate(policy))


def demo_graded_alike(uri: str, book: Book, name: str) -> None:
    both, version, policy = Both(uri), book.current(), shipped(name)
    book.open_in(both, version, as_of=DEMO_DAY)
    results = grade(Stages(both), policy, scene_of(policy, DEMO_DAY, version.settings)).results
    first, second = both.first.fetch(results), both.second.fetch(results)
    assert digest_of(first) == digest_of(second)
    assert first.num_rows >= 40
    both.close()


def test_the_sample_company_is_graded_alike_from_its_book(demo: Book, postgres_uri: str) -> None:
    demo_graded_alike(postgres_uri, demo, "customer_value")


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in POLICIES if name != "customer_value"])
def test_the_sample_company_is_graded_alike_by_every_policy(name: str, demo: Book, postgres_uri: str) -> None:
    demo_graded_alike(postgres_uri, demo, name)


@pytest.mark.parametrize("seed", range(1))
def test_a_random_policy_grades_alike(seed: int, postgres_uri: str) -> None:
    graded_alike(postgres_uri, random_company(seed, 12), Policy.model_validate(random_policy(seed)))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 100))
def test_a_hundred_random_policies_grade_alike(seed: int, postgres_uri: str) -> None:
    graded_alike(postgres_uri, random_company(seed, 24), Policy.model_validate(random_policy(seed)))
