"""The reference pages follow from the declarations, and the declarations are complete in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.make_reference import PAGES
from tierwise.book.contract import TABLES
from tierwise.book.reading.mapping import OPERATIONS, OPERATORS, Mapping
from tierwise.book.setting_words import MEANINGS
from tierwise.book.settings import Settings
from tierwise.grading.sentences import REASONS
from tierwise.grading.wording import FLAGS, STATUS, WARNINGS
from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.settings import MetricSettings
from tierwise.policy.model import Condition, Fallback, Gate, Grade

BOTH = ("", ".zh")


def test_the_pages_that_follow_from_the_code_are_current(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(repo / "scripts" / "make_reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("page", "said"), [("README.md", "{} declared metrics"), ("README.zh-CN.md", " {} 项")]
)
def test_the_readme_counts_the_metrics_that_there_are(repo: Path, page: str, said: str) -> None:
    assert said.format(len(METRICS)) in (repo / page).read_text("utf-8")


def _complete(text: Text) -> bool:
    return bool(text.en.strip()) and any("\u4e00" <= c <= "\u9fff" for c in text.zh)


def test_every_page_of_the_reference_speaks_both_languages(repo: Path) -> None:
    folder = repo / "docs" / "reference"
    one_page = {"cli", "policy"}  # both languages beside each other
    names = {path.name.partition(".")[0] for path in folder.glob("*.md")}
    assert set(PAGES) | {"mapping"} | one_page == names
    for name in sorted(names - one_page):
        assert f"({name}.zh.md)" in (folder / f"{name}.md").read_text(encoding="utf-8"), name
        assert f"({name}.md)" in (folder / f"{name}.zh.md").read_text(encoding="utf-8"), name
    for name in sorted(one_page):
        assert re.search("[\u4e00-\u9fff]{8}", (folder / f"{name}.md").read_text(encoding="utf-8")), name


def test_every_setting_of_a_book_has_a_meaning_in_both_languages() -> None:
    assert set(MEANINGS) == set(Settings.model_fields)
    assert [name for name, text in MEANINGS.items() if not _complete(text)] == []


@pytest.mark.parametrize("ending", BOTH)
def test_every_key_operation_and_operator_of_a_mapping_is_explained(repo: Path, ending: str) -> None:
    text = (repo / "docs" / "reference" / f"mapping{ending}.md").read_text(encoding="utf-8")
    explained = {
        name for line in text.splitlines() if line.startswith("| `") for name in _ticked(line.split("|")[1])
    }
    asked = (
        {field.alias or name for name, field in Mapping.model_fields.items() if not field.exclude}
        | set(OPERATIONS)
        | set(OPERATORS)
    )
    assert asked - explained == set()


def _ticked(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_every_field_of_the_parts_of_a_policy_is_explained(repo: Path) -> None:
    """Those of the methods stand on their own pages (test_methods)."""
    text = (repo / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
    for part in (Gate, Condition, Fallback, Grade, MetricSettings):
        for name, field in part.model_fields.items():
            assert re.search(rf"\b{field.alias or name}\b", text), (part.__name__, name)


def test_every_environment_variable_is_explained(repo: Path) -> None:
    """Those of users with the commands, those of developers in CONTRIBUTING."""
    read = {
        name
        for folder in ("src", "tests", "benchmarks", "scripts")
        for path in (repo / folder).rglob("*.py")
        for name in re.findall(r"TIERWISE_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8"))
    }
    pages = [repo / "docs" / "reference" / "cli.md", repo / "CONTRIBUTING.md"]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert sorted(name for name in read if name not in text) == []


def test_every_table_column_and_choice_has_a_name_in_both_languages() -> None:
    for table in TABLES.values():
        assert _complete(table.label), table.name
        assert table.about, table.name
        assert _complete(table.about), table.name
        for column in table.columns:
            assert _complete(column.label), (table.name, column.name)
            assert all(_complete(choice.label) for choice in column.choices), (table.name, column.name)


def test_every_metric_has_a_title_and_a_formula_in_both_languages() -> None:
    for metric in METRICS.values():
        assert _complete(metric.title), metric.name
        assert _complete(metric.formula) or metric.formula.zh, metric.name


def test_every_status_of_a_metric_has_words() -> None:
    for metric in METRICS.values():
        for status in metric.statuses:
            assert status in STATUS, (metric.name, status)


def test_every_reason_flag_and_warning_has_the_same_slots_in_both_languages() -> None:
    for words in (REASONS, FLAGS, WARNINGS, STATUS):
        for code in words.codes():
            if code == "ok":
                continue
            pattern = words.pattern(code)
            assert _complete(pattern), code


def test_every_reason_of_the_decision_record_has_a_sentence(repo: Path) -> None:
    record = (repo / "docs" / "decisions" / "0006-reason-codes.md").read_text(encoding="utf-8")
    listed = {
        part for line in record.splitlines() if line.startswith("| `") for part in line.split("`")[1::2]
    }
    codes = {code for code in listed if "." in code and " " not in code}
    assert codes <= set(REASONS.codes()), codes - set(REASONS.codes())
