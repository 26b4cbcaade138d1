"""Reads files into staged rows: one pass for the good rows, a second one only where some are not."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from tierwise.book.contract import Table
from tierwise.book.contract.model import Identity
from tierwise.book.reading.mapping import Mapping
from tierwise.book.reading.model import DEFAULT_LIMITS, FileInfo, Limits, Progress, Staged, Tally
from tierwise.book.reading.plan import Plan, accepted_sql, blank_sql, rejected_sql
from tierwise.book.reading.planning import Planned, open_sources, plan_files
from tierwise.book.reading.rejects import Reject, RejectWriter
from tierwise.book.reading.source import Pass, Source
from tierwise.engine.names import literal

BATCH = 2_000
STAGED_AS = "FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 4096"
"""The cheapest to write: these files are read twice, by the same library, and deleted."""


def read_files(
    table: Table,
    files: Sequence[Path],
    *,
    mapping: Mapping | None = None,
    base_currency: str,
    staging: Path,
    rejects: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
    origin: str | None = None,
) -> Staged:
    """The rows of one or more files, checked and typed, in ``staging``; ``origin`` is what a copy of elsewhere is called.

    **Raises** ``TierwiseError`` (codes ``file.*``) for a file that cannot be read as this table; bad
    rows raise nothing, they are written to ``rejects`` and counted.
    """
    staging.mkdir(parents=True, exist_ok=True)
    mapping = mapping or Mapping()
    sources = open_sources(files, mapping, limits)
    if origin is not None:
        for source in sources:
            source.name = origin
    writer = RejectWriter(rejects or staging / "rejects.csv", _all_headers(sources))
    tally, infos, paths = Tally(), [], []
    with writer, _connection(staging, limits) as connection:
        planned, identity = plan_files(table, files, sources, mapping, base_currency, connection, limits)
        for number, one in enumerate(planned, start=1):
            path = staging / f"rows-{number:04d}.parquet"
            infos.append(_Job(connection, one.source, one.plan, writer, tally, progress).run(path, number))
            paths.append(path)
    tally.by_code = writer.by_code
    return _staged(table, identity, tally, infos, paths, planned, writer)


class _Job:
    """One file on its way."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        plan: Plan,
        writer: RejectWriter,
        tally: Tally,
        progress: Progress | None,
    ) -> None:
        self._connection, self._source, self._plan = connection, source, plan
        self._writer, self._tally, self._progress = writer, tally, progress

    def run(self, path: Path, number: int) -> FileInfo:
        """Writes the accepted rows to ``path`` and the others to the rejects."""
        notes = Pass(self._progress)
        accepted = self._write(path, number, notes)
        self._tally.accepted += accepted
        self._tally.doubts += notes.doubts
        whole = notes.records - len(notes.broken)
        blank = self._blank() if accepted < whole else 0
        rejected = self._reject(notes, accepted < whole)
        self._tally.rejected += rejected
        self._tally.filtered += notes.records - accepted - rejected - blank
        return self._source.info(notes.records - blank)

    def _write(self, path: Path, number: int, notes: Pass) -> int:
        with self._raw(notes) as schema:
            query = accepted_sql(self._plan, schema, number)
            target = f"{literal(str(path))} ({STAGED_AS})"
            row = self._connection.execute(f"COPY ({query}) TO {target}").fetchone()
        return int(row[0]) if row else 0

    def _reject(self, notes: Pass, judged: bool) -> int:
        """Writes what is wrong, in the order of the file; returns the number of rows."""
        count = 0
        found = self._judged() if judged else iter(())
        for rejects in heapq.merge(found, self._broken(notes), key=lambda group: group[0].line):
            count += 1
            for reject in rejects:
                self._writer.write(reject)
        return count

    def _judged(self) -> Iterator[list[Reject]]:
        """The problems of each row that has any, by line."""
        columns = {column.name: column for column in self._plan.columns}
        with self._raw(Pass()) as schema:
            cursor = self._connection.execute(rejected_sql(self._plan, schema))
            while rows := cursor.fetchmany(BATCH):
                for line, problems, *raw in rows:
                    original = dict(zip(self._source.headers, raw, strict=True))
                    yield [
                        Reject(
                            self._source.name,
                            line,
                            p["code"],
                            columns[p["column"]],
                            p["value"],
                            {},
                            original,
                            self._plan.feeds[p["column"]].said,
                        )
                        for p in problems
                    ]

    def _broken(self, notes: Pass) -> Iterator[list[Reject]]:
        for row in notes.broken:
            yield [Reject(self._source.name, row.line, row.code, None, row.text, row.slots)]

    def _blank(self) -> int:
        with self._raw(Pass()) as schema:
            row = self._connection.execute(blank_sql(self._plan, schema)).fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def _raw(self, notes: Pass) -> Iterator[Any]:
        """Registers a pass over the source as ``raw`` and gives its schema."""
        reader = self._source.stream(notes)
        self._connection.register("raw", reader)
        try:
            yield reader.schema
        except duckdb.Error:
            if notes.error is None:
                raise
        finally:
            self._connection.unregister("raw")
        if notes.error is not None:
            raise notes.error


@contextmanager
def _connection(staging: Path, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, Any] = {
        "memory_limit": limits.memory,
        "temp_directory": str(staging / "spill"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    if limits.threads:
        config["threads"] = limits.threads
    connection = duckdb.connect(config=config)
    connection.execute("SET enable_progress_bar = false")  # it would draw into the output of commands
    try:
        connection.execute("SET TimeZone = 'UTC'")
        # Pushing the checks below the values would compute every value twice; a list of words made
        # into a join would be looked up for every row, not only in the rare branch of a CASE.
        connection.execute("SET disabled_optimizers = 'filter_pushdown,in_clause'")
        yield connection
    finally:
        connection.close()


def _all_headers(sources: Sequence[Source]) -> list[str]:
    return list(dict.fromkeys(header for source in sources for header in source.headers))


def _staged(
    table: Table,
    identity: Identity,
    tally: Tally,
    infos: Sequence[FileInfo],
    paths: Sequence[Path],
    planned: Sequence[Planned],
    writer: RejectWriter,
) -> Staged:
    used: dict[str, str] = {}
    for one in planned:
        for name, feed in one.plan.feeds.items():
            used.setdefault(name, feed.said)
    return Staged(
        table=table.name,
        rows_paths=tuple(paths),
        identity=identity,
        accepted=tally.accepted,
        rejected=tally.rejected,
        by_code=dict(sorted(tally.by_code.items())),
        rejects_path=writer.written,
        files=tuple(infos),
        unused_headers=tuple(dict.fromkeys(header for one in planned for header in one.unused)),
        used=used,
        filtered=tally.filtered,
        doubts=tuple(tally.doubts),
        headers=tuple(_all_headers([one.source for one in planned])),
    )
