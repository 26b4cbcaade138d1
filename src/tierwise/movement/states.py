"""The states of runs, as an append-only log in the book. Source: spec 11 (W02), decision 0011."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.periods import Period

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer

STATES = "run_states"
Kind = Literal["official", "rerun", "historical"]
State = Literal[
    "computed", "under_review", "approved", "published", "reopen_requested", "reopened", "superseded"
]
IN_FORCE: tuple[State, ...] = ("published", "reopen_requested", "reopened")
"""States in which the grades of a run are in force."""
OPEN: tuple[State, ...] = ("computed", "under_review", "approved")
"""States in which a run waits for people."""

SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("run_id", pa.string()),
        ("policy_code", pa.string()),
        ("period", pa.string()),
        ("as_of", pa.date32()),
        ("kind", pa.string()),
        ("state", pa.string()),
        ("actor", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("note", pa.string()),
        ("facts", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A run entered a state: who did it, when, and what was said."""

    state: State
    actor: str
    at: datetime
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CycleRun:
    """A run of the monthly cycle with all states that it entered, oldest first."""

    run_id: str
    policy_code: str
    period: Period
    as_of: date
    kind: Kind
    history: tuple[Entered, ...]

    @property
    def state(self) -> State:
        """The state it is in."""
        return self.history[-1].state

    @property
    def facts(self) -> dict[str, Any]:
        """What its states said, later ones over earlier ones."""
        found: dict[str, Any] = {}
        for entered in self.history:
            found |= entered.facts
        return found

    @property
    def effective(self) -> str:
        """The name of the table of its effective grades."""
        return f"results/{self.run_id}-effective"

    @property
    def events(self) -> str:
        """The name of the table of its grade events."""
        return f"results/{self.run_id}-events"

    def last(self, state: State) -> Entered | None:
        """How it last entered a state, if it ever did."""
        return next((entered for entered in reversed(self.history) if entered.state == state), None)


def cycle_runs(book: Book, version: BookVersion | None = None) -> list[CycleRun]:
    """The runs of all cycles, in the order in which they were made."""
    seen = version or book.current()
    if STATES not in seen.state:
        return []
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(book.read(STATES, seen).to_pylist(), key=lambda row: int(row["number"])):
        rows.setdefault(row["run_id"], []).append(row)
    return [_run(found) for found in rows.values()]


def _run(rows: Sequence[dict[str, Any]]) -> CycleRun:
    first = rows[0]
    history = tuple(
        Entered(row["state"], row["actor"], row["at"], row["note"], json.loads(row["facts"])) for row in rows
    )
    period = Period.of(first["period"])
    return CycleRun(first["run_id"], first["policy_code"], period, first["as_of"], first["kind"], history)


def chain(runs: Iterable[CycleRun], policy: str) -> list[CycleRun]:
    """The runs of a policy that are in force, one per period, oldest period first."""
    found = [run for run in runs if run.policy_code == policy and run.state in IN_FORCE]
    return sorted(found, key=lambda run: run.period)


def log_states(book: Book, writer: Writer, entered: Iterable[tuple[CycleRun, Entered]]) -> None:
    """Adds states to the log; they become visible with the writer's version. To be called once per version."""
    known = book.read_log(STATES, writer.base, SCHEMA)
    number = known.num_rows
    rows = [
        {
            "number": number + at,
            "run_id": run.run_id,
            "policy_code": run.policy_code,
            "period": str(run.period),
            "as_of": run.as_of,
            "kind": run.kind,
            "state": new.state,
            "actor": new.actor,
            "at": new.at,
            "note": new.note,
            "facts": json.dumps(dict(new.facts), ensure_ascii=False, sort_keys=True),
        }
        for at, (run, new) in enumerate(entered, start=1)
    ]
    writer.append(STATES, pa.Table.from_pylist(rows, schema=SCHEMA))


def find_cycle_run(runs: Sequence[CycleRun], run: str, book: str) -> CycleRun:
    """The run of an id (``run-000003``, or just ``3``). **Raises** ``cycle.unknown-run``."""
    for found in runs:
        if run in (found.run_id, str(int(found.run_id.removeprefix("run-")))):
            return found
    raise _unknown(runs, run, book)


def _unknown(runs: Sequence[CycleRun], run: str, book: str) -> TierwiseError:
    return fail(
        "cycle.unknown-run",
        "{run} is no run of a monthly cycle; there are {known} (`tierwise cycle {book} --policy P --period 2026-10` makes one)",
        "{run} 不是月度分级运行；现有 {known}（可用 `tierwise cycle {book} --policy 策略 --period 2026-10` 运行）",
        run=run,
        known=", ".join(found.run_id for found in runs) or "–",
        book=book,
    )
