"""Reading policies: every mistake at once, in both languages, each with its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.policy.load import list_policies, load_policy, parse_policy
from tierwise.policy.model import Policy

HEAD = "code: mine\nversion: 1\ntitle: {en: Mine, zh: 我的}\n"
ABC = HEAD + "leading: {method: abc_rank}\n"


def mistakes(text: str) -> list[Problem]:
    with pytest.raises(TierwiseError) as caught:
        parse_policy(text, "mine.yaml")
    for problem in caught.value.problems:
        assert problem.file == "mine.yaml"
        assert problem.say("en").strip()
        assert any("\u4e00" <= char <= "\u9fff" for char in problem.say("zh")), problem
    return list(caught.value.problems)


def found(text: str) -> list[tuple[str, int | None, str | None]]:
    return [
        (problem.code.removeprefix("policy."), problem.line, problem.column) for problem in mistakes(text)
    ]


def test_ten_mistakes_are_ten_problems_with_their_lines() -> None:
    text = (Path(__file__).parent / "mistakes.yaml").read_text(encoding="utf-8")
    marked = [number for number, line in enumerate(text.splitlines(), 1) if "# " in line]
    assert len(marked) == 10
    assert found(text) == [
        ("code", 1, "code"),
        ("missing", 3, "title.zh"),
        ("unknown-field", 4, "windw_months"),
        ("bounds", 5, "near_cut_pct"),
        ("not-one-of", 8, "leading.missing_rule"),
        ("cuts-fall", 9, "leading.thresholds"),
        ("criteria-total", 10, "leading.criteria"),
        ("unknown-metric", 14, "leading.criteria[0].source.metric"),
        ("unknown-kind", 18, "leading.criteria[1].source.kind"),
        ("metric-kind", 21, "gates[0].when.metric"),
    ]
    assert [line for _, line, _ in found(text)] == marked


def test_every_problem_prints_as_file_line_and_field() -> None:
    assert str(mistakes(ABC + "near_cut_pct: -1\n")[0]).startswith("mine.yaml:5:near_cut_pct: -1 must be")


def test_a_misspelt_field_is_one_mistake_with_the_name_that_was_meant() -> None:
    [problem] = mistakes(HEAD + "leading: {method: abc_rank, share_pct: {A: 1, B: 2}}\n")
    assert problem.code == "policy.unknown-field"
    assert "did you mean shares_pct?" in problem.say("en")
    assert "是否指 shares_pct？" in problem.say("zh")


def test_a_misspelt_field_that_is_needed_is_one_mistake_and_not_two() -> None:
    assert found(ABC.replace("version", "versoin").replace("zh:", "zhh:")) == [
        ("unknown-field", 2, "versoin"),
        ("unknown-field", 3, "title.zhh"),
    ]


def test_what_stands_under_a_misspelt_name_is_checked_all_the_same() -> None:
    text = HEAD + "leading: {method: abc_rank, share_pct: {A: 30, B: 2}}\n"
    assert [code for code, _, _ in found(text)] == ["unknown-field", "cuts-rise"]


def test_an_unknown_method_names_those_there_are() -> None:
    [problem] = mistakes(HEAD + "leading: {method: kmeans}\n")
    for method in ("abc_rank", "abc_cumulative", "scorecard", "quality_set", "rfm", "credit_rating"):
        assert method in problem.say("en")
        assert method in problem.say("zh")


def test_a_method_without_a_name_is_told_which_there_are() -> None:
    [problem] = mistakes(HEAD + "leading: {value: net_sales}\n")
    assert problem.code == "policy.missing"
    assert "abc_rank" in problem.say("en")


def test_an_unknown_metric_is_told_its_neighbours_with_the_same_window() -> None:
    [problem] = mistakes(HEAD + "leading: {method: abc_rank, value: net_sale_24m}\n")
    assert "net_sales_24m" in problem.say("en")


def test_one_bad_cut_says_nothing_about_the_others() -> None:
    assert found(HEAD + "leading: {method: abc_rank, shares_pct: {A: 500, B: 20}}\n") == [
        ("bounds", 4, "leading.shares_pct.A")
    ]


def test_a_mistake_in_one_method_does_not_hide_those_in_another() -> None:
    text = ABC.replace("abc_rank", "nothing") + (
        "advisory:\n  - {method: abc_rank, value: first_order_on}\n  - {method: rfm, weights: [1, 2]}\n"
    )
    assert [(code, column) for code, _, column in found(text)] == [
        ("unknown-kind", "leading.method"),
        ("metric-kind", "advisory[0].value"),
        ("missing", "advisory[1].weights[2]"),
    ]


def test_places_are_those_of_the_text_although_a_bad_item_before_was_left_out() -> None:
    text = ABC + (
        "gates:\n"
        "  - {code: one, when: 3, effect: flag, flag: x}\n"
        "  - {code: two, when: {metric: orders, below: 2}, effect: cap, to: Z}\n"
    )
    assert found(text) == [("type", 6, "gates[0].when"), ("not-on-scale", 7, "gates[1].to")]


def test_a_key_stated_twice_is_refused_with_both_lines() -> None:
    [problem] = mistakes(ABC + "window_months: 12\nwindow_months: 24\n")
    assert (problem.code, problem.line) == ("policy.duplicate-key", 6)
    assert "line 5" in problem.say("en")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("notes: &a {en: x, zh: 某}", "policy.alias"),
        ("notes: *a", "policy.alias"),
        ("notes: !!python/object:os.system {}", "policy.tag"),
        ("? [a, b]\n: 1", "policy.key"),
        ("notes: [", "policy.not-yaml"),
        ("notes: " + "[" * 50 + "]" * 50, "policy.too-deep"),
        ("notes: " + "[" * 90_000, "policy.too-deep"),
        ("---\ncode: other", "policy.two-documents"),
        ("# " + "x" * 200_001, "policy.too-large"),
        ("notes: \u0007", "policy.not-yaml"),
    ],
)
def test_what_has_no_place_in_a_policy_is_refused(line: str, code: str) -> None:
    assert [problem.code for problem in mistakes(ABC + line + "\n")] == [code]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "abc", "3"])
def test_a_text_that_is_no_policy_says_so(text: str) -> None:
    assert [problem.code for problem in mistakes(text)] == ["policy.not-a-policy"]


def test_an_empty_mapping_misses_what_is_needed() -> None:
    assert {column for _, _, column in found("{}")} == {"code", "version", "title", "leading"}


def test_decimals_are_taken_from_their_digits() -> None:
    policy = parse_policy(
        HEAD + "leading: {method: abc_rank, shares_pct: {A: 7.1, B: '20.0001'}}\n", "x.yaml"
    )
    assert policy.leading.shares_pct == {"A": Decimal("7.1"), "B": Decimal("20.0001")}


@pytest.mark.parametrize("number", [".nan", "nan", ".inf", "1e999", "abc", "7.12345", "true", "null", "[]"])
def test_what_is_no_share_is_one_problem(number: str) -> None:
    assert len(found(HEAD + f"leading: {{method: abc_rank, shares_pct: {{A: {number}, B: 20}}}}\n")) == 1


def test_numbers_that_are_codes_need_quotes() -> None:
    [problem] = mistakes(ABC + "population: {regions: [007]}\n")
    assert "quotes" in problem.say("en")
    quoted = parse_policy(ABC + "population: {regions: ['007']}\n", "x.yaml")
    assert quoted.population.regions == ("007",)


def test_words_that_old_yaml_takes_for_truth_stay_words() -> None:
    policy = parse_policy(ABC + "population: {regions: [no, on, yes]}\n", "x.yaml")
    assert policy.population.regions == ("no", "on", "yes")


def test_rules_of_the_metric_settings_are_told_in_both_languages() -> None:
    assert found(ABC + "settings: {credit_points: [{up_to_days: 3, points: 3}]}\n")[0][1] == 5


def test_a_shipped_policy_is_loaded_by_its_name() -> None:
    document = load_policy("customer_value")
    assert document.policy.code == "customer_value"
    assert document.file == "policies/customer_value.yaml"
    assert document.text.startswith("#")
    assert len(document.fingerprint) == 64


def test_an_unknown_name_is_told_its_neighbours() -> None:
    with pytest.raises(TierwiseError, match="customer_value"):
        load_policy("customer_valu")


def test_a_file_is_loaded_by_its_path_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    for encoding in ("utf-8", "utf-8-sig"):
        file.write_text(ABC, encoding=encoding)
        assert load_policy(str(file)).policy == load_policy(file).policy == parse_policy(ABC, "x")


def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(TierwiseError, match="cannot be read"):
        load_policy(tmp_path / "missing.yaml")
    (tmp_path / "gbk.yaml").write_bytes("title: 我的".encode("gb18030"))
    with pytest.raises(TierwiseError, match="UTF-8"):
        load_policy(tmp_path / "gbk.yaml")


def test_a_given_text_is_read_in_place_of_the_file() -> None:
    document = load_policy("runs/policy.yaml", text=ABC)
    assert (document.policy.code, document.file) == ("mine", "runs/policy.yaml")


def test_every_shipped_policy_is_listed_with_its_method() -> None:
    listed = {shipped.code: shipped.method for shipped in list_policies()}
    assert len(listed) == 18
    assert listed["abc_cumulative"] == "abc_cumulative"
    assert listed["rfm_quantile"] == "rfm"
    assert all(load_policy(code).policy.code == code for code in listed)


def test_a_policy_written_out_and_read_again_is_the_same() -> None:
    for shipped in list_policies():
        policy = load_policy(shipped.code).policy
        text = policy.model_dump_json(by_alias=True)
        assert parse_policy(text, "x.json") == policy
        assert Policy.model_validate_json(text) == policy
