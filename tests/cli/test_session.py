"""What a newcomer sees, word for word, in both languages.

After a deliberate change: TIERWISE_GOLDEN=write .venv/bin/python -m pytest tests/cli/test_session.py, then read the diff.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, company
from tierwise.kernel.text import Lang

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("TIERWISE_GOLDEN") == "write"
SESSION = """
tierwise init book --name Example
tierwise tables book
tierwise batches book
tierwise runs book
tierwise template payments
tierwise import book customers customers.csv
tierwise import book order_lines orders.csv --rejects rejects.csv
tierwise import book customers customers.csv
tierwise tables book
tierwise check book
tierwise policy list
tierwise policy show abc_sales
tierwise policy check quality_20
tierwise policy diff abc_sales abc_profit
tierwise metrics show purchase_interval_days
tierwise metrics compute book net_sales sales_growth_pct last_order_on --as-of 2026-02-28 --limit 3
tierwise grade book --policy abc_sales --as-of 2026-02-28 --dry-run
tierwise grade book --policy abc_sales --as-of 2026-02-28
tierwise runs book
tierwise explain book C01
tierwise explain book C12 --lines
tierwise replay book
tierwise export book run-000001 --out grades.csv
tierwise undo-import book 2
tierwise versions book
tierwise batches book
tierwise grade book --policy abc_sales --as-of 2026-02-28
tierwise explain book C99
tierwise tables nowhere
tierwise grade book
"""
_DIGEST = re.compile(r"\b[0-9a-f]{16}\b")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_session_reads_as_it_was_approved(lang: Lang, cli: Cli, tmp_path: Path):
    company(tmp_path)
    shown = []
    for line in SESSION.strip().splitlines():
        answer = cli(*shlex.split(line)[1:], "--lang", lang)
        shown.append(
            f"$ {line}\n{answer.out}{answer.err}" + (f"[exit {answer.code}]\n" if answer.code else "")
        )
    text = _DIGEST.sub("<sixteen digits>", "\n".join(shown))
    golden = GOLDEN / f"session.{lang}.txt"
    if WRITE:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_but_a_command_to_copy_is_wider_than_eighty_columns(lang: Lang):
    from rich.cells import cell_len

    for line in (GOLDEN / f"session.{lang}.txt").read_text(encoding="utf-8").splitlines():
        told_as_one_line = "tierwise " in line or line.endswith("]")
        assert told_as_one_line or cell_len(line) <= 80, line


def test_no_chinese_answer_keeps_an_english_sentence():
    text = (GOLDEN / "session.zh.txt").read_text(encoding="utf-8")
    told = re.sub(r"\$ tierwise policy diff.*?(?=\n\$)", "", text, flags=re.DOTALL)  # quotes both languages
    for line in told.splitlines():
        if not line.startswith(("$", "  tierwise")) and not re.search(r"[\u4e00-\u9fff]", line):
            assert not re.search(r"\b[a-z]{3,} [a-z]{2,} [a-z]{2,}\b", line), line
