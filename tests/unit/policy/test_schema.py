"""The JSON schema for editors: current, valid, and true of what is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tierwise.policy.load import list_policies, load_policy
from tierwise.policy.schema import json_schema
from tierwise.policy.yamlnode import read_nodes

HEAD = "code: mine\nversion: 1\ntitle: {en: Mine, zh: 我的}\n"


def errors(text: str) -> list[str]:
    root, *_ = read_nodes(text, "x.yaml")
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(root.data())]


def test_the_committed_schema_is_current(repo: Path) -> None:
    committed = (repo / "docs" / "reference" / "policy.schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("code", [shipped.code for shipped in list_policies()])
def test_every_shipped_policy_fits_the_schema(code: str) -> None:
    assert errors(load_policy(code).text) == []


@pytest.mark.parametrize(
    "text",
    [
        "leading: {method: abc_rank, shares_pct: {A: 500, B: 20}}",
        "leading: {method: abc_rank, shares_pct: {A: x, B: 20}}",
        "leading: {method: abc_rank, shares_pct: {'a b': 1}}",
        "leading: {method: abc_rank, value: net_sale}",
        "leading: {method: kmeans}",
        "leading: {method: abc_rank, colour: blue}",
        "leading: {method: abc_rank}\nwindow_months: 0",
    ],
)
def test_an_editor_sees_the_usual_mistakes(text: str) -> None:
    assert errors(HEAD + text)


def test_an_editor_sees_a_missing_translation() -> None:
    assert errors("code: mine\nversion: 1\ntitle: {en: Mine}\nleading: {method: abc_rank}\n")


def test_numbers_may_be_written_with_and_without_quotes() -> None:
    assert (
        errors(HEAD + "leading: {method: abc_rank, shares_pct: {A: '7.5', B: 20.25}, value: net_sales_24m}")
        == []
    )


def test_every_field_is_described_in_both_languages() -> None:
    schema = json_schema()
    for part in (schema, *(part for part in schema["$defs"].values() if "properties" in part)):
        for name, field in part["properties"].items():
            assert " / " in field["description"], name
