"""How many customers each earlier run had in each grade, and what they brought. Source: spec 7.3, 8.3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.picking import pick
from tierwise.insight.showing import people_of

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

SALES, PROFIT = "net_sales_12m", "customer_profit_12m"
_MONEY = "decimal(38,4)"


def trend(
    book: Book, record: RunRecord, earlier: Sequence[RunRecord], by: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Customers, sales and profit by grade and group in every earlier run, as stored then.

    **Shape** one dict per run (``at``: its place among ``earlier``), grade and group: ``customers``, ``sales``,
    ``profit``, ``with_profit``; sums are null where the run stored no such figure. Groups are those of the day of
    ``record``: who looks after a customer today sees its past. Members of a graded unit count in their unit.
    """
    with DuckDBEngine() as engine:
        book.open_in(engine, book.version(record.book_version), ("customers",))
        people = people_of(record, by)
        for at, run in enumerate(earlier):
            rows = engine.fetch(_sums(engine, book, run, people, by, f"tr_{at}")).to_pylist()
            yield from ({"at": at, **row} for row in rows)


def _sums(engine: DuckDBEngine, book: Book, run: RunRecord, people: Any, by: Sequence[str], name: str) -> Any:
    stored = book.schema(f"results/{run.run_id}")
    engine.read_files(name, book.files(f"results/{run.run_id}", book.current()), stored)
    t = ibis.table(stored, name=name)
    t = t.filter(t.unit == t.customer_id)
    figures = {
        "sales": t[SALES] if SALES in stored else ibis.null(_MONEY),
        "profit": t[PROFIT] if PROFIT in stored else ibis.null(_MONEY),
    }
    t = pick(t.mutate(**figures), "customer_id", "grade", *figures)
    who = pick(people, key__="code", **{f"by_{c}": c for c in by})
    joined = t.left_join(who, t.customer_id == who.key__)
    return joined.group_by(["grade", *(f"by_{c}" for c in by)]).agg(
        customers=joined.count(),
        sales=joined.sales.sum().cast(_MONEY),
        profit=joined.profit.sum().cast(_MONEY),
        with_profit=joined.profit.count(),
    )
