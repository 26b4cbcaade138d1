"""Small companies in memory: rows of the contract's tables, with what a test does not care about filled in."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.base import Engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.memory import register_tables
from tierwise.metrics.catalogue import use_of
from tierwise.metrics.compute import Level, compute_metrics
from tierwise.metrics.scene import Scene
from tierwise.policy.load import load_policy
from tierwise.policy.model import Policy

Rows = Iterable[Mapping[str, Any]]
AS_OF = date(2025, 6, 30)
ALWAYS = date(1900, 1, 1)
_PLAIN = {"string": pa.string(), "int64": pa.int64(), "boolean": pa.bool_(), "date": pa.date32()}
_FILL: dict[str, dict[str, Any]] = {
    "customers": {
        "name": "x",
        "kind": "existing",
        "status": "active",
        "hierarchy_node": "standalone",
        "valid_from": ALWAYS,
    },
    "products": {"name": "x", "uom_factor": Decimal(1), "valid_from": ALWAYS},
    "order_lines": {
        "line_no": 1,
        "line_type": "sale",
        "status": "posted",
        "currency": "CNY",
        "to_stock": True,
        "reported_by_agent": False,
    },
    "invoices": {"status": "open", "currency": "CNY", "fx_rate": Decimal(1)},
    "payments": {"currency": "CNY", "fx_rate": Decimal(1)},
    "service_costs": {"kind": "other", "currency": "CNY", "fx_rate": Decimal(1)},
    "calls": {"wait_seconds": Decimal(0)},
    "interactions": {"kind": "visit"},
    "touches": {"response": "none", "channel": "web", "campaign_code": "M"},
    "credit_terms": {"payment_method": "credit", "valid_from": ALWAYS},
    "plans": {"region": "national", "category": "all", "measure": "sales"},
    "category_spend": {"category": "all", "known_from": ALWAYS, "year": AS_OF.year},
    "projects": {"name": "x", "start_on": ALWAYS, "cumulative_income": Decimal(0), "valid_from": ALWAYS},
}


def arrow_type(name: str) -> pa.DataType:
    """The Arrow type of an Ibis type name."""
    if name in _PLAIN:
        return _PLAIN[name]
    precision, scale = name.removeprefix("decimal(").removesuffix(")").split(",")
    return pa.decimal128(int(precision), int(scale))


def _value(value: Any, type_: pa.DataType) -> Any:
    return Decimal(str(value)) if value is not None and pa.types.is_decimal(type_) else value


def _complete(table: str, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    full = {**_FILL.get(table, {}), **row}
    if table == "order_lines":
        full.setdefault("order_number", f"O{number}")
        full.setdefault("order_date", full.get("posting_date", AS_OF))
        full.setdefault("posting_date", full["order_date"])
        full.setdefault("base_amount", full.get("amount_ex_tax"))
    if table == "invoices":
        full.setdefault("issue_date", ALWAYS)
        full.setdefault("valid_from", full["issue_date"])
        full.setdefault("base_amount", full.get("amount"))
    if TABLES[table].has("number"):
        full.setdefault("number", f"N{number}")
    if table in ("payments", "allocations", "service_costs"):
        full.setdefault("base_amount", full.get("amount"))
    full.setdefault("known_on", full.get(TABLES[table].effective_on))
    return full


def table(name: str, rows: Rows) -> pa.Table:
    """An Arrow table of the contract from partial rows."""
    full = [_complete(name, row, i) for i, row in enumerate(rows)]
    columns = {}
    for column, type_name in schema_of(name).items():
        type_ = arrow_type(type_name)
        columns[column] = pa.array([_value(row.get(column), type_) for row in full], type_)
    return pa.table(columns)


def tables(**rows: Rows) -> dict[str, pa.Table]:
    """Several tables by name."""
    return {name: table(name, some) for name, some in rows.items()}


def customers(codes: Iterable[str], **more: Any) -> list[dict[str, Any]]:
    """Plain customer rows."""
    return [{"code": code, **more} for code in codes]


def sales(values: Mapping[str, Any], on: date = AS_OF) -> list[dict[str, Any]]:
    """One order line per customer."""
    return [
        {"customer_code": code, "order_number": f"O-{code}", "order_date": on, "amount_ex_tax": value}
        for code, value in values.items()
    ]


def policy(leading: Mapping[str, Any], **more: Any) -> Policy:
    """A policy with the given leading method."""
    whole = {
        "code": "test",
        "version": 1,
        "title": {"en": "test", "zh": "测试"},
        "leading": dict(leading),
        **more,
    }
    return Policy.model_validate(whole)


def by_customer(results: pa.Table) -> dict[str, dict[str, Any]]:
    """Result rows by customer code."""
    return {row["customer_id"]: row for row in results.to_pylist()}


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shipped(name: str, **changes: Any) -> Policy:
    """A policy that comes with Tierwise, with top-level fields replaced."""
    return load_policy(name).policy.model_copy(update=changes)


def metrics(
    facts: Mapping[str, pa.Table],
    *names: str,
    as_of: date = AS_OF,
    scene: Scene | None = None,
    engine: Engine | None = None,
    level: Level = "site",
    members: bool = False,
) -> dict[str, dict[str, Any]]:
    """Metrics of the catalogue by customer, computed by the pipeline that grading uses."""
    own = engine or DuckDBEngine()
    try:
        register_tables(own, facts)
        stages = Stages(own)
        uses = {use_of(name, 12) for name in names}
        compute_metrics(stages, uses, scene or Scene(as_of), level=level, members=members)
        return {row["unit"]: row for row in own.fetch(stages["tw_metrics"]).to_pylist()}
    finally:
        if engine is None:
            own.close()
