"""Companies at the edge: empty, tiny, uniform, early, tangled. Spec 12.4, issue 1 "Bad input"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.engine.sparkling import engine_on
from tests.support import AS_OF, by_customer, customers, metrics, policy, sales, shipped, tables
from tierwise.engine.base import Engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.memory import grade_outcome
from tierwise.kernel.errors import TierwiseError
from tierwise.policy.load import list_policies
from tierwise.policy.model import Policy, Population

ABC = policy({"method": "abc_rank"})
CUMULATIVE = policy({"method": "abc_cumulative"})
EVERYONE = Population(kinds=("suspect", "prospect", "existing"), lines_in_window=False)


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "spark":
        own: Engine = engine_on(request.getfixturevalue("spark"))
    else:
        own = DuckDBEngine(threads=1)
    with own as engine:
        yield engine


def graded(
    engine: Engine, facts: Any, chosen: Policy = ABC, as_of: date = AS_OF
) -> tuple[dict[str, dict[str, Any]], Any]:
    results, outcome = grade_outcome(facts, chosen, as_of, engine=engine)
    return by_customer(results), outcome


def of_values(engine: Engine, values: dict[str, Any], chosen: Policy = ABC) -> tuple[Any, list[str]]:
    facts = tables(customers=customers(values), order_lines=sales(values))
    got, outcome = graded(engine, facts, chosen)
    return {code: row["grade"] for code, row in got.items()}, [w["code"] for w in outcome.warnings]


# ---------------------------------------------------------------------- nothing
@pytest.mark.parametrize("name", [found.code for found in list_policies()])
def test_an_empty_book_is_graded_to_nothing_by_every_shipped_policy(engine: Engine, name: str) -> None:
    got, outcome = graded(engine, {}, shipped(name))
    assert (got, outcome.population) == ({}, 0)
    assert [w["code"] for w in outcome.warnings] == ["run.no-population"]


def test_customers_without_a_single_line_are_not_in_the_population(engine: Engine) -> None:
    got, outcome = graded(engine, tables(customers=customers(["K1", "K2"])))
    assert {(row["status"], row["reason"]) for row in got.values()} == {
        ("not_in_population", "population.no-purchase")
    }
    assert [w["code"] for w in outcome.warnings] == ["run.no-population"]


def test_a_point_of_view_before_all_data_sees_no_line(engine: Engine) -> None:
    facts = tables(customers=customers(["K"]), order_lines=sales({"K": 100}))
    got, outcome = graded(engine, facts, as_of=date(1999, 12, 31))
    assert (got["K"]["status"], got["K"]["net_sales_12m_status"]) == ("not_in_population", "no_history")
    assert (got["K"]["first_order_on"], outcome.population) == (None, 0)


def test_a_point_of_view_before_all_customers_sees_nobody(engine: Engine) -> None:
    facts = tables(customers=customers(["K"], valid_from=date(2025, 1, 1)), order_lines=sales({"K": 100}))
    assert graded(engine, facts, as_of=date(2024, 12, 31))[0] == {}


# ---------------------------------------------------------------------- few
@pytest.mark.parametrize(("value", "grade"), [("0.0001", "A"), ("0", "C"), ("-5", "C")])
def test_one_customer_is_a_if_its_value_is_positive(engine: Engine, value: str, grade: str) -> None:
    for chosen in (ABC, CUMULATIVE):
        assert of_values(engine, {"K": value}, chosen)[0] == {"K": grade}


@pytest.mark.parametrize("n", [2, 5, 6])
def test_fewer_than_six_customers_leave_b_empty(engine: Engine, n: int) -> None:
    grades, warnings = of_values(engine, {f"K{i}": 100 - i for i in range(n)})
    want = ["A", *(["B"] if n == 6 else []), *["C"] * (n - 1 - (n == 6))]
    assert list(grades.values()) == want
    assert warnings == []


# ---------------------------------------------------------------------- alike
def test_all_equal_values_are_all_a_with_a_warning(engine: Engine) -> None:
    grades, warnings = of_values(engine, {f"K{i}": 100 for i in range(30)})
    assert set(grades.values()) == {"A"}
    assert warnings == ["run.no-discrimination", "run.class-enlarged"]


def test_all_equal_values_are_all_c_where_ties_are_excluded(engine: Engine) -> None:
    chosen = policy({"method": "abc_rank", "tie_rule": "exclude"})
    grades, warnings = of_values(engine, {f"K{i}": 100 for i in range(30)}, chosen)
    assert set(grades.values()) == {"C"}
    assert warnings == ["run.no-discrimination"]


@pytest.mark.parametrize("chosen", [ABC, CUMULATIVE])
@pytest.mark.parametrize("values", [(0, 0, 0), (-1, -2, -3), (0, -5, 0)])
def test_all_zero_or_negative_values_are_all_c_with_a_warning(
    engine: Engine, chosen: Policy, values: tuple[int, ...]
) -> None:
    grades, warnings = of_values(engine, {f"K{i}": v for i, v in enumerate(values)}, chosen)
    assert set(grades.values()) == {"C"}
    assert warnings == ["run.all-nonpositive"]


def test_a_field_without_any_value_is_told_and_not_called_equal(engine: Engine) -> None:
    values = {f"K{i}": 100 for i in range(8)}
    chosen = policy({"method": "abc_rank", "value": "customer_profit"})
    bare = [line | {"base_cost": None} for line in sales(values)]
    got, outcome = graded(engine, tables(customers=customers(values), order_lines=bare), chosen)
    assert {row["status"] for row in got.values()} == {"incomplete"}
    assert outcome.warnings == ({"code": "run.nobody-graded"},)


def test_a_class_more_than_twice_its_cut_is_told(engine: Engine) -> None:
    values = {f"K{i:02d}": 100 if i < 3 else i for i in range(20)}  # one place in A, three share it
    facts = tables(customers=customers(values), order_lines=sales(values))
    got, outcome = graded(engine, facts)
    assert [row["grade"] for row in got.values()].count("A") == 3
    assert outcome.warnings == ({"code": "run.class-enlarged", "grade": "A", "size": 3, "cut": 1},)


# ---------------------------------------------------------------------- flags and kinds of purchase
def test_refunds_larger_than_sales_are_negative_c_with_a_flag(engine: Engine) -> None:
    back = {"customer_code": "K", "line_type": "return", "order_date": AS_OF, "amount_ex_tax": -30}
    lines = [*sales({"K": 10, "L": 5}), back]
    got, _ = graded(engine, tables(customers=customers(["K", "L"]), order_lines=lines))
    assert (got["K"]["grade"], got["K"]["score"]) == ("C", -20)
    assert "nonpositive_value" in got["K"]["flags"].split(";")


def test_credit_notes_only_are_in_the_population_with_a_negative_value(engine: Engine) -> None:
    note = {"customer_code": "K", "line_type": "allowance", "order_date": AS_OF, "amount_ex_tax": -30}
    got, outcome = graded(engine, tables(customers=customers(["K"]), order_lines=[note]))
    assert (got["K"]["status"], got["K"]["grade"], got["K"]["score"]) == ("graded", "C", -30)
    assert (outcome.population, got["K"]["orders_12m"], got["K"]["first_order_on"]) == (1, 0, None)


@pytest.mark.parametrize(("largest", "flag"), [(80, False), (81, True)])
def test_one_order_above_four_fifths_of_sales_is_flagged_and_graded_by_fact(
    engine: Engine, largest: int, flag: bool
) -> None:
    lines = [
        {"customer_code": "K", "order_number": number, "order_date": AS_OF, "amount_ex_tax": amount}
        for number, amount in (("O1", largest), ("O2", 100 - largest))
    ]
    got, _ = graded(engine, tables(customers=customers(["K"]), order_lines=lines))
    assert got["K"]["grade"] == "A"
    assert ("single_order" in got["K"]["flags"].split(";")) == flag


def test_a_blocked_line_without_a_rate_counts_nowhere(engine: Engine) -> None:
    blocked = {"customer_code": "K", "order_date": AS_OF, "amount_ex_tax": 900, "base_amount": None}
    lines = [*sales({"K": 10}), blocked]
    got, _ = graded(engine, tables(customers=customers(["K"]), order_lines=lines))
    assert got["K"]["net_sales_12m"] == 10


def test_an_expired_assessment_is_a_missing_criterion_with_a_flag(engine: Engine) -> None:
    chosen = shipped("realestate_scorecard")
    judged = [
        {
            "customer_code": "K",
            "template": "realestate_scorecard",
            "criterion": c.code,
            "score": 10,
            "assessor": "Li",
            "as_of": date(2024, 6, 30) if c.code == "growth" else date(2024, 7, 1),
        }
        for c in chosen.leading.criteria
    ]
    facts = tables(customers=customers(["K"]), order_lines=sales({"K": 1}), assessments=judged)
    row = graded(engine, facts, chosen)[0]["K"]
    assert (row["status"], row["reason"], row["grade"]) == ("incomplete", "scorecard.missing", None)
    named = {c.code: row[f"scorecard_{c.code}_status"] for c in chosen.leading.criteria}
    assert {code for code, status in named.items() if status != "ok"} == {"growth"}
    assert named["growth"] == "expired"
    assert "stale_assessment" in row["flags"].split(";")


# ---------------------------------------------------------------------- who is who
def test_a_customer_that_only_lines_name_is_graded_and_flagged(engine: Engine) -> None:
    got, outcome = graded(engine, tables(customers=customers(["K"]), order_lines=sales({"K": 1, "X": 9})))
    assert (got["X"]["grade"], got["X"]["rank"], outcome.population) == ("A", 1, 2)
    assert "data_issue" in got["X"]["flags"].split(";")
    assert "data_issue" not in got["K"]["flags"].split(";")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ({"kind": "internal"}, "population.kind"),
        ({"relation_type": "internal"}, "population.kind"),
        ({"status": "archived"}, "population.archived"),
        ({"status": "merged"}, "population.archived"),
    ],
)
def test_internal_archived_and_merged_customers_are_not_counted(
    engine: Engine, field: dict[str, str], reason: str
) -> None:
    people = [{"code": "K"}, {"code": "OUT", **field}]
    got, outcome = graded(engine, tables(customers=people, order_lines=sales({"K": 1, "OUT": 999})))
    assert (got["OUT"]["status"], got["OUT"]["reason"]) == ("not_in_population", reason)
    assert (got["OUT"]["grade"], got["OUT"]["rank"]) == (None, None)
    assert (got["K"]["grade"], got["K"]["rank"], outcome.population) == ("A", 1, 1)


def test_a_blacklisted_customer_is_counted(engine: Engine) -> None:
    people = [{"code": "K"}, {"code": "BAD", "blacklisted": True}]
    got, _ = graded(engine, tables(customers=people, order_lines=sales({"K": 1, "BAD": 999})))
    assert (got["BAD"]["grade"], got["K"]["rank"]) == ("A", 2)


def test_a_prospect_is_an_existing_customer_from_its_first_posted_order(engine: Engine) -> None:
    people = customers(["K", "P"], kind="prospect")
    got, _ = graded(engine, tables(customers=people, order_lines=sales({"K": 1})))
    assert got["K"]["grade"] == "A"
    assert "new_customer" in got["K"]["flags"].split(";")
    assert got["P"]["reason"] == "population.kind"


def test_somebody_who_never_bought_has_no_history_where_no_purchase_is_asked_for(engine: Engine) -> None:
    chosen = ABC.model_copy(update={"population": EVERYONE})
    got, _ = graded(engine, tables(customers=customers(["K", "P"]), order_lines=sales({"K": 1})), chosen)
    assert (got["P"]["status"], got["P"]["reason"], got["P"]["grade"]) == ("no_history", "history.none", None)


# ---------------------------------------------------------------------- hierarchies
@pytest.mark.parametrize("chain", [("K1",), ("K1", "K2"), ("K1", "K2", "K3")])
def test_a_customer_that_is_its_own_ancestor_is_refused_by_name(
    engine: Engine, chain: tuple[str, ...]
) -> None:
    people = [
        {"code": code, "parent_code": chain[(i + 1) % len(chain)], "hierarchy_node": "site"}
        for i, code in enumerate(chain)
    ]
    facts = tables(customers=people, order_lines=sales({"K1": 1}))
    for level in ("account", "group"):
        chosen = policy({"method": "abc_rank"}, population={"level": level})
        with pytest.raises(TierwiseError) as raised:
            grade_outcome(facts, chosen, AS_OF, engine=engine)
        assert raised.value.code == "book.cycle"
        assert "K1" in str(raised.value)
        above = [{"code": "A0", "parent_code": chain[0], "hierarchy_node": "site"}, *people]
        with pytest.raises(TierwiseError) as raised:
            grade_outcome(facts | tables(customers=above), chosen, AS_OF, engine=engine)
        assert "A0" not in str(raised.value), "it hangs on the circle and does not belong to it"
    alone = policy({"method": "abc_rank"}, population={"level": "site"})
    assert graded(engine, facts, alone)[0]["K1"]["grade"] == "A"


def test_sites_count_for_their_account_and_everybody_for_the_group(engine: Engine) -> None:
    people = [
        {"code": "G", "hierarchy_node": "group"},
        {"code": "H", "parent_code": "G", "hierarchy_node": "branch"},
        {"code": "S", "parent_code": "H", "hierarchy_node": "site"},
    ]
    facts = tables(customers=people, order_lines=sales({"G": 1, "H": 10, "S": 100}))
    values = {
        level: {code: row["net_sales_12m"] for code, row in metrics(facts, "net_sales", level=level).items()}
        for level in ("site", "account", "group")
    }
    assert values == {"site": {"G": 1, "H": 10, "S": 100}, "account": {"G": 1, "H": 110}, "group": {"G": 111}}
    chosen = policy({"method": "abc_rank"}, population={"level": "group"})
    got, outcome = graded(engine, facts, chosen)
    assert outcome.population == 1
    assert {code: (row["grade"], row["unit"], row["net_sales_12m"]) for code, row in got.items()} == {
        "G": ("A", "G", 111),
        "H": ("A", "G", 10),
        "S": ("A", "G", 100),
    }


# ---------------------------------------------------------------------- days
def test_a_window_that_ends_on_a_leap_day_starts_on_the_first_of_march(engine: Engine) -> None:
    leap = date(2024, 2, 29)
    lines = [
        {"customer_code": "K", "order_date": on, "amount_ex_tax": amount}
        for on, amount in (
            (date(2023, 2, 28), 1),
            (date(2023, 3, 1), 20),
            (leap, 300),
            (date(2024, 3, 1), 4000),
        )
    ]
    facts = tables(customers=customers(["K"]), order_lines=lines)
    got = metrics(facts, "net_sales", "net_sales_before", "recency_days", as_of=leap, engine=engine)["K"]
    assert (got["net_sales_12m"], got["net_sales_before_12m"], got["recency_days"]) == (320, 1, 0)


@pytest.mark.parametrize(
    ("first", "as_of", "months"),
    [
        (date(2024, 2, 29), date(2025, 2, 28), 12),  # the last day of the month completes it
        (date(2024, 1, 31), date(2024, 2, 29), 1),
        (date(2024, 1, 31), date(2024, 2, 28), 0),
        (date(2024, 6, 15), date(2025, 6, 14), 11),
        (date(2024, 6, 15), date(2025, 6, 15), 12),
    ],
)
def test_tenure_counts_whole_months_also_at_month_ends(
    engine: Engine, first: date, as_of: date, months: int
) -> None:
    facts = tables(customers=customers(["K"]), order_lines=sales({"K": 1}, first))
    assert metrics(facts, "tenure_months", as_of=as_of, engine=engine)["K"]["tenure_months"] == months


def test_what_became_known_later_was_not_known_before(engine: Engine) -> None:
    line = {
        "customer_code": "K",
        "order_date": date(2025, 6, 1),
        "amount_ex_tax": 5,
        "known_on": date(2025, 7, 4),
    }
    facts = tables(customers=customers(["K"]), order_lines=[line])
    assert metrics(facts, "net_sales", engine=engine)["K"]["net_sales_12m"] is None
    assert metrics(facts, "net_sales", as_of=date(2025, 7, 31), engine=engine)["K"]["net_sales_12m"] == 5
