"""What people look at: the review list of a run, the grades in force, the events of a period. Source: spec W02, W05 to W07."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.run import list_runs
from tierwise.kernel.errors import fail
from tierwise.kernel.periods import Period
from tierwise.movement.effective import rule_of
from tierwise.movement.effective_rows import (
    BEFORE,
    COLUMNS,
    effective_rows,
    move_cause,
    of_day,
    read_before,
    read_overrides,
)
from tierwise.movement.overrides import Override, lapsing, list_overrides, marked
from tierwise.movement.states import CycleRun, chain, cycle_runs
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book

STAYS = ("stable", "inactive")
LISTED = (
    "customer_id previous computed effective movement cause better worse near_cut flags override_id".split()
)
"""Columns of the review list."""
SHOWN = "customer_id computed effective cause since better worse override_id status movement near_cut flags".split()
"""Columns of the list of grades."""
OVERRIDDEN_PCT = 5
"""Above this share of customers with an override there is a warning. Source: spec W04."""
EVENT_COLUMNS = dict.fromkeys("customer_id kind from_grade to_grade cause detail drivers".split(), "string")
"""``drivers``: JSON, the metrics behind an upgrade or a downgrade with their shares; null in books of older releases."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer should look at: counts of everything, and the list of movers and of what may move next."""

    movements: dict[str, int]
    near: dict[str, int]
    effective: dict[str, int]
    waiting: int
    overridden: int
    lapsing: tuple[Override, ...]
    rows: pa.Table

    @property
    def movers(self) -> pa.Table:
        """The rows of those that move."""
        moves = pc.invert(pc.is_in(self.rows["movement"], value_set=pa.array([*STAYS, None], pa.string())))
        return self.rows.filter(moves)

    @property
    def many_overrides(self) -> bool:
        """Whether more customers are overridden than should be."""
        return self.overridden * 100 > OVERRIDDEN_PCT * sum(self.effective.values())


def review(book: Book, run: CycleRun) -> Review:
    """The review list of a run: movers, near a cut, on their way to confirmation, overridden; overrides that lapse."""
    with DuckDBEngine() as engine:
        engine.read_files(BEFORE, book.files(run.effective, book.current()), COLUMNS)
        t = ibis.table(COLUMNS, name=BEFORE)
        overridden, waits = t.override_id.notnull(), (t.better + t.worse) > 0
        near = t.near_cut.isin(("up", "down", "both")).coalesce(False)
        moves = (t.movement.notnull() & t.movement.notin(STAYS)).coalesce(False)
        listed = t.filter(moves | near | waits | overridden)
        listed = listed.mutate(cause=move_cause(listed)).select(*LISTED)
        rows = engine.fetch(listed.order_by(listed.customer_id.asc()))

        def counts(column: str, kept: Any = True) -> dict[str, int]:
            some = t.filter(t[column].notnull() & kept)
            found = engine.fetch(some.group_by(column).agg(n=some.count())).to_pylist()
            return dict(sorted((row[column], row["n"]) for row in found))

        known = list_overrides(book)
        return Review(
            counts("movement"),
            counts("near_cut", near),
            counts("effective"),
            sum(counts("verdict", waits).values()),
            sum(counts("verdict", overridden).values()),
            tuple(lapsing(known, run.policy_code, run.as_of)),
            rows,
        )


def published_run(book: Book, policy: str | None, period: Period | None) -> CycleRun:
    """The run whose grades are in force: of a policy (the only one by default) and period (the last by default).

    **Raises** ``cycle.nothing-published``, ``cycle.which-policy``, ``cycle.not-published``.
    """
    runs = cycle_runs(book)
    codes = sorted({run.policy_code for run in runs if chain(runs, run.policy_code)})
    if not codes or (policy is not None and policy not in codes):
        raise _nothing(book, policy, codes)
    if policy is None and len(codes) > 1:
        raise fail(
            "cycle.which-policy",
            "grades of {codes} are published; say which with --policy",
            "已发布 {codes} 的等级；请用 --policy 指定",
            codes=", ".join(codes),
        )
    published = chain(runs, policy or codes[0])
    found = published[-1] if period is None else next((r for r in published if r.period == period), None)
    if found is None:
        raise fail(
            "cycle.not-published",
            "{period} is not published; published are {first} to {last}",
            "{period} 尚未发布；已发布 {first} 至 {last}",
            period=period,
            first=published[0].period,
            last=published[-1].period,
        )
    return found


def _nothing(book: Book, policy: str | None, codes: list[str]) -> Exception:
    return fail(
        "cycle.nothing-published",
        "no grades {of}are published yet{but}; `tierwise cycle {book} --policy POLICY --period 2026-10` begins",
        "尚未发布{of_zh}等级{but_zh}；请从 `tierwise cycle {book} --policy 策略 --period 2026-10` 开始",
        book=str(book.path),
        of=f"of {policy} " if policy else "",
        of_zh=f" {policy} 的" if policy else "任何",
        but=f" (there are {', '.join(codes)})" if codes else "",
        but_zh=f"（已有 {', '.join(codes)}）" if codes else "",
    )


def grades_of_period(book: Book, run: CycleRun) -> pa.Table:
    """The effective grades of a published period beside the computed ones, sorted by customer."""
    with DuckDBEngine() as engine:
        engine.read_files(BEFORE, book.files(run.effective, book.current()), COLUMNS)
        t = ibis.table(COLUMNS, name=BEFORE)
        return _fetched(engine, t)


def in_force(book: Book, run: CycleRun) -> dict[str, tuple[str | None, str | None]]:
    """Customer -> effective grade and movement of a published month, members of groups included."""
    with DuckDBEngine() as engine:
        engine.read_files(BEFORE, book.files(run.effective, book.current()), COLUMNS)
        t = ibis.table(COLUMNS, name=BEFORE)
        rows = engine.fetch(t.select("customer_id", "effective", "movement")).to_pylist()
    return {row["customer_id"]: (row["effective"], row["movement"]) for row in rows}


def ever_published(book: Book) -> dict[str, CycleRun]:
    """The runs whose grades are or were in force, by id, in the order in which they were made."""
    return {run.run_id: run for run in cycle_runs(book) if run.last("published") is not None}


def grades_of_day(book: Book, run: CycleRun, day: date) -> pa.Table:
    """The grades in force on a day after the last published period: overrides begin and end in between. Spec 8.2."""
    record = next(record for record in list_runs(book) if record.run_id == run.run_id)
    policy = parse_policy(record.policy_text, f"{run.run_id}: policy")
    with DuckDBEngine() as engine:
        read_before(engine, book.files(run.effective, book.current()))
        read_overrides(engine, marked(list_overrides(book), run.policy_code, run.as_of, day))
        return _fetched(engine, effective_rows(of_day(), rule_of(policy), day.isoformat()))


def _fetched(engine: DuckDBEngine, t: Table) -> pa.Table:
    return engine.fetch(t.select(*SHOWN).order_by(t.customer_id.asc()))


def events_of(book: Book, run: CycleRun) -> pa.Table:
    """The grade events of a published run, sorted by customer, kind and flag."""
    with DuckDBEngine() as engine:
        engine.read_files("mv_events", book.files(run.events, book.current()), EVENT_COLUMNS)
        t = ibis.table(EVENT_COLUMNS, name="mv_events")
        return engine.fetch(t.order_by([t.customer_id.asc(), t.kind.asc(), t.detail.asc()]))
