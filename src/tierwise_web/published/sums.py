"""Tables of sums that charts are drawn from: written once when the read model is built, small, exact. Decision 0016."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tierwise.insight.trend import trend
from tierwise_web.published.shape import CUBE, GROUPS

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

MEASURES = ("sales", "profit")
FIGURES = ("sales_e4", "profit_e4")
EXACT = pa.decimal128(38, 0)
STEPS = 48
"""A curve under filters has at most so many points above zero, and as many below."""


@dataclass(frozen=True)
class Sums:
    """A table of sums, ready to be written."""

    name: str
    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    indexes: Sequence[str] = ()
    """Columns by which it is asked, each with the measure."""

    def write(self, base: sqlite3.Connection) -> None:
        """Makes the table."""
        base.execute(f"CREATE TABLE {self.name} ({', '.join(self.columns)})")
        marks = ", ".join("?" * len(self.columns))
        base.executemany(f"INSERT INTO {self.name} VALUES ({marks})", self.rows)
        for column in self.indexes:
            base.execute(f"CREATE INDEX {self.name}_by_{column} ON {self.name} ({column}, measure)")


def cube(summed: pa.Table) -> Sums:
    """Customers and sums for every combination that charts are filtered by: small, and exact in ten-thousandths.

    ``graded`` counts those to whom the run itself gave a grade; a cycle keeps grades in force for others, too.
    """
    near = summed["near_cut"].fill_null("")
    wanted = {
        "sales_e4": _exact(summed["sales"], summed["sales_key"]),
        "profit_e4": _exact(summed["profit"], summed["profit_key"]),
        "minutes_e4": _exact(summed["minutes"], wholes(summed["minutes"])),
        "graded": pc.is_valid(summed["computed"]).cast(pa.int64()),
        "with_profit": pc.is_valid(summed["profit"]).cast(pa.int64()),
        "near_up": pc.is_in(near, value_set=pa.array(["up", "both"])).cast(pa.int64()),
        "near_down": pc.is_in(near, value_set=pa.array(["down", "both"])).cast(pa.int64()),
    }
    rows = pa.table({**{c: summed[c] for c in CUBE}, **wanted})
    return Sums("cube", [*CUBE, "customers", *wanted], list(_grouped(CUBE, rows, list(wanted))))


def spread(graded: pa.Table) -> Sums:
    """Customers and sums of each step from the best value down, by group, over the units that a run graded.

    Whatever groups are chosen, the running sums over the steps are exact points of their curve, because every
    customer of a step stands before every customer of the next one; zero begins a step, so the peak is exact, too.
    """
    by = ["measure", "step", *GROUPS]
    found: list[tuple[Any, ...]] = []
    for measure in MEASURES:
        known = graded.filter(pc.is_valid(graded[measure]))
        keys = known[f"{measure}_key"].combine_chunks()
        columns = {"measure": pa.array([measure] * len(keys), pa.string()), "step": _steps(keys)}
        rows = pa.table({**columns, **{c: known[c] for c in GROUPS}, "sum_e4": keys.cast(EXACT)})
        found += _grouped(by, rows, ["sum_e4"])
    return Sums("spread", [*by, "customers", "sum_e4"], found, ("region", "industry", "team", "owner"))


def _grouped(by: list[str], rows: pa.Table, sums: list[str]) -> Iterator[tuple[Any, ...]]:
    """Each group with its customers and sums."""
    grouped = rows.group_by(by, use_threads=False).aggregate([([], "count_all"), *((c, "sum") for c in sums)])
    made = grouped.select([*by, "count_all", *(f"{c}_sum" for c in sums)])
    values = [
        [None if v is None else int(v) for v in column.to_pylist()]
        if column.type == EXACT
        else column.to_pylist()
        for column in made.columns
    ]
    return zip(*values, strict=True)


def _exact(value: pa.ChunkedArray, whole: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers as decimals that no sum overflows; nothing where there is no value."""
    return pc.if_else(pc.is_valid(value), whole.cast(EXACT), pa.scalar(0, EXACT))


def _steps(keys: pa.Array) -> pa.Array:
    """Which step each value belongs to; the best values have step 0."""
    order = pc.sort_indices(keys, sort_keys=[("", "descending")])
    falling = keys.take(order).to_pylist()
    positive = bisect_left(falling, 0, key=lambda key: -key)
    lowest = {key for part in (falling[:positive], falling[positive:]) for key in _ends(part)}
    begins = [
        0,
        *(bisect_right(falling, -bound, key=lambda key: -key) for bound in sorted(lowest, reverse=True)),
    ]
    sizes = [end - begin for begin, end in pairwise((*begins, len(keys)))]
    steps = pa.concat_arrays(
        [pa.repeat(pa.scalar(step, pa.int64()), size) for step, size in enumerate(sizes)]
    )
    return steps.take(pc.sort_indices(order))


def _ends(keys: Sequence[int]) -> list[int]:
    """The last value of each step of an even division."""
    return [keys[(at + 1) * len(keys) // STEPS - 1] for at in range(STEPS)] if len(keys) > STEPS else [*keys]


def trends(book: Book, record: RunRecord, earlier: Sequence[RunRecord]) -> Sums:
    """Customers, sales and profit by grade and group in each earlier run: ``at`` is its place among them."""
    rows = [
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
    ]
    return Sums("trend", ["at", "grade", *GROUPS, "customers", *FIGURES, "with_profit"], rows)


def wholes(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals (or their texts) of at most four places as whole ten-thousandths."""
    exact = values.cast(pa.string()).cast(pa.decimal128(38, 4))
    return pc.replace_substring(exact.cast(pa.string()), ".", "").cast(EXACT)


def whole(value: Decimal | str | None) -> int | None:
    """A decimal of four places as whole ten-thousandths."""
    return None if value is None else int(Decimal(value).scaleb(4))
