"""The reference pages follow from the declarations, and the declarations are complete in both languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tierwise.book.contract import TABLES
from tierwise.grading.sentences import REASONS
from tierwise.grading.wording import FLAGS, STATUS, WARNINGS
from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import METRICS


def test_the_pages_of_tables_and_metrics_are_current(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(repo / "scripts" / "make_reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _complete(text: Text) -> bool:
    return bool(text.en.strip()) and any("\u4e00" <= c <= "\u9fff" for c in text.zh)


def test_every_table_column_and_choice_has_a_name_in_both_languages() -> None:
    for table in TABLES.values():
        assert _complete(table.label), table.name
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
