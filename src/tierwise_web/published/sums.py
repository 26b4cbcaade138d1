"""Tables of sums that charts are drawn from: written once when the read model is built, small, exact. Decision 0016."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from tierwise.insight.trend import trend
from tierwise_web.published.shape import CUBE, GROUPS

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

MEASURES = ("sales", "profit")
STEPS = 48
"""A curve under filters has at most so many points above zero, and as many below."""


def write_cube(base: sqlite3.Connection) -> None:
    """Customers and sums for every combination that charts are filtered by: small, and exact in ten-thousandths."""
    by = ", ".join(CUBE)
    base.create_function("whole", 1, whole, deterministic=True)
    base.execute(
        f"CREATE TABLE cube AS SELECT {by}, count(*) AS customers, "
        "sum(CASE WHEN sales IS NOT NULL THEN sales_key ELSE 0 END) AS sales_e4, "
        "sum(CASE WHEN profit IS NOT NULL THEN profit_key ELSE 0 END) AS profit_e4, "
        "sum(CASE WHEN minutes IS NOT NULL THEN whole(minutes) ELSE 0 END) AS minutes_e4, "
        "sum(profit IS NOT NULL) AS with_profit, sum(near_cut IN ('up', 'both')) AS near_up, "
        f"sum(near_cut IN ('down', 'both')) AS near_down FROM customers WHERE unit = code GROUP BY {by}"
    )


def write_spread(base: sqlite3.Connection) -> None:
    """Customers and sums of each step from the best value down, by group.

    Whatever groups are chosen, the running sums over the steps are exact points of their curve, because every
    customer of a step stands before every customer of the next one; zero begins a step, so the peak is exact, too.
    """
    by = ", ".join(GROUPS)
    base.execute(f"CREATE TABLE spread (measure, step, {by}, customers, sum_e4)")
    for measure in MEASURES:
        base.create_function("step", 1, _stepping(base, measure), deterministic=True)
        base.execute(
            f"INSERT INTO spread SELECT '{measure}', step({measure}_key), {by}, count(*), sum({measure}_key) "
            f"FROM customers WHERE {measure} IS NOT NULL AND unit = code GROUP BY 2, {by}"
        )
    for column in ("region", "industry", "team", "owner"):
        base.execute(f"CREATE INDEX spread_by_{column} ON spread ({column}, measure)")


def _stepping(base: sqlite3.Connection, measure: str) -> Callable[[int], int]:
    """Which step a value belongs to; the best values have step 0."""
    asked = (
        f"SELECT {measure}_key FROM customers WHERE {measure} IS NOT NULL AND unit = code "
        f"ORDER BY {measure}_key DESC"
    )
    keys = [row[0] for row in base.execute(asked)]
    positive = bisect_left(keys, 0, key=lambda key: -key)
    lowest = sorted({-key for part in (keys[:positive], keys[positive:]) for key in _ends(part)})
    return lambda key: bisect_left(lowest, -key)


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


def whole(value: Decimal | str | None) -> int | None:
    """A decimal of four places as whole ten-thousandths."""
    return None if value is None else int(Decimal(value).scaleb(4))
