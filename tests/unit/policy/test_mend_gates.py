"""Every mistake of a gate in one round, also behind a wrong effect."""

from __future__ import annotations

import pytest

from tierwise.kernel.errors import TierwiseError
from tierwise.policy.load import parse_policy

TEXT = """code: bad
version: 1
title: {en: Bad, zh: 坏}
leading:
  method: abc_rank
  value: net_sales
  shares_pct: {A: 5, B: 20}
gates:
  - code: g
    effect: explode
    grades: [Z]
    when: {metric: nometric, below: 0}
"""


def test_a_wrong_effect_hides_no_other_mistake_of_its_gate() -> None:
    with pytest.raises(TierwiseError) as caught:
        parse_policy(TEXT, "bad.yaml")
    found = [(problem.line, problem.code) for problem in caught.value.problems]
    assert found == [(10, "policy.not-one-of"), (11, "policy.not-on-scale"), (12, "policy.unknown-metric")]
