"""The declared tables of the book. ``TABLES`` is the closed list, by name."""

from tierwise.book.contract.model import IBIS_TYPES, SQL_TYPES, SYSTEM_COLUMNS, Choice, Column, Table
from tierwise.book.contract.tables import TABLES, schema_of, table

__all__ = [
    "IBIS_TYPES",
    "SQL_TYPES",
    "SYSTEM_COLUMNS",
    "TABLES",
    "Choice",
    "Column",
    "Table",
    "schema_of",
    "table",
]
