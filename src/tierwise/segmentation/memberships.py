"""Segments and their members as of a day, read from the book.

**Source** spec 4.2 (Segment, SegmentMembership), 2.2 (S1-39). A membership counts from its first to its last day, both
included, while its segment is in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.kernel.errors import fail
from tierwise.kernel.text import Lang
from tierwise.metrics.scene import book_table, day, visible

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine

TABLES = ("segments", "segment_memberships", "customers")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it was on a day. A membership may name one that nobody declared: then it has no dimension."""

    code: str
    name: str
    name_en: str | None
    dimension: str | None
    basis: str
    rule: str | None
    valid_from: date | None
    valid_to: date | None
    members: int = 0

    def title(self, lang: Lang) -> str:
        """The name in one language, as far as there is one."""
        return self.name_en or self.name if lang == "en" else self.name


@dataclass(frozen=True, slots=True)
class Overlap:
    """Customers who are in more than one segment of a dimension."""

    dimension: str
    customers: int
    examples: tuple[str, ...]


def in_force(table: Table, as_of: date) -> Table:
    """The rows seen on a day whose last day is not over."""
    seen = visible(table, as_of, "valid_from")
    return seen.filter(seen.valid_to.isnull() | (seen.valid_to >= day(as_of)))


def seen_segments(as_of: date) -> Table:
    """The segments in use on a day, one row per code."""
    return in_force(book_table("segments"), as_of)


def seen_members(as_of: date) -> Table:
    """``customer_code`` and ``segment_code`` of the memberships of a day, each pair once, with what declares them.

    ``by_rule`` and ``by_hand`` say from where; memberships of a segment that is no longer in use are left out.
    """
    rows = in_force(book_table("segment_memberships"), as_of)
    pairs = rows.group_by("customer_code", "segment_code").agg(
        since=rows.valid_from.min(),
        by_rule=(rows.source == "rule").any(),
        by_hand=(rows.source == "manual").any(),
    )
    used = seen_segments(as_of).select("code", "dimension")
    ever = visible(book_table("segments"), as_of, "valid_from").select(ever="code").distinct()
    joined = pairs.left_join(used, pairs.segment_code == used.code).left_join(
        ever, pairs.segment_code == ever.ever
    )
    kept = joined.filter(joined.code.notnull() | joined.ever.isnull())
    return kept.select("customer_code", "segment_code", "dimension", "since", "by_rule", "by_hand")


def segments(book: Book, as_of: date) -> list[Segment]:
    """The segments in use on a day with their numbers of members, by dimension and code."""
    with DuckDBEngine() as engine:
        book.open_in(engine, book.upcoming(), TABLES, as_of=as_of)
        declared = engine.fetch(seen_segments(as_of)).to_pylist()
        members = seen_members(as_of)
        counted = engine.fetch(members.group_by("segment_code").agg(n=members.count())).to_pylist()
    counts = {row["segment_code"]: row["n"] for row in counted}
    found = [_segment(row, counts.pop(row["code"], 0)) for row in declared]
    unknown = [Segment(code, code, None, None, "manual", None, None, None, n) for code, n in counts.items()]
    return sorted([*found, *unknown], key=lambda one: (one.dimension is None, one.dimension or "", one.code))


def _segment(row: dict[str, Any], members: int) -> Segment:
    names = ("code", "name", "name_en", "dimension", "basis", "rule", "valid_from", "valid_to")
    said = {name: row[name] for name in names}
    return Segment(**said, members=members)


def segment(book: Book, code: str, as_of: date) -> Segment:
    """One segment on a day. **Raises** ``segments.unknown`` naming those that are in use."""
    found = segments(book, as_of)
    for one in found:
        if one.code == code:
            return one
    raise fail(
        "segments.unknown",
        "there is no segment {segment} in use on {day}; there are: {known}",
        "{day} 没有在用的细分 {segment}；现有：{known}",
        segment=code,
        day=as_of,
        known=", ".join(one.code for one in found) or "–",
    )


def members(book: Book, as_of: date, codes: Sequence[str] | None = None) -> pa.Table:
    """Who is in which segment on a day (of all segments by default), by customer and segment.

    **Raises** ``segments.unknown`` for a segment that is not in use.
    """
    for code in codes or ():
        segment(book, code, as_of)
    with DuckDBEngine() as engine:
        book.open_in(engine, book.upcoming(), TABLES, as_of=as_of)
        t = seen_members(as_of)
        if codes:
            t = t.filter(t.segment_code.isin(sorted(codes)))
        return engine.fetch(_named(t, as_of))


def _named(t: Table, as_of: date) -> Table:
    """The memberships with the names of the customers, in order."""
    people = visible(book_table("customers", "code", "name", "valid_from"), as_of, "valid_from")
    joined = t.left_join(people, t.customer_code == people.code)
    source = ibis.ifelse(joined.by_hand, ibis.ifelse(joined.by_rule, "manual;rule", "manual"), "rule")
    named = joined.select(
        "customer_code",
        "segment_code",
        "dimension",
        "since",
        customer_name=joined.name,
        source=source,
    )
    ordered = named.order_by([named.customer_code.asc(), named.segment_code.asc()])
    return ordered.select("customer_code", "customer_name", "segment_code", "dimension", "since", "source")


def overlaps(book: Book, as_of: date) -> list[Overlap]:
    """The dimensions in which some customers stand in more than one segment, with the first of them."""
    with DuckDBEngine() as engine:
        book.open_in(engine, book.upcoming(), TABLES, as_of=as_of)
        return overlaps_in(engine, seen_members(as_of))


def overlaps_in(engine: Engine, t: Table) -> list[Overlap]:
    """As ``overlaps``, of given pairs with their ``dimension``."""
    known = t.filter(t.dimension.notnull())
    twice = known.group_by("dimension", "customer_code").agg(n=known.count()).filter(lambda g: g.n > 1)
    rows = engine.fetch(twice.select("dimension", "customer_code")).to_pylist()
    by_dimension: dict[str, list[str]] = {}
    for row in rows:
        by_dimension.setdefault(row["dimension"], []).append(row["customer_code"])
    return [
        Overlap(name, len(codes), tuple(sorted(codes)[:5])) for name, codes in sorted(by_dimension.items())
    ]


def history(book: Book, code: str) -> list[Segment]:
    """Every state of a segment that the book knows, the oldest first: its change log."""
    rows = book.read("segments", book.upcoming()).to_pylist()
    return [
        _segment(row, 0)
        for row in sorted(rows, key=lambda r: (r["valid_from"], r["known_on"]))
        if row["code"] == code
    ]
