"""The embedded engine: DuckDB, in memory, spilling to a scratch folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis

from tierwise.engine.sharing import share

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_UNKNOWN, _LEAST = 4 << 30, 256 << 20

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


def default_memory() -> int:
    """60 % of the machine's or the container's memory, in bytes: room for Python, Arrow and the file cache."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")] if hasattr(os, "sysconf") else []
    for file in _LIMITS:
        try:
            text = Path(file).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdecimal():
            sizes.append(int(text))
    return max(min(sizes, default=_UNKNOWN) * 6 // 10, _LEAST)


class DuckDBEngine:
    """Runs expressions on DuckDB. ``memory`` such as ``"4GB"`` bounds its memory; more spills to disk.

    Without ``memory`` it is ``default_memory``.
    """

    name = "duckdb"
    dialect = "duckdb"

    def __init__(
        self, memory: str | None = None, threads: int | None = None, scratch: str | None = None
    ) -> None:
        self._scratch = tempfile.mkdtemp(prefix="tierwise-", dir=scratch)
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": self._scratch,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        }
        config["memory_limit"] = memory or f"{default_memory() >> 20}MiB"
        if threads:
            config["threads"] = threads
        self.connection = duckdb.connect(config=config)
        self.connection.execute("SET TimeZone = 'UTC'")

    def read_files(self, name: str, files: Sequence[str], schema: Mapping[str, str]) -> None:
        if files:
            columns = ", ".join(quoted(column) for column in schema)
            listed = ", ".join(literal(file) for file in files)
            body = f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = false)"
        else:
            columns = ", ".join(f"CAST(NULL AS {sql_type(t)}) AS {quoted(c)}" for c, t in schema.items())
            body = f"SELECT {columns} WHERE false"
        self.drop(name)
        self.connection.execute(f"CREATE TEMP VIEW {quoted(name)} AS {body}")

    def register(self, name: str, data: pa.Table) -> None:
        self.drop(name)
        self.connection.register(name, data)

    def materialize(self, name: str, expr: Table) -> None:
        text = self._text(expr)
        self.drop(name)
        self.connection.execute(f"CREATE TEMP TABLE {quoted(name)} AS {text}")

    def fetch(self, expr: Table) -> pa.Table:
        return self.connection.execute(self._text(expr)).to_arrow_table()

    def stream(self, expr: Table, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        return self.connection.execute(self._text(expr)).to_arrow_reader(batch_rows)

    def sql(self, expr: Table) -> str:
        return self._text(expr, pretty=True)

    def _text(self, expr: Table, *, pretty: bool = False) -> str:
        """The text to run. Fusing selections and line breaks would cost a third of the time and change nothing."""
        options = ibis.options.sql
        before, options.fuse_selects = options.fuse_selects, False
        try:
            return str(ibis.to_sql(share(expr), dialect=self.dialect, pretty=pretty))
        finally:
            options.fuse_selects = before

    def drop(self, name: str) -> None:
        self.connection.unregister(name)
        for kind in ("VIEW", "TABLE"):
            try:
                self.connection.execute(f"DROP {kind} IF EXISTS temp.{quoted(name)}")
            except duckdb.CatalogException:
                continue  # it is of the other kind

    def interrupt(self) -> None:
        self.connection.interrupt()

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> DuckDBEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
