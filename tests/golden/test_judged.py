"""E17 attractiveness x relationship, E23 and E03 key accounts. Spec 6.10, 6.11."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, policy, read_csv, sales, shipped, tables
from tierwise.grading.memory import grade_outcome, grade_tables

DAY = date(2025, 5, 1)


def assessed(template: str, customer: str, scores: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    common = {"template": template, "customer_code": customer, "assessor": "Li", "as_of": DAY, **more}
    return [{**common, "criterion": name, "score": score} for name, score in scores.items()]


def state(customer: str, level: str | None) -> dict[str, Any]:
    return {**assessed("attractiveness", customer, {"relationship": 3})[0], "level": level}


def matrix(rows: list[dict[str, str]]) -> dict[str, dict[str, Any]]:
    given = []
    for row in rows:
        scores = {name: row[name] for name in ("potential", "volume", "margin") if row[name]}
        given += assessed("attractiveness", row["customer"], scores)
        if row["relationship"]:
            given.append(state(row["customer"], row["relationship"]))
    bought = {row["customer"]: 100 for row in rows if row["has_purchase"] == "yes"}
    people = [
        {"code": r["customer"], "kind": "existing" if r["customer"] in bought else "prospect"} for r in rows
    ]
    facts = tables(customers=people, order_lines=sales(bought), assessments=given)
    return by_customer(grade_tables(facts, shipped("account_matrix"), AS_OF))


def test_e17_classes_and_flags(examples: Path) -> None:
    rows = read_csv(examples / "E17_matrix.csv")
    got = matrix(rows)
    ours = ("at_risk", "key_candidate", "worth_pursuing")
    for row in rows:
        result = got[row["customer"]]
        assert result["score"] == Decimal(row["expected_attractiveness"]), row
        assert result["matrix_level"] == row["expected_level"], row
        assert result["grade"] == row["expected_class"], row
        assert result["reason"] == "matrix.class", row
        flags = [flag for flag in result["flags"].split(";") if flag in ours]
        assert flags == [row["expected_flag"]] * bool(row["expected_flag"]), row


def test_the_class_stays_open_without_a_rating_or_the_relationship_that_decides() -> None:
    base = {"has_purchase": "yes", "potential": "5", "volume": "5", "margin": "5", "relationship": "good"}
    rows = [
        {**base, "customer": "whole"},
        {**base, "customer": "no_margin", "margin": ""},
        {**base, "customer": "no_state", "relationship": ""},
        {**base, "customer": "low_no_state", "potential": "1", "relationship": ""},
        {**base, "customer": "six", "volume": "6"},
        {**base, "customer": "threatened", "margin": "", "relationship": "defensive"},
    ]
    got = {code: (row["grade"], row["status"], row["reason"]) for code, row in matrix(rows).items()}
    assert got == {
        "whole": ("key", "graded", "matrix.class"),
        "no_margin": (None, "incomplete", "matrix.open"),
        "no_state": (None, "incomplete", "matrix.open"),
        "low_no_state": ("ordinary", "graded", "matrix.class"),  # ordinary whatever the relationship
        "six": (None, "invalid", "matrix.invalid"),
        "threatened": (None, "incomplete", "matrix.open"),
    }
    assert "at_risk" in matrix(rows)["threatened"]["flags"]  # also while the class is open


def test_fifths_propose_ratings_that_nobody_takes_for_confirmed() -> None:
    values = {f"K{n}": n * 100 for n in range(1, 11)}
    facts = tables(customers=customers(values), order_lines=sales(values))
    rows = by_customer(grade_tables(facts, shipped("account_matrix"), AS_OF))
    assert [rows[f"K{n}"]["matrix_volume_proposed"] for n in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert {row["matrix_potential_proposed"] for row in rows.values()} == {None}  # nobody's spending is known
    assert {row["status"] for row in rows.values()} == {"incomplete"}


@pytest.fixture(scope="module")
def e23(examples: Path) -> dict[str, Any]:
    return json.loads((examples / "E23_key_account_eval.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def evaluated(scores: dict[str, Any], **more: Any) -> dict[str, Any]:
    facts = tables(
        customers=customers("K"),
        order_lines=sales({"K": 100}),
        assessments=assessed("key_account", "K", scores, **more),
    )
    return by_customer(grade_tables(facts, shipped("key_accounts"), AS_OF))["K"]


def test_e23_buyer_power_structural_position_and_total(e23: dict[str, Any]) -> None:
    row = evaluated(e23["bargaining_power_ratings"] | e23["scores"])
    assert row["key_account_structural_position_rating"] == Decimal(str(e23["expected_structural_position"]))
    assert row["key_account_score"] == Decimal(str(e23["expected_total"]))
    assert (row["key_account_grade"], row["key_account_reason"]) == ("recommended", "key.at-or-above")
    assert row["key_account_near"] == "down"  # 3.51 is close to 3.5


def test_e23_without_one_factor_the_evaluation_is_incomplete(e23: dict[str, Any]) -> None:
    scores = e23["bargaining_power_ratings"] | e23["scores"]
    scores.pop("well_informed_buyer")
    row = evaluated(scores)
    assert (row["key_account_score"], row["key_account_grade"], row["key_account_status"]) == (
        None, None, "incomplete")  # fmt: skip
    assert row["key_account_structural_position_status"] == "missing"
    old = evaluated(e23["bargaining_power_ratings"] | e23["scores"], valid_until=date(2025, 6, 1))
    assert old["key_account_reason"] == "key.missing"
    assert "stale_assessment" in old["flags"]


def test_e03_the_profit_set_is_strictly_more_than_half(examples: Path) -> None:
    rows = read_csv(examples / "E03_profit_whale.csv")
    wanted = json.loads((examples / "E03_expected.json").read_text(encoding="utf-8"))
    lines = [
        {"customer_code": row["customer"], "order_date": AS_OF, "amount_ex_tax": 2_000_000,
         "base_cost": 2_000_000 - Decimal(row["profit"])}
        for row in rows
    ]  # fmt: skip
    facts = tables(customers=customers(row["customer"] for row in rows), order_lines=lines)
    got, outcome = grade_outcome(facts, shipped("key_accounts"), AS_OF)
    members = [row["customer_id"] for row in got.to_pylist() if row["key_account_member"]]
    assert members == wanted["key_account_set_strictly_over_50pct"]
    assert Decimal(outcome.facts["key_account"]["total"]) == wanted["total_profit"]
    assert "key.set-large" not in [told["code"] for told in outcome.warnings]  # two of ten are a small share


def profit_set(profits: dict[str, int]) -> tuple[str, list[str]]:
    lines = [{"customer_code": code, "order_date": AS_OF, "amount_ex_tax": 10_000 + n, "base_cost": 10_000 + n - profit}
             for n, (code, profit) in enumerate(profits.items())]  # fmt: skip
    facts = tables(customers=customers(profits), order_lines=lines)
    got, outcome = grade_outcome(facts, shipped("key_accounts"), AS_OF)
    members = "".join(row["customer_id"] for row in got.to_pylist() if row["key_account_member"])
    return members, [told["code"] for told in outcome.warnings]


@pytest.mark.parametrize(
    ("profits", "members", "warned"),
    [
        ({"A": 60, "B": 20, "C": 10, "D": 5, "E": 5}, "A", []),
        (
            {"A": 50, "B": 25, "C": 25},
            "ABC",
            ["key.set-large"],
        ),  # A is exactly half; who ties with the last belongs
        ({"A": 30, "B": 10, "C": -100}, "A", ["key.total-not-positive", "key.set-large"]),
        ({"A": -1, "B": -2}, "", ["key.total-not-positive"]),
    ],
)
def test_the_profit_set_by_hand(profits: dict[str, int], members: str, warned: list[str]) -> None:
    assert profit_set(profits) == (members, warned)


def test_the_characteristics_that_facts_show() -> None:
    values = {f"K{n:02d}": 100 for n in range(20)} | {"BIG": 200}
    logs = [{"customer_code": code, "date": AS_OF, "minutes": 480 if code == "K00" else 60, "activity": "visit",
             "user_name": "Li"} for code in ("K00", "K01", "K02")]  # fmt: skip
    facts = tables(customers=customers(values), order_lines=sales(values), time_logs=logs)
    rows = by_customer(grade_tables(facts, shipped("key_accounts"), AS_OF))
    names = ("kc_02", "kc_05", "kc_08", "kc_09")
    told = {
        code: tuple(rows[code][f"key_account_{name}"] for name in names)
        for code in ("BIG", "K00", "K01", "K03")
    }
    assert told["BIG"] == (True, False, True, False)  # 200 of 2,200 are 9 %
    assert told["K00"] == (False, True, False, True)  # 480 of 600 minutes, an equal share is 1/21
    assert told["K01"] == (False, False, False, False)  # a tenth of the time is less than three times 1/21
    assert told["K03"] == (False, False, False, False)
    plain = by_customer(
        grade_tables(
            tables(customers=customers(values), order_lines=sales(values)), shipped("key_accounts"), AS_OF
        )
    )
    assert plain["BIG"]["key_account_kc_05"] is None  # nobody logs time: not known, not no


def test_potential_is_what_is_bought_elsewhere_else_the_need_on_record() -> None:
    needs = {"B": 500, "C": 900}
    facts = tables(
        customers=[{"code": c, "potential_need": needs.get(c)} for c in "ABCDE"],
        order_lines=sales({"A": 40, "B": 10, "C": 70, "D": 10, "E": 30}),
        category_spend=[
            {"customer_code": "A", "amount": 100},
            {"customer_code": "C", "amount": 60},  # we sell it more than it says: nothing is left
            {"customer_code": "D", "amount": 10_000},
        ],
    )
    rows = by_customer(grade_tables(facts, shipped("account_matrix"), AS_OF))
    potential = {
        code: (row["open_potential_12m"], row["open_potential_12m_status"]) for code, row in rows.items()
    }
    assert potential == {
        "A": (60, "ok"),
        "B": (500, "ok"),
        "C": (0, "ok"),
        "D": (9_990, "ok"),
        "E": (None, "unknown_total"),
    }
    proposed = {code: row["matrix_potential_proposed"] for code, row in rows.items()}
    assert proposed == {"D": 5, "B": 4, "A": 3, "C": 2, "E": None}


def test_a_margin_is_proposed_after_the_cost_to_serve_where_that_is_recorded() -> None:
    lines = [
        {**line, "base_cost": cost} for line, cost in zip(sales({"A": 100, "B": 100}), (50, 60), strict=True)
    ]
    facts = tables(customers=customers("AB"), order_lines=lines)
    costs = tables(service_costs=[{"customer_code": "A", "date": AS_OF, "amount": 30}])
    for more, best in (({}, "A"), (costs, "B")):
        rows = by_customer(grade_tables(facts | more, shipped("account_matrix"), AS_OF))
        assert max(rows, key=lambda code: rows[code]["matrix_margin_proposed"]) == best


def plan(customer: str, months: int, a_month: int, **more: Any) -> list[dict[str, Any]]:
    """A plan for the months after June 2025, known in June."""
    days = [date(2025 + (6 + i) // 12, (6 + i) % 12 + 1, 15) for i in range(months)]
    return [
        {"account_code": customer, "month": on, "plan": a_month, "known_on": AS_OF, **more} for on in days
    ]


@pytest.mark.parametrize(
    ("plans", "met"),
    [
        ([], False),  # 48 of 1,200 now: 4 %
        (plan("K", 24, 6), True),  # 48 + 144 = 192 of 3 x 1,152 + 192 = 3,648: 5.26 %
        (plan("K", 12, 6), False),  # 48 + 72 + 48 = 168 of 3,624: 4.64 %
        (plan("K", 36, 6), True),  # the third year does not count
        (plan("K", 12, 12), True),  # 48 + 144 + 48 = 240 of 3,696: 6.5 %
        (plan("K", 24, 6, known_on=date(2025, 7, 1)), False),  # nobody knew it yet
        (plan("K", 24, 6, region="east"), False),  # a part of the account
        (plan("K", 24, 600, measure="margin"), False),
        (plan("L", 24, 1), True),  # the others are planned to shrink: 144 of 1,176 + 144: 10.9 %
    ],
)
def test_kc_08_is_met_with_the_next_two_plan_years(plans: list[dict[str, Any]], met: bool) -> None:
    facts = tables(customers=customers("KL"), order_lines=sales({"K": 48, "L": 1_152}), plans=plans)
    row = by_customer(grade_tables(facts, shipped("key_accounts"), AS_OF))["K"]
    assert (row["key_account_kc_08"], row["key_account_kc_02"]) == (met, False)


def test_a_policy_may_rate_with_its_own_thresholds() -> None:
    method = {"method": "key_account", "template": "mine", "thresholds": {"recommended": 4, "discuss": 3},
              "ratings": [{"code": "only", "title": {"en": "only", "zh": "唯一"}, "weight_pct": 100}]}  # fmt: skip
    facts = tables(customers=customers("KL"), order_lines=sales({"K": 1, "L": 2}),
                   assessments=assessed("mine", "K", {"only": 4}) + assessed("mine", "L", {"only": "3.9999"}))  # fmt: skip
    rows = by_customer(grade_tables(facts, policy({"method": "abc_rank"}, advisory=[method]), AS_OF))
    assert [rows[code]["key_account_grade"] for code in "KL"] == ["recommended", "discuss"]
    assert rows["L"]["key_account_gap"] == Decimal("0.0001")
