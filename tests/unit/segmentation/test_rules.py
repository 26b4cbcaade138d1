"""Files of rule segments: every mistake at once with its line, and never a word about worth."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from tierwise.book.contract import TABLES
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.metrics.catalogue import METRICS
from tierwise.segmentation.load import load_rules, parse_rules
from tierwise.segmentation.rules import ATTRIBUTES, OPERATORS, Dimension, operators_of, say

HEAD = "segments:\n  - code: big\n    title: {en: Big, zh: 大}\n    dimension: size\n    when:\n"


def mistakes(text: str) -> list[Problem]:
    with pytest.raises(TierwiseError) as caught:
        parse_rules(text, "rules.yaml")
    for problem in caught.value.problems:
        assert problem.file == "rules.yaml"
        assert problem.code.startswith("segments.")
        assert problem.say("en").strip()
        assert any("\u4e00" <= char <= "\u9fff" for char in problem.say("zh")), problem
    return list(caught.value.problems)


def found(text: str) -> list[tuple[str, int | None, str | None]]:
    return [(p.code.removeprefix("segments."), p.line, p.column) for p in mistakes(text)]


def test_all_mistakes_of_a_file_come_in_one_round_in_the_order_of_its_lines() -> None:
    text = (Path(__file__).parent / "mistakes.yaml").read_text(encoding="utf-8")
    marked = [
        (line.split("# ")[1].split()[0], number)
        for number, line in enumerate(text.splitlines(), 1)
        if "# " in line
    ]
    assert len(marked) == 14
    assert [(code, line) for code, line, _ in found(text)] == marked


@pytest.mark.parametrize(
    "name", ["grade", "tier", "等级", "net_sales", "net_sales_24m", "credit_score", "credit_limit"]
)
def test_a_rule_over_grades_or_metrics_is_refused(name: str) -> None:
    (problem,) = mistakes(HEAD + f"      - {{attribute: {name}, equals: A}}\n")
    assert (problem.code, problem.line) == ("segments.worth", 6)
    assert "grades stay apart" in problem.say("en")
    assert "与等级分开" in problem.say("zh")


def test_no_attribute_is_a_metric_and_every_one_is_a_column_of_customers() -> None:
    assert not set(ATTRIBUTES) & set(METRICS)
    assert all(TABLES["customers"].has(name) for name in ATTRIBUTES)


@pytest.mark.parametrize("name", ["blacklisted", "owner", "team", "code", "kept_for_image"])
def test_our_own_decisions_about_a_customer_make_no_segment(name: str) -> None:
    assert found(HEAD + f"      - {{attribute: {name}, known: true}}\n") == [
        ("not-objective", 6, "segments[0].when[0].attribute")
    ]


def test_the_dimensions_of_rules_are_those_of_the_table() -> None:
    choices = TABLES["segments"].column("dimension").choices
    assert get_args(Dimension) == tuple(choice.code for choice in choices)


def test_every_attribute_can_be_asked_whether_it_is_known_and_every_operator_serves_some() -> None:
    assert all("known" in operators_of(name) for name in ATTRIBUTES)
    assert {operator for name in ATTRIBUTES for operator in operators_of(name)} == set(OPERATORS)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-rules"),
        ("[1, 2]", "no-rules"),
        ("segments: {", "not-yaml"),
        ("segments: &a []", "alias"),
        ("segments: []", "too-few"),
        ("segments: !x []", "tag"),
        (HEAD + "      - {attribute: employees, at_least: 1000000000000000000}\n", "limit"),
        (HEAD + "      - {attribute: first_contact_on, below: 2026-13-01}\n", "limit"),
        (HEAD + "      - {at_least: 3}\n", "no-attribute"),
        (HEAD + "      - {attribute: region}\n", "one-operator"),
        (HEAD + "      - {attribute: region, equals: x, one_of: [y]}\n", "one-operator"),
        (HEAD + "      - {attribute: region, any: [{attribute: region, known: true}, {attribute: kind, known: true}]}\n", "any-alone"),
        (HEAD + "      - {attribute: region, equals: 5}\n", "text"),
    ],
)  # fmt: skip
def test_a_file_that_says_nothing_sensible_is_refused_with_a_code(text: str, code: str) -> None:
    assert [problem.code for problem in mistakes(text)] == [f"segments.{code}"]


def test_no_message_speaks_of_policies() -> None:
    for text in ("segments: &a []", "segments: !x []", "a: 1\n--- \nb: 2", "x" * 200_001):
        assert all("polic" not in p.say("en") and "策略" not in p.say("zh") for p in mistakes(text))


def test_a_file_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(TierwiseError) as caught:
        load_rules(tmp_path / "none.yaml")
    assert caught.value.code == "segments.unreadable"
    (tmp_path / "gbk.yaml").write_bytes("名称".encode("gb18030"))
    with pytest.raises(TierwiseError) as caught:
        load_rules(tmp_path / "gbk.yaml")
    assert caught.value.code == "segments.encoding"


def test_a_rule_is_said_the_same_however_it_is_written() -> None:
    one = parse_rules(
        HEAD
        + "      - {attribute: region, one_of: [b, a]}\n      - {attribute: employees, at_least: 50.0}\n",
        "x",
    )
    two = parse_rules(
        HEAD
        + "      - one_of: [a, b]\n        attribute: region\n      - {attribute: employees, at_least: 50}\n",
        "x",
    )
    assert say(one.segments[0].when) == say(two.segments[0].when) == "region in [a, b] and employees >= 50"


def test_two_rules_are_never_said_in_the_same_words() -> None:
    """A value that looks like a part of the rule stands in quotes; a changed rule would go unseen otherwise."""
    asked = ["[a, b]", '["a, b"]', '["[a", "b]"]', '["a"]', '["a and b", c]', "[' a']"]
    said = [
        say(parse_rules(HEAD + f"      - {{attribute: region, one_of: {values}}}\n", "x").segments[0].when)
        for values in asked
    ]
    assert len(set(said)) == len(asked)
    assert said[:2] == ["region in [a, b]", 'region in ["a, b"]']
