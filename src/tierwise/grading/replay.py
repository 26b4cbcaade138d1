"""Replay: compute a stored run again and say whether one digit differs. Source: spec 12.1, decision 0005."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierwise.grading.digest import digest_of
from tierwise.grading.members import with_members
from tierwise.grading.run import compute, counts_of, find_run, read_results
from tierwise.grading.streaming import in_order
from tierwise.metrics.compute import Progress, silent
from tierwise.policy.fingerprint import fingerprint
from tierwise.policy.load import parse_policy

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.engine.base import Engine
    from tierwise.grading.pipeline import Outcome
    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Policy

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that came out differently."""

    customer_id: str
    column: str
    stored: Any
    computed: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. ``same`` is true only if every digit is the same."""

    run_id: str
    same: bool
    digest: str
    stored_digest: str
    differences: tuple[Difference, ...]
    total_differences: int
    rules_changed: dict[str, tuple[int | None, int | None]]
    stored_with: str


def replay_run(
    book: Book, run: str | None = None, *, progress: Progress = silent, engine: Engine | None = None
) -> Replay:
    """Recomputes a run from the book version, policy text and settings that it names."""
    record = find_run(book, run)
    policy = parse_policy(record.policy_text, f"{record.run_id}: policy")
    version = book.version(record.book_version)
    own = engine or book.engine()
    try:
        outcome = compute(book, version, policy, record.as_of, own, progress)
        rows = in_order(own, outcome.part, outcome.customers).read_all()
    finally:
        if engine is None:
            own.close()
    computed = digest_of(rows)
    stored = read_results(book, record)
    kept = digest_of(stored)
    rules = _rules_changed(with_members(record.rules, outcome.rules), outcome.rules)
    found, total = ((), 0) if computed == record.digest == kept else compare(stored, rows)
    beside = _beside(book, record, outcome, policy, rows)
    if kept != record.digest and not total:
        beside.append(Difference("", "digest", record.digest, kept))
    found, total = (*beside, *found)[:SHOWN], total + len(beside)
    same = not total and computed == record.digest
    return Replay(record.run_id, same, computed, record.digest, found, total, rules, record.tierwise_version)


def _beside(
    book: Book, record: RunRecord, outcome: Outcome, policy: Policy, rows: pa.Table
) -> list[Difference]:
    """Differences in what the record says of the whole field: explanations are made of it, too."""
    window = outcome.scene.window(policy.window_months)
    spans = {"start": window.start.isoformat(), "end": window.end.isoformat()}
    pairs = {
        "policy_fingerprint": (record.policy_fingerprint, fingerprint(policy)),
        "population": (record.population, outcome.population),
        "counts": (record.counts, counts_of(rows)),
        "window": (record.facts["window"], spans),
        "warnings": (record.facts["warnings"], _as_stored(list(outcome.warnings))),
        "checksums": _checksums(book, record),
        "facts": (record.facts["methods"], _as_stored(outcome.facts)),
    }
    return [Difference("", name, stored, now) for name, (stored, now) in pairs.items() if stored != now]


def _checksums(book: Book, record: RunRecord) -> tuple[dict[str, str], dict[str, str]]:
    """What the files of the book were, as far as the record says, and what they are."""
    version = book.version(record.book_version)
    stored = {n: t["checksum"] for n, t in record.facts.get("tables", {}).items() if "checksum" in t}
    return stored, {name: book.checksum(name, version) for name in stored}


def _as_stored(value: Any) -> Any:
    """A value as it comes back from the record's JSON."""
    return json.loads(json.dumps(value, ensure_ascii=False))


def _rules_changed(stored: dict[str, int], now: dict[str, int]) -> dict[str, tuple[int | None, int | None]]:
    names = sorted({*stored, *now})
    return {n: (stored.get(n), now.get(n)) for n in names if stored.get(n) != now.get(n)}


def compare(stored: pa.Table, computed: pa.Table) -> tuple[tuple[Difference, ...], int]:
    """The first differences between two result tables, and how many there are."""
    before = {row["customer_id"]: row for row in stored.to_pylist()}
    after = {row["customer_id"]: row for row in computed.to_pylist()}
    found: list[Difference] = []
    total = 0
    for customer in sorted({*before, *after}):
        one, two = before.get(customer, {}), after.get(customer, {})
        for column in [
            *stored.column_names,
            *(c for c in computed.column_names if c not in stored.column_names),
        ]:
            if one.get(column) != two.get(column):
                total += 1
                if len(found) < SHOWN:
                    found.append(Difference(customer, column, one.get(column), two.get(column)))
    return tuple(found), total
