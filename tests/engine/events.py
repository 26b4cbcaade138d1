"""Random rows of the tables of events: every column filled or empty by chance, days around the point of view."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa

from tests.oracle.facts import BUSINESS_DAY, Facts, arrow_type
from tierwise.book.contract import TABLES, Column, schema_of

ROWS = 60


def event_tables(facts: Facts, seed: int) -> dict[str, pa.Table]:
    """Every table of the contract beside those of the oracle, with some rows each."""
    random = Random(f"events {seed}")
    return {name: _table(name, facts, random) for name in TABLES if name not in BUSINESS_DAY}


def _table(name: str, facts: Facts, random: Random) -> pa.Table:
    schema = pa.schema([(c, arrow_type(t)) for c, t in schema_of(name).items()])
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number in range(ROWS):
        row = {c.name: _value(c, facts, random, number) for c in TABLES[name].columns}
        row["known_on"] = row[TABLES[name].effective_on]
        rows.setdefault(tuple(row[key] for key in TABLES[name].key), row)
    return pa.Table.from_pylist(list(rows.values()), schema)


def _value(column: Column, facts: Facts, random: Random, number: int) -> Any:
    if column.refers_to == "customers":
        return random.choice(facts.customers)["code"] if facts.customers else "?"
    if column.choices:
        known = column.required or column.default is not None or random.random() < 0.8
        return random.choice(column.choices).code if known else None
    if not column.required and column.default is None and random.random() < 0.2:
        return None if column.name != "valid_from" else facts.as_of - timedelta(days=number)
    return _plain(column, facts, random, number)


def _plain(column: Column, facts: Facts, random: Random, number: int) -> Any:
    match column.kind:
        case "date":
            return facts.as_of - timedelta(days=random.randrange(-40, 900))
        case "integer":
            return random.choice([1, 2, 3, 4, 5, 8, 9, 10])
        case "money" | "quantity" | "rate" | "percent":
            return Decimal(random.choice(["0", "1", "20", "20.001", "33.3333", "7.5", "1000"]))
        case "flag":
            return random.random() < 0.5
        case _:
            return f"{column.name}{number}"
