"""GLOSSARY.md says what the catalogue of terms says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from scripts.make_glossary import SECTIONS, read_terms, render


def test_the_glossary_is_up_to_date_with_its_csv(repo: Path):
    assert (repo / "GLOSSARY.md").read_text(encoding="utf-8") == render(read_terms()), (
        "run scripts/make_glossary.py"
    )


def test_every_term_has_both_languages_and_a_section():
    for term in read_terms():
        assert all(term[column].strip() for column in ("zh", "en")), term
        assert term["topic"] in SECTIONS


def test_no_chinese_term_is_defined_twice():
    counts = Counter(term["zh"] for term in read_terms())
    assert [zh for zh, count in counts.items() if count > 1] == []
