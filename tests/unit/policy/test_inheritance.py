"""What a policy may say of members: a closed set, mistakes with their line, no new identity where nothing is said."""

from __future__ import annotations

from typing import Any

import pytest

from tierwise.kernel.errors import TierwiseError
from tierwise.policy.diff import diff
from tierwise.policy.fingerprint import deciding, fingerprint
from tierwise.policy.load import load_policy, parse_policy
from tierwise.policy.model import Policy

HEAD = "code: mine\nversion: 1\ntitle: {en: Mine, zh: 我的}\nleading: {method: abc_rank}\npopulation:\n"


def read(population: str) -> Policy:
    return parse_policy(HEAD + population, "mine.yaml")


def mistakes(population: str) -> list[tuple[int | None, str, str]]:
    """Line, code and place of every mistake."""
    with pytest.raises(TierwiseError) as raised:
        read(population)
    return [(p.line, p.code, p.column or "") for p in raised.value.problems]


def inheriting(inherit: str) -> Policy:
    return read(f"  level: group\n  inherit: {inherit}\n")


def test_silence_and_the_default_have_the_fingerprint_of_before() -> None:
    plain = read("  level: group\n")
    assert fingerprint(plain) == fingerprint(inheriting("{grade: unit}"))
    assert "inherit" not in deciding(plain)["population"]
    known = load_policy("abc_group").fingerprint
    assert known.startswith("7526ee3fd629")  # as it was before members could inherit otherwise


@pytest.mark.parametrize("inherit", ["{grade: none}", "{nodes: [site]}", "{kinds: [existing]}"])
def test_another_declaration_is_another_policy(inherit: str) -> None:
    assert fingerprint(inheriting(inherit)) != fingerprint(read("  level: group\n"))


def test_order_and_repetition_of_the_lists_say_nothing() -> None:
    one = inheriting("{nodes: [site, branch], kinds: [existing, prospect]}")
    other = inheriting("{nodes: [branch, site, branch], kinds: [prospect, existing]}")
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("population", "expected"),
    [
        ("  level: site\n  inherit: {grade: none}\n", (7, "policy.nothing-to-inherit", "population.inherit")),
        ("  level: group\n  inherit:\n    grade: none\n    nodes: [site]\n",
         (9, "policy.inherits-nothing", "population.inherit.nodes")),
        ("  level: group\n  inherit:\n    grade: none\n    kinds: [existing]\n",
         (9, "policy.inherits-nothing", "population.inherit.kinds")),
        ("  level: account\n  inherit:\n    nodes: [branch]\n",
         (8, "policy.no-such-member", "population.inherit.nodes")),
        ("  inherit:\n    nodes: [branch]\n", (7, "policy.no-such-member", "population.inherit.nodes")),
        ("  level: group\n  inherit:\n    nodes: [branches]\n",
         (8, "policy.not-one-of", "population.inherit.nodes[0]")),
        ("  level: group\n  inherit: {grade: own}\n", (7, "policy.not-one-of", "population.inherit.grade")),
        ("  level: group\n  inherit:\n    node: [site]\n",
         (8, "policy.unknown-field", "population.inherit.node")),
    ],
)  # fmt: skip
def test_what_could_never_act_is_told_with_its_line(population: str, expected: tuple[Any, ...]) -> None:
    assert mistakes(population) == [expected]


def test_every_mistake_is_told_in_both_languages() -> None:
    for population in (
        "  level: site\n  inherit: {grade: none}\n",
        "  level: group\n  inherit: {grade: none, nodes: [site]}\n",
        "  level: account\n  inherit: {nodes: [branch]}\n",
    ):
        with pytest.raises(TierwiseError) as raised:
            read(population)
        (problem,) = raised.value.problems
        en, zh = problem.text.fill("en", **problem.slots), problem.text.fill("zh", **problem.slots)
        assert en != zh
        assert any("一" <= sign <= "鿿" for sign in zh)


def test_sites_are_the_members_of_an_account() -> None:
    chosen = read("  level: account\n  inherit: {nodes: [site]}\n")
    assert chosen.population.inherit.nodes == ("site",)


def test_a_difference_of_inheritance_decides_grades() -> None:
    (change,) = diff(read("  level: group\n"), inheriting("{grade: none}"))
    assert change.decides
    assert change.path == "population.inherit.grade"
    assert "what members take from their unit" in change.say("en")
    assert "成员从所属单位继承" in change.say("zh")
