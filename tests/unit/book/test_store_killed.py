"""An import ends whole or not at all: killed at any moment, on a full disk, or beside another writer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.book.bookkit import AT, Kit, line
from tierwise.book.importing import import_batch
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError

KILLS = int(os.environ.get("TIERWISE_TEST_KILLS", "20"))
KILLS_LONG = int(os.environ.get("TIERWISE_TEST_KILLS_LONG", "200"))

IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tierwise.book.importing import import_batch
from tierwise.book.store import Book
book = Book.open(Path(sys.argv[1]))
print("ready", flush=True)
items = [("order_lines", [Path(sys.argv[2])], None), ("payments", [Path(sys.argv[3])], None)]
import_batch(book, items, actor="victim", at=datetime(2026, 3, 10, tzinfo=UTC))
"""


def orders(amount: int) -> list[dict]:
    return [line(f"A{n}", 1, amount, f"2026-0{n % 3 + 1}-05") for n in range(3_000)]


def payments(amount: int) -> list[dict]:
    return [
        {"number": f"P{n}", "customer_code": "C1", "date": "2026-01-05", "amount": amount} for n in range(300)
    ]


def totals(book: Book) -> tuple[int, ...]:
    """Rows and sums of both tables: they must always belong to the same import."""
    book = Book.open(book.path)
    lines = book.read("order_lines", book.current())
    paid = book.read("payments", book.current())
    return (
        lines.num_rows,
        int(sum(lines["amount_ex_tax"].to_pylist())),
        paid.num_rows,
        int(sum(paid["amount"].to_pylist())),
    )


def killed(kit: Kit, files: list[Path], after_seconds: float) -> bool:
    """Runs an import in a process of its own and kills it; whether it was still alive."""
    command = [sys.executable, "-c", IMPORT, str(kit.book.path), *map(str, files)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
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
    kit.put_all(("order_lines", orders(1)), ("payments", payments(1)))
    files = {n: [kit.csv(*orders(n)), kit.csv(*payments(n))] for n in (2, 3)}
    whole = {n: (3_000, 3_000 * n, 300, 300 * n) for n in (1, 2, 3)}
    chance = random.Random(20261121)
    started = time.monotonic()
    import_batch(
        kit.book, [("order_lines", files[3][:1], None), ("payments", files[3][1:], None)], actor="a", at=AT
    )
    seconds = time.monotonic() - started
    stood, interrupted = 3, 0
    for turn in range(kills):
        wanted = 2 + turn % 2
        interrupted += killed(kit, files[wanted], chance.uniform(0, seconds * 1.2))
        found = totals(kit.book)
        assert found in (whole[stood], whole[wanted])
        stood = wanted if found == whole[wanted] else stood
    assert interrupted > kills // 4
    assert kit.put("order_lines", line("Z", 1, 1)).new == 1
    assert not list((kit.book.path / "staging").rglob("*.parquet"))


@pytest.mark.slow
def test_a_killed_import_is_there_as_a_whole_or_not_at_all(tmp_path):
    survive(tmp_path, KILLS)


@pytest.mark.long
def test_a_killed_import_is_there_as_a_whole_or_not_at_all_two_hundred_times(tmp_path):
    survive(tmp_path, KILLS_LONG)


def test_a_second_import_is_told_who_is_at_work(tmp_path):
    kit = Kit(tmp_path)
    with kit.book.writer(actor="alice", at=AT), pytest.raises(TierwiseError) as error:
        import_batch(
            Book.open(kit.book.path),
            [("order_lines", [kit.csv(line("A", 1, 1))], None)],
            actor="bob",
            at=AT,
            wait_seconds=0.2,
        )
    problem = error.value.problems[0]
    assert (problem.code, problem.slots["pid"], problem.slots["actor"]) == ("book.busy", os.getpid(), "alice")
    assert str(problem.slots["at"]).startswith("2026-03-10")


def test_a_full_disk_is_a_clear_error_and_leaves_the_book_as_it_was(tmp_path, small_disk):
    kit = Kit(small_disk)
    kit.put("order_lines", line("A", 1, 1))
    before = kit.book.current().number
    files = Kit(tmp_path / "files_only")
    big = files.csv(*(line(f"B{n * 7919 % 1_000_003}", 1, n, note=f"{n * 7919}" * 3) for n in range(60_000)))
    with pytest.raises(TierwiseError) as error:
        import_batch(kit.book, [("order_lines", [big], None)], actor="a", at=AT)
    assert error.value.code == "book.disk-full"
    assert Book.open(kit.book.path).current().number == before
    assert kit.put("order_lines", line("A", 1, 1), line("A", 2, 5)).new == 1


@pytest.mark.parametrize("left", [0, 4, 8])
def test_a_new_book_on_a_full_disk_is_a_clear_error_and_leaves_nothing_behind(small_disk, left):
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)
    with filler.open("r+b") as stream:
        stream.truncate(filler.stat().st_size - left * 1024)
    with pytest.raises(TierwiseError) as error:
        Book.create(small_disk / "new", Settings(name="A"), actor="a", at=AT)
    assert error.value.code == "book.disk-full"
    assert list(small_disk.iterdir()) == [filler]
