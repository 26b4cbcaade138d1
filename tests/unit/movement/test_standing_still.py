"""Own facts against a field that stands still: what is asked of all at once is what grading one by one would say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
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
from tierwise.movement.standing_still import among_the_old, can_be_told, looks_at_others
from tierwise.movement.world import World
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
        found.append(World(t, rules, outcome.facts))
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


def rank(code: str, metric: str, weight: int, **more: Any) -> dict[str, Any]:
    return {"code": code, "title": {"en": code, "zh": code}, "weight_pct": weight,
            "source": {"kind": "rank_score", "metric": metric, **more}}  # fmt: skip


CARD: dict[str, Any] = {
    "method": "scorecard", "id": "card", "thresholds": {"A": 70, "B": 35}, "missing_rule": "reweight",
    "max_missing_weight_pct": 60,
    "criteria": [
        rank("sales", "net_sales", 50),
        rank("recency", "recency_days", 20, better="less"),
        {"code": "orders", "title": {"en": "orders", "zh": "订单"}, "weight_pct": 30,
         "source": {"kind": "metric_linear", "metric": "orders", "zero_at": 0, "full_at": 3}},
    ],
}  # fmt: skip
POINTS: dict[str, Any] = {
    "method": "scorecard", "id": "card", "thresholds": {"A": 70, "B": 35},
    "criteria": [
        {"code": "sales", "title": {"en": "sales", "zh": "销售"}, "max_points": 60,
         "source": {"kind": "rank_score", "metric": "net_sales", "nonpositive_is_zero": False}},
        {"code": "cycle", "title": {"en": "cycle", "zh": "周期"}, "max_points": 40,
         "source": {"kind": "rank_score", "metric": "purchase_interval_days", "better": "less", "null_is_zero": True}},
    ],
}  # fmt: skip
EIGHT = {"grade_by": "segment", "segment_grades": {
    "important_value": "A", "important_keep": "A", "important_develop": "B", "general_value": "B"}}  # fmt: skip
NAMED = {"grade_by": "segment", "segments": "named", "segment_grades": {
    "champions": "A", "loyal_customers": "A", "potential_loyalist": "B", "promising": "B"}}  # fmt: skip
RFM: dict[str, dict[str, Any]] = {
    "rank": {"method": "rfm", "id": "rfm"},
    "nested": {"method": "rfm", "id": "rfm", "binning": "nested"},
    "quantiles": {"method": "rfm", "id": "rfm", "scoring": "quantile_bins"},
    "nested, named segments": {"method": "rfm", "id": "rfm", "binning": "nested", **NAMED},
    "above the mean": {"method": "rfm", "id": "rfm", **EIGHT},
    "fixed bins above the mean": {"method": "rfm", "id": "rfm", "scoring": "fixed_bins", **EIGHT,
                                  "monetary_bins": [500, 300, 200, 100], "frequency_bins": [4, 3, 2, 1]},
    "quantiles, high from four": {"method": "rfm", "id": "rfm", "scoring": "quantile_bins", "high": "at_least", **EIGHT},
}  # fmt: skip
TABLE: dict[str, Any] = {
    "method": "combination", "id": "both", "rule": "table", "of": ["abc", "card"], "without_grade": "count",
    "table": [{"when": {"abc": ["A"], "card": ["A", "B"]}, "grade": "A"}, {"when": {"card": ["none"]}, "grade": "C"},
              {"when": {"abc": ["A", "B"]}, "grade": "B"}, {"when": {}, "grade": "C"}],
}  # fmt: skip
ABC = {"method": "abc_rank", "id": "abc", "shares_pct": {"A": 30, "B": 60}}
RULES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    **{name: (method, {}) for name, method in RFM.items()},
    "card by weights": (CARD, {}),
    "card by points": (POINTS, {}),
    "without lines in the window": (CARD, {"population": {"lines_in_window": False}}),
    "rank without lines in the window": (ABC, {"population": {"lines_in_window": False}}),
    "worst of three": (
        {"method": "combination", "id": "both", "rule": "worst_of", "of": ["abc", "card", "rfm"]},
        {"advisory": [ABC, CARD, RFM["nested"]]},
    ),
    "table": (TABLE, {"advisory": [ABC, POINTS]}),
}
PURCHASES = st.lists(st.tuples(st.sampled_from([-50, 100, 100, 200, 300]), st.sampled_from([0, 3, 3, 40, 400])),
                     max_size=3)  # fmt: skip
LIVES = st.lists(st.tuples(PURCHASES, PURCHASES), min_size=1, max_size=7)


def buying(lives: Mapping[str, list[tuple[int, int]]]) -> dict[str, pa.Table]:
    """A company of customers who bought for so much so many days ago."""
    lines = [
        {"customer_code": code, "order_number": f"O-{code}-{n}", "amount_ex_tax": amount,
         "line_type": "sale" if amount > 0 else "return", "order_date": AS_OF - timedelta(days=back)}
        for code, bought in lives.items() for n, (amount, back) in enumerate(bought)
    ]  # fmt: skip
    return tables(customers=customers(lives), order_lines=lines)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    ("engines", "tries"),
    [
        ("duckdb", 3),
        pytest.param("duckdb", 60, marks=pytest.mark.long),
        pytest.param("spark", 3, marks=pytest.mark.long),  # each try is a grading for every customer
    ],
    indirect=["engines"],
)
@pytest.mark.usefixtures("engines")
def test_whatever_the_method_alone_among_the_old_is_what_grading_that_very_field_gives(
    name: str, tries: int
) -> None:
    method, more = RULES[name]
    rules = policy(method, window_months=12, **more)
    assert can_be_told(rules)
    assert looks_at_others(rules)

    def check(field: list[tuple[list[tuple[int, int]], list[tuple[int, int]]]]) -> None:
        old = {f"K{n}": before for n, (before, _) in enumerate(field)}
        new = {f"K{n}": after for n, (_, after) in enumerate(field)}
        with DuckDBEngine() as engine:
            found = []
            for at, lives in enumerate((old, new)):
                rows, outcome = grade_outcome(buying(lives), rules, AS_OF)
                engine.register(f"w{at}", rows)
                found.append(World(ibis.table(outcome.results.schema(), name=f"w{at}"), rules, outcome.facts))
            alone = engine.fetch(among_the_old(Stages(engine), *found)).to_pylist()
            graded = engine.fetch(found[1].rows.filter(found[1].rows.grade.notnull())).to_pylist()
        assert {row["unit"] for row in alone} == {row["customer_id"] for row in graded}
        for row in alone:
            code = row["unit"]
            truth = by_customer(grade_tables(buying(old | {code: new[code]}), rules, AS_OF))[code]["grade"]
            assert row["alone"] == truth, (code, old, new)

    hold(tries, check, LIVES)


@pytest.mark.parametrize(
    ("leading", "looks", "told"),
    [
        ({"method": "value_bands", "id": "b", "value": "net_sales", "bands": {"A": 10, "B": 5}}, False, True),
        ({"method": "abc_rank"}, True, True),
        ({"method": "rfm", "scoring": "fixed_bins"}, False, True),
        ({"method": "rfm", "scoring": "rank", "binning": "nested"}, True, True),
        ({"method": "rfm", "binning": "nested", **EIGHT}, True, False),
        ({"method": "rfm", "scoring": "quantile_bins", **EIGHT}, True, False),
        (CARD, True, True),
        (
            {
                **CARD,
                "criteria": [
                    {**rank("s", "net_sales", 100), "source": {"kind": "min_max", "metric": "net_sales"}}
                ],
            },
            True,
            False,
        ),
        ({**CARD, "criteria": [rank("place", "sales_rank", 100, better="less")]}, True, False),
    ],
)
def test_what_cannot_be_told_apart_is_known(leading: dict[str, Any], looks: bool, told: bool) -> None:
    rules = policy(leading)
    assert (looks_at_others(rules), can_be_told(rules)) == (looks, told)
