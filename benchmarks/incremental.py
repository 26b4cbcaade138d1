"""A month graded from what is kept of whole months, beside the same month from all lines. Decision 0021.

``python -m benchmarks.incremental full|incremental BOOK MEMORY`` stores one run in a copy-on-write copy of a book and
prints one JSON object; ``history`` grades all months one after the other. ``python -m benchmarks --only incremental``
compares them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.data import AS_OF, FIRST, files_of
from benchmarks.meter import Meter
from tierwise.book.contract import TABLES
from tierwise.book.delta import MONTH
from tierwise.book.settings import Settings
from tierwise.book.shape import Shape
from tierwise.book.store import Book
from tierwise.book.writing import month_of
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.names import parquet, quoted
from tierwise.grading.by_months import Way, definition
from tierwise.grading.run import grade_book
from tierwise.kernel.periods import Period
from tierwise.policy.load import load_policy

POLICY = "customer_value"
AT = datetime(2026, 11, 30, 8, tzinfo=UTC)
METRIC_STEPS = ("open", "customers", "order lines", "payments", "metrics")
"""From the start of the run to the metrics of every customer: keeping the month that is new is among it."""


def book_of(data: Path) -> Path:
    """The book of a benchmark company with the months before the last one kept: made once for what is kept now."""
    with DuckDBEngine() as engine:
        kept = hashlib.sha256(definition(engine).encode()).hexdigest()[:8]
    place = data.with_name(f"{data.name}-book-{kept}")
    if place.exists():
        return place
    making = data.with_name(f".{place.name}-{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    book = Book.create(making, Settings(name="Bench"), actor="bench", at=AT)
    with book.writer(actor="bench", at=AT) as writer:
        for name, table in TABLES.items():
            files = files_of(data, name)
            if files:
                rows = parquet(files, Shape(table).stored)
                month = f", {month_of(quoted(table.effective_on))} AS {MONTH}" if table.by_month else ""
                writer.replace_query(name, f"SELECT *{month} FROM ({rows})")
        writer.commit("import", "benchmark company")
    _graded(book, Period.on(AS_OF).plus(-1).end, "incremental", "1200MB")
    making.rename(place)
    return place


@contextmanager
def copied(book: Path) -> Iterator[Book]:
    """A copy of a book to write to; its files are links, which nobody writes to."""
    target = book.with_name(f"{book.name}-{os.getpid()}")
    shutil.copytree(book, target, copy_function=_linked)
    try:
        yield Book.open(target)
    finally:
        shutil.rmtree(target)


def _linked(source: str, target: str) -> None:
    """Data files never change; what is written anew in place is small."""
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


class _Steps:
    """Seconds and processor seconds of each step."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._last = ("open", time.perf_counter(), time.process_time())

    def __call__(self, name: str) -> None:
        last, wall, cpu = self._last
        self._last = (name, time.perf_counter(), time.process_time())
        self.wall[last] = self.wall.get(last, 0) + self._last[1] - wall
        self.cpu[last] = self.cpu.get(last, 0) + self._last[2] - cpu


def _graded(book: Book, day: date, way: Way, memory: str) -> dict[str, object]:
    step = _Steps()
    with DuckDBEngine(memory=memory or None) as engine:
        done = grade_book(
            book,
            load_policy(POLICY),
            day,
            actor="bench",
            at=AT,
            way=way,
            progress=step,
            engine=engine,
        )
    step("done")
    metrics = {"metrics": step.wall, "metrics_cpu": step.cpu}
    sums = {name: sum(found.get(one, 0) for one in METRIC_STEPS) for name, found in metrics.items()}
    return sums | {"steps": step.wall, "digest": done.record.digest, "read": done.record.facts["read"]}


def one_month(folder: Path, way: Way, memory: str) -> dict[str, object]:
    """The last month, stored: its steps, what the metrics took, and all of it."""
    with copied(folder) as book:
        with Meter() as meter:
            found = _graded(book, AS_OF, way, memory)
        return found | meter.figures()


def history(folder: Path, way: Way, memory: str) -> dict[str, object]:
    """Every month of the company, one after the other, from a book that has kept nothing yet."""
    with copied(folder) as book:
        shutil.rmtree(book.path / "rollups", ignore_errors=True)
        months = Period.on(FIRST).through(Period.on(AS_OF))
        with Meter() as meter:
            runs = [_graded(book, month.end, way, memory) for month in months]
        return {
            "months": len(months),
            "read": runs[-1]["read"],
            "digest": runs[-1]["digest"],
        } | meter.figures()


def main(what: str, folder: str, memory: str) -> None:
    """Prints one JSON object."""
    way: Way = "full" if what == "full" else "incremental"
    work = history if what == "history" else one_month
    print(json.dumps(work(Path(folder), way, memory)))


if __name__ == "__main__":
    main(*sys.argv[1:])
