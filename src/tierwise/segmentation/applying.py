"""Applying rules on a day: who enters, who leaves; written as an ordinary import with opening and closing rows.

Rules touch only what rules wrote: a membership by hand stays, and who is in a segment by hand does not enter it again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from tierwise.book.importing import ImportItem, ImportSummary, Origin, import_batch, versions_seen
from tierwise.engine.base import one
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.metrics.scene import book_table
from tierwise.segmentation.matching import matches
from tierwise.segmentation.memberships import (
    TABLES,
    Overlap,
    in_force,
    overlaps_in,
    seen_members,
    seen_segments,
)
from tierwise.segmentation.rules import Rule, RuleBook, say

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine


@dataclass(frozen=True, slots=True)
class Change:
    """A customer who enters a segment, or leaves it where ``entered_on`` says since when it was in."""

    customer: str
    segment: str
    entered_on: date | None = None
    stays_by_hand: bool = False
    """Whether the customer is in the segment by hand, too, and so stays in it."""

    @property
    def enters(self) -> bool:
        """Whether the customer comes in; else it goes out."""
        return self.entered_on is None


@dataclass(frozen=True, slots=True)
class Effect:
    """What applying does to one segment. ``declared``: ``new``, ``changed`` or ``same``."""

    rule: Rule
    declared: str
    before: int
    entering: int
    leaving: int

    @property
    def after(self) -> int:
        """The members afterwards, those by hand among them."""
        return self.before + self.entering - self.leaving


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying rules on a day would do."""

    as_of: date
    effects: tuple[Effect, ...]
    changes: tuple[Change, ...]
    overlaps: tuple[Overlap, ...]
    refusal: TierwiseError | None = None
    """Why this day cannot be written, if it cannot."""
    seen: Mapping[str, int | None] = field(default_factory=dict)
    """The tables from which this follows, as they were."""

    @property
    def nothing(self) -> bool:
        """Whether all is as the rules say already."""
        return not self.changes and all(effect.declared == "same" for effect in self.effects)


def plan(book: Book, rules: RuleBook, as_of: date) -> Plan:
    """Who would enter and leave the rules' segments on a day, and whether that day can be written."""
    version = book.upcoming()
    with DuckDBEngine() as engine:
        book.open_in(engine, version, TABLES, as_of=as_of)
        # a membership ends under the code under which it was written
        book.open_in(engine, version, ("segment_memberships",), as_of=None)
        planned = _planned(engine, rules.segments, as_of)
    return replace(planned, refusal=_refusal(book, rules, as_of), seen=versions_seen(version, TABLES))


def _planned(engine: Engine, rules: tuple[Rule, ...], as_of: date) -> Plan:
    codes = [rule.code for rule in rules]
    wanted, now = matches(rules, as_of), seen_members(as_of)
    inside = now.filter(now.segment_code.isin(codes))
    pair = ["customer_code", "segment_code"]
    entering = engine.fetch(wanted.anti_join(inside, pair).select(*pair)).to_pylist()
    by_rule = _by_rule(codes, as_of).anti_join(wanted, pair)
    kept = inside.select(*pair, "by_hand")
    leaving = engine.fetch(by_rule.left_join(kept, pair).select(*pair, "valid_from", "by_hand")).to_pylist()
    changes = [Change(r["customer_code"], r["segment_code"]) for r in entering]
    changes += [
        Change(r["customer_code"], r["segment_code"], r["valid_from"], bool(r["by_hand"])) for r in leaving
    ]
    changes.sort(key=lambda change: (change.segment, not change.enters, change.customer))
    gone = inside.filter(inside.by_rule & ~inside.by_hand).anti_join(wanted, pair)
    counts = {name: _counted(engine, t) for name, t in (("before", inside), ("gone", gone))}
    declared = {row["code"]: row for row in engine.fetch(seen_segments(as_of)).to_pylist()}
    effects = tuple(_effect(rule, declared.get(rule.code), counts, changes) for rule in rules)
    return Plan(as_of, effects, tuple(changes), tuple(_overlaps(engine, rules, wanted, now)))


def _by_rule(codes: Sequence[str], as_of: date) -> Table:
    """The rows by rule in force on the day."""
    rows = in_force(book_table("segment_memberships"), as_of)
    return rows.filter((rows.source == "rule") & rows.segment_code.isin(codes))


def _counted(engine: Engine, t: Table) -> dict[str, int]:
    rows = engine.fetch(t.group_by("segment_code").agg(n=t.count())).to_pylist()
    return {row["segment_code"]: row["n"] for row in rows}


def _effect(
    rule: Rule, held: dict[str, Any] | None, counts: dict[str, dict[str, int]], changes: Sequence[Change]
) -> Effect:
    entering = sum(1 for change in changes if change.segment == rule.code and change.enters)
    said = {name: None if held is None else held[name] for name in _DECLARED}
    state = "new" if held is None else "same" if said == _declared(rule) else "changed"
    return Effect(rule, state, counts["before"].get(rule.code, 0), entering, counts["gone"].get(rule.code, 0))


_DECLARED = ("code", "name", "name_en", "dimension", "basis", "rule")


def _declared(rule: Rule) -> dict[str, str]:
    values = (rule.code, rule.title.zh, rule.title.en, rule.dimension, "rule", say(rule.when))
    return dict(zip(_DECLARED, values, strict=True))


def _overlaps(engine: Engine, rules: tuple[Rule, ...], wanted: Table, now: Table) -> list[Overlap]:
    """Who would stand in more than one segment of a dimension after the rules are applied."""
    codes = [rule.code for rule in rules]
    cases = [(wanted.segment_code == rule.code, rule.dimension) for rule in rules]
    coming = wanted.mutate(dimension=ibis.cases(*cases, else_=ibis.null("string")))
    stays = now.filter(~now.segment_code.isin(codes) | now.by_hand)
    columns = ("customer_code", "segment_code", "dimension")
    return overlaps_in(engine, coming.select(*columns).union(stays.select(*columns), distinct=True))


def write(
    book: Book, rules: RuleBook, planned: Plan, *, name: str, actor: str, at: datetime
) -> list[ImportSummary]:
    """Writes a plan as one import of segments and memberships; nothing where all is so already.

    **Raises** ``segments.closed`` for a day in the closed period, ``segments.back-dated`` where rules were applied on a
    later day already: what was seen since would change; ``import.moved-on`` if somebody else was faster.
    """
    refusal = _refusal(book, rules, planned.as_of)
    if refusal is not None:
        raise refusal
    if planned.nothing:
        return []
    with tempfile.TemporaryDirectory(prefix="tierwise-segments-") as folder:
        tables = {"segments": _segment_rows(planned), "segment_memberships": _membership_rows(planned)}
        items = []
        for table, rows in tables.items():
            if rows.num_rows:
                path = Path(folder) / f"{table}.parquet"
                pq.write_table(rows, path)
                items.append(ImportItem(table, [path], None, Origin(f"{name}@{planned.as_of}")))
        return import_batch(book, items, strict=True, actor=actor, at=at, seen=planned.seen)


def _refusal(book: Book, rules: RuleBook, as_of: date) -> TierwiseError | None:
    settings = book.upcoming().settings
    if settings.closed_through is not None and as_of <= settings.closed_through:
        return fail(
            "segments.closed",
            "{day} lies in the closed period; apply the rules as of {first} or later",
            "{day} 属于已结账期间；请以 {first} 或之后的日期应用规则",
            day=as_of,
            first=settings.first_open_day,
        )
    later = _latest(book, [rule.code for rule in rules.segments])
    if later is not None and later > as_of:
        return fail(
            "segments.back-dated",
            "the rules of these segments were applied as of {later}; apply them as of that day or later",
            "这些细分的规则已按 {later} 应用；请以该日或之后的日期应用",
            later=later,
        )
    return None


def _latest(book: Book, codes: Sequence[str]) -> date | None:
    """The last day on which rules changed who is in these segments, or what the segments are."""
    version = book.upcoming()
    with DuckDBEngine() as engine:
        book.open_in(engine, version, TABLES, as_of=None)
        rows = book_table("segment_memberships")
        mine = rows.filter((rows.source == "rule") & rows.segment_code.isin(codes))
        declared = book_table("segments")
        known = declared.filter(declared.code.isin(codes) & (declared.basis == "rule"))
        found = one(engine, mine.agg(opened=mine.valid_from.max(), closed=mine.valid_to.max()))
        named = one(engine, known.agg(at=known.valid_from.max()))["at"]
    closed = None if found["closed"] is None else found["closed"] + timedelta(days=1)
    return max((day for day in (found["opened"], closed, named) if day is not None), default=None)


def _segment_rows(planned: Plan) -> pa.Table:
    rows = [
        _declared(effect.rule) | {"valid_from": planned.as_of.isoformat()}
        for effect in planned.effects
        if effect.declared != "same"
    ]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in (*_DECLARED, "valid_from")]))


def _membership_rows(planned: Plan) -> pa.Table:
    names = ("customer_code", "segment_code", "valid_from", "valid_to", "source")
    before = (planned.as_of - timedelta(days=1)).isoformat()
    rows = []
    for change in planned.changes:
        first = planned.as_of if change.entered_on is None else change.entered_on
        values = (
            change.customer,
            change.segment,
            first.isoformat(),
            None if change.enters else before,
            "rule",
        )
        rows.append(dict(zip(names, values, strict=True)))
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names]))
