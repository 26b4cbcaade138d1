"""What the SQL of an import needs to know about a table: its stored columns, keys and contents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tierwise.book.contract import SQL_TYPES, SYSTEM_COLUMNS, Table
from tierwise.book.contract.choices import COUNTED_STATUSES
from tierwise.engine.names import literal, parquet, quoted, sql_type

DERIVED = ("fx_rate", "base_amount", "base_cost")
CLOSING = {"correction": "INTEGER", "stated_on": "DATE"}
"""Columns of ledgers that the contract does not show: the number of the correction (odd reverses, even
replaces; null for an ordinary row) and the business date as stated, where the row is posted on another."""
LINE_STEP = 1_000_000
RATE_DAY = {"invoices": "issue_date"}
"""The day whose rate counts, where it is not the business date."""
_COUNTED = ", ".join(literal(status) for status in COUNTED_STATUSES)
NEEDS_RATE = {
    "order_lines": f"status IN ({_COUNTED}) AND NOT coalesce(reported_by_agent, false)",
    "invoices": "status <> 'void' AND credit_of IS NULL",
    "service_costs": "true",
}
"""SQL of the rows that a run cannot do without a rate. What nothing counts needs none, and payments and credit
notes take the rate of their invoice (see ``metrics.waiting``)."""


@dataclass(frozen=True)
class Shape:
    """A declared table as SQL sees it."""

    table: Table

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @property
    def key(self) -> tuple[str, ...]:
        """The key columns."""
        return self.table.key

    @property
    def day(self) -> str:
        """The column with the business date."""
        return self.table.effective_on

    @property
    def ledger(self) -> bool:
        """Whether closed rows are reversed and replaced rather than superseded."""
        return self.table.history == "ledger"

    @cached_property
    def stored(self) -> dict[str, str]:
        """Column -> SQL type of what is in the files, without the partition column."""
        columns = {column.name: SQL_TYPES[column.kind] for column in self.table.columns}
        columns |= {name: sql_type(kind) for name, kind in SYSTEM_COLUMNS.items()}
        return columns | (CLOSING if self.ledger else {})

    @cached_property
    def file_columns(self) -> tuple[str, ...]:
        """The columns that files bring."""
        return tuple(column.name for column in self.table.file_columns)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The columns whose change makes a changed row."""
        return tuple(name for name in self.file_columns if name not in self.key)

    @cached_property
    def row_key(self) -> tuple[str, ...]:
        """The columns that tell one stored row from all others."""
        return (*self.key, "superseded_on", "known_on") if self.table.history == "versioned" else self.key

    @property
    def now(self) -> str:
        """SQL of the condition, with ``WHERE``, of the rows that speak now; empty where all do."""
        return "" if self.ledger else " WHERE superseded_on IS NULL"

    def speaking(self, files: Sequence[str]) -> str:
        """SQL of those rows of some files that speak now."""
        return f"SELECT * FROM ({parquet(files, self.stored)}){self.now}"

    @property
    def converts(self) -> bool:
        """Whether rows carry amounts in base currency."""
        return self.table.has("base_amount")

    @property
    def amount(self) -> str:
        """The column that ``base_amount`` converts."""
        return "amount_ex_tax" if self.table.has("amount_ex_tax") else "amount"

    @property
    def rate_day(self) -> str:
        """SQL of the day whose rate counts."""
        day = quoted(RATE_DAY.get(self.name, self.day))
        return f"coalesce(stated_on, {day})" if self.ledger else day

    @property
    def blocked(self) -> str:
        """SQL of whether a row keeps runs from being made."""
        return f"(fx_rate IS NULL AND {NEEDS_RATE.get(self.name, 'false')})"

    def moved(self, column: str, step: str) -> str:
        """SQL of the last key column, moved out of the way by correction ``step``."""
        if SQL_TYPES[self.table.column(self.key[-1]).kind] == "BIGINT":
            return f"{column} + {LINE_STEP} * ({step})"
        tag = f"CASE WHEN ({step}) % 2 = 1 THEN '~R' ELSE '~C' END || ((({step}) + 1) // 2)"
        return f"{column} || {tag}"

    def unmoved(self) -> str:
        """SQL of the last key column as the source states it."""
        last = quoted(self.key[-1])
        if SQL_TYPES[self.table.column(self.key[-1]).kind] == "BIGINT":
            return f"{last} - {LINE_STEP} * coalesce(correction, 0)"
        return f"CASE WHEN correction IS NULL THEN {last} ELSE regexp_replace({last}, '~[RC][0-9]+$', '') END"


def listed(names: Iterable[str], prefix: str = "") -> str:
    """Quoted names, separated by commas."""
    return ", ".join(prefix + quoted(name) for name in names)


def matched(left: str, right: str, names: Iterable[str], *, nulls: bool = False) -> str:
    """SQL of equality of some columns of two relations; with ``nulls``, null equals null."""
    sign = "IS NOT DISTINCT FROM" if nulls else "="
    return " AND ".join(f"{left}.{quoted(n)} {sign} {right}.{quoted(n)}" for n in names)
