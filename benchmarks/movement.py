"""The movement matrix of five million customers beside the bare join and count of the same two results. Spec 8.3.

``python -m benchmarks.movement ours|bare|causes BOOK MEMORY`` prints one JSON object; ``python -m benchmarks --only
movement`` compares them. The two results are those of a small company, each row many times over under other codes: what
is stored has the columns and the order of real runs, and nobody has to grade a hundred million lines for it.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.data import AS_OF, Size, prepare, size_of
from benchmarks.incremental import AT, POLICY, copied
from benchmarks.incremental import book_of as book_of_company
from benchmarks.meter import Meter
from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.record import to_table
from tierwise.grading.run import RUNS, find_run, grade_book
from tierwise.kernel.periods import Period
from tierwise.movement.moving import movement
from tierwise.policy.load import load_policy

if TYPE_CHECKING:
    from tierwise.book.writing import Writer
    from tierwise.grading.run import RunResult

SMALL = size_of(200_000)
"""The company whose two results are repeated."""
FIRST, SECOND = "run-000001", "run-000002"
_BARE = "SELECT a.grade, b.grade, count(*) FROM {a} a FULL JOIN {b} b USING (customer_id) GROUP BY ALL"


def book_of(folder: Path, customers: int, source: Size = SMALL) -> Path:
    """A book with so many customers and two results, made once, out of the two results of a company of a size."""
    place = folder / f"movement-2-{customers}"
    if place.exists():
        return place
    making = folder / f".{place.name}-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    times = -(-customers // source.customers)
    with copied(book_of_company(prepare(folder, source))) as small:
        runs = _two_months(small)
        book = Book.create(making, Settings(name="Bench"), actor="bench", at=AT)
        with book.writer(actor="bench", at=AT) as writer:
            _repeat(writer, small, runs, times)
            writer.commit("import", "two results, many times over")
    making.rename(place)
    return place


def _two_months(book: Book) -> list[RunResult]:
    days = (Period.on(AS_OF).plus(-1).end, AS_OF)
    return [grade_book(book, load_policy(POLICY), day, actor="bench", at=AT) for day in days]


def _repeat(writer: Writer, small: Book, runs: Iterable[RunResult], times: int) -> None:
    with DuckDBEngine(memory="4GB") as engine:
        connection = engine.connection

        def repeated(files: list[str], *codes: str) -> str:
            other = ", ".join(
                f"{code} || '-' || lpad(CAST(i AS VARCHAR), 4, '0') AS {code}" for code in codes
            )
            return f"SELECT * REPLACE ({other}) FROM read_parquet({files}), range({times}) t(i)"

        people = repeated(small.files("customers", small.current()), "code")
        writer.replace("customers", connection.execute(people).to_arrow_reader())
        for run, name in zip(runs, (FIRST, SECOND), strict=True):
            own = small.files(f"results/{run.record.run_id}", small.current())
            rows = f"{repeated(own, 'customer_id', 'unit')} ORDER BY customer_id"
            writer.create_result(name, connection.execute(rows).to_arrow_reader())
            number = int(name.removeprefix("run-"))
            counts = {code: count * times for code, count in run.record.counts.items()}
            at = writer.base.number + 1
            record = replace(run.record, run_id=name, number=number, book_version=at, counts=counts)
            writer.append(RUNS, to_table(record))


def _opened(folder: Path) -> Book:
    """A book whose log was read: what that imports (pandas, where it is installed) is no part of either measurement.

    Rubbish is collected as seldom as in the command line: looking through all that was imported takes 0.08 s.
    """
    gc.set_threshold(500_000, 20, 20)
    book = Book.open(folder)
    book.current()
    return book


def matrix(folder: Path, memory: str) -> dict[str, object]:
    """The movement without causes."""
    book = _opened(folder)
    with DuckDBEngine(memory=memory or None) as engine, Meter() as meter:
        found = movement(book, FIRST, SECOND, causes=False, engine=engine)
    return {"customers": sum(cell.customers for cell in found.cells)} | meter.figures()


def bare(folder: Path, memory: str) -> dict[str, object]:
    """The join of the two results and the count by both grades, and nothing else."""
    book = _opened(folder)
    with DuckDBEngine(memory=memory or None) as engine, Meter() as meter:
        now = book.current()
        a, b = (f"read_parquet({book.files(f'results/{run}', now)})" for run in (FIRST, SECOND))
        cells = engine.connection.execute(_BARE.format(a=a, b=b)).fetchall()
    return {"customers": sum(count for *_, count in cells)} | meter.figures()


def causes(folder: Path, memory: str) -> dict[str, object]:
    """Two months of a company with all its lines: what the causes take beyond the matrix, per 10,000 movers."""
    days: tuple[date, ...] = (Period.on(AS_OF).plus(-1).end, AS_OF)
    with copied(folder) as book:
        ids = [
            grade_book(book, load_policy(POLICY), day, actor="bench", at=AT, way="full").record.run_id
            for day in days
        ]
        assert find_run(book).run_id == ids[-1]
        with DuckDBEngine(memory=memory or None) as engine, Meter() as matrix_alone:
            movement(book, *ids, causes=False, engine=engine)
        with DuckDBEngine(memory=memory or None) as engine, Meter() as meter:
            found = movement(book, *ids, engine=engine)
    movers = found.split.movers.num_rows if found.split else 0
    more = meter.seconds - matrix_alone.seconds
    each = round(more * 10_000 / max(movers, 1), 3)
    return {"movers": movers, "seconds_per_10000_movers": each} | meter.figures()


def main(what: str, folder: str, memory: str) -> None:
    """Prints one JSON object."""
    work = {"ours": matrix, "bare": bare, "causes": causes}[what]
    print(json.dumps(work(Path(folder), memory)))


if __name__ == "__main__":
    main(*sys.argv[1:])
