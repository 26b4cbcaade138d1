"""Tables of sums that charts are drawn from: written once when the read model is built, small, exact. Decision 0016."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.insight.trend import trend
from tierwise_web.published.shape import CUBE, GROUPS

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

MEASURES = ("sales", "profit")
EXACT = pa.decimal128(38, 0)
STEPS = 48
"""A curve under filters has at most so many points above zero, and as many below."""


def write_cube(base: sqlite3.Connection, summed: pa.Table) -> None:
    """Customers and sums for every combination that charts are filtered by: small, and exact in ten-thousandths."""
    near = summed["near_cut"].fill_null("")
    wanted = {
        "sales_e4": _exact(summed["sales"], summed["sales_key"]),
        "profit_e4": _exact(summed["profit"], summed["profit_key"]),
        "minutes_e4": _exact(summed["minutes"], wholes(summed["minutes"])),
        "with_profit": pc.is_valid(summed["profit"]).cast(pa.int64()),
        "near_up": pc.is_in(near, value_set=pa.array(["up", "both"])).cast(pa.int64()),
        "near_down": pc.is_in(near, value_set=pa.array(["down", "both"])).cast(pa.int64()),
    }
    _write(base, "cube", CUBE, pa.table({**{c: summed[c] for c in CUBE}, **wanted}), list(wanted))


def write_spread(base: sqlite3.Connection, summed: pa.Table) -> None:
    """Customers and sums of each step from the best value down, by group.

    Whatever groups are chosen, the running sums over the steps are exact points of their curve, because every
    customer of a step stands before every customer of the next one; zero begins a step, so the peak is exact, too.
    """
    for measure in MEASURES:
        known = summed.filter(pc.is_valid(summed[measure]))
        keys = known[f"{measure}_key"].combine_chunks()
        columns = {"measure": pa.array([measure] * len(keys), pa.string()), "step": _steps(keys)}
        rows = pa.table({**columns, **{c: known[c] for c in GROUPS}, "sum_e4": keys.cast(EXACT)})
        _write(base, "spread", ["measure", "step", *GROUPS], rows, ["sum_e4"])
    for column in ("region", "industry", "team", "owner"):
        base.execute(f"CREATE INDEX spread_by_{column} ON spread ({column}, measure)")


def _write(base: sqlite3.Connection, name: str, by: list[str], rows: pa.Table, sums: list[str]) -> None:
    """Adds customers and sums by group to a table, which is made now if it is missing."""
    grouped = rows.group_by(by, use_threads=False).aggregate([([], "count_all"), *((c, "sum") for c in sums)])
    made = grouped.select([*by, "count_all", *(f"{c}_sum" for c in sums)])
    base.execute(f"CREATE TABLE IF NOT EXISTS {name} ({', '.join([*by, 'customers', *sums])})")
    values = [
        [None if v is None else int(v) for v in column.to_pylist()]
        if column.type == EXACT
        else column.to_pylist()
        for column in made.columns
    ]
    base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(values))})", zip(*values, strict=True))


def _exact(value: pa.ChunkedArray, whole: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers as decimals that no sum overflows; nothing where there is no value."""
    return pc.if_else(pc.is_valid(value), whole.cast(EXACT), pa.scalar(0, EXACT))


def _steps(keys: pa.Array) -> pa.Array:
    """Which step each value belongs to; the best values have step 0."""
    falling = keys.take(pc.sort_indices(keys, sort_keys=[("", "descending")])).to_pylist()
    positive = bisect_left(falling, 0, key=lambda key: -key)
    lowest = {key for part in (falling[:positive], falling[positive:]) for key in _ends(part)}
    step = pa.array([0] * len(keys), pa.int64())
    for bound in lowest:
        step = pc.add(step, pc.less(keys, bound).cast(pa.int64()))
    return step


def _ends(keys: Sequence[int]) -> list[int]:
    """The last value of each step of an even division."""
    return [keys[(at + 1) * len(keys) // STEPS - 1] for at in range(STEPS)] if len(keys) > STEPS else [*keys]


def write_trend(
    base: sqlite3.Connection, book: Book, record: RunRecord, earlier: Sequence[RunRecord]
) -> None:
    """Customers, sales and profit by grade and group in each earlier run: ``at`` is its place among them."""
    columns = ["at", "grade", *GROUPS, "customers", "sales_e4", "profit_e4", "with_profit"]
    base.execute(f"CREATE TABLE trend ({', '.join(columns)})")
    rows = (
        (
            row["at"],
            row["grade"],
            *(row[f"by_{name}"] for name in GROUPS),
            row["customers"],
            whole(row["sales"]),
            whole(row["profit"]),
            row["with_profit"],
        )
        for row in trend(book, record, earlier, GROUPS)
    )
    base.executemany(f"INSERT INTO trend VALUES ({', '.join('?' * len(columns))})", rows)


def wholes(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals (or their texts) of at most four places as whole ten-thousandths."""
    exact = values.cast(pa.string()).cast(pa.decimal128(38, 4))
    return pc.replace_substring(exact.cast(pa.string()), ".", "").cast(EXACT)


def whole(value: Decimal | str | None) -> int | None:
    """A decimal of four places as whole ten-thousandths."""
    return None if value is None else int(Decimal(value).scaleb(4))
