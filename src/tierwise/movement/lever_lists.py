"""The levers of one customer or of all customers of a run, with who looks after them. Source: spec 8.1(7), W07."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.run import find_run, read_result, read_results
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.levers import Levers, levers
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Policy


@dataclass(frozen=True, slots=True)
class Listed:
    """Levers of a run: the record, the policy, the customers in the order asked for, and the owner of each."""

    record: RunRecord
    policy: Policy
    customers: tuple[Levers, ...]
    owners: dict[str, str | None]


def levers_of_customer(book: Book, customer: str, run: str | None = None) -> Listed:
    """The levers of one customer. **Raises** ``run.none``, ``run.unknown``, ``run.no-customer``."""
    record = find_run(book, run)
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    row = read_result(book, record, customer)
    found = levers(policy, record.facts["methods"], row)
    return Listed(record, policy, (found,), _owners(book, record))


def levers_of_run(book: Book, run: str | None = None, *, by: str = "grade") -> Listed:
    """The levers of all who are graded: by grade from the best, or by owner, the nearest to a better grade first."""
    record = find_run(book, run)
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    facts = record.facts["methods"]
    rows = read_results(book, record).to_pylist()
    found = [
        levers(policy, facts, row)
        for row in rows
        if row["status"] == "graded" and row["unit"] == row["customer_id"]
    ]
    owners = _owners(book, record)
    places = {grade.code: at for at, grade in enumerate(policy.scale)}

    def order(one: Levers) -> tuple[object, ...]:
        ups = one.of("up")
        near = (not ups, ups[0].size if ups else 0, one.customer)
        owner = owners.get(one.customer)
        group = (places.get(one.grade or "", len(places)),) if by == "grade" else (owner is None, owner or "")
        return (*group, *near)

    return Listed(record, policy, tuple(sorted(found, key=order)), owners)


def _owners(book: Book, record: RunRecord) -> dict[str, str | None]:
    seen = visible(book_table("customers", "code", "owner", "valid_from"), record.as_of, "valid_from")
    with DuckDBEngine() as engine:
        book.open_in(engine, book.version(record.book_version), ("customers",), as_of=record.as_of)
        rows = engine.fetch(seen.select("code", "owner")).to_pylist()
    return {row["code"]: row["owner"] for row in rows}
