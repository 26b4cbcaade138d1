"""When a run reads kept months, what it leaves on the shelf, and that a killed one leaves nothing half."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from tests.unit.book.bookkit import AT, Kit
from tests.unit.movement.monthly import MONTHS, company, document
from tierwise.book.rollups import FOLDER
from tierwise.grading import by_months
from tierwise.grading.replay import replay_run
from tierwise.grading.run import RunResult, grade_book
from tierwise.kernel.periods import Period

END = Period.of(MONTHS[3]).end
PROGRAM = """
import os, pathlib, signal, sys
from tests.unit.grading.test_by_months import END, graded
from tests.unit.movement.monthly import document
from tierwise.book import rollups
from tierwise.book.store import Book

left = int(sys.argv[2])
done = rollups._onto_disk

def die(file):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    done(file)

rollups._onto_disk = die
graded(Book.open(pathlib.Path(sys.argv[1])))
"""


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return company(tmp_path)


def graded(book: object, day: date = END, way: by_months.Way = "incremental", **more: object) -> RunResult:
    return grade_book(book, document(), day, actor="ann", at=AT, way=way, **more)  # type: ignore[arg-type]


def shelf(kit: Kit) -> set[str]:
    """The names on the only shelf."""
    (found,) = (kit.book.path / FOLDER).iterdir()
    return {child.name for child in found.iterdir()}


def read(run: RunResult) -> str:
    return str(run.record.facts["read"])


def test_a_run_keeps_the_months_and_says_that_it_read_them(kit: Kit) -> None:
    run = graded(kit.book)
    assert read(run) == "months"
    assert {name[:6] for name in shelf(kit)} == {"202511", "202512", "202601", "202602", "chain-", "older-"}


def test_a_small_book_a_day_inside_a_month_and_full_read_lines(kit: Kit) -> None:
    assert read(graded(kit.book, way="auto")) == "lines"
    assert read(graded(kit.book, way="full")) == "lines"
    assert read(graded(kit.book, date(2026, 2, 27))) == "lines"
    assert not (kit.book.path / FOLDER).exists()


def test_a_large_book_reads_months_by_itself(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_months, "LEAST_LINES", 1)
    assert read(graded(kit.book, way="auto", dry_run=True)) == "lines"
    assert not (kit.book.path / FOLDER).exists()
    assert read(graded(kit.book, way="auto")) == "months"
    assert read(graded(kit.book, way="auto", dry_run=True)) == "months"


def test_only_the_month_that_was_corrected_is_added_up_again(kit: Kit) -> None:
    graded(kit.book)
    before = shelf(kit)
    row = {"order_number": f"C1-{MONTHS[2]}", "line_no": 1, "customer_code": "C1", "amount_ex_tax": 77}
    kit.put("order_lines", row | {"order_date": f"{MONTHS[2]}-15"})
    again = graded(kit.book)
    new = shelf(kit) - before
    assert sorted(name[:6] for name in new) == ["202601", "chain-", "older-"]
    assert again.record.digest == graded(kit.book, way="full", dry_run=True).record.digest


def test_what_was_replaced_before_the_last_time_goes_away(kit: Kit) -> None:
    for amount in (71, 72, 73, 74):
        row = {
            "order_number": f"C1-{MONTHS[2]}",
            "line_no": 1,
            "customer_code": "C1",
            "amount_ex_tax": amount,
        }
        kit.put("order_lines", row | {"order_date": f"{MONTHS[2]}-15"})
        graded(kit.book)
    assert len([name for name in shelf(kit) if name.startswith("202601")]) == 2


def test_replay_reads_lines_and_finds_the_same(kit: Kit) -> None:
    run = graded(kit.book).record
    done = replay_run(kit.book, run.run_id)
    assert done.same
    assert done.digest == run.digest


def test_a_line_that_was_not_known_yet_is_not_seen_in_its_month(kit: Kit) -> None:
    kit.close("2026-01-31")
    late = {"order_number": "late", "line_no": 1, "customer_code": "C3", "amount_ex_tax": 5000}
    kit.put("order_lines", late | {"order_date": "2026-01-20"})
    for month in MONTHS:
        day = Period.of(month).end
        whole = graded(kit.book, day, "full", dry_run=True).record.digest
        assert graded(kit.book, day).record.digest == whole
        assert graded(kit.book, day, dry_run=True).record.digest == whole


@pytest.mark.parametrize("at", [1, 5, 16])
def test_a_killed_run_leaves_no_half_month(kit: Kit, at: int) -> None:
    words = [sys.executable, "-c", PROGRAM, str(kit.book.path), str(at)]
    repo = Path(__file__).resolve().parents[3]
    done = subprocess.run(words, cwd=repo, capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert any(name.startswith(".making") for name in shelf(kit))
    again = graded(kit.book)
    assert again.record.digest == graded(kit.book, way="full", dry_run=True).record.digest
    assert not any(name.startswith(".making") for name in shelf(kit))


def test_trials_beside_a_run_read_what_there_is(kit: Kit) -> None:
    whole = graded(kit.book, way="full", dry_run=True).record.digest
    with ThreadPoolExecutor(3) as pool:
        works = [pool.submit(graded, kit.book, dry_run=dry) for dry in (True, False, True, True)]
        assert {work.result().record.digest for work in works} == {whole}


def corrected(kit: Kit, amount: int) -> None:
    """Another amount in January: what is kept of it is replaced by the next run."""
    row = {"order_number": f"C1-{MONTHS[2]}", "line_no": 1, "customer_code": "C1", "amount_ex_tax": amount}
    kit.put("order_lines", row | {"order_date": f"{MONTHS[2]}-15"})


def test_a_trial_reads_on_though_other_runs_replace_its_month_meanwhile(kit: Kit) -> None:
    before = graded(kit.book).record.digest
    told: list[str] = []

    def others(step: str) -> None:
        told.append(step)
        if len(told) == 1:
            for amount in (71, 72, 73):
                corrected(kit, amount)
                graded(kit.book)

    trial = graded(kit.book, dry_run=True, progress=others)
    assert (read(trial), trial.record.digest) == ("months", before)
    corrected(kit, 74)
    graded(kit.book)
    assert len([name for name in shelf(kit) if name.startswith("202601")]) == 2
