"""Levers through the facts: what a customer would have to do for the next grade, found by grading the changed facts. Spec 8.1(7).

What is told is what happens: with so much the grade is reached, with one step less it is not. Many customers are tried
together, each as if it alone had changed: others stand still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.book.contract import TABLES
from tierwise.engine.stages import Stages
from tierwise.grading.memory import scene_of
from tierwise.grading.pipeline import grade
from tierwise.grading.run import find_run, read_result, read_some
from tierwise.metrics.catalogue import with_needs
from tierwise.metrics.credit import ITEM_METRICS
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.fact_changes import (
    DATED,
    Change,
    Cost,
    Kind,
    Orders,
    Own,
    Payments,
    Sale,
    rows_where,
    sold_within,
)
from tierwise.movement.standing_still import among_the_old, can_be_told, looks_at_others
from tierwise.movement.world import World
from tierwise.policy.fingerprint import uses_of
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine
    from tierwise.grading.record import RunRecord
    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Policy

KINDS: tuple[Kind, ...] = ("payments", "sale", "orders", "cost")
NO_METRIC, NO_GRADE, BEST, NOTHING, NOT_ENOUGH, CANNOT = (
    "no_metric",
    "no_grade",
    "best",
    "nothing",
    "not_enough",
    "cannot",
)


@dataclass(frozen=True, slots=True)
class FactLever:
    """So much of one kind, and the grade that it reaches; without a size, ``why`` says why there is none."""

    customer: str
    grade: str | None
    kind: Kind
    size: Decimal | None = None
    """Days, an amount in the base currency, or a number of orders."""
    reaches: str | None = None
    why: str | None = None
    each: Decimal | None = None
    """The amount of each further order."""
    late: int = 0
    """Settlements that came after their due date."""


def fact_levers(
    book: Book, customers: Sequence[str], kinds: Iterable[Kind] = KINDS, run: str | None = None
) -> list[FactLever]:
    """The levers of some customers, one of each kind: the least that reaches a better grade.

    **Raises** ``run.none``, ``run.unknown``, ``run.no-customer``.
    """
    record = find_run(book, run)
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    wanted = [kind for kind in KINDS if kind in set(kinds)]
    rows = _rows(book, record, customers)
    able = [c for c in customers if _blocked(policy, rows[c]) is None]
    alone = can_be_told(policy)
    found: dict[tuple[str, Kind], FactLever] = {}
    for group in [able] if alone else [[customer] for customer in able]:
        if group and any(_asked(kind, policy) for kind in wanted):
            with _Trial(book, record, policy, group, {c: rows[c]["grade"] for c in group}) as trial:
                for kind in wanted:
                    found |= {(one.customer, kind): one for one in trial.levers(kind)}
    return [
        found.get((c, kind)) or FactLever(c, rows[c]["grade"], kind, why=_why(policy, rows[c], kind))
        for c in customers
        for kind in wanted
    ]


def _rows(book: Book, record: RunRecord, customers: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = ("grade", "status", "unit")
    found = read_some(book, record, customers, columns)
    for customer in customers:
        if customer not in found:
            read_result(book, record, customer)  # says that the run has no such customer
    return found


def _blocked(policy: Policy, row: Mapping[str, Any]) -> str | None:
    if row["status"] != "graded" or row["unit"] != row["customer_id"]:
        return NO_GRADE
    return BEST if row["grade"] == policy.scale[0].code else None


def _why(policy: Policy, row: Mapping[str, Any], kind: Kind) -> str:
    return (_blocked(policy, row) or NOTHING) if _asked(kind, policy) else NO_METRIC


def _asked(kind: Kind, policy: Policy) -> bool:
    """Whether some metric of the policy can change with a kind of fact."""
    names = {use.name for use in with_needs(uses_of(policy))}
    if kind == "payments":
        return bool(names & ITEM_METRICS)
    return "cost_of_goods_sold" in names if kind == "cost" else bool(names & _OF_SALES)


def _between(low: int, high: int) -> int:
    """Where to try next: by orders of magnitude as long as these are open."""
    least = max(low, 1)
    return max(isqrt(least * high), low + 1) if high > 4 * least else (low + high) // 2


_OF_SALES = {"net_sales", "orders", "last_order_on", "gross_sales", "largest_order", "cost_of_goods_sold"}


class _Trial:
    """The facts of a run with those of some customers changed. What others did is read only where it cannot be counted."""

    def __init__(
        self,
        book: Book,
        record: RunRecord,
        policy: Policy,
        customers: Sequence[str],
        grades: Mapping[str, str],
    ) -> None:
        self._book, self._record, self._policy, self._grades = book, record, policy, grades
        self._version, self._as_of = book.version(record.book_version), record.as_of
        self._alone = can_be_told(policy)
        self._scene: Scene = scene_of(policy, record.as_of, self._version.settings)
        self._engine: Engine = book.engine()
        book.open_in(self._engine, self._version, as_of=self._as_of)
        self._old = self._stored()
        members = self._members(customers)
        self._facts = self._read(members)
        self._due = self._due_dates()
        window = self._scene.window(policy.window_months)
        self._start = window.start
        self._owners = {code: self._own(code, members[code]) for code in customers}

    def __enter__(self) -> _Trial:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def levers(self, kind: Kind) -> list[FactLever]:
        """The least of one kind that reaches a better grade, for every customer."""
        if not _asked(kind, self._policy):
            return []
        change = self._change(kind)
        most = {code: change.most(own) for code, own in self._owners.items()}
        reached = self._reached(change, most)
        high = {code: steps for code, steps in most.items() if code in reached}
        low = dict.fromkeys(high, 0)
        while open_ones := [code for code in high if high[code] - low[code] > 1]:
            middle = {code: _between(low[code], high[code]) for code in open_ones}
            better = self._reached(change, middle)
            for code in open_ones:
                (high if code in better else low)[code] = middle[code]
            reached |= better
        return [self._said(change, code, most[code], high.get(code), reached) for code in self._owners]

    def _said(
        self, change: Change, code: str, most: int, steps: int | None, reached: Mapping[str, str]
    ) -> FactLever:
        own, grade = self._owners[code], self._grades[code]
        late = len(own.late) if change.kind == "payments" else 0
        if steps is None:
            return FactLever(code, grade, change.kind, why=NOT_ENOUGH if most else NOTHING, late=late)
        each = own.average if change.kind == "orders" else None
        size = change.said(own, steps)
        return FactLever(code, grade, change.kind, size, reached[code], each=each, late=late)

    def _change(self, kind: Kind) -> Change:
        if kind == "payments":
            return Payments(self._as_of, self._due)
        if kind == "cost":
            return Cost(self._as_of, self._start)
        currency = str(self._record.settings["base_currency"])
        return Sale(self._as_of, currency) if kind == "sale" else Orders(self._as_of, currency)

    def _reached(self, change: Change, steps: Mapping[str, int]) -> dict[str, str]:
        """The better grades that so many steps reach, of those who reach one."""
        codes = [grade.code for grade in self._policy.scale]
        whole = {code: steps.get(code, 0) for code in self._owners}
        tables = {name: self._facts[name] for name in change.touched}
        tables |= change.tables(self._facts, whole, self._owners)
        for name, table in tables.items():
            self._engine.register(name, table)
        found = self._graded()
        for name in change.touched:
            self._engine.register(name, self._facts[name])
        return {
            code: new
            for code, new in found.items()
            if whole.get(code) and new in codes and codes.index(new) < codes.index(self._grades[code])
        }

    def _graded(self) -> dict[str, str]:
        """The grade of every customer of the trial, had it alone changed."""
        stages = Stages(self._engine)
        outcome = grade(stages, self._policy, self._scene)
        t = outcome.results
        mine = t.filter(t.customer_id.isin(list(self._owners)))
        if self._alone and looks_at_others(self._policy):
            rows = stages.keep("lever_now", mine)
            alone = among_the_old(stages, self._old, World(rows, self._policy, outcome.facts))
            told = self._engine.fetch(alone.select(customer_id=alone.unit, grade=alone.alone))
        else:
            told = self._engine.fetch(mine.select("customer_id", "grade"))
        return {row["customer_id"]: row["grade"] for row in told.to_pylist() if row["grade"] is not None}

    def _stored(self) -> World:
        """The field as the run stored it."""
        name, record = f"results/{self._record.run_id}", self._record
        schema = self._book.schema(name)
        self._engine.read_files("lever_old", self._book.files(name, self._book.current()), schema)
        t = ibis.table(schema, name="lever_old")
        return World(t.filter(t.unit == t.customer_id), self._policy, record.facts["methods"])

    def _members(self, customers: Sequence[str]) -> dict[str, frozenset[str]]:
        """The customers that are graded as each one: itself, and below a group or an account its members."""
        t = ibis.table(self._book.schema(f"results/{self._record.run_id}"), name="lever_old")
        rows = self._engine.fetch(t.filter(t.unit.isin(list(customers))).select("unit", "customer_id"))
        found: dict[str, set[str]] = {code: {code} for code in customers}
        for row in rows.to_pylist():
            found[row["unit"]].add(row["customer_id"])
        return {code: frozenset(members) for code, members in found.items()}

    def _read(self, members: Mapping[str, frozenset[str]]) -> dict[str, pa.Table]:
        """The rows of the customers in every table that names them, which is all that is read where the others are counted."""
        people = sorted({member for own in members.values() for member in own})
        engine, found = self._engine, {}
        for name, table in TABLES.items():
            if table.has("customer_code"):
                t = book_table(name)
                found[name] = engine.fetch(t.filter(t.customer_code.isin(people)) if self._alone else t)
        bills = found["invoices"]["number"].to_pylist()
        t = book_table("allocations")
        found["allocations"] = engine.fetch(
            t.filter(t.invoice_number.isin(bills or [""])) if self._alone else t
        )
        if self._alone:
            t = book_table("customers")
            found["customers"] = engine.fetch(t.filter(t.code.isin(people)))
        for name, rows in found.items():
            engine.register(name, rows)
        return found

    def _due_dates(self) -> dict[str, Any]:
        """The invoices with their due dates, as the day saw them."""
        columns = ("number", "due_date", "valid_from")
        seen = visible(book_table("invoices", *columns), self._as_of, "valid_from")
        rows = self._engine.fetch(seen.select("number", "due_date")).to_pylist()
        return {row["number"]: row["due_date"] for row in rows}

    def _own(self, code: str, members: frozenset[str]) -> Own:
        facts = self._facts  # of everybody where they cannot be counted: only own rows become rows of Python
        bills = {row["number"] for row in rows_where(facts["invoices"], "customer_code", members)}
        late = tuple(
            (row[column] - self._due[row["invoice_number"]]).days
            for name, column in DATED.items()
            for row in rows_where(facts[name], "invoice_number", bills & self._due.keys())
            if row[column] <= self._as_of
        )
        bought = rows_where(facts["order_lines"], "customer_code", members)
        lines = [row for row in bought if sold_within(row, self._start, self._as_of)]
        return Own(
            code,
            members,
            tuple(days for days in late if days > 0),
            sum((row["base_amount"] for row in lines), Decimal(0)),
            sum((row["base_cost"] or Decimal(0) for row in lines), Decimal(0)),
            len({(row["customer_code"], row["order_number"]) for row in lines if row["base_amount"] > 0}),
        )
