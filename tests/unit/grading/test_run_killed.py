"""A run is stored whole or not at all: killed at any moment, the book stays and the next run has the next number."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.unit.book.bookkit import Kit, line
from tierwise import api
from tierwise.book.store import Book

KILLS = int(os.environ.get("TIERWISE_TEST_KILLS", "20"))
KILLS_LONG = int(os.environ.get("TIERWISE_TEST_KILLS_LONG", "200"))
AT = datetime(2026, 3, 10, tzinfo=UTC)

GRADE = """
import sys
from datetime import UTC, date, datetime
from tierwise import api
book = api.open_book(sys.argv[1])
print("ready", flush=True)
api.grade(book, "abc_sales", as_of=date(2026, 3, 31), actor="victim", at=datetime(2026, 3, 10, tzinfo=UTC))
"""


def killed(book: Book, after_seconds: float) -> bool:
    """Grades in a process of its own and kills it; whether it was still alive."""
    process = subprocess.Popen([sys.executable, "-c", GRADE, str(book.path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(after_seconds)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return alive


def survive(tmp_path: Path, kills: int) -> None:
    kit = Kit(tmp_path)
    kit.put_all(("order_lines", [line(f"A{n}", 1, n + 1, "2026-02-05") for n in range(500)]))
    chance = random.Random(20261121)
    started = time.monotonic()
    first = api.grade(kit.book, "abc_sales", as_of=date(2026, 3, 31), actor="a", at=AT)
    seconds = time.monotonic() - started
    interrupted, stood = 0, 1
    for _ in range(kills):
        interrupted += killed(kit.book, chance.uniform(0, seconds * 1.2))
        book = Book.open(kit.book.path)
        runs = api.list_runs(book)
        assert len(runs) in (stood, stood + 1)
        assert [run.number for run in runs] == list(range(1, len(runs) + 1))
        stood = len(runs)
        rows = api.read_results(book, runs[-1])
        assert rows.equals(first.results)
        assert {run.digest for run in runs} == {first.record.digest}
    assert interrupted > kills // 4
    after = api.grade(Book.open(kit.book.path), "abc_sales", as_of=date(2026, 3, 31), actor="a", at=AT)
    assert after.record.number == stood + 1
    results = {path.name for path in (kit.book.path / "results").iterdir()}
    assert results == {run.run_id for run in api.list_runs(Book.open(kit.book.path))}


@pytest.mark.slow
def test_a_killed_run_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    survive(tmp_path, KILLS)


@pytest.mark.long
def test_a_killed_run_is_there_as_a_whole_or_not_at_all_two_hundred_times(tmp_path: Path) -> None:
    survive(tmp_path, KILLS_LONG)
