"""The effective grades of a whole population, inside the engine: the rule of ``effective`` as one expression.

**Source** spec 8.2, 8.3. Three tables go in, registered in the engine: ``mv_now`` (the rows of the run), ``mv_before``
(the rows of the period before) and ``mv_overrides`` (few rows: who has or had an override).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.movement.effective import Rule

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine

NOW, BEFORE, OVERRIDES = "mv_now", "mv_before", "mv_overrides"

COLUMNS: dict[str, str] = {
    "customer_id": "string",
    "unit": "string",
    "status": "string",
    "verdict": "string",
    "computed": "string",
    "effective": "string",
    "previous": "string",
    "cause": "string",
    "since": "string",
    "latest": "string",
    "better": "int64",
    "worse": "int64",
    "override_id": "string",
    "movement": "string",
    "entered": "string",
    "inactive": "boolean",
    "near_cut": "string",
    "flags": "string",
}
"""The effective grade of one customer in one period; decision 0011 says what each column means."""

_NOW_COLUMNS = {
    "customer_id": "string",
    "unit": "string",
    "grade": "string",
    "status": "string",
    "reason": "string",
    "near_cut": "string",
    "flags": "string",
}
_OVERRIDE_COLUMNS = {
    "customer_id": "string",
    "override_id": "string",
    "override_grade": "string",
    "ended": "boolean",
    "since": "string",
}
_ARROW = {"string": pa.string(), "boolean": pa.bool_()}


@dataclass(frozen=True, slots=True)
class Marked:
    """A customer whose override is in force on the day (grade and id) or has ended since the period before."""

    customer_id: str
    override_id: str | None
    grade: str | None
    ended: bool
    since: str | None = None
    """The day with which the override, or the grade after it, begins: for a view of a day, not of a period."""


def read_now(engine: Engine, files: list[str], bought: str) -> None:
    """Registers the rows of a run; ``bought`` is the status column that tells who never bought anything."""
    engine.read_files(NOW, files, {**_NOW_COLUMNS, bought: "string"})


def read_before(engine: Engine, files: list[str]) -> None:
    """Registers the rows of the period before; none for the first period."""
    engine.read_files(BEFORE, files, COLUMNS)


def read_overrides(engine: Engine, marked: Iterable[Marked]) -> None:
    """Registers who has an override or had one until lately."""
    rows = [
        {"customer_id": m.customer_id, "override_id": m.override_id, "override_grade": m.grade,
         "ended": m.ended, "since": m.since}
        for m in marked
    ]  # fmt: skip
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in _OVERRIDE_COLUMNS.items()])
    engine.register(OVERRIDES, pa.Table.from_pylist(rows, schema=schema))


def of_run(bought: str) -> Table:
    """What a run says of every customer: ``seen`` is the verdict."""
    t = ibis.table({**_NOW_COLUMNS, bought: "string"}, name=NOW)
    outside = t.status == "not_in_population"
    idle = outside & (t.reason == "population.no-purchase").coalesce(False)
    # what a member bought itself decides nothing: it goes with its unit
    ever = (t[bought] != "no_history").coalesce(True) | (t.unit != t.customer_id)
    seen = ibis.cases(
        (t.status == "graded", "graded"),
        (idle & ever, "no_purchase"),
        (idle, "none"),
        (outside, "left"),
        else_="none",
    )
    graded = ibis.ifelse(t.status == "graded", t.grade, ibis.null("string"))
    return t.select("customer_id", "unit", "status", "near_cut", "flags", seen=seen, computed=graded)


def of_day() -> Table:
    """What a day between two periods says: nothing, so that only overrides change a grade."""
    t = ibis.table(COLUMNS, name=BEFORE)
    seen = ibis.literal("none")
    return t.select("customer_id", "unit", "status", "near_cut", "flags", seen=seen, computed=t.computed)


def effective_rows(now: Table, rule: Rule, period: str, merged: Table | None = None) -> Table:
    """One row per customer of the period, of the period before, or with an override; columns of ``COLUMNS``.

    ``merged``: the ``customer_id`` of records that went on in another; they leave without being lost.
    """
    t = _with_merged(_joined(now), merged)
    nothing = ibis.null("string")
    t = t.mutate(
        said=ibis.cases(
            (t.seen == "no_purchase", rule.lowest), (t.seen == "graded", t.computed), else_=nothing
        )
    )
    t = t.mutate(
        latest=ibis.cases((t.seen == "none", t.b_latest), (t.seen == "left", nothing), else_=t.said),
        ended=t.o_ended | t.b_override_id.notnull(),
        sign=_sign(t.said, t.b_effective, rule),
    )
    t = t.mutate(branch=_branch(t))
    t = t.mutate(
        n_better=ibis.ifelse((t.branch == "compare") & (t.sign == 1), t.b_better + 1, 0).cast("int64"),
        n_worse=ibis.ifelse((t.branch == "compare") & (t.sign == -1), t.b_worse + 1, 0).cast("int64"),
    )
    up = t.n_better >= rule.upgrade_confirm
    down = t.n_worse >= rule.downgrade_confirm
    taken = (t.branch == "compare") & (up | down | (t.sign == 2))
    t = t.mutate(taken=taken)
    t = t.mutate(effective=_effective(t), cause=_cause(t, rule))
    return _columns(t, rule, period)


def _joined(now: Table) -> Table:
    """Everybody who is named anywhere, with what the run, the period before and the overrides say."""
    before = ibis.table(COLUMNS, name=BEFORE)
    marks = ibis.table(_OVERRIDE_COLUMNS, name=OVERRIDES)
    names = [table.select(key=table.customer_id) for table in (now, before, marks)]
    named = names[0].union(names[1]).union(names[2])
    keys = named.group_by("key").agg(times=named.count())
    b = before.rename({f"b_{name}": name for name in COLUMNS})
    o = marks.select(
        o_id=marks.customer_id, o_override_id=marks.override_id, o_grade=marks.override_grade, o_is=marks.ended,
        o_since=marks.since,
    )  # fmt: skip
    joined = keys.left_join(now, keys.key == now.customer_id)
    joined = joined.left_join(b, joined.key == b.b_customer_id)
    t = joined.left_join(o, joined.key == o.o_id)
    return t.mutate(
        # A customer that the run does not know any more is no member; one that only an override knows is not yet.
        seen=t.seen.coalesce(ibis.ifelse(t.b_customer_id.notnull(), "left", "none")),
        b_better=t.b_better.coalesce(0),
        b_worse=t.b_worse.coalesce(0),
        b_inactive=t.b_inactive.coalesce(False),
        o_ended=t.o_is.coalesce(False),
    )


def _with_merged(t: Table, merged: Table | None) -> Table:
    if merged is None:
        return t.mutate(merged=ibis.literal(False))
    gone = merged.select(m_id=merged.customer_id).distinct()
    return t.left_join(gone, t.key == gone.m_id).mutate(merged=lambda both: both.m_id.notnull())


def _position(grade: Any, rule: Rule) -> Any:
    return ibis.cases(*((grade == code, at) for at, code in enumerate(rule.scale)), else_=ibis.null("int64"))


def _sign(said: Any, effective: Any, rule: Rule) -> Any:
    """1 better, -1 worse, 0 the same, 2 on another scale."""
    mine, old = _position(said, rule), _position(effective, rule)
    return ibis.cases(
        ((said == effective).coalesce(False), 0),
        (mine.isnull() | old.isnull(), 2),
        (mine < old, 1),
        else_=-1,
    )


def _branch(t: Table) -> Any:
    return ibis.cases(
        (t.o_grade.notnull(), "override"),
        (t.seen == "left", "left"),
        (t.ended | t.b_effective.isnull(), "anew"),
        (t.said.isnull(), "keep"),
        else_="compare",
    )


def _effective(t: Table) -> Any:
    return ibis.cases(
        (t.branch == "override", t.o_grade),
        (t.branch == "left", ibis.null("string")),
        (t.branch == "anew", t.latest),
        (t.taken, t.said),
        else_=t.b_effective,
    )


def _cause(t: Table, rule: Rule) -> Any:
    known = t.b_effective.notnull() | t.b_cause.notnull()
    up = "run" if rule.upgrade_confirm == 1 else "confirmed_upgrade"
    down = "run" if rule.downgrade_confirm == 1 else "confirmed_downgrade"
    left, anew = t.branch == "left", t.branch == "anew"
    idle = t.seen == "no_purchase"
    return ibis.cases(
        (t.branch == "override", "override"),
        (left & known, "left_population"),
        (anew & t.ended, "override_expired"),
        (anew & t.latest.isnull(), t.b_cause),
        (anew & idle, "no_purchase"),
        (anew, "initial"),
        (t.taken & (t.sign == 2), "run"),
        (t.taken & (t.sign == 1), up),
        (t.taken & idle, "no_purchase"),
        (t.taken, down),
        else_=t.b_cause,
    )


def _columns(t: Table, rule: Rule, period: str) -> Table:
    same = (t.effective == t.b_effective).coalesce(t.effective.isnull() & t.b_effective.isnull())
    zero = ibis.literal(0).cast("int64")
    kept, compared = t.branch == "keep", (t.branch == "compare") & ~t.taken
    member = t.seen == "graded"
    outside = t.seen.isin(("no_purchase", "left"))
    # an override that began and ended in between interrupted the grade
    between = t.o_ended & t.b_override_id.isnull() & (t.branch == "anew")
    inactive = ibis.cases((outside, True), (member, False), else_=t.b_inactive)
    rows = {
        "customer_id": t.key,
        "unit": t.unit.coalesce(t.b_unit).coalesce(t.key),
        "status": t.status.coalesce("not_in_population"),
        "verdict": t.seen,
        "computed": t.computed,
        "effective": t.effective,
        "previous": t.b_effective,
        "cause": t.cause,
        "since": ibis.ifelse(same & ~between, t.b_since, t.o_since.coalesce(period)),
        "latest": t.latest,
        "better": ibis.cases((kept, t.b_better), (compared, t.n_better), else_=zero),
        "worse": ibis.cases((kept, t.b_worse), (compared, t.n_worse), else_=zero),
        "override_id": ibis.ifelse(t.branch == "override", t.o_override_id, ibis.null("string")),
        "movement": _movement(t, rule, member, outside, same),
        "entered": ibis.ifelse(member, t.b_entered.coalesce(period), t.b_entered),
        "inactive": inactive,
        "near_cut": t.near_cut,
        "flags": t.flags.coalesce(""),
    }
    return t.select(**{name: rows[name].cast(kind) for name, kind in COLUMNS.items()})


def _movement(t: Table, rule: Rule, member: Any, outside: Any, same: Any) -> Any:
    """One movement per customer, coming and going before up and down. Source: spec 8.3, E14."""
    turn = _sign(t.effective, t.b_effective, rule)
    return ibis.cases(
        (member & t.b_entered.isnull(), "new"),
        (member & t.b_inactive, "reactivated"),
        (t.merged & outside & ~t.b_inactive & t.b_entered.notnull(), "merged"),
        (outside & ~t.b_inactive & t.b_entered.notnull(), "lost"),
        (same & (outside | t.b_inactive), "inactive"),
        (outside & t.b_effective.isnull() & (t.branch != "override"), "inactive"),
        (same & t.effective.isnull(), ibis.null("string")),
        (same, "stable"),
        (t.effective.isnull(), "ended"),
        (t.b_effective.isnull(), "assigned"),
        (turn == 1, "upgrade"),
        (turn == -1, "downgrade"),
        else_="other_scale",
    )


def move_cause(t: Table) -> Any:
    """Why a customer moved: for comings and goings what the period said, otherwise the cause of the new grade."""
    gone = t.movement.isin(("lost", "merged"))
    return ibis.cases(
        ((gone & (t.verdict == "no_purchase")).coalesce(False), "no_purchase"),
        (gone.coalesce(False), "left_population"),
        ((t.movement == "reactivated").coalesce(False), "run"),
        else_=t.cause,
    )
