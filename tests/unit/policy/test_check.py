"""What a policy may not say although every field by itself is right."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from tierwise.kernel.errors import TierwiseError
from tierwise.policy.base import RULES_LATER
from tierwise.policy.check import check_policy
from tierwise.policy.load import list_policies, load_policy, parse_policy
from tierwise.policy.model import Policy, Scorecard, Words

TITLE = {"en": "t", "zh": "题"}


def policy(leading: dict[str, Any], **more: Any) -> Policy:
    return Policy.model_validate({"code": "mine", "version": 1, "title": TITLE, "leading": leading, **more})


def codes(leading: dict[str, Any], **more: Any) -> list[tuple[str, str | None]]:
    return [(p.code.removeprefix("policy."), p.column) for p in check_policy(policy(leading, **more))]


def criterion(code: str, weight: str, source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"code": code, "title": TITLE, "weight_pct": weight, "source": source, **more}


def card(*criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"method": "scorecard", "criteria": criteria, "thresholds": {"A": 75, "B": 60}, **more}


ABC = {"method": "abc_rank"}


def test_every_shipped_policy_is_sound() -> None:
    for shipped in list_policies():
        assert check_policy(load_policy(shipped.code).policy) == []


@pytest.mark.parametrize("metric", ["first_order_on", "expected_next_order_on", "loss_making", "lifecycle"])
def test_a_date_a_flag_or_a_code_is_neither_ranked_nor_compared_nor_scored(metric: str) -> None:
    gate = {"code": "g", "when": {"metric": metric, "below": 1}, "effect": "flag", "flag": "f"}
    assert codes({**ABC, "value": metric}) == [("metric-kind", "leading.value")]
    assert codes(ABC, gates=[gate]) == [("metric-kind", "gates[0].when.metric")]
    for source in (
        {"kind": "rank_score", "metric": metric},
        {"kind": "metric_linear", "metric": metric, "zero_at": 0, "full_at": 1},
        {"kind": "metric_bands", "metric": metric, "bands": [{"from": None, "points": 1}]},
    ):
        assert codes(card(criterion("a", "100", source))) == [
            ("metric-kind", "leading.criteria[0].source.metric")
        ]


def test_a_cumulative_share_needs_a_metric_that_adds_up() -> None:
    assert codes({"method": "abc_cumulative", "value": "orders"}) == []
    assert codes({"method": "abc_cumulative", "value": "gross_margin_pct"}) == [
        ("metric-kind", "leading.value")
    ]


def test_a_metric_score_needs_a_score_from_0_to_100() -> None:
    for metric, wrong in (("credit_score", 0), ("net_sales", 1), ("on_time_rate_pct", 1)):
        assert len(codes(card(criterion("a", "100", {"kind": "metric_score", "metric": metric})))) == wrong


def test_a_card_has_at_most_one_metric_score() -> None:
    source = {"kind": "metric_score", "metric": "credit_score"}
    two = card(criterion("a", "50", source), criterion("b", "50", {**source, "metric": "credit_score_24m"}))
    assert codes(two) == [("two-metric-scores", "leading.criteria[1].source.kind")]


def test_a_window_on_a_metric_without_one_is_refused() -> None:
    assert codes({**ABC, "value": "overdue_12m"}) == [("window", "leading.value")]


def test_a_window_beyond_ten_years_is_refused() -> None:
    assert codes({**ABC, "value": "net_sales_121m"}) == [("window-length", "leading.value")]
    assert codes({**ABC, "value": "net_sales_120m"}) == []


def test_tie_breaks_are_checked_where_ties_are_broken() -> None:
    tie = {"tie_break": [{"metric": "first_order_on", "order": "less"}]}
    assert codes({**ABC, **tie, "tie_rule": "break"}) == [("metric-kind", "leading.tie_break[0].metric")]
    assert codes({**ABC, **tie, "tie_rule": "include"}) == []


def test_a_scale_that_is_wrong_is_one_mistake_and_names_no_empty_list_of_cuts() -> None:
    with pytest.raises(ValidationError) as caught:
        policy(ABC, scale=[])
    assert "at least two grades" in str(caught.value)
    assert "cuts must name" not in str(caught.value)


def test_the_leading_method_grades_on_the_scale_of_the_policy() -> None:
    assert codes({"method": "credit_rating"}) == [("leading-scale", "leading")]


def test_a_segment_table_names_every_segment_and_no_other() -> None:
    rfm = {"method": "rfm", "grade_by": "segment", "segment_grades": {"important_value": "A", "vip": "A"}}
    assert [code for code, _ in codes(rfm)] == ["unknown-segment", "segment-without-grade"]


def test_bands_and_levels_leave_no_gap_below() -> None:
    bands = {"kind": "metric_bands", "metric": "orders", "bands": [{"from": 3, "points": 9}]}
    assert codes(card(criterion("a", "100", bands))) == [
        ("bands-gap", "leading.criteria[0].source.bands[0].from")
    ]
    levels = {"kind": "assessment", "levels": [{"code": "high", "min": 5}]}
    with pytest.raises(ValidationError, match="must start at 0"):
        policy(card(criterion("a", "100", levels), template="t"))


def test_attribute_values_are_those_of_the_contract() -> None:
    source = {"kind": "fixed_by_enum", "attribute": "ownership_nature", "points": {"privat": 60}}
    assert codes(card(criterion("a", "100", source))) == [
        ("unknown-value", "leading.criteria[0].source.points.privat")
    ]


def test_the_id_of_a_method_is_no_metric() -> None:
    assert codes({**ABC, "id": "overdue"}) == [("id-is-metric", "leading.id")]


def test_points_stay_within_the_maximum_of_their_criterion() -> None:
    source = {"kind": "assessment", "fixed": {"good": 20}}
    line = {"code": "a", "title": TITLE, "max_points": 15, "source": source}
    other = {**line, "code": "b", "max_points": 85}
    with pytest.raises(ValidationError, match="20 is more than the criterion's maximum 15"):
        policy(card(line, other, template="t"))


def test_a_model_built_in_code_tells_all_broken_rules_too() -> None:
    with pytest.raises(ValidationError) as caught:
        policy(ABC, scale=[{"code": "A", "title": TITLE}], advisory=[ABC])
    said = str(caught.value)
    assert "at least two grades" in said
    assert "used twice" in said


def test_a_number_in_words_is_an_error_and_no_crash() -> None:
    with pytest.raises(ValidationError, match="valid decimal"):
        policy(ABC, near_cut_pct="five")


def test_the_same_mistake_is_found_by_the_loader_and_by_the_check() -> None:
    text = (
        "code: mine\nversion: 1\ntitle: {en: t, zh: 题}\nleading: {method: abc_rank, value: first_order_on}\n"
    )
    with pytest.raises(TierwiseError) as caught:
        parse_policy(text, "x")
    loaded = [(p.code, p.column) for p in caught.value.problems]
    assert loaded == [
        ("policy." + code, column) for code, column in codes({**ABC, "value": "first_order_on"})
    ]


# The presets of the specification


def test_the_real_estate_preset_is_that_of_the_specification() -> None:
    leading = load_policy("realestate_scorecard").policy.leading
    assert isinstance(leading, Scorecard)
    assert {c.code: c.max_points for c in leading.criteria} == {
        "nature": 15, "strength": 15, "growth": 15,
        "profit_contribution": 15, "relationship": 20, "strategic_importance": 20,
    }  # fmt: skip
    nature, strength, *_, strategic = [c.source for c in leading.criteria]
    assert nature.kind == strength.kind == strategic.kind == "assessment"
    assert nature.fixed == {"government_or_soe": 15, "joint_stock": 10, "private": 5}
    assert nature.attribute_levels["state_owned"] == "government_or_soe"
    assert [(level.code, level.min) for level in strength.levels] == [
        ("strong", 10),
        ("average", 5),
        ("weak", 0),
    ]
    assert [level.min for level in strategic.levels] == [15, 10, 0]
    assert (strength.step, leading.missing_rule) == (Decimal("0.5"), "incomplete")
    assert leading.thresholds == {"A": 75, "B": 60}


def test_the_composite_and_the_prospect_card_weigh_as_specified() -> None:
    composite = load_policy("five_indicator_composite").policy.leading
    assert [c.weight for c in composite.criteria] == [25, 30, 35, 10]
    prospect = load_policy("prospect_scorecard").policy
    assert [c.weight for c in prospect.leading.criteria] == [15, 20, 20, 20, 25]
    assert [c.code for c in prospect.leading.criteria if c.required] == ["potential_demand"]
    assert (prospect.population.kinds, prospect.population.lines_in_window) == (("prospect",), False)
    assert [grade.code for grade in prospect.scale] == ["PA", "PB", "PC"]


def test_every_shipped_policy_is_commented_in_both_languages() -> None:
    for shipped in list_policies():
        comments = [line for line in load_policy(shipped.code).text.splitlines() if "#" in line]
        assert any("\u4e00" <= char <= "\u9fff" for line in comments for char in line)
        assert any(word in " ".join(comments) for word in (" the ", " is ", " by ", " with "))
        assert isinstance(load_policy(shipped.code).policy.title, Words)


def asking(metric: str, answer: Any, **more: Any) -> dict[str, Any]:
    when = {"metric": metric, "is": answer, **more}
    return {"code": "g", "when": when, "effect": "flag", "flag": "f"}


def test_a_gate_asks_flags_for_yes_or_no_and_codes_for_one_of_their_values() -> None:
    assert codes(ABC, gates=[asking("silent_churn", True)]) == []
    assert codes(ABC, gates=[asking("lifecycle", ["lost", "dormant"])]) == []
    assert codes(ABC, gates=[asking("lifecycle", True)]) == [("metric-kind", "gates[0].when.metric")]
    assert codes(ABC, gates=[asking("net_sales", ["lost"])]) == [("metric-kind", "gates[0].when.metric")]
    assert codes(ABC, gates=[asking("lifecycle", ["lost", "gone"])]) == [
        ("unknown-value", "gates[0].when.is[1]")
    ]


def test_a_wrong_answer_of_a_gate_is_told_with_its_line() -> None:
    head = "code: mine\nversion: 1\ntitle: {en: t, zh: 题}\nleading: {method: abc_rank}\ngates:\n"
    gate = "  - code: g\n    when:\n      metric: lifecycle\n      is: 3\n    effect: flag\n    flag: f\n"
    with pytest.raises(TierwiseError) as caught:
        parse_policy(head + gate, "mine.yaml")
    assert [(p.line, p.column) for p in caught.value.problems] == [(9, "gates[0].when.is")]
    assert "a list of codes such as [lost] is expected, not 3" in str(caught.value)


def rating(code: str, weight: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "title": TITLE, "weight_pct": weight, **more}


@pytest.mark.parametrize(
    ("method", "found"),
    [
        ({"ratings": [rating("potential", "90")]}, ("criteria-total", "advisory[0].ratings")),
        ({"ratings": [rating("potential", "50"), rating("potential", "50")]}, ("criteria-differ", "advisory[0].ratings[1].code")),
        ({"ratings": [rating("volume", "100")]}, ("pursue-rating", "advisory[0].pursue")),
        ({"medium_from": 4, "high_from": 4}, ("levels-order", "advisory[0].medium_from")),
        ({"ratings": [rating("potential", "100", proposal="lifecycle")]}, ("metric-kind", "advisory[0].ratings[0].proposal")),
        ({"ratings": [rating("potential", "100", inverse_of=["a"], criterion="b")]},
         ("rating-source", "advisory[0].ratings[0].inverse_of")),
        ({"grades": [{"code": "A", "title": TITLE}, {"code": "B", "title": TITLE}]}, ("classes", "advisory[0].grades")),
    ],
)  # fmt: skip
def test_the_matrix_says_what_is_wrong_with_its_ratings(
    method: dict[str, Any], found: tuple[str, str]
) -> None:
    whole = {"method": "attractiveness", "ratings": [rating("potential", "100")], **method}
    built = Policy.model_validate(
        {"code": "mine", "version": 1, "title": TITLE, "leading": ABC, "advisory": [whole]},
        context=RULES_LATER,
    )
    assert [(p.code.removeprefix("policy."), p.column) for p in check_policy(built)] == [found]


def test_key_accounts_need_a_profit_that_adds_up_and_readings_of_their_scale() -> None:
    whole = {"method": "key_account", "ratings": [rating("a", "100")]}
    assert codes(ABC, advisory=[whole]) == []
    assert codes(ABC, advisory=[{**whole, "profit": "gross_margin_pct"}]) == [
        ("metric-kind", "advisory[0].profit")
    ]
    with pytest.raises(ValidationError, match="recommended"):
        policy(ABC, advisory=[{**whole, "thresholds": {"yes": 4}}])


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("side", []),
        ("abc", [("fallback-unknown", "fallback.method")]),
        ("gone", [("fallback-unknown", "fallback.method")]),
        ("mixed", [("fallback-scale", "fallback.method")]),
        ("family", []),
    ],
)
def test_a_fallback_is_an_advisory_method_of_the_same_scale_or_of_quite_another(
    named: str, found: list[tuple[str, str]]
) -> None:
    def scale(*codes: str) -> list[dict[str, Any]]:
        return [{"code": code, "title": TITLE} for code in codes]

    side = [
        {**ABC, "id": "side"},
        {**ABC, "id": "mixed", "grades": scale("A", "X"), "shares_pct": {"A": 5}},
        {**ABC, "id": "family", "grades": scale("PA", "PB"), "shares_pct": {"PA": 5}},
    ]
    whole = {"code": "mine", "version": 1, "title": TITLE, "leading": {**ABC, "id": "abc"}, "advisory": side}
    built = Policy.model_validate({**whole, "fallback": {"method": named}}, context=RULES_LATER)
    assert [(p.code.removeprefix("policy."), p.column) for p in check_policy(built)] == found
