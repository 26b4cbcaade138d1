"""The effective grades and the grade events of a run, written beside it. Source: spec 8.2, 8.3, 4.5 GradeEvent, decision 0011."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.metrics.model import Use
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.drivers import as_text, columns_read, drivers, moved_against
from tierwise.movement.effective import rule_of
from tierwise.movement.effective_rows import (
    BEFORE,
    COLUMNS,
    Marked,
    effective_rows,
    move_cause,
    of_run,
    read_before,
    read_now,
    read_overrides,
)
from tierwise.movement.overrides import list_overrides, marked

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion, Writer
    from tierwise.engine.base import Engine
    from tierwise.movement.states import CycleRun
    from tierwise.policy.model import Policy

CURRENT = "mv_current"
DRIVERS = "mv_drivers"
DECIDED = ("override", "override_expired")
"""Causes of a grade that no metric moved."""
MOVES = (
    "new",
    "reactivated",
    "lost",
    "merged",
    "upgrade",
    "downgrade",
    "assigned",
    "ended",
    "other_scale",
)
"""Movements that are events; whoever stays makes none."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What effective grades are made of beside the run: the run before, and who has or had an override."""

    previous: CycleRun | None
    overrides: tuple[Marked, ...]

    def facts(self) -> dict[str, Any]:
        """The basis as what the log of states keeps."""
        return {
            "previous": self.previous.run_id if self.previous else None,
            "overrides": [[m.customer_id, m.override_id, m.grade, m.ended] for m in self.overrides],
        }


def basis_of(book: Book, version: BookVersion, policy: str, as_of: date, previous: CycleRun | None) -> Basis:
    """The basis of a run's effective grades, as a version of the book says it."""
    after = previous.as_of if previous else None
    known = list_overrides(book, version)
    return Basis(previous, tuple(replace(m, since=None) for m in marked(known, policy, after, as_of)))


def write_effective(book: Book, writer: Writer, run: CycleRun, policy: Policy, basis: Basis) -> None:
    """Puts the effective grades of a run in their table, in the place of earlier ones."""
    bought = Use("net_sales", policy.window_months).status
    with book.engine(writer.staging) as engine:
        read_now(engine, writer.files(f"results/{run.run_id}"), bought)
        read_before(engine, writer.files(basis.previous.effective) if basis.previous else [])
        read_overrides(engine, basis.overrides)
        book.open_in(engine, writer.base, ("customers",), as_of=run.as_of)
        rows = effective_rows(of_run(bought), rule_of(policy), str(run.period), merged_on(run.as_of))
        writer.replace(run.effective, engine.stream(rows.order_by(rows.customer_id.asc())))


def merged_on(as_of: date) -> Table:
    """The customers whose record had gone on in another on a day, from the registered ``customers``."""
    seen = visible(book_table("customers", "code", "status", "valid_from"), as_of, "valid_from")
    return seen.filter(seen.status == "merged").select(customer_id=seen.code)


def write_events(
    book: Book, writer: Writer, run: CycleRun, policy: Policy, previous: CycleRun | None
) -> None:
    """Writes what happened to whom between two published periods, and which metrics drove those who went up or down."""
    with book.engine(writer.staging) as engine:
        engine.read_files(CURRENT, writer.files(run.effective), COLUMNS)
        read_before(engine, writer.files(previous.effective) if previous else [])
        engine.register(DRIVERS, _drivers(engine, book, writer, run, policy, previous))
        rows = event_rows(engine)
        order = [rows[name].asc() for name in ("customer_id", "kind", "detail")]
        writer.replace(run.events, engine.stream(rows.order_by(order)))


def _drivers(
    engine: Engine, book: Book, writer: Writer, run: CycleRun, policy: Policy, previous: CycleRun | None
) -> pa.Table:
    """Unit and the drivers of its step, for units that went up or down and stand in both runs.

    Nothing where a decision moved the grade, or where the metrics moved the other way.
    """
    told: list[dict[str, str]] = []
    if previous is not None:
        names = {
            name: f"results/{one.run_id}" for name, one in (("mv_run", run), ("mv_run_before", previous))
        }
        schemas = {name: book.schema(table) for name, table in names.items()}
        known = [c for c in columns_read(policy) if all(c in schema for schema in schemas.values())]
        sides = []
        t = ibis.table(COLUMNS, name=CURRENT)
        decided = t.cause.isin(DECIDED).coalesce(False)
        moved = t.filter(t.movement.isin(("upgrade", "downgrade")) & ~decided)
        moved = moved.select(who=moved.customer_id, up=moved.movement == "upgrade")
        for name, table in names.items():
            engine.read_files(name, writer.files(table), schemas[name])
            rows = ibis.table(schemas[name], name=name)
            chosen = rows.semi_join(moved, rows.customer_id == moved.who).select("customer_id", *known)
            sides.append({row["customer_id"]: row for row in engine.fetch(chosen).to_pylist()})
        now, before = sides
        up = {row["who"]: row["up"] for row in engine.fetch(moved).to_pylist()}
        told = [
            {"driven": who, "drivers": as_text(drivers(policy, before[who], now[who]))}
            for who in sorted(set(now) & set(before))
            if not moved_against(policy, before[who], now[who], up[who])
        ]
    schema = pa.schema([("driven", pa.string()), ("drivers", pa.string())])
    return pa.Table.from_pylist(told, schema=schema)


def event_rows(engine: Engine) -> Table:
    """One row per event: customer, kind, grade from and to, cause, the flag for events of flags, and drivers as JSON."""
    t = _beside()
    moved: Any = t.filter(t.movement.isin(MOVES))
    driven = ibis.table({"driven": "string", "drivers": "string"}, name=DRIVERS)
    moved = moved.left_join(driven, moved.customer_id == driven.driven)
    parts = [_events(moved, moved.movement, cause=move_cause(moved), drivers=moved.drivers)]
    for way in ("up", "down"):
        near = t.near.isin((way, "both")) & ~t.was_near.isin((way, "both"))
        parts.append(_events(t.filter(near), ibis.literal(f"near_cut_{way}")))
    for code in _codes(engine):
        is_up, was_up = _has(t.up, code), _has(t.was_up, code)
        parts.append(_events(t.filter(is_up & ~was_up), ibis.literal("flag_on"), code))
        parts.append(_events(t.filter(was_up & ~is_up), ibis.literal("flag_off"), code))
    return ibis.union(*parts)


def _beside() -> Table:
    """The rows of the period with marks and flags of the period before; both count for graded customers only."""
    now, before = ibis.table(COLUMNS, name=CURRENT), ibis.table(COLUMNS, name=BEFORE)
    b = before.select(
        b_customer=before.customer_id, b_verdict=before.verdict, b_near=before.near_cut, b_flags=before.flags
    )
    t = now.left_join(b, now.customer_id == b.b_customer)
    is_graded, was_graded = t.verdict == "graded", (t.b_verdict == "graded").coalesce(False)
    none = ibis.literal("none")
    return t.mutate(
        near=ibis.ifelse(is_graded, t.near_cut.coalesce(none), none),
        was_near=ibis.ifelse(was_graded, t.b_near.coalesce(none), none),
        up=ibis.ifelse(is_graded, t.flags.coalesce(""), ""),
        was_up=ibis.ifelse(was_graded, t.b_flags.coalesce(""), ""),
    )


def _events(t: Table, kind: Any, detail: str = "", *, cause: Any = None, drivers: Any = None) -> Table:
    return t.select(
        customer_id=t.customer_id,
        kind=kind.cast("string"),
        from_grade=t.previous,
        to_grade=t.effective,
        cause=ibis.null("string") if cause is None else cause,
        detail=ibis.literal(detail),
        drivers=ibis.null("string") if drivers is None else drivers,
    )


def _codes(engine: Engine) -> list[str]:
    """The codes of all flags that are up in one of the two periods."""
    now, before = ibis.table(COLUMNS, name=CURRENT), ibis.table(COLUMNS, name=BEFORE)
    found: set[str] = set()
    for table in (now, before):
        sets = engine.fetch(table.group_by("flags").agg(n=table.count())).column("flags").to_pylist()
        found |= {code for flags in sets if flags for code in flags.split(";")}
    return sorted(found)


def _has(flags: Any, code: str) -> Any:
    return (ibis.literal(";") + flags + ibis.literal(";")).contains(f";{code};")
