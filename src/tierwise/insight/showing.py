"""The rows of a run as a face shows them: who each customer is, what was stored, and where it stood before.

Best first, exact, streamed: what decimals and days say is text with every digit, because a face keeps and shows it
and never computes with it. Nothing is graded again. Source: spec 8.1, 13.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.picking import pick
from tierwise.engine.stages import Stages
from tierwise.grading.streaming import ahead
from tierwise.metrics.catalogue import use_of
from tierwise.metrics.compute import compute_metrics
from tierwise.metrics.field import columns_of
from tierwise.metrics.report import scene_for_people
from tierwise.metrics.scene import book_table, visible
from tierwise.movement.effective_rows import COLUMNS as EFFECTIVE
from tierwise.movement.states import IN_FORCE as PUBLISHED
from tierwise.movement.states import cycle_runs

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.movement.states import CycleRun

WHO = (
    "name short_name kind relation_type party_type industry segment region country hierarchy_node parent_code "
    "owner backup team agent_code status tags credit_limit unified_credit_code blacklisted kept_for_image "
    "first_contact_on"
).split()
"""Columns of the customer record that go along, as of the day of the run."""
IN_FORCE = "effective previous cause since better worse override_id movement".split()
"""Columns of the effective grade, where the run belongs to a cycle."""
BESIDE = (
    "net_sales gross_profit customer_profit orders last_order_on credit_score lifecycle worked_minutes "
    "receivable overdue unallocated_receipts average_days_late on_time_rate_pct"
).split()
"""Metrics that pages show, also where the policy of the run does not ask for them."""
WINDOW = 12
WORD_DIGITS = 18
"""So many digits of a decimal fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A stream of rows. Columns: ``who_`` of the customer, ``now_`` of the grade in force, ``was_0`` … the grade and
    ``had_0`` … the score in each earlier run, ``place`` in the order of codes, the stored columns that were asked for
    under their names, and ``body``: all of them as one JSON list of texts, for ``unpacked``."""

    stored: dict[str, str]
    """Stored column -> its type, with which ``restored`` brings text back."""
    beside: dict[str, str]
    """Metrics computed beside the run, because its policy does not ask for them: column -> type."""
    earlier: tuple[RunRecord, ...]
    rows: pa.RecordBatchReader


@contextmanager
def shown(
    book: Book, record: RunRecord, earlier: Sequence[RunRecord] = (), columns: Sequence[str] = ()
) -> Iterator[Shown]:
    """The rows of a run, best first, with the grades of earlier runs of the same policy, oldest first.

    ``columns`` of the run, or computed beside it, stand in a row on their own, where there are such.
    """
    now = book.current()
    with DuckDBEngine() as engine:
        stored = book.schema(f"results/{record.run_id}")
        engine.read_files("sh_results", book.files(f"results/{record.run_id}", now), stored)
        results = ibis.table(stored, name="sh_results")
        joined: Any = _with_people(engine, book, record, _with_places(results))
        joined, beside = _with_metrics(engine, book, record, joined, stored)
        joined = _with_grade_in_force(engine, book, record, joined)
        joined = _with_earlier(engine, book, earlier, joined)
        packed = (*stored, *beside)
        texts = {c: _as_text(joined[c]) for c in joined.columns if c not in packed or c in columns}
        keys = {"rank__": joined["rank"], "code__": joined.customer_id}
        rows = joined.select(**texts, **keys, body=_packed([joined[c] for c in packed]))
        rows = rows.order_by([rows.rank__.asc(nulls_first=False), rows.code__.asc()])
        ordered = pick(rows, *texts, "body")
        yield Shown(stored, beside, tuple(earlier), ahead(engine, engine.stream(ordered)))


def unpacked(kinds: Mapping[str, str], body: str) -> dict[str, Any]:
    """The stored columns of a row with the values of their types, from the ``body`` of ``shown``.

    ``kinds`` are those of ``stored`` and then ``beside``, in their order.
    """
    values = json.loads(body)
    return {name: _restored(kind, value) for (name, kind), value in zip(kinds.items(), values, strict=True)}


def _restored(kind: str, text: str | None) -> Any:
    if text is None or kind == "string":
        return text
    if kind == "boolean":
        return text == "true"
    if kind == "date":
        return date.fromisoformat(text)
    return int(text) if kind.startswith("int") else Decimal(text)


def _packed(values: Sequence[Any]) -> Any:
    """Values of a row as one JSON list of texts: written and read in one piece, whatever there are."""
    return ibis.array([_said(value) for value in values]).cast("json").cast("string")


def _as_text(column: Any) -> Any:
    kind = column.type()
    return _said(column) if kind.is_decimal() or kind.is_date() else column


def _said(value: Any) -> Any:
    """A value as text. A decimal that fits 64 bits is written from those: the same digits in a seventh of the time."""
    kind, text = value.type(), value.cast("string")
    if not kind.is_decimal() or kind.precision <= WORD_DIGITS:
        return text
    return ibis.coalesce(value.try_cast(f"decimal({WORD_DIGITS}, {kind.scale})").cast("string"), text)


def _beside(joined: Any, table: Any, columns: dict[str, str], key: str) -> Any:
    """Columns of a table with a row per customer, under new names."""
    narrow = pick(table, key__=key, **columns)
    wide = joined.left_join(narrow, joined.customer_id == narrow.key__)
    return pick(wide, *joined.columns, *columns)


def _with_places(results: Table) -> Any:
    """Beside the place of each in the order of codes: found of the codes alone, before rows are wide."""
    places = results.select(
        key__=results.customer_id, place=ibis.row_number().over(order_by=results.customer_id.asc()) + 1
    )
    return _beside(results, places, {"place": "place"}, "key__")


def _with_people(engine: DuckDBEngine, book: Book, record: RunRecord, results: Table) -> Any:
    """Beside the customer records as they were on the day of the run."""
    book.open_in(engine, book.version(record.book_version), ("customers",), as_of=record.as_of)
    return _beside(results, people_of(record, WHO), {f"who_{c}": c for c in WHO}, "code")


def people_of(record: RunRecord, columns: Sequence[str]) -> Any:
    """The customer records as they were on the day of a run; ``customers`` of its book version has to be open."""
    records = visible(book_table("customers", "code", "valid_from", *columns), record.as_of, "valid_from")
    newest = ibis.row_number().over(group_by=records.code, order_by=records.valid_from.desc())
    people = records.mutate(nth=newest)
    return people.filter(people.nth == 0)


def _with_metrics(
    engine: DuckDBEngine, book: Book, record: RunRecord, joined: Any, stored: dict[str, str]
) -> tuple[Any, dict[str, str]]:
    """Beside the metrics that lists show and the run did not store, from the facts of the run."""
    uses = [use_of(name, WINDOW) for name in BESIDE]
    lacking = [use for use in uses if use.column not in stored]
    if not lacking:
        return joined, {}
    version = book.version(record.book_version)
    book.open_in(engine, version, as_of=record.as_of)
    stages = Stages(engine)
    compute_metrics(stages, lacking, scene_for_people(version.settings, record.as_of))
    t = stages["tw_metrics"]
    columns = [column for use in lacking for column in columns_of(use)]
    kinds = {c: str(t[c].type()) for c in columns}
    return _beside(joined, t, {c: c for c in columns}, "unit"), kinds


def _with_grade_in_force(engine: DuckDBEngine, book: Book, record: RunRecord, joined: Any) -> Any:
    """Beside what counts after confirmation and overrides; nulls for a run outside every cycle."""
    run = next((run for run in cycle_runs(book) if run.run_id == record.run_id), None)
    files = book.files(run.effective, book.current()) if run else []
    if not files:
        return joined.mutate(**{f"now_{c}": ibis.null(EFFECTIVE[c]) for c in IN_FORCE})
    engine.read_files("sh_effective", files, EFFECTIVE)
    effective = ibis.table(EFFECTIVE, name="sh_effective")
    return _beside(joined, effective, {f"now_{c}": c for c in IN_FORCE}, "customer_id")


def _with_earlier(engine: DuckDBEngine, book: Book, earlier: Sequence[RunRecord], joined: Any) -> Any:
    """Beside the grade (in force, where the run was published in a cycle) and the score of each earlier run."""
    kinds = {"customer_id": "string", "grade": "string", "score": "decimal(38, 10)"}
    published = published_runs(book)
    for at, record in enumerate(earlier):
        name = f"sh_was_{at}"
        engine.read_files(name, book.files(f"results/{record.run_id}", book.current()), kinds)
        was = ibis.table(kinds, name=name)
        columns = {f"was_{at}": "grade", f"had_{at}": "score"}
        if record.run_id in published:
            columns.pop(f"was_{at}")
            grades = grades_in_force(engine, book, published[record.run_id], f"sh_force_{at}")
            joined = _beside(joined, grades, {f"was_{at}": "effective"}, "customer_id")
        joined = _beside(joined, was, columns, "customer_id")
    return joined


def published_runs(book: Book) -> dict[str, CycleRun]:
    """The runs whose grades were put in force, by their ids."""
    return {run.run_id: run for run in cycle_runs(book) if run.state in PUBLISHED}


def grades_in_force(engine: DuckDBEngine, book: Book, run: CycleRun, name: str) -> Any:
    """Customer and effective grade of a published run, registered under a name."""
    kinds = {"customer_id": "string", "effective": "string"}
    engine.read_files(name, book.files(run.effective, book.current()), kinds)
    return ibis.table(kinds, name=name)
