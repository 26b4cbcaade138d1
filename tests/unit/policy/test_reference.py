"""The reference page tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

from tierwise.policy.card import FIELD_KINDS
from tierwise.policy.fingerprint import METHOD_RULES
from tierwise.policy.labels import FIELDS
from tierwise.policy.load import parse_policy
from tierwise.policy.model import Policy, Population


def page(repo: Path) -> str:
    return (repo / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")


def test_every_policy_on_the_page_can_be_loaded(repo: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", page(repo), re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        assert parse_policy(example, "policy.md").code == "mine"


def test_the_page_names_every_method_and_every_field_of_the_whole(repo: Path) -> None:
    text = page(repo)
    for name in (*METHOD_RULES, *Policy.model_fields, *Population.model_fields):
        assert f"`{name}`" in text, name


def test_a_field_named_on_the_page_exists(repo: Path) -> None:
    tables = [line.split("|")[1] for line in page(repo).splitlines() if line.startswith("| `")]
    named = {name for cell in tables for name in re.findall(r"`([a-z_]+)`", cell)}
    kinds = {"assessment", "metric_bands", "metric_linear", "fixed_by_enum", "metric_score", *FIELD_KINDS}
    assert named - set(FIELDS) - set(METHOD_RULES) - kinds == set()
