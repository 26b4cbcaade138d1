"""Plain rows of a company, by table and contract column, and their Arrow tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tierwise.book.contract import TABLES, schema_of

Row = dict[str, Any]

BUSINESS_DAY = {
    "customers": "valid_from",
    "products": "valid_from",
    "order_lines": "posting_date",
    "invoices": "valid_from",
    "payments": "date",
    "allocations": "allocated_on",
    "late_reasons": "decided_on",
    "service_costs": "date",
    "fx_rates": "date",
    "assessments": "as_of",
    "plans": "month",
    "credit_terms": "valid_from",
    "category_spend": "known_from",
    "time_logs": "date",
}
ALWAYS = date(1900, 1, 1)


@dataclass
class Facts:
    """The rows of every book table; a missing key of a row is null or the contract's default."""

    as_of: date
    posting_basis: str = "invoice"
    fiscal_year_start: int = 1
    financing_rate_pct: Decimal | None = None
    customers: list[Row] = field(default_factory=list)
    products: list[Row] = field(default_factory=list)
    order_lines: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    allocations: list[Row] = field(default_factory=list)
    late_reasons: list[Row] = field(default_factory=list)
    service_costs: list[Row] = field(default_factory=list)
    fx_rates: list[Row] = field(default_factory=list)
    assessments: list[Row] = field(default_factory=list)
    plans: list[Row] = field(default_factory=list)
    credit_terms: list[Row] = field(default_factory=list)
    category_spend: list[Row] = field(default_factory=list)
    time_logs: list[Row] = field(default_factory=list)

    def rows(self, table: str) -> list[Row]:
        """The rows with defaults, derived and system columns filled, as the book would store them."""
        return [_filled(table, row, i) for i, row in enumerate(getattr(self, table), 1)]


def _filled(table: str, row: Row, number: int) -> Row:
    """One complete row. Everything is in base currency, so that the rate is 1."""
    full: Row = dict.fromkeys(schema_of(table)) | row
    for column in TABLES[table].columns:
        if full[column.name] is None and column.default is not None:
            full[column.name] = _default(column.kind, column.default, full)
    if table in ("customers", "products"):
        full["valid_from"] = full["valid_from"] or ALWAYS
    if table == "invoices":
        full["valid_from"] = full["valid_from"] or full["issue_date"]
    amount = "amount_ex_tax" if table == "order_lines" else "amount"
    if "base_amount" in full:
        full |= {"fx_rate": Decimal(1), "base_amount": full[amount]}
    if "base_cost" in full:
        full["base_cost"] = full["cost_amount"]
    full["known_on"] = full["known_on"] or full[BUSINESS_DAY[table]]
    return full | {"batch": 1, "source_file": 1, "source_line": number + 1}


def _default(kind: str, default: str, row: Row) -> Any:
    if default == "=base_currency":
        return "CNY"
    if default.startswith("="):
        return row[default[1:]]
    if kind == "flag":
        return default == "true"
    return Decimal(default) if kind in ("rate", "money") else default


def arrow_type(ibis_type: str) -> pa.DataType:
    """The Arrow type of a contract type."""
    if ibis_type.startswith("decimal("):
        digits, places = ibis_type[8:-1].split(",")
        return pa.decimal128(int(digits), int(places))
    return {"string": pa.string(), "date": pa.date32(), "int64": pa.int64(), "boolean": pa.bool_()}[ibis_type]


def arrow_tables(facts: Facts) -> dict[str, pa.Table]:
    """Every table that the oracle knows, also the empty ones."""
    return {
        name: pa.Table.from_pylist(
            facts.rows(name), pa.schema([(c, arrow_type(t)) for c, t in schema_of(name).items()])
        )
        for name in BUSINESS_DAY
    }


def visible(rows: list[Row], as_of: date, *days: str) -> list[Row]:
    """The rows that a point of view may see: known, not superseded, and none of their days later."""
    return [
        row
        for row in rows
        if row["known_on"] <= as_of
        and (row["superseded_on"] is None or row["superseded_on"] > as_of)
        and all(row[day] <= as_of for day in days)
    ]
