"""How DuckDB writes names, texts and types. Light on purpose: the book needs no more of an engine."""

from __future__ import annotations

_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "boolean": "BOOLEAN", "date": "DATE"}


def sql_type(ibis_type: str) -> str:
    """The DuckDB name of an Ibis type name."""
    return _TYPES.get(ibis_type, ibis_type.upper())


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text literal in single quotes."""
    return "'" + text.replace("'", "''") + "'"
