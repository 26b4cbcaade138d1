"""Every reason why a customer has no grade is told in words, in both languages."""

from __future__ import annotations

import pytest

from tierwise.grading.sentences import REASONS
from tierwise.report.words import LABELS

WITHOUT_GRADE = sorted(
    code
    for code in REASONS.codes()
    if code.startswith("population.")
    or code.endswith((".missing", ".invalid", ".none", ".no-rating", ".not-member"))
)


@pytest.mark.parametrize("code", WITHOUT_GRADE)
def test_a_reason_has_words(code: str):
    words = LABELS["why_" + code.replace(".", "_")]
    assert words.in_lang("en")
    assert words.in_lang("zh")
    assert "." not in words.in_lang("en")


def test_reasons_were_found():
    assert {"population.archived", "scorecard.missing", "history.none"} <= set(WITHOUT_GRADE)
