"""Result rows in the order of customers, also where they are too wide to be sorted at once. Decision 0005."""

from __future__ import annotations

from collections.abc import Iterator
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


def in_order(engine: Engine, rows: Table, customers: Table) -> pa.RecordBatchReader:
    """The rows sorted by ``customer_id``, as one stream over parts of at most ``CELLS_AT_ONCE`` values.

    ``customers`` has one row per row of the answer, its code in the column ``customer_id``.
    """
    count = one(engine, customers.agg(n=customers.count()))["n"]
    parts = -(-count * len(rows.columns) // CELLS_AT_ONCE)
    batch = max(2_048, CELLS_IN_BATCH // len(rows.columns))
    if parts <= 1:
        return ahead(engine, engine.stream(rows.order_by(rows.customer_id.asc()), batch))
    streams = (
        engine.stream(_between(rows, low, high), batch)
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


def _between(rows: Table, low: str | None, high: str | None) -> Table:
    conditions: list[Any] = []
    if low is not None:
        conditions.append(rows.customer_id >= low)
    if high is not None:
        conditions.append(rows.customer_id < high)
    return rows.filter(*conditions).order_by(rows.customer_id.asc())


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
