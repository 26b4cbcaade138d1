"""The source rows behind a customer's grade: what stood in which line of which file. Source: spec 8.1(3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.batches import batches, file_names
from tierwise.book.closing import MARK
from tierwise.book.contract import TABLES, schema_of
from tierwise.book.contract.choices import COUNTED_STATUSES
from tierwise.book.shape import LINE_STEP, Shape
from tierwise.book.surviving import survivors
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.wording import metric_use
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.engine.base import Engine
    from tierwise.grading.record import RunRecord

_CLOSING = {"correction": "int32", "stated_on": "date"}
"""What ledgers keep beside the contract."""
MOST_COLUMNS = 8
_SHOWN: dict[str, tuple[str, ...]] = {
    "order_lines": (
        "order_number", "line_no", "order_date", "posting_date", "line_type", "status", "product_code", "qty",
        "amount_ex_tax", "currency", "base_amount", "base_cost",
    ),
    "invoices": ("number", "issue_date", "due_date", "status", "amount", "currency", "base_amount"),
    "payments": ("number", "date", "amount", "currency", "invoice_number"),
    "allocations": ("number", "invoice_number", "allocated_on", "amount", "late_reason", "excused"),
    "service_costs": ("number", "date", "kind", "base_amount"),
    "assessments": ("template", "criterion", "score", "level", "assessor", "as_of", "valid_until"),
    "customers": ("code", "name", "kind", "status", "owner", "valid_from"),
}  # fmt: skip


def shown_columns(table: str) -> tuple[str, ...]:
    """The columns of a table that its source rows show."""
    own = (c.name for c in TABLES[table].columns if c.name not in ("customer_code", "note"))
    return _SHOWN.get(table) or tuple(own)[:MOST_COLUMNS]


def tables_of(column: str) -> tuple[str, ...]:
    """The tables whose rows speak of customers and stand behind a metric, in the order in which they are shown."""
    use = metric_use(column)
    read = METRICS[use.name].tables if use else ()
    speaking = [name for name in read if name == "allocations" or TABLES[name].has("customer_code")]
    return tuple(
        sorted(speaking, key=lambda name: (list(_SHOWN).index(name) if name in _SHOWN else 99, name))
    )


def source_lines(
    book: Book,
    record: RunRecord,
    customers: Sequence[str],
    tables: Sequence[str] = tuple(_SHOWN),
    columns_of: Callable[[str], Sequence[str]] = shown_columns,
) -> list[dict[str, Any]]:
    """The rows of the run's book version that speak of customers, newest first, with file and line.

    **Shape** one dict per row: ``table``, ``file``, ``line``, ``batch``, ``counts`` (false for a line that no metric
    reads), then the shown columns; ``written_for`` where the row names a merged customer. Rows of ledgers also
    say their ``role`` (``reversal`` or ``replacement`` of an earlier row, ``posted_later``, None for an ordinary one),
    the day that the source stated, and the note; their keys are those of the source.
    """
    version = book.version(record.book_version)
    people = speaking_for(survivors(book, version, record.as_of), customers)
    names = file_names(batches(book, version))
    found: list[dict[str, Any]] = []
    with DuckDBEngine() as engine:
        book.open_in(engine, version, {*tables, "invoices"}, as_of=None)
        for name in tables:
            shape, columns = Shape(TABLES[name]), columns_of(name)
            if shape.ledger:
                engine.read_files(name, book.files(name, version), book.schema(name) | _CLOSING)
            for row in _rows(engine, shape, record, people):
                where = names.get((row["batch"], row["source_file"]), "")
                place = {"table": name, "file": where, "line": row["source_line"], "batch": row["batch"]}
                place["counts"] = _counts(name, row)
                place |= _other_code(row, customers)
                found.append(place | {column: row[column] for column in columns} | _history(shape, row))
    return found


def speaking_for(ends: Mapping[str, str], customers: Sequence[str]) -> list[str]:
    """Customers and the codes that were merged into them: what is written of any of these counts for them."""
    asked = set(customers)
    return [*customers, *sorted(code for code, end in ends.items() if end in asked)]


def _other_code(row: dict[str, Any], customers: Sequence[str]) -> dict[str, str]:
    """Of whom a row was written, where that is a customer merged into the one that is asked for."""
    code = row.get("customer_code") or row.get("code")
    return {} if code is None or code in customers else {"written_for": code}


def _counts(table: str, row: dict[str, Any]) -> bool:
    """Whether metrics read a row at all. Source: spec 5.1(3), 5.1(11)."""
    if table == "order_lines":
        return row["status"] in COUNTED_STATUSES and not row["reported_by_agent"]
    return table != "invoices" or row["status"] != "void"


def _rows(engine: Engine, shape: Shape, record: RunRecord, customers: Sequence[str]) -> list[dict[str, Any]]:
    stored = schema_of(shape.name) | (_CLOSING if shape.ledger else {})
    table = visible(ibis.table(stored, name=shape.name), record.as_of, shape.day)
    if shape.name == "allocations":
        bills = visible(book_table("invoices"), record.as_of, "valid_from")
        own = bills.filter(bills.customer_code.isin(customers)).select(invoice_number=bills.number).distinct()
        table = table.semi_join(own, "invoice_number")
    else:
        table = table.filter(table["code" if shape.name == "customers" else "customer_code"].isin(customers))
    places = [table[name].asc() for name in ("source_line", "source_file", "batch") if name in stored]
    ordered = table.order_by([table[shape.day].desc(), *places])
    rows: list[dict[str, Any]] = engine.fetch(ordered).to_pylist()
    return rows


def _history(shape: Shape, row: dict[str, Any]) -> dict[str, Any]:
    """What became of a ledger's row when a closed period was corrected."""
    if not shape.ledger:
        return {}
    step = row["correction"]
    role = None if row["stated_on"] is None else "posted_later"
    if step is not None:
        role = "reversal" if step % 2 else "replacement"
    told = {"role": role, "stated_on": row["stated_on"], "note": _note(row.get("note"))}
    last = shape.key[-1]
    return told | ({last: _key(row[last], step)} if last in row and step is not None else {})


def _key(value: Any, step: int) -> Any:
    """The last key column as the source states it."""
    return value - LINE_STEP * step if isinstance(value, int) else re.sub(r"~[RC][0-9]+$", "", str(value))


def _note(note: str | None) -> str | None:
    """A note without the remark that the book added."""
    return (note or "").split(MARK)[0].strip() or None
