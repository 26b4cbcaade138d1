"""How DuckDB writes names, texts, types and the rows of files. Light on purpose: the book needs no more of an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow.parquet as pq

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


def parquet(files: Sequence[str], columns: Mapping[str, str]) -> str:
    """SQL of the rows of Parquet files (possibly none) with these columns and SQL types.

    The files have the same columns as one another; columns that the contract got later are null in them.
    """
    there = columns_of(files)
    picked = ", ".join(
        quoted(name) if name in there else f"CAST(NULL AS {kind}) AS {quoted(name)}"
        for name, kind in columns.items()
    )
    if not files:
        return f"SELECT {picked} WHERE false"
    paths = ", ".join(literal(file) for file in files)
    return f"SELECT {picked} FROM read_parquet([{paths}], hive_partitioning = false)"


def columns_of(files: Sequence[str]) -> frozenset[str]:
    """The columns of Parquet files that all have the same; none of no file."""
    return frozenset(pq.read_schema(files[0]).names) if files else frozenset()
