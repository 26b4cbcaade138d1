"""Chains of periods, taken by the rule for one customer and by the rule for a population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import ibis
import pyarrow as pa

from tierwise.engine.base import Engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.movement.effective import InForce, Rule, Standing, Verdict, step
from tierwise.movement.effective_rows import (
    BEFORE,
    COLUMNS,
    Marked,
    effective_rows,
    read_before,
    read_overrides,
)

_KINDS = {"string": pa.string(), "int64": pa.int64(), "boolean": pa.bool_()}
SCHEMA = pa.schema([(name, _KINDS[kind]) for name, kind in COLUMNS.items()])
NOW = dict.fromkeys("customer_id unit status near_cut flags seen computed".split(), "string")
STATUS = {"no_purchase": "not_in_population", "left": "not_in_population", "none": "incomplete"}


@dataclass(frozen=True)
class Month:
    """What one period says of a customer; ``absent``: its run does not name it."""

    seen: str
    grade: str | None = None
    override: str | None = None
    ended: bool = False
    absent: bool = False


Chain = list[Month]


def by_rule(chain: Chain, rule: Rule) -> list[Standing]:
    """Where one customer stands after every period."""
    standing, found = Standing(), []
    for at, month in enumerate(chain):
        override = InForce(f"o-{month.override}", month.override) if month.override else None
        seen = cast(Verdict, month.seen)
        standing = step(standing, seen, month.grade, rule, str(at), override=override, ended=month.ended)
        found.append(standing)
    return found


def by_rows(
    chains: Mapping[str, Chain], rule: Rule, engine: Engine | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The rows of every customer, period by period, computed for all of them at once."""
    own = engine or DuckDBEngine(threads=1)
    found: dict[str, list[dict[str, Any]]] = {customer: [] for customer in chains}
    read_before(own, [])
    said = pa.schema([(name, pa.string()) for name in NOW])
    try:
        for at in range(max(map(len, chains.values()))):
            months = {customer: chain[at] for customer, chain in chains.items() if at < len(chain)}
            own.register("now", pa.Table.from_pylist(_said(months), schema=said))
            read_overrides(own, _marked(months))
            expr = effective_rows(ibis.table(NOW, name="now"), rule, str(at))
            rows = own.fetch(expr).cast(SCHEMA)
            for row in rows.to_pylist():
                found[row["customer_id"]].append(row)
            own.register(BEFORE, rows)
    finally:
        if engine is None:
            cast(DuckDBEngine, own).close()
    return found


def _said(months: Mapping[str, Month]) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": customer,
            "unit": customer,
            "status": STATUS.get(month.seen, "graded"),
            "flags": "",
            "seen": month.seen,
            "computed": month.grade,
        }
        for customer, month in months.items()
        if not month.absent
    ]


def _marked(months: Mapping[str, Month]) -> list[Marked]:
    return [
        Marked(customer, f"o-{month.override}" if month.override else None, month.override, month.ended)
        for customer, month in months.items()
        if month.override or month.ended
    ]
