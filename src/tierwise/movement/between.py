"""Two stored runs beside each other: the state of every customer in both, ready to be counted. Source: spec 8.3, RET-05."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import ibis

from tierwise.book.surviving import survivors
from tierwise.grading.run import find_run
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.metrics.model import Use
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.effective_rows import COLUMNS
from tierwise.movement.migration import INACTIVE, MERGED, NEW, UNGRADED
from tierwise.movement.states import CycleRun, cycle_runs
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from datetime import date

    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine
    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Policy

GROUPS = ("segment", "region", "owner")
"""What customers can be grouped by: the record as the later run saw it."""
MONEY = "decimal(38,4)"
PROFITS = ("customer_profit", "gross_profit")
"""The profit that moved, the fuller one first."""
Grades = Literal["computed", "effective"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs: its record, its policy, its place in a cycle, and which profit it stored."""

    record: RunRecord
    policy: Policy
    run: CycleRun | None
    columns: dict[str, str]
    """The stored columns of its results with their types."""
    members: bool = True
    """Whether some of its rows are members of a unit: they have the grade of their unit and are not counted."""
    merged: frozenset[str] = frozenset()
    """The codes that went on in another customer as the run read it."""

    @property
    def scale(self) -> tuple[str, ...]:
        """The grades of the policy, best first."""
        return tuple(grade.code for grade in self.policy.scale)

    @property
    def sales(self) -> Use:
        """The net sales of the policy's window."""
        return Use("net_sales", self.policy.window_months)

    @property
    def published(self) -> bool:
        """Whether its effective grades are or were in force."""
        return self.run is not None and self.run.last("published") is not None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs of one scale, the earlier one first, and which grades of theirs are compared."""

    before: Side
    after: Side
    grades: Grades

    @property
    def scale(self) -> tuple[str, ...]:
        """The grades that both know, best first."""
        return self.after.scale

    @property
    def profit(self) -> str | None:
        """The profit that both runs stored, if they stored one."""
        sides = (self.before, self.after)
        stored = (p for p in PROFITS if all(profit_of(side, p).column in side.columns for side in sides))
        return next(stored, None)


def profit_of(side: Side, name: str) -> Use:
    """A profit in the window of a run's policy."""
    return Use(name, side.policy.window_months)


def pair_of(book: Book, before: str, after: str, *, computed: bool = False) -> Pair:
    """The two runs as a pair; the effective grades if both were published for one policy, unless ``computed``.

    **Raises** ``run.unknown``, ``movement.same-run``, ``movement.order``, ``movement.other-scale``,
    ``movement.other-level``.
    """
    cycles = {run.run_id: run for run in cycle_runs(book)}
    first, second = _sides(book, [find_run(book, run) for run in (before, after)], cycles)
    for refusal in _refusals(first, second):
        raise refusal
    one_chain = first.record.policy_code == second.record.policy_code
    effective = one_chain and first.published and second.published and not computed
    return Pair(first, second, "effective" if effective else "computed")


def _sides(book: Book, records: list[RunRecord], cycles: dict[str, CycleRun]) -> Iterator[Side]:
    """Both sides; a policy that is the same text is read once."""
    now = book.current()
    policies: dict[str, Policy] = {}
    for record in records:
        if record.policy_text not in policies:
            policies[record.policy_text] = parse_policy(record.policy_text, f"{record.run_id}: policy")
        results = f"results/{record.run_id}"
        members = now.state[results].rows > sum(record.counts.values())
        policy = policies[record.policy_text]
        merged = survivors(book, book.version(record.book_version), record.as_of)
        yield Side(
            record, policy, cycles.get(record.run_id), book.schema(results), members, frozenset(merged)
        )


def _refusals(before: Side, after: Side) -> list[TierwiseError]:
    one, two = before.record, after.record
    found = []
    slots: dict[str, Any] = {"one": one.run_id, "two": two.run_id}
    if one.run_id == two.run_id:
        found.append(
            fail(
                "movement.same-run",
                "both are {one}; name two runs",
                "两者均为 {one}；请指定两次运行",
                **slots,
            )
        )
    if one.as_of > two.as_of:
        found.append(fail(
            "movement.order",
            "{one} grades as of {day_one}, after {two} ({day_two}); --from is the earlier run",
            "{one} 的截止日期 {day_one} 晚于 {two}（{day_two}）；--from 须为较早的运行",
            day_one=one.as_of, day_two=two.as_of, **slots,
        ))  # fmt: skip
    if before.scale != after.scale:
        found.append(fail(
            "movement.other-scale",
            "{one} grades on the scale {scale_one}, {two} on {scale_two}; better and worse mean nothing across scales "
            "(`tierwise compare` sets the two beside each other)",
            "{one} 的等级表为 {scale_one}，{two} 为 {scale_two}；不同等级表之间没有升降可言（可用 `tierwise compare` 并列比较）",
            scale_one=" ".join(before.scale), scale_two=" ".join(after.scale), **slots,
        ))  # fmt: skip
    levels = before.policy.population.level, after.policy.population.level
    if levels[0] != levels[1]:
        found.append(fail(
            "movement.other-level",
            "{one} grades each {level_one}, {two} each {level_two}; these are not the same customers",
            "{one} 按 {level_one} 评级，{two} 按 {level_two}；两者不是同一批客户",
            level_one=levels[0], level_two=levels[1], **slots,
        ))  # fmt: skip
    return found


def register_pair(engine: Engine, book: Book, pair: Pair) -> None:
    """Registers the stored rows of both runs, their effective grades if these are compared, and the customers."""
    now = book.current()
    for name, side in (("mv_a", pair.before), ("mv_b", pair.after)):
        engine.read_files(name, book.files(f"results/{side.record.run_id}", now), side.columns)
        if pair.grades == "effective" and side.run is not None:
            engine.read_files(f"{name}_effective", book.files(side.run.effective, now), COLUMNS)
    seen = book.version(pair.after.record.book_version)
    book.open_in(engine, seen, ("customers",), as_of=pair.after.record.as_of)


def rows_of(name: str, side: Side) -> Table:
    """The stored rows of one side, units alone: members have the grade of their unit."""
    t = ibis.table(side.columns, name=name)
    return t.filter(t.unit == t.customer_id) if side.members else t


def state_of(t: Table, sales: Use) -> Any:
    """The state that a computed row says: a grade, or which of the states beside the grades."""
    return ibis.cases(
        (t.grade.notnull(), t.grade),
        (not_seen(t, sales), NEW),
        (t.status == "not_in_population", INACTIVE),
        else_=UNGRADED,
    )


def not_seen(t: Table, sales: Use) -> Any:
    """Whether a computed row is that of a customer who never bought."""
    never = (t[sales.status] == "no_history").coalesce(False)
    return (t.status == "no_history") | (never & (t.status == "not_in_population"))


def effective_state(name: str) -> Table:
    """Customer and the state that the effective grades of a period say, with the override behind it."""
    t = ibis.table(COLUMNS, name=name)
    t = t.filter(t.unit == t.customer_id)
    state = ibis.cases(
        (t.inactive.coalesce(False), INACTIVE),
        (t.effective.notnull(), t.effective),
        (t.entered.isnull(), NEW),
        else_=UNGRADED,
    )
    return t.select(e_id=t.customer_id, state=state, override_id=t.override_id)


def _face(name: str, side: Side, pair: Pair, profits: bool) -> Table:
    """Customer, computed and shown state, override, sales and profit on one side."""
    t = rows_of(name, side)
    profit: Any = ibis.null(MONEY)
    if pair.profit is not None:
        profit = t[profit_of(side, pair.profit).column].cast(MONEY)
    own = t.select(
        customer_id=t.customer_id,
        computed=state_of(t, side.sales),
        status=t.status,
        sales=t[side.sales.column].cast(MONEY),
        profit=profit,
    )
    if profits:
        more = ibis.table({"unit": "string", "profit": MONEY}, name=f"{name}_profit")
        joined = own.drop("profit").left_join(more, own.customer_id == more.unit)
        own = joined.drop("unit")
    if pair.grades == "computed":
        return own.mutate(state=own.computed, override_id=ibis.null("string"))
    e = effective_state(f"{name}_effective")
    both = own.outer_join(e, own.customer_id == e.e_id)
    return both.select(
        "computed",
        "status",
        "sales",
        "profit",
        "state",
        "override_id",
        customer_id=both.customer_id.coalesce(both.e_id),
    )


def moves(pair: Pair, *, profits: bool = False) -> Table:
    """One row per customer of either run: states, sales and profit before and after, and how it is grouped.

    ``profits``: whether profits that the runs did not store are registered beside them.
    """
    a, b = _face("mv_a", pair.before, pair, profits), _face("mv_b", pair.after, pair, profits)
    a, b = a.rename({f"a_{c}": c for c in a.columns}), b.rename({f"b_{c}": c for c in b.columns})
    t: Any = a.outer_join(b, a.a_customer_id == b.b_customer_id)
    t = t.mutate(customer_id=t.a_customer_id.coalesce(t.b_customer_id))
    people = people_on(pair.after.record.as_of)
    t = t.left_join(people, t.customer_id == people.p_code)
    gone = (t.p_status == "merged").coalesce(False)
    zero = ibis.literal("0").cast(MONEY)
    return t.select(
        customer_id=t.customer_id,
        previous=_at_start(t.a_state, pair.before, t.customer_id),
        current=_at_end(t.b_state, gone),
        computed_before=_at_start(t.a_computed, pair.before, t.customer_id),
        computed_after=_at_end(t.b_computed, gone),
        status_after=t.b_status,
        override_before=t.a_override_id,
        override_after=t.b_override_id,
        sales_before=t.a_sales.coalesce(zero),
        sales_after=t.b_sales.coalesce(zero),
        profit_before=t.a_profit,
        profit_after=t.b_profit,
        **{name: t[f"p_{name}"] for name in GROUPS},
    )


def _at_start(state: Any, side: Side, customer: Any) -> Any:
    """The state in the earlier run: who is not in it is new, unless its record was merged into another then."""
    known = state.coalesce(NEW)
    gone = was_merged(side, customer)
    return known if gone is None else ibis.ifelse(gone & known.isin((NEW, INACTIVE)), MERGED, known)


def was_merged(side: Side, customer: Any) -> Any:
    """Whether a customer went on in another as a run read it; ``None`` where nobody did, so that nothing is asked."""
    return customer.isin(sorted(side.merged)) if side.merged else None


def _at_end(state: Any, gone: Any) -> Any:
    """The state in the later run: who is not in it is inactive, unless its record was merged into another."""
    outside = state.coalesce(NEW).isin((NEW, INACTIVE))
    return ibis.cases((outside & gone, MERGED), (outside, INACTIVE), else_=state)


def people_on(day: date) -> Table:
    """The customer records as they were on a day, under names with ``p_``."""
    table = book_table("customers", "code", "status", *GROUPS, "valid_from")
    seen = visible(table, day, "valid_from")
    return seen.select(p_code=seen.code, p_status=seen.status, **{f"p_{name}": seen[name] for name in GROUPS})
