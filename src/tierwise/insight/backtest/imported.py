"""What a past point of view takes on trust: rows that came into the book after the day and were given an earlier one.

History loaded without a knowledge date takes its business date (decision 0001). That is right for orders and invoices,
which were known when they happened; it is an assumption for attributes, which may have been another then.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.batches import TABLE
from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.base import one
from tierwise.insight.backtest.model import Imported
from tierwise.kernel.ratio import count_where
from tierwise.metrics.scene import day as constant
from tierwise.metrics.scene import visible

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion

ALWAYS = date(1900, 1, 1)
"""From when a row speaks whose file said nothing."""
NAMES = ("name", "short_name")


def imported_later(book: Book, version: BookVersion, as_of: date) -> tuple[Imported, ...]:
    """Tables with rows that were seen on a day and came into the book after it."""
    late = _late_batches(book, version, as_of)
    if not late:
        return ()
    with book.engine() as engine:
        names = [name for name in TABLES if name in version.state]
        book.open_in(engine, version, names, as_of=None)
        found = [_of_table(engine, name, as_of, late) for name in names]
    return tuple(one_ for one_ in found if one_.rows)


def _late_batches(book: Book, version: BookVersion, as_of: date) -> list[int]:
    if TABLE not in version.state:
        return []
    after = datetime.combine(as_of + timedelta(days=1), time(), UTC)
    return sorted({row["number"] for row in book.read(TABLE, version).to_pylist() if row["at"] >= after})


def _of_table(engine: Any, name: str, as_of: date, late: list[int]) -> Imported:
    table = TABLES[name]
    t: Table = ibis.table(schema_of(name), name=name)
    seen = visible(t, as_of, table.effective_on, t.batch.isin(late))
    always = seen[table.effective_on] <= constant(ALWAYS)
    told = [c.name for c in table.file_columns if c.name not in (*table.key, table.effective_on, *NAMES)]
    said = {f"c_{c}": count_where(always & seen[c].notnull()) for c in told}
    row = one(engine, seen.agg(rows=seen.count(), timeless=count_where(always), **said))
    return Imported(name, row["rows"], row["timeless"], tuple(c for c in told if row[f"c_{c}"]))
