"""A run: read a book version, grade, store results and record whole or not at all. Source: spec 6.15, 8.1, 12.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tierwise.book.contract import TABLES
from tierwise.book.rollups import reading
from tierwise.book.surviving import follow
from tierwise.engine.stages import Stages
from tierwise.grading.by_months import Way, read_by_months
from tierwise.grading.digest import Digest
from tierwise.grading.memory import scene_of
from tierwise.grading.noticing import notices
from tierwise.grading.pipeline import Outcome, grade
from tierwise.grading.record import SCHEMA, RunRecord, from_row, to_table
from tierwise.grading.streaming import in_order
from tierwise.kernel.errors import TierwiseError, fail
from tierwise.metrics.catalogue import with_needs
from tierwise.metrics.compute import Progress, silent
from tierwise.metrics.older import first_day
from tierwise.metrics.waiting import waiting
from tierwise.policy.fingerprint import uses_of

if TYPE_CHECKING:
    from tierwise.book.store import Book, BookVersion, Writer
    from tierwise.engine.base import Engine
    from tierwise.metrics.scene import Scene
    from tierwise.policy.load import PolicyDocument
    from tierwise.policy.model import Policy

RUNS = "runs"
DRY_RUN = "dry-run"


@dataclass(frozen=True)
class RunResult:
    """A finished run: its record, its warnings, and its rows (read when asked for)."""

    record: RunRecord
    book: Book
    kept: pa.Table | None = field(default=None, repr=False)

    @property
    def results(self) -> pa.Table:
        """All result rows, sorted by customer."""
        return self.kept if self.kept is not None else read_results(self.book, self.record)

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """Run warnings as codes with slots."""
        return self.record.warnings


def grade_book(
    book: Book,
    document: PolicyDocument,
    as_of: date,
    *,
    actor: str,
    at: datetime,
    dry_run: bool = False,
    way: Way = "auto",
    progress: Progress = silent,
    engine: Engine | None = None,
) -> RunResult:
    """Grades the book's customers as of a day and stores the run; a dry run stores nothing.

    ``way`` says whether all lines are read or what is kept of whole months; the rows are the same. Decision 0021.
    **Raises** ``grade.rates-missing`` while lines wait for an exchange rate.
    """
    if dry_run:
        return _dry_run(book, document, as_of, actor=actor, at=at, way=way, progress=progress, engine=engine)
    with book.writer(actor=actor, at=at) as writer:
        record = add_run(book, writer, document, as_of, way=way, progress=progress, engine=engine)
        writer.commit("run", record.run_id)
    return RunResult(record, book)


def add_run(
    book: Book,
    writer: Writer,
    document: PolicyDocument,
    as_of: date,
    *,
    way: Way = "auto",
    progress: Progress = silent,
    engine: Engine | None = None,
) -> RunRecord:
    """Grades within a version under way: the run shows with whatever else the writer commits with it."""
    base = writer.base
    own = engine or book.engine(writer.staging)
    try:
        outcome = compute(book, base, document.policy, as_of, own, progress, way=way, keep=True)
        number = 1 + max((record.number for record in list_runs(book, base)), default=0)
        run_id = f"run-{number:06d}"
        own.after(lambda: progress("storing"))
        stream = _Tee(own, outcome)
        writer.create_result(run_id, stream.reader())
        record = _record(
            book, document, as_of, base, own, outcome, stream, writer.actor, writer.at, run_id, number
        )
        writer.append(RUNS, to_table(record))
    finally:
        if engine is None:
            own.close()
    return record


def _dry_run(
    book: Book,
    document: PolicyDocument,
    as_of: date,
    *,
    actor: str,
    at: datetime,
    way: Way,
    progress: Progress,
    engine: Engine | None,
) -> RunResult:
    base = book.upcoming()
    own = engine or book.engine()
    try:
        with reading(book.path):
            outcome = compute(book, base, document.policy, as_of, own, progress, way=way)
            stream = _Tee(own, outcome)
            rows = stream.reader().read_all()
        record = _record(book, document, as_of, base, own, outcome, stream, actor, at, DRY_RUN, 0)
    finally:
        if engine is None:
            own.close()
    return RunResult(record, book, rows)


def compute(
    book: Book,
    version: BookVersion,
    policy: Policy,
    as_of: date,
    engine: Engine,
    progress: Progress = silent,
    *,
    way: Way = "full",
    keep: bool = False,
) -> Outcome:
    """Grades a book version in an engine; the rows are computed when they are read."""
    book.open_in(engine, version, as_of=None)  # months are kept as their lines are written
    scene = scene_of(policy, as_of, version.settings)
    _refuse_waiting(book, version, policy, scene, engine)
    first = first_day(uses_of(policy), scene)
    by_months = read_by_months(book, version, engine, as_of, way=way, keep=keep, first=first)
    merged = follow(engine, book, version, TABLES, as_of)
    scene = replace(scene, by_months=by_months, merged=merged)
    stages = Stages(engine)
    outcome = grade(stages, policy, scene, progress)
    return replace(outcome, warnings=(*outcome.warnings, *notices(stages, version, as_of)))


def _refuse_waiting(book: Book, version: BookVersion, policy: Policy, scene: Scene, engine: Engine) -> None:
    suspects = [name for name, state in version.state.items() if state.facts.get("blocked")]
    found = waiting(engine, with_needs(uses_of(policy)), scene, suspects) if suspects else {}
    if found:
        raise fail(
            "grade.rates-missing",
            "{count} {count#row|rows} of {tables} {count#waits|wait} for an exchange rate; `tierwise check {book}` names "
            "currencies and days, `tierwise import {book} fx_rates FILE` brings them",
            "{tables} 中有 {count} 行缺少汇率；`tierwise check {book}` 列出币种与日期，"
            "`tierwise import {book} fx_rates 文件` 可导入汇率",
            count=sum(found.values()),
            tables=", ".join(sorted(found)),
            book=str(book.path),
        )


def counts_of(rows: pa.Table | pa.RecordBatch) -> dict[str, int]:
    """Graded units by grade, the others by status, sorted by code."""
    label = pc.coalesce(rows.column("grade"), rows.column("status"))
    own = pc.equal(rows.column("customer_id"), rows.column("unit"))
    found = pc.value_counts(label.filter(own)).to_pylist()
    return dict(sorted((entry["values"], entry["counts"]) for entry in found))


class _Tee:
    """The result rows as one sorted stream that is counted and digested on its way."""

    def __init__(self, engine: Engine, outcome: Outcome) -> None:
        self._source = in_order(engine, outcome.part, outcome.customers)
        self._digest = Digest(self._source.schema)
        self.counts: Counter[str] = Counter()

    def reader(self) -> pa.RecordBatchReader:
        """The stream; to be read once, whole."""
        return pa.RecordBatchReader.from_batches(self._source.schema, self._batches())

    @property
    def digest(self) -> str:
        """The digest of what has passed."""
        return self._digest.hex()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self._source:
            self._digest.add(batch)
            self.counts.update(counts_of(batch))
            yield batch


def _record(
    book: Book,
    document: PolicyDocument,
    as_of: date,
    base: BookVersion,
    engine: Engine,
    outcome: Outcome,
    stream: _Tee,
    actor: str,
    at: datetime,
    run_id: str,
    number: int,
) -> RunRecord:
    window = outcome.scene.window(document.policy.window_months)
    tables = {
        name: {"delta": state.delta, "rows": state.rows, "checksum": book.checksum(name, base)}
        for name, state in base.state.items()
        if name in TABLES
    }
    facts = {
        "methods": outcome.facts,
        "warnings": list(outcome.warnings),
        "window": {"start": window.start.isoformat(), "end": window.end.isoformat()},
        "tables": tables,
        "read": "months" if outcome.scene.by_months else "lines",
    }
    return RunRecord(
        run_id=run_id,
        number=number,
        policy_code=document.policy.code,
        policy_version=document.policy.version,
        policy_fingerprint=document.fingerprint,
        policy_text=document.text,
        as_of=as_of,
        data_cutoff_at=base.at,
        book_version=base.number,
        actor=actor,
        at=at,
        engine=engine.name,
        engine_version=engine.version,
        tierwise_version=installed("tierwise"),
        rules=outcome.rules,
        settings=base.settings.deciding(),
        digest=stream.digest,
        population=outcome.population,
        counts=dict(sorted(stream.counts.items())),
        facts=facts,
    )


def list_runs(book: Book, version: BookVersion | None = None) -> list[RunRecord]:
    """All runs of a book at a version (the newest by default), oldest first."""
    seen = version or book.current()
    rows = book.read_log(RUNS, seen, SCHEMA)
    return sorted(
        (from_row(row) for row in rows.select(SCHEMA.names).to_pylist()), key=lambda record: record.number
    )


def find_run(book: Book, run: str | None = None) -> RunRecord:
    """The run of an id (``run-000003``, or just ``3``), or the latest.

    **Raises** ``run.none`` if the book has no run, ``run.unknown`` for an unknown id.
    """
    records = list_runs(book)
    if not records:
        raise fail(
            "run.none",
            "no run yet; `tierwise grade {book} --policy abc_sales --as-of DATE` makes one",
            "尚无分级运行；可用 `tierwise grade {book} --policy abc_sales --as-of 日期` 运行",
            book=str(book.path),
        )
    if run is None:
        return records[-1]
    for record in records:
        if run in (record.run_id, str(record.number)):
            return record
    raise fail(
        "run.unknown",
        "there is no run {run}; the last one is {last} (`tierwise runs` lists them)",
        "没有运行 {run}；最近一次为 {last}（`tierwise runs` 可列出）",
        run=run,
        last=records[-1].run_id,
    )


def read_results(book: Book, record: RunRecord) -> pa.Table:
    """All stored rows of a run, sorted by customer."""
    return book.read(f"results/{record.run_id}", book.current()).sort_by("customer_id")


def read_some(
    book: Book, record: RunRecord, customers: Sequence[str], columns: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Customer -> some columns of its stored row, for those of some customers that the run has."""
    found: dict[str, dict[str, Any]] = {}
    names = ["customer_id", *columns]
    for file in book.files(f"results/{record.run_id}", book.current()) if customers else []:
        table = pq.read_table(file, columns=names, filters=[("customer_id", "in", list(customers))])
        found |= {str(row["customer_id"]): row for row in table.to_pylist()}
    return found


def members_of(book: Book, record: RunRecord, unit: str) -> list[str]:
    """The customers that a run graded as parts of a unit, at whatever depth below it; sorted, without the unit itself."""
    below = [("unit", "=", unit), ("customer_id", "!=", unit)]
    found: list[str] = []
    for file in book.files(f"results/{record.run_id}", book.current()):
        found += pq.read_table(file, columns=["customer_id"], filters=below)["customer_id"].to_pylist()
    return sorted(found)


def read_result(book: Book, record: RunRecord, customer: str) -> dict[str, Any]:
    """The stored row of one customer.

    **Raises** ``run.no-customer`` if the run has no such customer.
    """
    for file in book.files(f"results/{record.run_id}", book.current()):
        found = pq.read_table(file, filters=[("customer_id", "=", customer)]).to_pylist()
        if found:
            row: dict[str, Any] = found[0]
            return row
    raise no_customer(record.run_id, customer)


def no_customer(run_id: str, customer: str) -> TierwiseError:
    """The refusal of a customer that a run does not have."""
    return fail(
        "run.no-customer",
        "{run} has no customer {customer}",
        "{run} 中没有客户 {customer}",
        run=run_id,
        customer=customer,
    )
