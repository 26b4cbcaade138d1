"""A cycle that is killed at any of its steps goes on when it is called again, and leaves one result."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.movement.monthly import AT, MONTHS, document, review
from tierwise.book.store import Book
from tierwise.grading.digest import digest_of
from tierwise.kernel.periods import Period
from tierwise.movement.cycle import run_cycle
from tierwise.movement.history import build_history
from tierwise.movement.publishing import approve_run, publish_run
from tierwise.movement.states import CycleRun, chain, cycle_runs

FEB = MONTHS[3]
PROGRAM = """
import os, signal, sys
from pathlib import Path
from tests.unit.movement.monthly import AT, MONTHS, document
from tierwise.book import store, writing
from tierwise.book.store import Book
from tierwise.kernel.periods import Period
from tierwise.movement.cycle import run_cycle
from tierwise.movement.history import build_history
from tierwise.movement.publishing import publish_run

book, what, step, times = Book.open(Path(sys.argv[1])), sys.argv[2], sys.argv[3], int(sys.argv[4])
seen = 0

def die(stage, *_):
    global seen
    seen += stage == step
    if seen == times:
        os.kill(os.getpid(), signal.SIGKILL)

def watched(name, kind=writing.Writer):
    done = getattr(kind, name)
    def call(self, *words, **named):
        die(f"before {name}")
        found = done(self, *words, **named)
        die(f"after {name}")
        return found
    setattr(kind, name, call)

for name in ("create_result", "replace", "append", "commit"):
    watched(name)
if what == "cycle":
    run_cycle(book, document(), Period.of(MONTHS[3]), actor="ann", at=AT, progress=die)
elif what == "publish":
    publish_run(book, sys.argv[5], actor="cy", at=AT, progress=die)
else:
    build_history(book, document(), Period.of(MONTHS[0]), Period.of(MONTHS[2]), actor="imp", at=AT, progress=die)
"""
WRITING = [
    ("before create_result", 1),
    ("after create_result", 1),
    ("before replace", 1),
    ("after replace", 1),
]
LOGGING = [("before append", 1), ("after append", 1), ("after append", 2)]


def killed(book: Book, what: str, step: str, times: int, *more: str) -> None:
    """Does something in a process of its own, which is killed at a step."""
    words = [sys.executable, "-c", PROGRAM, str(book.path), what, step, str(times), *more]
    repo = Path(__file__).resolve().parents[3]
    done = subprocess.run(words, cwd=repo, capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def sound(book: Book) -> list[CycleRun]:
    """The runs of the book, in whose folders lies nothing that no version names."""
    book = Book.open(book.path)
    with book.writer(actor="x", at=AT):  # what a killed writer left goes away
        pass
    state = Book.open(book.path).current().state
    assert {f"results/{path.name}" for path in (book.path / "results").iterdir()} == {
        name for name in state if name.startswith("results/")
    }
    return cycle_runs(book)


def copied(book: Book, folder: Path) -> Book:
    return Book.open(Path(shutil.copytree(book.path, folder)))


def effective(book: Book, run: CycleRun) -> str:
    return digest_of(book.read(run.effective, book.current()))


@pytest.mark.slow
def test_a_cycle_killed_at_each_step_leaves_one_run_under_review(january: Book, tmp_path: Path) -> None:
    whole = copied(january, tmp_path / "whole")
    wanted = effective(whole, review(whole, FEB))
    steps = [("checking", 1), ("closing", 1), ("before commit", 1), ("after commit", 1)]
    steps += [("customers", 1), *WRITING, *LOGGING, ("effective", 1), ("before commit", 2), ("done", 1)]
    for at, (step, times) in enumerate(steps):
        book = copied(january, tmp_path / f"killed{at}")
        killed(book, "cycle", step, times)
        assert len([run for run in sound(book) if run.period == Period.of(FEB)]) <= 1
        again = run_cycle(Book.open(book.path), document(), Period.of(FEB), actor="ann", at=AT)
        mine = [run for run in sound(book) if run.period == Period.of(FEB)]
        assert [run.state for run in mine] == ["under_review"], step
        assert again.made == (step not in ("done",)), step
        assert effective(Book.open(book.path), mine[0]) == wanted, step
        assert Book.open(book.path).current().settings.closed_through == Period.of(FEB).end


@pytest.mark.slow
def test_a_publication_killed_at_each_step_is_there_as_a_whole_or_not_at_all(
    january: Book, tmp_path: Path
) -> None:
    run = review(january, FEB).run_id
    approve_run(january, run, actor="bo", at=AT)
    steps = [("effective", 1), ("events", 1), ("before replace", 1), ("after replace", 1)]
    steps += [("before append", 1), ("after append", 1), ("before commit", 1), ("after commit", 1)]
    for at, (step, times) in enumerate(steps):
        book = copied(january, tmp_path / f"killed{at}")
        killed(book, "publish", step, times, run)
        stood = sound(book)[-1].state
        assert stood == ("published" if step == "after commit" else "approved"), step
        if stood == "approved":
            publish_run(Book.open(book.path), run, actor="cy", at=AT)
        found = chain(sound(book), "monthly")
        assert [str(one.period) for one in found] == list(MONTHS)
        assert Book.open(book.path).read(found[-1].events, book.current()).num_rows


@pytest.mark.slow
def test_a_history_killed_in_any_month_goes_on_with_it(book: Book, tmp_path: Path) -> None:
    for at, (step, times) in enumerate(
        [("grade", 2), ("before commit", 3), ("after commit", 3), ("closing", 1)]
    ):
        copy = copied(book, tmp_path / f"killed{at}")
        killed(copy, "history", step, times)
        months = Period.of(MONTHS[0]), Period.of(MONTHS[2])
        build_history(Book.open(copy.path), document(), *months, actor="imp", at=AT)
        found = sound(copy)
        assert [(str(run.period), run.state) for run in found] == [(m, "published") for m in MONTHS[:3]]


def test_a_cycle_killed_between_the_file_and_the_book_finds_the_period_closed(january: Book) -> None:
    file = january.path / "book.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("closed_through: 2026-01-31", "closed_through: 2026-02-28"), "utf-8")
    before = january.current().number
    review(january, FEB)
    kinds = [version.kind for version in january.versions() if version.number > before]
    assert kinds == ["settings", "run"]
