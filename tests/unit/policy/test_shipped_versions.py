"""A shipped policy whose rules change gets another version: two books with "version 1" were graded by one set of rules.

``shipped_versions.csv`` keeps every version that was ever shipped with the SHA-256 of its deciding fields. Where a test
fails here, raise ``version`` in the policy and add a line; never change one.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from tierwise.policy.fingerprint import deciding
from tierwise.policy.load import list_policies, load_policy
from tierwise.policy.model import Policy

LIST = Path(__file__).with_name("shipped_versions.csv")


def rules(policy: Policy) -> str:
    """The SHA-256 of what decides grades in a policy, its own metrics and methods taken as they are."""
    text = json.dumps(deciding(policy), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def listed() -> list[tuple[str, int, str]]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return [(row["policy"], int(row["version"]), row["rules"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("code", [shipped.code for shipped in list_policies()])
def test_a_shipped_policy_has_the_rules_that_its_version_always_had(code: str) -> None:
    policy = load_policy(code).policy
    assert (code, policy.version, rules(policy)) in listed(), "raise the version and add a line"
    assert policy.version == max(version for name, version, _ in listed() if name == code)


def test_a_version_stands_for_one_set_of_rules_and_other_rules_for_another_version() -> None:
    assert [name for name, times in Counter(row[:2] for row in listed()).items() if times > 1] == []
    assert [name for name, times in Counter((c, r) for c, _, r in listed()).items() if times > 1] == []


def test_another_rule_under_the_same_version_is_found() -> None:
    policy = load_policy("abc_sales").policy
    other = policy.model_copy(update={"window_months": 24})
    assert (other.code, other.version, rules(other)) not in listed()
