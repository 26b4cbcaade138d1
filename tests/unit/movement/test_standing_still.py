"""Own facts against a field that stands still: what is asked of all at once is what grading one by one would say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from tests.properties.companies import hold
from tests.support import AS_OF, by_customer, customers, policy, sales, tables
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.memory import grade_outcome, grade_tables
from tierwise.movement.standing_still import World, among_the_old, can_be_told, looks_at_others
from tierwise.policy.model import Policy

VALUES = st.sampled_from([-50, 0, 100, 100, 200, 300, 300, 900])
FIELDS = st.lists(st.tuples(st.one_of(st.none(), VALUES), VALUES), min_size=1, max_size=6)
METHODS: list[dict[str, Any]] = [
    {"method": "abc_rank", "shares_pct": {"A": 20, "B": 50}, "tie_rule": "include"},
    {"method": "abc_rank", "shares_pct": {"A": 20, "B": 50}, "tie_rule": "exclude"},
    {"method": "abc_rank", "shares_pct": {"A": 20, "B": 50}, "tie_rule": "break",
     "tie_break": [{"metric": "largest_order", "order": "less"}]},
    {"method": "abc_cumulative", "cumulative_pct": {"A": 60, "B": 90}},
]  # fmt: skip


def company(values: Mapping[str, int | None]) -> dict[str, pa.Table]:
    bought = {code: value for code, value in values.items() if value is not None}
    return tables(customers=customers(values), order_lines=sales(bought))


def worlds(engine: DuckDBEngine, rules: Policy, *fields: Mapping[str, int | None]) -> list[World]:
    found = []
    for at, values in enumerate(fields):
        rows, outcome = grade_outcome(company(values), rules, AS_OF)
        engine.register(f"w{at}", rows)
        t = ibis.table(outcome.results.schema(), name=f"w{at}")
        found.append(World(t, rules, outcome.facts, outcome.population))
    return found


@pytest.mark.engines
@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.get("tie_rule", "cumulative"))
@pytest.mark.parametrize("tries", [3, pytest.param(60, marks=pytest.mark.long)])
def test_each_alone_among_the_old_gets_the_grade_that_grading_it_alone_gives(
    method: dict[str, Any], tries: int
) -> None:
    rules = policy(method, window_months=12)

    def check(field: list[tuple[int | None, int]]) -> None:
        old = {f"K{n}": before for n, (before, _) in enumerate(field)}
        new = {f"K{n}": after for n, (_, after) in enumerate(field)}
        with DuckDBEngine() as engine:
            then, now = worlds(engine, rules, old, new)
            rows = engine.fetch(among_the_old(Stages(engine), then, now)).to_pylist()
        alone = {row["unit"]: row["alone"] for row in rows}
        for code, value in new.items():
            graded = by_customer(grade_tables(company(old | {code: value}), rules, AS_OF))
            assert alone[code] == graded[code]["grade"], (code, old, new)

    hold(tries, check, FIELDS)


@pytest.mark.engines
def test_a_gate_acts_on_the_own_new_metrics_as_well() -> None:
    gate = {"code": "small", "effect": "cap", "to": "B", "when": {"metric": "net_sales", "below": 500}}
    rules = policy(METHODS[0], window_months=12, gates=[gate])
    with DuckDBEngine() as engine:
        then, now = worlds(engine, rules, {"K1": 300, "K2": 100}, {"K1": 100, "K2": 400})
        rows = engine.fetch(among_the_old(Stages(engine), then, now)).to_pylist()
    assert {row["unit"]: row["alone"] for row in rows}["K2"] == "B"


@pytest.mark.engines
def test_rfm_reads_the_old_cut_points() -> None:
    rules = policy({"method": "rfm", "scoring": "quantile_bins"}, window_months=12)
    field = {f"K{n}": 100 * (n + 1) for n in range(10)}
    with DuckDBEngine() as engine:
        then, now = worlds(engine, rules, field, {code: value * 10 for code, value in field.items()})
        alone = engine.fetch(among_the_old(Stages(engine), then, now)).to_pylist()
        same = engine.fetch(among_the_old(Stages(engine), then, then)).to_pylist()
        before = {row["unit"]: row["grade"] for row in engine.fetch(then.rows).to_pylist()}
    assert {row["unit"]: row["alone"] for row in same} == before
    best = max(before.values(), key="CBA".index)
    raised = {row["unit"]: row["alone"] for row in alone}
    assert all("CBA".index(raised[unit]) >= "CBA".index(before[unit]) for unit in raised)
    assert sum(grade == best for grade in raised.values()) > sum(grade == best for grade in before.values())


@pytest.mark.parametrize(
    ("leading", "looks", "told"),
    [
        ({"method": "value_bands", "id": "b", "value": "net_sales", "bands": {"A": 10, "B": 5}}, False, True),
        ({"method": "abc_rank"}, True, True),
        ({"method": "rfm", "scoring": "fixed_bins"}, False, True),
        ({"method": "rfm", "scoring": "rank", "binning": "nested"}, True, False),
    ],
)
def test_what_cannot_be_told_apart_is_known(leading: dict[str, Any], looks: bool, told: bool) -> None:
    rules = policy(leading)
    assert (looks_at_others(rules), can_be_told(rules)) == (looks, told)
