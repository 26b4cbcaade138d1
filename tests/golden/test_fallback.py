"""G11 as the family of whoever never bought, and a prospect's life. Spec 6.12."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, policy, sales, shipped, tables
from tierwise.grading.memory import grade_tables

RICH = {
    "ownership_nature": "private",
    "total_assets": 10**9,
    "annual_turnover": 10**9,
    "development_speed_pct": 30,
}


def assessed(code: str, on: date, score: int = 80) -> dict[str, Any]:
    return {"customer_code": code, "template": "prospect_scorecard", "criterion": "potential_demand", "score": score,
            "assessor": "Li", "as_of": on}  # fmt: skip


def graded(
    values: dict[str, int], on: date = AS_OF, as_of: date = AS_OF, **more: Any
) -> dict[str, dict[str, Any]]:
    people = customers(["K", "L"]) + customers(["P", "Q"], kind="prospect", **RICH)
    facts = tables(
        customers=people,
        order_lines=sales(values, on),
        assessments=[assessed("P", date(2025, 1, 15)), assessed("Q", date(2024, 1, 15))],
    )
    return by_customer(grade_tables(facts, shipped("abc_with_prospects", **more), as_of))


def test_whoever_never_bought_is_graded_by_the_other_family() -> None:
    rows = graded({"K": 200, "L": 100})
    names = ("grade", "status", "family", "reason", "abc_status", "abc_reason")
    got = {code: tuple(row[name] for name in names) for code, row in rows.items()}
    assert got["K"] == ("A", "graded", "abc", "abc.within-cut", "graded", "abc.within-cut")
    assert got["P"] == ("PA", "graded", "prospect", "scorecard.at-or-above", "no_history", "history.none")
    assert rows["P"]["score"] == 89  # 15 % of 60 + 20 + 20 + 20 + 25 % of 80
    assert rows["K"]["prospect_grade"] is None or rows["K"]["prospect_status"] == "graded"


def test_prospects_take_no_place_among_those_who_bought() -> None:
    alone = {code: row["rank"] for code, row in graded({"K": 200, "L": 100}).items()}
    assert (alone["K"], alone["L"]) == (1, 2)
    n = [row["grade"] for row in graded({"K": 200, "L": 100}).values()]
    assert sorted(str(grade) for grade in n) == [
        "A",
        "C",
        "None",
        "PA",
    ]  # ceil(5 % and 20 % of two) is one place


def test_an_assessment_of_last_year_has_expired_and_the_prospect_must_be_judged_again() -> None:
    row = graded({"K": 200})["Q"]
    assert (row["grade"], row["status"], row["family"], row["prospect_status"]) == (
        None,
        "no_history",
        None,
        "incomplete",
    )
    assert "stale_assessment" in row["flags"]


def test_with_the_first_order_a_prospect_is_an_existing_customer_at_once() -> None:
    row = graded({"K": 200, "P": 500}, on=date(2025, 6, 1))["P"]
    assert (row["grade"], row["family"]) == ("A", "abc")
    assert "new_customer" in row["flags"].split(";")
    later = graded({"K": 200, "P": 500}, on=date(2025, 6, 1), as_of=date(2025, 9, 30))["P"]
    assert "new_customer" not in later["flags"].split(";")  # three months are over


def test_whoever_bought_but_not_in_the_window_is_no_prospect_again() -> None:
    row = graded({"K": 200, "P": 500}, on=date(2023, 6, 1))["P"]
    assert (row["status"], row["reason"], row["family"]) == (
        "not_in_population",
        "population.no-purchase",
        None,
    )


@pytest.mark.parametrize(
    ("statuses", "grade", "family"),
    [(["no_history"], None, None), (["no_history", "incomplete"], "C", "sales")],
)
def test_data_that_the_leading_method_lacks_may_be_a_reason_to_fall_back(
    statuses: list[str], grade: str | None, family: str | None
) -> None:
    """K's cost is not known, so there is no profit to rank; sales are known."""
    chosen = policy(
        {"method": "abc_rank", "value": "customer_profit"},
        advisory=[{"method": "abc_rank", "id": "sales"}],
        fallback={"method": "sales", "statuses": statuses},
        gates=[{"code": "cap", "when": {"metric": "net_sales", "above": 0}, "effect": "cap", "to": "C"}],
    )
    facts = tables(customers=customers("K"), order_lines=sales({"K": 100}))
    row = by_customer(grade_tables(facts, chosen, AS_OF))["K"]
    assert (row["grade"], row["family"], row["abc_status"]) == (grade, family, "incomplete")
    assert row["gates"] == (
        "cap" if grade else ""
    )  # gates act on grades of the policy's scale, whoever gave them


def test_members_of_a_group_show_the_family_of_their_unit() -> None:
    people = customers(["G"], kind="prospect", hierarchy_node="group", **RICH) + customers(
        ["M"], kind="prospect", hierarchy_node="branch", parent_code="G"
    )
    facts = tables(customers=people, order_lines=sales({}), assessments=[assessed("G", date(2025, 1, 15))])
    chosen = shipped("abc_with_prospects")
    whole = chosen.model_copy(update={"population": chosen.population.model_copy(update={"level": "group"})})
    rows = by_customer(grade_tables(facts, whole, AS_OF))
    assert [(rows[c]["grade"], rows[c]["family"], rows[c]["unit"]) for c in "GM"] == [
        ("PA", "prospect", "G")
    ] * 2


def test_the_shipped_cards_of_prospects_are_one_card() -> None:
    alone, beside = shipped("prospect_scorecard").leading, shipped("abc_with_prospects").advisory[0]
    assert beside.criteria == alone.criteria
    assert (beside.thresholds, beside.template) == (alone.thresholds, alone.template)
