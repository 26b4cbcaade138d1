"""Why customers moved between two runs: parts that add up to the step of the grade. Source: spec 8.1(6), decision 0014.

One thing is changed at a time, in this order: what is known of the old day (data), the policy, the customer's own facts, the
field of the others, and last what effective grades add (override, confirmation). A step is counted in grades, up is
positive; without a grade is one place below the lowest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.run import compute
from tierwise.movement.between import GROUPS, Pair, Side, rows_of, state_of
from tierwise.movement.drivers import Driver, columns_read, drivers
from tierwise.movement.migration import NEW, OUTSIDE
from tierwise.movement.standing_still import among_the_old, can_be_told, looks_at_others
from tierwise.movement.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.engine.stages import Stages
    from tierwise.grading.pipeline import Outcome
    from tierwise.grading.record import RunRecord
    from tierwise.metrics.compute import Progress
    from tierwise.policy.model import Policy

CAUSES = ("data", "policy", "own", "facts", "field", "override", "confirmation")
"""In the order in which they are changed; ``facts`` is own and field together, where they cannot be told apart."""
MAIN = ("override", "policy", "own", "facts", "field", "data", "confirmation")
"""Of parts of one size the first is called the main one."""
LACKING = ("incomplete", "invalid")


@dataclass(frozen=True, slots=True)
class Split:
    """The movers with their causes, how often each cause acted, and what a reader must know of it."""

    movers: pa.Table
    """``customer_id``, states, ``step``, one column per cause, ``main``, sales, profit, groups; sorted by customer."""
    policy_changed: bool
    data_changed: bool
    told_apart: bool
    """Whether own facts and field are told apart."""
    rules_changed: tuple[str, ...]
    """Metrics and methods whose rules changed between the releases of the two runs."""
    drivers: dict[str, tuple[Driver, ...]]
    """Customer -> which of its own metrics changed between the old day and the new, under the later policy; nobody whose
    own facts have no part in the step.
    """


@dataclass(frozen=True, slots=True)
class Summary:
    """One cause over all movers: for how many it is the main one, how many it touched, grades up and down."""

    cause: str
    main: int
    touched: int
    up: int
    down: int


def summaries(split: Split) -> list[Summary]:
    """What each cause did, those that did nothing left out."""
    columns = {name: split.movers[name].to_pylist() for name in (*CAUSES, "main")}
    found = []
    for cause in CAUSES:
        parts = [part for part in columns[cause] if part]
        ups, downs = sum(p for p in parts if p > 0), sum(-p for p in parts if p < 0)
        if parts:
            found.append(Summary(cause, columns["main"].count(cause), len(parts), ups, downs))
    return found


def split_causes(book: Book, stages: Stages, joined: Table, pair: Pair, progress: Progress) -> Split:
    """The movers of the joined rows with their causes; replays whole populations where something changed."""
    before, after = pair.before, pair.after
    data_changed = not before.record.same_facts(after.record)
    rules = _rules_changed(before.record, after.record)
    policy_changed = before.record.policy_fingerprint != after.record.policy_fingerprint
    old = _stored("mv_a", before)
    data = policy = old
    if data_changed:
        progress("replay_data")
        data = policy = _replayed(book, stages, "mv_data", before.policy, before.record, after.record)
    if policy_changed:
        progress("replay_policy")
        policy = _replayed(book, stages, "mv_policy", after.policy, before.record, after.record)
    progress("causes")
    now = _stored("mv_b", after)
    t = _with_states(joined, data, policy, pair)
    apart = can_be_told(after.policy)
    if apart and looks_at_others(after.policy):
        t = _with_alone(stages, t, policy, now)
    else:
        t = t.mutate(alone=t.computed_after, told=ibis.literal(apart))
    table = stages.keep("mv_movers", _parts(t, pair.scale))
    movers = stages.engine.fetch(table.order_by(table.customer_id.asc()))
    driving = _drivers(stages, table, after.policy, policy, now)
    return Split(movers, policy_changed, data_changed, apart, rules, driving)


def _drivers(
    stages: Stages, movers: Table, policy: Policy, old: World, now: World
) -> dict[str, tuple[Driver, ...]]:
    """The drivers of every mover that both populations know and whose own facts have a part in the step."""
    columns = columns_read(policy)
    movers = movers.filter(((movers.own != 0) | (movers.facts != 0)).coalesce(False))
    sides = []
    for world in (old, now):
        there = [c for c in columns if c in world.rows.columns]
        chosen = world.rows.semi_join(movers, world.rows.unit == movers.customer_id).select("unit", *there)
        sides.append({row["unit"]: row for row in stages.engine.fetch(chosen).to_pylist()})
    both = sorted(set(sides[0]) & set(sides[1]))
    return {unit: drivers(policy, sides[0][unit], sides[1][unit]) for unit in both}


def _rules_changed(one: RunRecord, two: RunRecord) -> tuple[str, ...]:
    both = sorted(set(one.rules) & set(two.rules))
    return tuple(name for name in both if one.rules[name] != two.rules[name])


def _stored(name: str, side: Side) -> World:
    record = side.record
    return World(rows_of(name, side), side.policy, record.facts["methods"])


def _replayed(
    book: Book, stages: Stages, name: str, policy: Policy, day: RunRecord, facts: RunRecord
) -> World:
    """The population on the old day by a policy, with the facts that the later run read."""
    with book.engine() as engine:
        outcome: Outcome = compute(book, book.version(facts.book_version), policy, day.as_of, engine)
        rows = engine.fetch(outcome.results)
    stages.engine.register(name, rows)
    t = ibis.table(outcome.results.schema(), name=name)
    return World(t.filter(t.unit == t.customer_id), policy, outcome.facts)


def _with_states(joined: Table, data: World, policy: World, pair: Pair) -> Table:
    """The computed states on the old day with the new data, and with the new policy, too."""
    t: Any = joined
    for name, world in (("data", data), ("world", policy)):
        sales = (pair.before if world.policy is pair.before.policy else pair.after).sales
        rows = world.rows
        mine = rows.select(
            **{
                f"key_{name}": rows.unit,
                f"state_{name}": state_of(rows, sales),
                f"status_{name}": rows.status,
            }
        )
        t = t.left_join(mine, t.customer_id == mine[f"key_{name}"])
        t = t.mutate(**{f"state_{name}": t[f"state_{name}"].coalesce(NEW)}).drop(f"key_{name}")
    return t


def _with_alone(stages: Stages, t: Table, old: World, now: World) -> Table:
    """The grade of who moved, had all others stood still, and whether that can be told."""
    moved = t.filter(t.previous != t.current).select(unit=t.customer_id)
    alone = stages.keep("mv_stood_still", among_the_old(stages, old, now, moved))
    found = t.left_join(alone, t.customer_id == alone.unit)
    told = found.unit.isnull() | found.alone.notnull()
    return found.mutate(alone=found.alone.coalesce(found.computed_after), told=told).drop("unit")


def _parts(t: Table, scale: Sequence[str]) -> Table:
    """The movers as they are told."""
    movers = with_parts(t, scale)
    kept = ("sales_before", "sales_after", "profit_before", "profit_after", *GROUPS)
    return movers.select("customer_id", "previous", "current", "step", *CAUSES, *kept, "main")


def with_parts(t: Table, scale: Sequence[str]) -> Table:
    """The movers with ``step``, the part of every cause and ``main``; each part is the difference of two neighbouring states.

    ``t`` has the states ``previous``, ``computed_before``, ``state_data``, ``state_world``, ``alone``,
    ``computed_after`` and ``current``, ``told`` (whether own facts and field are apart), the statuses and overrides of both
    sides.
    """
    states = (
        "previous",
        "current",
        "computed_before",
        "state_data",
        "state_world",
        "alone",
        "computed_after",
    )
    levels = ("l_from", "l_to", "l_0", "l_1", "l_2", "l_3", "l_4")
    t = t.mutate(**{one: height(t[state], scale) for one, state in zip(levels, states, strict=True)})
    t = t.mutate(**{c: t[c].coalesce(0) for c in ("l_1", "l_2", "l_3")})
    zero = ibis.literal(0).cast("int64")
    lacking = (t.status_after.isin(LACKING) | t.status_world.isin(LACKING)).coalesce(False)
    own = t.l_3 - t.l_2
    end, start = t.l_to - t.l_4, t.l_from - t.l_0
    decided_after, decided_before = t.override_after.notnull(), t.override_before.notnull()
    parts = {
        "data": t.l_1 - t.l_0 + ibis.ifelse(lacking, own, zero),
        "policy": t.l_2 - t.l_1,
        "own": ibis.ifelse(lacking | ~t.told, zero, own),
        "facts": ibis.ifelse(lacking | t.told, zero, own),
        "field": t.l_4 - t.l_3,
        "override": ibis.ifelse(decided_after, end, zero) - ibis.ifelse(decided_before, start, zero),
        "confirmation": ibis.ifelse(decided_after, zero, end) - ibis.ifelse(decided_before, zero, start),
    }
    told = t.mutate(step=t.l_to - t.l_from, **{name: part.cast("int64") for name, part in parts.items()})
    movers = told.filter((told.step != 0) | told.step.isnull())
    return movers.mutate(main=_main(movers))


def height(state: Any, scale: Sequence[str]) -> Any:
    """How high a state stands: the more, the better; 0 without a grade, null on another scale."""
    steps = [(state == code, len(scale) - at) for at, code in enumerate(scale)]
    return ibis.cases(*steps, (state.isin(OUTSIDE), 0), else_=ibis.null("int64")).cast("int64")


def _main(t: Table) -> Any:
    """The largest part in the direction of the step."""
    way = {name: ibis.ifelse(t.step > 0, t[name], -t[name]) for name in MAIN}
    largest: Any = way[MAIN[0]]
    for name in MAIN[1:]:
        largest = ibis.ifelse(way[name] > largest, way[name], largest)
    return ibis.cases(*[(way[name] == largest, name) for name in MAIN], else_=ibis.null("string"))
