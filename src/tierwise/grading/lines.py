"""The source rows behind a customer's grade: what stood in which line of which file. Source: spec 8.1(3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierwise.book.batches import batches
from tierwise.book.contract import TABLES
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.run import register_book
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord
    from tierwise.policy.model import Policy

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


def source_lines(book: Book, record: RunRecord, policy: Policy, customer: str) -> list[dict[str, Any]]:
    """The rows of the run's book version that speak of a customer, newest first, with file and line.

    **Shape** one dict per row: ``table``, ``file``, ``line``, ``batch``, then the shown columns.
    """
    version = book.version(record.book_version)
    names = {(b.number, i + 1): f["name"] for b in batches(book, version) for i, f in enumerate(b.files)}
    found: list[dict[str, Any]] = []
    with DuckDBEngine() as engine:
        register_book(book, version, engine)
        for name, columns in _SHOWN.items():
            table = visible(book_table(name), record.as_of, TABLES[name].effective_on)
            if name == "allocations":
                bills = visible(book_table("invoices"), record.as_of, "valid_from")
                own = (
                    bills.filter(bills.customer_code == customer)
                    .select(invoice_number=bills.number)
                    .distinct()
                )
                table = table.semi_join(own, "invoice_number")
            else:
                key = "code" if name == "customers" else "customer_code"
                table = table.filter(table[key] == customer)
            day = TABLES[name].effective_on
            rows = engine.fetch(table.order_by([table[day].desc(), table.source_line.asc()])).to_pylist()
            for row in rows:
                where = names.get((row["batch"], row["source_file"]), "")
                found.append(
                    {"table": name, "file": where, "line": row["source_line"], "batch": row["batch"]}
                    | {column: row[column] for column in columns}
                )
    return found
