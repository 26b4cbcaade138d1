"""Result rows in the order of customers, also where they are too wide to be sorted at once. Decision 0005."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.engine.base import one

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine

CELLS_AT_ONCE = 20_000_000
"""Values (rows x columns) that are sorted together: about a third of a gigabyte. More would spill or not fit."""
CELLS_IN_BATCH = 4_000_000
"""Values that are handed on together."""
Part = Callable[[str | None, str | None], "Table"]
"""Rows with a ``customer_id`` from the first code on and before the second; ``None``: from the beginning, to the end."""


def in_order(engine: Engine, part: Part, customers: Table) -> pa.RecordBatchReader:
    """All rows sorted by ``customer_id``, as one stream over parts of at most ``CELLS_AT_ONCE`` values.

    ``customers`` has one row per row of the answer, its code in the column ``customer_id``.
    """
    rows = part(None, None)
    count = one(engine, customers.agg(n=customers.count()))["n"]
    parts = -(-count * len(rows.columns) // CELLS_AT_ONCE)
    batch = max(2_048, CELLS_IN_BATCH // len(rows.columns))
    if parts <= 1:
        return ahead(engine, engine.stream(_sorted(rows), batch))
    streams = (
        engine.stream(_sorted(part(low, high)), batch)
        for low, high in pairwise((None, *_first_of_parts(engine, customers, count, parts), None))
    )
    first = next(streams)
    return ahead(engine, pa.RecordBatchReader.from_batches(first.schema, _batches(chain((first,), streams))))


def _first_of_parts(engine: Engine, customers: Table, count: int, parts: int) -> list[str]:
    """The first customers of all parts but the first one."""
    place = ibis.row_number().over(ibis.window(order_by=customers.customer_id.asc()))
    starts = [count * part // parts for part in range(1, parts)]
    placed = customers.select("customer_id", place=place)
    asked = placed.filter(placed.place.isin(starts)).order_by("customer_id")
    return [str(code) for code in engine.fetch(asked).column("customer_id").to_pylist()]


def _sorted(rows: Table) -> Table:
    return rows.order_by(rows.customer_id.asc())


def between(rows: Table, low: str | None, high: str | None, column: str = "customer_id") -> Table:
    """The rows with a code from ``low`` on and before ``high``; ``None``: from the beginning, to the end."""
    conditions: list[Any] = []
    if low is not None:
        conditions.append(rows[column] >= low)
    if high is not None:
        conditions.append(rows[column] < high)
    return rows.filter(*conditions) if conditions else rows


def _batches(streams: Iterator[pa.RecordBatchReader]) -> Iterator[pa.RecordBatch]:
    for stream in streams:
        yield from stream


def ahead(engine: Engine, source: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The same batches, the next one fetched while the last one is worked on."""

    def batches() -> Iterator[pa.RecordBatch]:
        fetched = iter(source)
        with ThreadPoolExecutor(1, thread_name_prefix="tierwise-results") as fetcher:
            coming = fetcher.submit(next, fetched, None)
            try:
                while (batch := coming.result()) is not None:
                    coming = fetcher.submit(next, fetched, None)
                    yield batch
            finally:
                if not coming.done():  # whoever reads has given up, and would wait for the rest
                    engine.interrupt()

    return pa.RecordBatchReader.from_batches(source.schema, batches())
