"""E05, E19 and E35: scorecards filled by people. Spec 6.3, 6.12."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support import AS_OF, by_customer, customers, read_csv, sales, shipped, tables
from tierwise.grading.memory import grade_tables
from tierwise.policy.model import Criterion, FromAssessment, Policy

CRITERIA = ("nature", "strength", "growth", "profit_contribution", "relationship", "strategic_importance")
MIDDLING = {  # a score and level that are right for every criterion
    "nature": ("10", "joint_stock"),
    "strength": ("7", "average"),
    "growth": ("7", "medium"),
    "profit_contribution": ("7", "average"),
    "relationship": ("12", "senior_level"),
    "strategic_importance": ("12", "moderately_important"),
}


def assessed(
    code: str, template: str, scores: dict[str, Any], levels: dict[str, str]
) -> list[dict[str, Any]]:
    """One assessment row per criterion that has a score."""
    return [
        {
            "customer_code": code,
            "template": template,
            "criterion": criterion,
            "score": score,
            "level": levels.get(criterion),
            "assessor": "Li",
            "as_of": AS_OF,
        }
        for criterion, score in scores.items()
        if score != ""
    ]


def graded(assessments: list[dict[str, Any]], policy: Policy, **fields: Any) -> dict[str, dict[str, Any]]:
    codes = sorted({row["customer_code"] for row in assessments})
    facts = tables(
        customers=customers(codes, **fields),
        order_lines=sales(dict.fromkeys(codes, 1)) if fields.get("kind") != "prospect" else [],
        assessments=assessments,
    )
    return by_customer(grade_tables(facts, policy, AS_OF))


@pytest.fixture(scope="module")
def e05(examples: Path) -> tuple[list[dict[str, str]], dict[str, dict[str, Any]]]:
    rows = read_csv(examples / "E05_scorecard_realestate.csv")
    judged = []
    for row in rows:
        scores = {criterion: row[criterion] for criterion in CRITERIA}
        judged += assessed(row["customer"], "realestate_scorecard", scores, {"nature": row["nature_level"]})
    return rows, graded(judged, shipped("realestate_scorecard"))


def test_e05_totals_grades_and_statuses_of_the_real_estate_scorecard(e05: Any) -> None:
    rows, got = e05
    for row in rows:
        result = got[row["customer"]]
        status = {"ok": "graded"}.get(row["expected_status"], row["expected_status"])
        assert (result["status"], result["grade"]) == (status, row["expected_grade"] or None), row
        assert result["score"] == (Decimal(row["expected_total"]) if row["expected_total"] else None), row


def test_e05_what_is_missing_or_invalid_is_named(e05: Any) -> None:
    _, got = e05
    assert got["R08"]["scorecard_relationship_status"] == "missing"
    assert got["R09"]["scorecard_nature_status"] == "invalid"
    assert got["R10"]["scorecard_strength_status"] == "invalid"
    assert [got[c]["reason"] for c in ("R08", "R09", "R10")] == [
        "scorecard.missing",
        "scorecard.invalid",
        "scorecard.invalid",
    ]
    named = {
        c: [k for k in CRITERIA if got[c][f"scorecard_{k}_status"] != "ok"] for c in ("R08", "R09", "R10")
    }
    assert named == {"R08": ["relationship"], "R09": ["nature"], "R10": ["strength"]}


def test_e05_a_score_belongs_to_the_level_whose_band_it_stands_in(examples: Path) -> None:
    policy = shipped("realestate_scorecard")
    levels = {c.code: [level.code for level in c.source.levels] for c in policy.leading.criteria}
    judged, want = [], {}
    for i, row in enumerate(read_csv(examples / "E05_levels.csv")):
        for level in levels[row["criterion"]]:
            code = f"L{i:02d}-{level}"
            chosen = MIDDLING | {row["criterion"]: (row["score"], level)}
            judged += assessed(
                code,
                "realestate_scorecard",
                {criterion: score for criterion, (score, _) in chosen.items()},
                {criterion: name for criterion, (_, name) in chosen.items()},
            )
            want[code] = "graded" if level == row["expected_level"] else "invalid"
    got = graded(judged, policy)
    assert {code: got[code]["status"] for code in want} == want


def test_e35_distances_of_scorecard_totals(e05: Any, examples: Path) -> None:
    _, got = e05
    totals = {result["score"]: result for result in got.values() if result["score"] is not None}
    for case in json.loads((examples / "E35_distance_to_next_grade.json").read_text())["scorecard"]["cases"]:
        result = totals[Decimal(str(case["total"]))]
        gap = case["expected_gap"]
        assert result["grade"] == case["grade"], case
        assert result["gap_to_next"] == (None if gap is None else Decimal(str(gap))), case
    assert (got["R03"]["near_cut"], got["R05"]["near_cut"]) == ("up", "up")
    assert (got["R02"]["cushion_down"], got["R02"]["near_cut"]) == (0, "down")


def judged_by_people(policy: Policy) -> Policy:
    """The policy with every criterion scored by people, as the example gives the scores themselves."""
    asked = tuple(
        Criterion.model_validate(
            {"code": c.code, "title": c.title, "weight_pct": c.weight_pct, "source": {"kind": "assessment"}}
        )
        for c in policy.leading.criteria
    )
    return policy.model_copy(update={"leading": policy.leading.model_copy(update={"criteria": asked})})


def test_e19_weighted_totals_and_grades_of_prospects(examples: Path) -> None:
    rows = read_csv(examples / "E19_prospect_scorecard.csv")
    policy = judged_by_people(shipped("prospect_scorecard"))
    codes = [c.code for c in policy.leading.criteria]
    judged = []
    for row in rows:
        judged += assessed(row["prospect"], "prospect_scorecard", {code: row[code] for code in codes}, {})
    got = graded(judged, policy, kind="prospect")
    for row in rows:
        result = got[row["prospect"]]
        want = (Decimal(row["expected_total"]), row["expected_grade"])
        assert (result["score"], result["grade"]) == want, row


def test_e19_the_default_points_reach_their_bounds_inclusively() -> None:
    """Spec 6.12: 60 for every nature, bands over assets, turnover and speed, potential need judged."""
    firm = {
        "kind": "prospect",
        "ownership_nature": "private",
        "total_assets": 100_000_000,
        "annual_turnover": Decimal("19999999.9999"),
        "development_speed_pct": 0,
    }
    judged = assessed("V", "prospect_scorecard", {"potential_demand": "85"}, {})
    result = graded(judged, shipped("prospect_scorecard"), **firm)["V"]
    scores = {
        "nature": 60,
        "asset_size": 80,
        "turnover": 40,
        "development_speed": 40,
        "potential_demand": 85,
    }
    assert {code: result[f"prospect_{code}_score"] for code in scores} == scores
    assert result["score"] == Decimal("62.25")  # 9 + 16 + 8 + 8 + 21.25
    assert result["grade"] == "PB"


def test_e19_potential_need_may_not_be_missing_although_little_weight_is() -> None:
    judged = assessed("V", "prospect_scorecard", {"nature": "60"}, {})
    firm = {"kind": "prospect", "ownership_nature": "private", "total_assets": 1, "annual_turnover": 1}
    result = graded(judged, shipped("prospect_scorecard"), development_speed_pct=1, **firm)["V"]
    assert (result["status"], result["grade"]) == ("incomplete", None)


def test_the_source_kinds_of_the_example_are_the_shipped_ones() -> None:
    sources = {c.code: c.source for c in shipped("realestate_scorecard").leading.criteria}
    assert set(sources) == set(CRITERIA)
    assert all(isinstance(source, FromAssessment) for source in sources.values())
