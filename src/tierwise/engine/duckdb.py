"""The embedded engine: DuckDB, in memory, spilling to a scratch folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb

from tierwise.engine.arrow import arrow_schema
from tierwise.engine.names import parquet, quoted, sql_type
from tierwise.engine.text import text_of

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_UNKNOWN, _LEAST = 4 << 30, 256 << 20


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

    Without ``memory`` it is ``default_memory``. Stages run in a thread of their own, one after the other, while
    the caller writes the text of the next; what goes wrong there is raised by the next call that needs an answer.
    """

    name = "duckdb"
    dialect = "duckdb"
    version = str(duckdb.__version__)

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
        self._connection = duckdb.connect(config=config)
        self._connection.execute(
            "SET enable_progress_bar = false"
        )  # it would draw into the output of commands
        self._connection.execute("SET TimeZone = 'UTC'")
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="tierwise-duckdb")
        self._pending: list[Future[None]] = []
        self._kinds: dict[str, str] = {}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection, once everything asked for before is done."""
        self._settle()
        return self._connection

    def read_files(self, name: str, files: Sequence[str], schema: Mapping[str, str]) -> None:
        body = parquet(files, {column: sql_type(kind) for column, kind in schema.items()})
        self.connection.execute(f"{self._forget(name)}CREATE TEMP VIEW {quoted(name)} AS {body}")
        self._kinds[name] = "VIEW"

    def register(self, name: str, data: pa.Table) -> None:
        self.connection.execute(self._forget(name))
        self._connection.register(name, data)
        self._kinds[name] = "VIEW"

    def materialize(self, name: str, expr: Table) -> None:
        text = f"CREATE TEMP TABLE {quoted(name)} AS {text_of(expr, self.dialect)}"
        self._later(f"{self._forget(name)}{text}")
        self._kinds[name] = "TABLE"

    def define(self, name: str, expr: Table) -> None:
        self._later(f"{self._forget(name)}CREATE TEMP VIEW {quoted(name)} AS {text_of(expr, self.dialect)}")
        self._kinds[name] = "VIEW"

    def fetch(self, expr: Table) -> pa.Table:
        text, schema = text_of(expr, self.dialect), arrow_schema(expr)
        rows = self.connection.execute(text).to_arrow_table()
        return rows if rows.schema.equals(schema) else rows.cast(schema)

    def stream(self, expr: Table, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        text, schema = text_of(expr, self.dialect), arrow_schema(expr)
        rows = self.connection.execute(text).to_arrow_reader(batch_rows)
        return rows if rows.schema.equals(schema) else rows.cast(schema)

    def sql(self, expr: Table) -> str:
        return text_of(expr, self.dialect, pretty=True)

    def after(self, work: Callable[[], None]) -> None:
        self._pending.append(self._worker.submit(work))

    def drop(self, name: str) -> None:
        if name in self._kinds:
            self._later(self._forget(name))

    def _later(self, text: str) -> None:
        self.after(lambda: self._run(text))

    def _run(self, text: str) -> None:
        self._connection.execute(text)

    def _forget(self, name: str) -> str:
        """The text that drops what a name stands for, if it stands for anything."""
        kind = self._kinds.pop(name, None)
        return f"DROP {kind} IF EXISTS temp.{quoted(name)};" if kind else ""

    def _settle(self) -> None:
        """Waits for what is under way. Only the first error speaks: the others follow from it."""
        pending, self._pending = self._pending, []
        try:
            for future in pending:
                future.result()
        except BaseException:
            self._abandon(pending)
            raise

    def _abandon(self, pending: Sequence[Future[None]]) -> None:
        for future in pending:
            future.cancel()
        while not all(future.done() for future in pending):
            self._connection.interrupt()
            wait(pending, timeout=0.05)

    def interrupt(self) -> None:
        self._connection.interrupt()

    def close(self) -> None:
        self._abandon(self._pending)
        self._worker.shutdown()
        self._connection.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
