"""The SQL of one file: from raw text to typed rows, and to the account of what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from tierwise.book.contract import SQL_TYPES, Column, Table
from tierwise.book.reading.headers import readable_columns
from tierwise.book.reading.source import LINE
from tierwise.book.reading.values import Reading, clean, good, parsed, trouble
from tierwise.engine.names import literal, quoted


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a column's text comes from: SQL over the cleaned headers ``h0`` … (``r0`` … as they stand), and words for people."""

    sql: str
    said: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides how one file becomes rows of a table."""

    table: Table
    base_currency: str
    reading: Reading
    feeds: dict[str, Feed]
    required: frozenset[str] = frozenset()
    """Columns that must have a value beyond those the contract requires: the keys of ``key`` identity."""
    conditions: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the file feeds."""
        return tuple(c for c in readable_columns(self.table) if c.name in self.feeds)


def accepted_sql(plan: Plan, raw: pa.Schema, file_number: int) -> str:
    """The query of the accepted rows, in the shape of ``Staged``."""
    outputs = [f"{_output(plan, column)} AS {quoted(column.name)}" for column in readable_columns(plan.table)]
    fine = " AND ".join(_good(plan, column) for column in plan.columns) or "true"
    rows = f"SELECT * FROM ({_typed(plan, raw)}) WHERE {fine}"
    if plan.distinct:
        listed = ", ".join(_v(name) for name in plan.distinct)
        rows += f" QUALIFY row_number() OVER (PARTITION BY {listed} ORDER BY {LINE}) = 1"
    source = f"CAST({file_number} AS BIGINT) AS source_file, {LINE} AS source_line"
    return f"SELECT {', '.join(outputs)}, {source} FROM ({rows})"


def rejected_sql(plan: Plan, raw: pa.Schema) -> str:
    """The query of rejected rows: line, list of (column, value, code), then the raw columns, by line."""
    found = ", ".join(
        f"{{'column': {literal(c.name)}, 'value': {clean(_t(c.name), plan.reading)}, 'code': {_trouble(plan, c)}}}"
        for c in plan.columns
    )
    names = [name for name in raw.names if name != LINE]
    originals = "".join(f", {as_text(raw, name, plan.reading)}" for name in names)
    fine = " AND ".join(_good(plan, column) for column in plan.columns) or "true"
    blank = _blank(plan, raw)
    return (
        f"SELECT {LINE}, list_filter([{found}], lambda p: p.code IS NOT NULL){originals} "
        f"FROM ({_typed(plan, raw, keep_raw=True)}) WHERE NOT ({fine}) AND NOT ({blank}) ORDER BY {LINE}"
    )


def blank_sql(plan: Plan, raw: pa.Schema) -> str:
    """The number of records without any value."""
    return f"SELECT count(*) FROM raw WHERE {_blank(plan, raw)}"


def _blank(plan: Plan, raw: pa.Schema) -> str:
    return " AND ".join(
        f"coalesce(trim({as_text(raw, name, plan.reading)}), '') = ''" for name in raw.names if name != LINE
    )


def _typed(plan: Plan, raw: pa.Schema, *, keep_raw: bool = False) -> str:
    kept = [LINE, *(name for name in raw.names if keep_raw and name != LINE)]
    names = [name for name in raw.names if name != LINE]
    heads = [f"{as_text(raw, name, plan.reading)} AS r{name[1:]}" for name in names]
    heads += [f"{clean(as_text(raw, name, plan.reading), plan.reading)} AS h{name[1:]}" for name in names]
    level1 = f"SELECT {', '.join(kept + heads)} FROM raw"
    joins = " ".join(plan.joins)
    where = f" WHERE {' AND '.join(plan.conditions)}" if plan.conditions else ""
    texts = [f"{plan.feeds[c.name].sql} AS {_t(c.name)}" for c in plan.columns]
    level2 = f"SELECT {', '.join(kept + texts)} FROM ({level1}) r {joins}{where}"
    values = [f"{parsed(c, _t(c.name), plan.reading)} AS {_v(c.name)}" for c in plan.columns]
    return f"SELECT *, {', '.join(values)} FROM ({level2})"


def as_text(raw: pa.Schema, name: str, reading: Reading) -> str:
    """A raw column as text; binary fractions to 15 significant digits, as spreadsheets show them."""
    kind = raw.field(name).type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return name
    text = f"CAST({name} AS VARCHAR)"
    if pa.types.is_floating(kind):
        text = f"CASE WHEN isfinite({name}) THEN format('{{:.15g}}', CAST({name} AS DOUBLE)) END"
    if reading.decimal_comma and (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return f"replace({text}, '.', ',')"
    return text


def _output(plan: Plan, column: Column) -> str:
    default = _default(plan, column)
    if column.name in plan.feeds:
        return _v(column.name) if default is None else f"coalesce({_v(column.name)}, {default})"
    return default or f"CAST(NULL AS {SQL_TYPES[column.kind]})"


def _default(plan: Plan, column: Column) -> str | None:
    if column.default is None:
        return None
    if column.default == "=base_currency":
        return literal(plan.base_currency)
    if column.default.startswith("="):
        other = plan.table.column(column.default[1:])
        return _output(plan, other)
    return f"CAST({literal(column.default)} AS {SQL_TYPES[column.kind]})"


def _good(plan: Plan, column: Column) -> str:
    return good(_strict(plan, column), _t(column.name), _v(column.name), plan.reading)


def _trouble(plan: Plan, column: Column) -> str:
    return trouble(_strict(plan, column), _t(column.name), _v(column.name), plan.reading)


def _strict(plan: Plan, column: Column) -> Column:
    if column.name not in plan.required or column.required:
        return column
    return Column(
        column.name,
        column.kind,
        column.label,
        required=True,
        choices=column.choices,
        positive=column.positive,
    )


def _t(name: str) -> str:
    return quoted(f"t_{name}")


def _v(name: str) -> str:
    return quoted(f"v_{name}")


def feeds_of(used: dict[str, int], headers: Sequence[str]) -> dict[str, Feed]:
    """Plain feeds: a column is one header."""
    return {name: Feed(f"r{index}", headers[index]) for name, index in used.items()}
