"""How a table of the book is declared: columns, identity, the two times, and the owner.

Validation, templates, documentation and messages all follow from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tierwise.kernel.text import Text

Kind = Literal["text", "date", "money", "quantity", "rate", "percent", "integer", "flag", "choice"]
"""What a column holds: ``money`` and ``quantity`` are decimal(18,4), ``rate`` decimal(18,8),
``percent`` decimal(9,4) in percent, ``integer`` 64 bit, ``flag`` true or false, ``choice`` one of a closed list."""

Identity = Literal["key", "document", "occurrence"]
"""How rows are recognised again: natural ``key``; all lines of a ``document`` replaced together and
numbered in file order; ``occurrence``, the nth identical row."""

History = Literal["ledger", "dated", "versioned"]
"""What a change does. ``ledger``: replaced in an open period, reversed and posted anew on the first
open day in a closed one. ``dated``: state with a validity, the older row ends where the newer starts.
``versioned``: replaced in an open period; in a closed one the older row stays visible to past points of view."""

SQL_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "money": "DECIMAL(18,4)",
    "quantity": "DECIMAL(18,4)",
    "rate": "DECIMAL(18,8)",
    "percent": "DECIMAL(9,4)",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
    "choice": "VARCHAR",
}
IBIS_TYPES: dict[str, str] = {
    "text": "string",
    "date": "date",
    "money": "decimal(18,4)",
    "quantity": "decimal(18,4)",
    "rate": "decimal(18,8)",
    "percent": "decimal(9,4)",
    "integer": "int64",
    "flag": "boolean",
    "choice": "string",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a closed list: the stored code, its label, and other words read as it."""

    code: str
    label: Text
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A declared column.

    ``derived`` columns are filled by the book (base-currency amounts), never read from a file.
    ``refers_to`` names the table whose key this column should match (a soft reference: checked by
    ``check``, not on import, because files arrive in any order).
    """

    name: str
    kind: Kind
    label: Text
    required: bool = False
    default: str | None = None
    """A constant, or ``=other_column`` for that column's value."""
    choices: tuple[Choice, ...] = ()
    synonyms: tuple[str, ...] = ()
    refers_to: str | None = None
    derived: bool = False
    positive: bool = False
    between: tuple[int, int] | None = None
    """The least and the largest value of a number, both inclusive."""
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table of the book."""

    name: str
    label: Text
    owner: Literal["imported", "edited"]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    history: History
    effective_on: str
    """The column with the business date (when it was true)."""
    identities: tuple[Identity, ...] = ("key",)
    document: tuple[str, ...] = ()
    """The columns that name a document, for ``document`` identity; the last key column is its line number."""
    amounts: tuple[str, ...] = ()
    """Columns that change sign in a reversal (``ledger`` tables)."""
    by_month: bool = False
    """Whether files are partitioned by the month of ``effective_on``."""
    about: Text | None = None

    def column(self, name: str) -> Column:
        """The declared column. **Raises** ``KeyError`` if there is none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    def has(self, name: str) -> bool:
        """Whether a column of that name is declared."""
        return any(column.name == name for column in self.columns)

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns that a file may bring."""
        return tuple(column for column in self.columns if not column.derived)


SYSTEM_COLUMNS: dict[str, str] = {
    "known_on": "date",  # when we could know it; defaults to the business date
    "superseded_on": "date",  # from this day on another row speaks (dated and versioned tables), else null
    "batch": "int64",  # number of the import batch that wrote the row
    "source_file": "int64",  # 1-based file number inside the batch
    "source_line": "int64",  # line number in that file, header = 1
}
"""Columns the book adds to every stored row; a file may bring ``known_on``."""
