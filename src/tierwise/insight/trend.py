"""How many customers each earlier run had in each grade, and what they brought. Source: spec 7.3, 8.3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.picking import pick
from tierwise.insight.showing import grades_in_force, people_of, published_runs

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.movement.states import CycleRun

SALES, PROFIT = "net_sales_12m", "customer_profit_12m"
_MONEY = "decimal(38,4)"


def trend(
    book: Book, record: RunRecord, earlier: Sequence[RunRecord], by: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Customers, sales and profit by grade and group in the runs that can be compared: earlier ones and the run itself.

    **Shape** one dict per run (``at``: its place), grade and group: ``customers``, ``sales``, ``profit``,
    ``with_profit``; sums are null where the run stored no such figure. Groups are those of the day of ``record``: who
    looks after a customer today sees its past. Members of a graded unit count in their unit.
    """
    published = published_runs(book)
    cycle = published if record.run_id in published else {}
    runs = [*earlier, record]
    with DuckDBEngine() as engine:
        book.open_in(engine, book.version(record.book_version), ("customers",), as_of=record.as_of)
        people = people_of(record, by)
        for at in compared(book, record, earlier):
            run = runs[at]
            results = _results(engine, book, run, cycle.get(run.run_id), f"tr_{at}")
            rows = engine.fetch(_sums(results, people, by)).to_pylist()
            yield from ({"at": at, **row} for row in rows)


def compared(book: Book, record: RunRecord, earlier: Sequence[RunRecord]) -> list[int]:
    """The places of the runs that are counted alike; the place after the earlier ones is the run itself.

    A published run is compared with published ones, by the grades in force; another with all, by computed grades. Who
    buys nothing has the lowest grade in force and no computed one, so that the two must not be compared.
    """
    published = published_runs(book)
    everybody = record.run_id not in published
    return [at for at, run in enumerate([*earlier, record]) if everybody or run.run_id in published]


def _results(engine: DuckDBEngine, book: Book, run: RunRecord, cycle: CycleRun | None, name: str) -> Any:
    """Customer, grade, sales and profit of what was graded itself."""
    stored = book.schema(f"results/{run.run_id}")
    engine.read_files(name, book.files(f"results/{run.run_id}", book.current()), stored)
    t = ibis.table(stored, name=name)
    t = t.filter(t.unit == t.customer_id)
    figures = {
        "sales": t[SALES] if SALES in stored else ibis.null(_MONEY),
        "profit": t[PROFIT] if PROFIT in stored else ibis.null(_MONEY),
    }
    t = pick(t.mutate(**figures), "customer_id", "grade", *figures)
    if cycle is None:
        return t
    force = pick(
        grades_in_force(engine, book, cycle, f"{name}_force"), force__="customer_id", now__="effective"
    )
    return pick(t.left_join(force, t.customer_id == force.force__), "customer_id", *figures, grade="now__")


def _sums(t: Any, people: Any, by: Sequence[str]) -> Any:
    who = pick(people, key__="code", **{f"by_{c}": c for c in by})
    joined = t.left_join(who, t.customer_id == who.key__)
    return joined.group_by(["grade", *(f"by_{c}" for c in by)]).agg(
        customers=joined.count(),
        sales=joined.sales.sum().cast(_MONEY),
        profit=joined.profit.sum().cast(_MONEY),
        with_profit=joined.profit.count(),
    )
