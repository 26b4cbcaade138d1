"""Members of a rolled-up unit have figures of their own: those they would have if they were graded by themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.engine.companies import METRIC_NAMES, Company, random_company, scene_of_facts
from tests.support import AS_OF, customers, tables
from tierwise.engine.base import Engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.memory import register_tables
from tierwise.metrics.catalogue import use_of
from tierwise.metrics.compute import Level, compute_metrics
from tierwise.metrics.scene import Scene

Found = dict[str, dict[str, Any]]


def computed(engine: Engine, company: Company, level: Level, *, members: bool = False) -> Found:
    """Every metric that needs no population, by customer."""
    register_tables(engine, company.tables)
    stages = Stages(engine)
    uses = {use_of(name, 12) for name in METRIC_NAMES}
    compute_metrics(stages, uses, scene_of_facts(company), level=level, members=members)
    return {row["unit"]: row for row in engine.fetch(stages["tw_metrics"]).to_pylist()}


def check(company: Company, level: Level) -> int:
    """Compares with the two simple computations; the number of members."""
    with DuckDBEngine() as engine:
        both = computed(engine, company, level, members=True)
    with DuckDBEngine() as engine:
        units = computed(engine, company, level)
    with DuckDBEngine() as engine:
        alone = computed(engine, company, "site")
    members = set(both) - set(units)
    assert {code: both[code] for code in units} == units
    assert {code: both[code] for code in members} == {code: alone[code] for code in members}
    return len(members)


@pytest.mark.engines
def test_every_metric_of_a_member_is_what_it_would_be_without_the_unit() -> None:
    assert check(random_company(0, 60), "group") > 0


@pytest.mark.slow
@pytest.mark.parametrize("level", ["account", "group"])
@pytest.mark.parametrize("seed", range(1, 4))
def test_every_metric_of_a_member_in_more_companies(seed: int, level: Level) -> None:
    assert check(random_company(seed, 60), level) > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4, 60))
def test_every_metric_of_a_member_in_many_companies(seed: int) -> None:
    check(random_company(seed, 60), "group")


def linked_return() -> Company:
    """Two members; one returns what it bought without saying its cost, and is paid in two parts."""
    lines = [
        {"customer_code": "M", "order_number": "O1", "order_date": date(2025, 5, 1), "qty": 4, "amount_ex_tax": 400,
         "base_cost": 100},
        {"customer_code": "M", "order_number": "R1", "order_date": date(2025, 6, 1), "qty": -1, "amount_ex_tax": -100,
         "line_type": "return", "linked_order": "O1", "linked_line": 1},
        {"customer_code": "N", "order_number": "O2", "order_date": date(2025, 6, 2), "qty": 1, "amount_ex_tax": 50,
         "base_cost": 20},
    ]  # fmt: skip
    bill = {
        "number": "B",
        "customer_code": "M",
        "issue_date": date(2025, 5, 1),
        "due_date": date(2025, 5, 31),
    }
    paid = [
        {"invoice_number": "B", "payment_number": f"P{n}", "allocated_on": date(2025, 6, n), "amount": 200}
        for n in (1, 2)
    ]
    people = [*customers(["G"]), *customers(["M", "N"], parent_code="G")]
    return Company(
        tables(customers=people, order_lines=lines, invoices=[{**bill, "amount": 400}], allocations=paid),
        AS_OF,
        random_company(0, 5).settings,
    )


def test_linked_returns_and_payments_in_parts_count_once_for_the_member_and_once_for_the_unit() -> None:
    company = linked_return()
    assert check(company, "group") == 2
    with DuckDBEngine() as engine:
        found = computed(engine, company, "group", members=True)
    # cost of M: 100 sold, of which a quarter came back; receivable of M nothing
    assert {code: row["cost_of_goods_sold_12m"] for code, row in found.items()} == {"G": 95, "M": 75, "N": 20}
    assert {code: row["receivable"] for code, row in found.items()} == {"G": 0, "M": 0, "N": 0}
    assert found["M"]["days_sales_outstanding_12m"] == found["G"]["days_sales_outstanding_12m"] is not None


def test_without_members_nothing_is_asked_of_them() -> None:
    company = Company(tables(customers=customers(["K"])), AS_OF, random_company(0, 5).settings)
    with DuckDBEngine() as engine:
        register_tables(engine, company.tables)
        stages = Stages(engine)
        scene = compute_metrics(stages, {use_of("net_sales", 12)}, Scene(AS_OF), level="group", members=True)
    assert not scene.rolled_up
    assert not scene.members_too
    assert "hierarchy_node" not in stages["tw_customers"].columns
