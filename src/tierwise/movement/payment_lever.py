"""A lever through the facts: how many days sooner a customer would have had to pay to have the next grade. Spec 8.1(7).

Every settlement that came late is moved so many days back, though not before its due date, and the grade is computed again
from the facts, as a run computes it. So what is told is what happens: that many days reach the grade, one fewer do not.
What is unpaid stays unpaid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tierwise.book.contract import TABLES
from tierwise.engine.stages import Stages
from tierwise.grading.memory import scene_of
from tierwise.grading.pipeline import grade
from tierwise.grading.run import find_run, read_result
from tierwise.metrics.credit import ITEM_METRICS
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.standing_still import looks_at_others
from tierwise.policy.fingerprint import uses_of
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.engine.base import Engine
    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Policy

DATED = {"allocations": "allocated_on", "payments": "date"}
"""The tables that say when an invoice was settled, and the day in each."""
NO_CREDIT, NO_GRADE, BEST, NEVER_LATE, NOT_ENOUGH = (
    "no_credit",
    "no_grade",
    "best",
    "never_late",
    "not_enough",
)


@dataclass(frozen=True, slots=True)
class PaymentLever:
    """So many days sooner, and the grade that they reach; without days, ``why`` says why there are none."""

    customer: str
    grade: str | None
    late: int
    """Settlements that came after their due date."""
    days: int | None = None
    reaches: str | None = None
    why: str | None = None


def days_sooner(book: Book, customer: str, run: str | None = None) -> PaymentLever:
    """The fewest days by which each late payment had to come sooner for a better grade; one fewer does not reach it.

    **Raises** ``run.none``, ``run.unknown``, ``run.no-customer``.
    """
    record = find_run(book, run)
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    row = read_result(book, record, customer)
    why = _blocked(policy, row)
    if why is not None:
        return PaymentLever(customer, row["grade"], 0, why=why)
    trial = _Trial(book, record, policy, customer)
    if not trial.late:
        return PaymentLever(customer, row["grade"], 0, why=NEVER_LATE)
    codes = [grade.code for grade in policy.scale]
    least, most = 0, max(trial.late)
    reached = trial.grade_with(most)
    if not _better(codes, reached, row["grade"]):
        return PaymentLever(customer, row["grade"], len(trial.late), why=NOT_ENOUGH)
    while most - least > 1:
        middle = least + (most - least) // 2
        found = trial.grade_with(middle)
        if _better(codes, found, row["grade"]):
            most, reached = middle, found
        else:
            least = middle
    return PaymentLever(customer, row["grade"], len(trial.late), most, reached)


def _blocked(policy: Policy, row: dict[str, Any]) -> str | None:
    if not any(use.name in ITEM_METRICS for use in uses_of(policy)):
        return NO_CREDIT
    if row["status"] != "graded" or row["unit"] != row["customer_id"]:
        return NO_GRADE
    return BEST if row["grade"] == policy.scale[0].code else None


def _better(codes: list[str], new: str | None, old: str) -> bool:
    return new in codes and old in codes and codes.index(new) < codes.index(old)


class _Trial:
    """The facts of a run with the settlements of one customer moved. What others did is read only where it matters."""

    def __init__(self, book: Book, record: RunRecord, policy: Policy, customer: str) -> None:
        self._book, self._policy, self._customer = book, policy, customer
        self._as_of, self._version = record.as_of, book.version(record.book_version)
        self._people = _members(book, record, customer)
        with book.engine() as engine:
            book.open_in(engine, self._version, as_of=self._as_of)
            self._due = self._due_dates(engine)
            alone = not looks_at_others(policy)
            self._own = self._of_people(engine) if alone else {}
            self._settled = self._settlements(engine, alone=alone)
        self.late = [late for name in DATED for late in self._lateness(name) if late > 0]

    def grade_with(self, days: int) -> str | None:
        """The grade with every late settlement so many days sooner."""
        with self._book.engine() as engine:
            self._book.open_in(engine, self._version, as_of=self._as_of)
            for name, table in self._own.items():
                engine.register(name, table)
            for name in DATED:
                engine.register(name, self._moved(name, days))
            scene = scene_of(self._policy, self._as_of, self._version.settings)
            results = grade(Stages(engine), self._policy, scene).results
            mine = results.filter(results.customer_id == self._customer).select("grade")
            rows = engine.fetch(mine).to_pylist()
        return rows[0]["grade"] if rows else None

    def _due_dates(self, engine: Engine) -> dict[str, Any]:
        """The invoices of the customer with their due dates, as the day saw them."""
        columns = ("number", "customer_code", "due_date", "valid_from")
        seen = visible(book_table("invoices", *columns), self._as_of, "valid_from")
        own = seen.filter(seen.customer_code.isin(self._people))
        rows = engine.fetch(own.select("number", "due_date")).to_pylist()
        return {row["number"]: row["due_date"] for row in rows}

    def _of_people(self, engine: Engine) -> dict[str, pa.Table]:
        """The rows of the customer in every table that names customers; enough where nobody else has a say."""
        found = {}
        for name, table in TABLES.items():
            if table.has("customer_code") and name not in DATED:
                t = book_table(name)
                found[name] = engine.fetch(t.filter(t.customer_code.isin(self._people)))
        return found

    def _settlements(self, engine: Engine, *, alone: bool) -> dict[str, pa.Table]:
        """Allocations and payments; of the customer alone where nobody else has a say."""
        given, paid = book_table("allocations"), book_table("payments")
        if alone:
            given = given.filter(given.invoice_number.isin(list(self._due) or [""]))
            paid = paid.filter(paid.customer_code.isin(self._people))
        return {"allocations": engine.fetch(given), "payments": engine.fetch(paid)}

    def _lateness(self, name: str) -> list[int]:
        """By how many days each settlement that the day saw came after its due date."""
        rows = self._settled[name].to_pylist()
        return [
            (row[DATED[name]] - self._due[row["invoice_number"]]).days
            for row in rows
            if row["invoice_number"] in self._due and row[DATED[name]] <= self._as_of
        ]

    def _moved(self, name: str, days: int) -> pa.Table:
        """A table of settlements, the customer's late ones moved back, none before its due date, none that is still to come."""
        table, column = self._settled[name], DATED[name]
        told = zip(table[column].to_pylist(), table["invoice_number"].to_pylist(), strict=True)
        dates = [self._moved_day(on, self._due.get(number), days) for on, number in told]
        at = table.column_names.index(column)
        return table.set_column(at, table.schema.field(at), pa.array(dates, pa.date32()))

    def _moved_day(self, on: Any, due: Any, days: int) -> Any:
        if due is None or on <= due or on > self._as_of:
            return on
        return max(due, on - timedelta(days=days))


def _members(book: Book, record: RunRecord, customer: str) -> list[str]:
    """The customers that are graded as this one: itself, and below a group or an account its members."""
    name = f"results/{record.run_id}"
    with book.engine() as engine:
        schema = {"customer_id": "string", "unit": "string"}
        engine.read_files("lever_members", book.files(name, book.current()), schema)
        t = ibis.table(schema, name="lever_members")
        rows = engine.fetch(t.filter(t.unit == customer).select("customer_id")).to_pylist()
    return sorted({row["customer_id"] for row in rows} | {customer})
