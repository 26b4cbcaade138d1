"""Segments beside grades: how many customers of each segment have which grade, and what they bring.

The two dimensions are set beside each other and neither changes the other. **Source** spec 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierwise.grading.run import find_run, list_runs, read_results
from tierwise.kernel.errors import fail
from tierwise.metrics.report import compute_for_people
from tierwise.policy.load import parse_policy
from tierwise.segmentation.memberships import Overlap, Segment, members, overlaps, segments

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

SALES, PROFIT = "net_sales_12m", "customer_profit_12m"
NOWHERE = ""
"""The segment of those who are in none of a dimension."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The customers of a segment who have a grade (or the status that they have instead of one)."""

    dimension: str
    segment: str
    grade: str
    customers: int
    net_sales: Decimal
    profit: Decimal
    profit_unknown: int
    """Customers among them whose profit is not known: it is not in the sum."""


@dataclass(frozen=True, slots=True)
class Cross:
    """The table of a day, with the run whose grades it shows."""

    run: RunRecord
    scale: tuple[str, ...]
    currency: str
    segments: tuple[Segment, ...]
    cells: tuple[Cell, ...]
    overlaps: tuple[Overlap, ...]
    """Where the segments of a dimension add up to more than the customers, because some stand in two."""

    def dimensions(self) -> list[str]:
        """The dimensions that have a segment."""
        return sorted({one.dimension or "" for one in self.segments})


def cross(book: Book, as_of: date, run: str | None = None) -> Cross:
    """Segment by grade on a day, by the named run or the latest of the day.

    **Raises** ``segments.none``, ``segments.no-run`` or ``segments.other-day`` where there is nothing to cross.
    """
    record = run_of_day(book, as_of, run)
    known = segments(book, as_of)
    if not known:
        raise fail("segments.none", "no segment is in use on {day}", "{day} 没有在用的细分", day=as_of)
    inside: dict[str, dict[str, set[str]]] = {one.dimension or "": {} for one in known}
    for row in members(book, as_of).to_pylist():
        by_segment = inside[row["dimension"] or ""]
        by_segment.setdefault(row["segment_code"], set()).add(row["customer_code"])
    grades = {
        row["customer_id"]: row["grade"] or row["status"] for row in read_results(book, record).to_pylist()
    }
    worth = {row["customer_id"]: row for row in compute_for_people(book, [SALES, PROFIT], as_of).to_pylist()}
    cells = [
        cell
        for name, by_segment in sorted(inside.items())
        for cell in _cells(name, by_segment, grades, worth)
    ]
    scale = tuple(grade.code for grade in parse_policy(record.policy_text, record.run_id).scale)
    currency = book.upcoming().settings.base_currency
    return Cross(record, scale, currency, tuple(known), tuple(cells), tuple(overlaps(book, as_of)))


def run_of_day(book: Book, as_of: date, run: str | None) -> RunRecord:
    """The named run, else the latest of the day."""
    if run is not None:
        record = find_run(book, None if run == "latest" else run)
        if record.as_of != as_of:
            raise fail("segments.other-day", "{run} grades as of {day}; give --as-of {day}",
                       "{run} 的截止日期为 {day}；请用 --as-of {day}", run=record.run_id, day=record.as_of)  # fmt: skip
        return record
    of_day = [record for record in list_runs(book) if record.as_of == as_of]
    if not of_day:
        raise fail(
            "segments.no-run",
            "no run grades as of {day}; `tierwise grade {book} --policy abc_sales --as-of {day}` makes one",
            "没有截至 {day} 的分级运行；可用 `tierwise grade {book} --policy abc_sales --as-of {day}` 运行",
            day=as_of,
            book=str(book.path),
        )
    return of_day[-1]


def _cells(
    dimension: str, by_segment: Mapping[str, set[str]], grades: Mapping[str, str], worth: Mapping[str, Any]
) -> list[Cell]:
    """The cells of a dimension; who is in none of its segments stands in the last rows."""
    everywhere = set().union(*by_segment.values())
    groups = {**{code: by_segment[code] for code in sorted(by_segment)}, NOWHERE: set(grades) - everywhere}
    cells = []
    for segment, customers in groups.items():
        by_grade: dict[str, list[str]] = defaultdict(list)
        for customer in customers:
            by_grade[grades.get(customer, "not_in_run")].append(customer)
        cells += [_cell(dimension, segment, grade, by_grade[grade], worth) for grade in sorted(by_grade)]
    return cells


def _cell(dimension: str, segment: str, grade: str, customers: list[str], worth: Mapping[str, Any]) -> Cell:
    profits = [worth[code][PROFIT] for code in customers if code in worth]
    return Cell(
        dimension,
        segment,
        grade,
        len(customers),
        sum((Decimal(worth[code][SALES] or 0) for code in customers if code in worth), Decimal(0)),
        sum((Decimal(profit) for profit in profits if profit is not None), Decimal(0)),
        sum(1 for profit in profits if profit is None),
    )


def as_table(found: Cross) -> pa.Table:
    """The cells as rows for a file; every row names the policy whose grade it shows."""
    policy = f"{found.run.policy_code} v{found.run.policy_version}"
    rows = [
        {"dimension": c.dimension, "segment": c.segment, "policy": policy, "grade": c.grade, "customers": c.customers,
         "net_sales": c.net_sales, "customer_profit": c.profit, "profit_unknown": c.profit_unknown}
        for c in found.cells
    ]  # fmt: skip
    money = pa.decimal128(38, 4)
    kinds = [("dimension", pa.string()), ("segment", pa.string()), ("policy", pa.string()), ("grade", pa.string()),
             ("customers", pa.int64()), ("net_sales", money), ("customer_profit", money), ("profit_unknown", pa.int64())]  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(kinds))
