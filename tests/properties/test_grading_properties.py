"""What must hold for every company, through the real pipeline. House rules, section 6."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from tests.engine.sparkling import engine_on
from tests.properties.companies import BY_RANK, SHARES, TRIES, Company, companies, facts_of, hold, scaled
from tests.support import AS_OF, by_customer, metrics, policy
from tierwise.engine.base import Engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.memory import grade_outcome, grade_tables

GRADES = ("grade", "status", "rank", "cumulative_grade", "rfm_grade", "rfm_cell", "rfm_segment")
GRADES += ("scorecard_grade", "scorecard_score", "quality_member", "quality_score", "reason", "near_cut")
ORDER = {"A": 3, "B": 2, "C": 1}


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark":
        own: Engine = engine_on(request.getfixturevalue("spark"))
    else:
        own = DuckDBEngine(threads=1)
    with own as engine:
        yield engine


def on(engine: Engine, tries: int) -> int:
    """How often a property is tried: on Spark, which takes seconds for each, a few times also in the long run."""
    return min(tries, 12) if engine.name == "spark" else tries


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    places = list(range(len(table)))
    Random(seed).shuffle(places)
    return table.take(pa.array(places, pa.int64()))


@pytest.mark.parametrize("tries", TRIES)
def test_the_order_of_rows_changes_nothing(engine: Engine, tries: int) -> None:
    def check(company: Company, seed: int) -> None:
        facts = facts_of(company)
        mixed = {name: shuffled(table, seed) for name, table in facts.items()}
        first, before = grade_outcome(facts, BY_RANK, AS_OF, engine=engine)
        again, after = grade_outcome(mixed, BY_RANK, AS_OF, engine=engine)
        assert first.equals(again)
        assert (before.facts, before.warnings) == (after.facts, after.warnings)

    hold(on(engine, tries), check, companies(), st.integers(0, 99))


@pytest.mark.parametrize("tries", TRIES)
def test_the_scale_of_the_currency_changes_no_grade_of_a_rank_method(engine: Engine, tries: int) -> None:
    def check(company: Company, factor: Decimal) -> None:
        first = by_customer(grade_tables(facts_of(company), BY_RANK, AS_OF, engine=engine))
        again = by_customer(grade_tables(facts_of(scaled(company, factor)), BY_RANK, AS_OF, engine=engine))
        for code, row in first.items():
            other = again[code]
            assert {name: row[name] for name in GRADES} == {name: other[name] for name in GRADES}
            if row["score"] is not None:
                assert other["score"] == row["score"] * factor

    hold(
        on(engine, tries),
        check,
        companies(),
        st.sampled_from(["0.01", "0.5", "3", "7.12", "100000"]).map(Decimal),
    )


RULES = [("include", "ceil"), ("exclude", "floor"), ("break", "nearest")]


@pytest.mark.parametrize("tries", TRIES)
@pytest.mark.parametrize(("ties", "rounding"), RULES)
def test_spending_more_never_lowers_a_grade(engine: Engine, tries: int, ties: str, rounding: str) -> None:
    leading = {"method": "abc_rank", "shares_pct": SHARES, "tie_rule": ties, "rounding": rounding}
    steps = [{"metric": "orders", "order": "more"}]
    chosen = policy({**leading, "tie_break": steps}, advisory=[{"method": "abc_cumulative"}])

    def check(company: Company, who: int, more: str) -> None:
        line = company["order_lines"][who % len(company["order_lines"])]
        code = line["customer_code"]
        extra = {
            "customer_code": code,
            "order_number": "X",
            "order_date": AS_OF,
            "amount_ex_tax": Decimal(more),
        }
        richer = company | {"order_lines": [*company["order_lines"], extra | {"base_cost": Decimal(0)}]}
        alone = policy_at_site(chosen)
        before = by_customer(grade_tables(facts_of(company), alone, AS_OF, engine=engine))[code]
        after = by_customer(grade_tables(facts_of(richer), alone, AS_OF, engine=engine))[code]
        if before["status"] == "graded":
            for name in ("grade", "cumulative_grade"):
                assert ORDER[after[name]] >= ORDER[before[name]], name

    hold(on(engine, tries), check, companies(), st.integers(0, 50), st.sampled_from(["0.01", "60", "10000"]))


def policy_at_site(chosen: Any) -> Any:
    """The policy with every record graded by itself."""
    return chosen.model_copy(update={"population": chosen.population.model_copy(update={"level": "site"})})


@pytest.mark.parametrize("tries", TRIES)
def test_no_money_is_lost_or_doubled_between_lines_customers_and_groups(engine: Engine, tries: int) -> None:
    names = ("net_sales", "cumulative_sales", "cost_to_serve", "customer_profit")

    def check(company: Company) -> None:
        facts = facts_of(company)
        lines, people = company["order_lines"], company["customers"]
        start = AS_OF.replace(year=AS_OF.year - 1, month=7, day=1)
        inside = [line for line in lines if line["order_date"] >= start]
        spent = sum((row["amount"] for row in company["service_costs"]), Decimal(0))
        sold = sum((line["amount_ex_tax"] for line in inside), Decimal(0))
        # A rebate has no cost by definition (spec 5.4, PRF-01), whatever the line says.
        cost = sum((line["base_cost"] for line in inside if line["line_type"] != "rebate"), Decimal(0))
        parents = {row["code"]: row["parent_code"] for row in people}
        alone = metrics(facts, *names, engine=engine)
        grouped = metrics(facts, *names, engine=engine, level="group")
        for found in (alone, grouped):
            assert total(found, "net_sales_12m") == sold
            assert total(found, "cumulative_sales") == sum(line["amount_ex_tax"] for line in lines)
            assert total(found, "cost_to_serve_12m") == spent
            known = [row for row in found.values() if row["customer_profit_12m"] is not None]
            served = sum((row["cost_to_serve_12m"] for row in known), Decimal(0))
            assert total(found, "customer_profit_12m") == sold - cost - served
        assert set(grouped) == {code for code, parent in parents.items() if parent is None}
        for code, row in grouped.items():
            mine = [
                alone[member]["net_sales_12m"] or 0 for member in parents if root(member, parents) == code
            ]
            assert (row["net_sales_12m"] or 0) == sum(mine)

    hold(on(engine, tries), check, companies())


def total(rows: dict[str, dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows.values() if row[name] is not None), Decimal(0))


def root(code: str, parents: dict[str, str | None]) -> str:
    while (above := parents[code]) is not None:
        code = above
    return code


@pytest.mark.parametrize("tries", TRIES)
def test_equal_values_get_equal_grades_and_distances_agree_with_them(engine: Engine, tries: int) -> None:
    def check(company: Company) -> None:
        results, outcome = grade_outcome(facts_of(company), BY_RANK, AS_OF, engine=engine)
        rows = [row for row in results.to_pylist() if row["status"] == "graded"]
        assert len(rows) == outcome.population
        for value, grades in (
            ("score", "grade"),
            ("score", "cumulative_grade"),
            ("scorecard_score", "scorecard_grade"),
        ):
            seen: dict[Any, Any] = {}
            for row in rows:
                assert seen.setdefault(row[value], row[grades]) == row[grades]
        values = sorted((row["score"] for row in rows), reverse=True)
        for row in rows:
            assert row["rank"] == 1 + values.index(row["score"])
            distances_agree(row, values, outcome.facts["abc"]["cuts"], BY_RANK.near_cut_pct)

    hold(on(engine, tries), check, companies())


def distances_agree(row: dict[str, Any], values: list[Decimal], cuts: list[Any], pct: Decimal) -> None:
    """Gap, cushion and near-cut of a class by rank, from the values of the whole field."""
    codes = [cut["grade"] for cut in cuts] + ["C"]
    at = codes.index(row["grade"])
    gap = cushion = up = None
    if at > 0:
        n = cuts[at - 1]["count"]
        cut = values[n - 1] if 0 < n <= len(values) and values[n - 1] > 0 else None
        gap = None if cut is None else cut - row["score"]
        up = gap is not None and gap * 100 <= pct * cut
    if at < len(cuts):
        n = cuts[at]["count"]
        cushion = row["score"] - values[n] if n < len(values) else None
    down = cushion is not None and row["score"] > 0 and cushion * 100 <= pct * row["score"]
    assert (row["gap_to_next"], row["cushion_down"]) == (gap, cushion), row
    want = "both" if up and down else "up" if up else "down" if down else "none"
    assert row["near_cut"] == want, row
