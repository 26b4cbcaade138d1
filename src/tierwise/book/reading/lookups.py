"""Second files of a mapping: read once into a table of key and value, joined by the plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from tierwise.book.reading.formats import open_source
from tierwise.book.reading.mapping import LookupIn, Mapping
from tierwise.book.reading.mistakes import Mistakes
from tierwise.book.reading.model import Limits
from tierwise.book.reading.source import Layout, Pass, Source
from tierwise.book.reading.values import Reading, clean, folded
from tierwise.kernel.errors import TierwiseError, fail


class LookupTables:
    """The lookups of one file: their tables in the engine and the joins to them."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection | None,
        folders: Sequence[Path],
        mapping: Mapping,
        limits: Limits,
    ) -> None:
        """Without a connection nothing is read but headers: enough to find mistakes."""
        self._connection, self._folders, self._mapping, self._limits = connection, folders, mapping, limits
        self.joins: list[str] = []

    def joined(self, lookup: LookupIn, key_sql: str) -> str:
        """The SQL name of the value that the lookup gives for a key."""
        name = f"l{len(self.joins)}"
        self._load(name, lookup)
        self.joins.append(f"LEFT JOIN {name} ON {name}.k = {key_sql}")
        return f"{name}.v"

    def _load(self, name: str, lookup: LookupIn) -> None:
        source = open_source(self._find(lookup.file), Layout(), self._limits)
        mistakes = Mistakes()
        places = []
        for header in (lookup.key, lookup.value):
            with mistakes.noted():
                places.append(self._index(source, header))
        mistakes.tell()
        if self._connection is not None:
            self._fill(self._connection, name, lookup, source, places)

    def _fill(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        lookup: LookupIn,
        source: Source,
        places: Sequence[int],
    ) -> None:
        notes, reading = Pass(), Reading()
        reader = source.stream(notes)
        connection.register("raw", reader)
        texts = [clean(f"CAST(c{index} AS VARCHAR)", reading) for index in places]
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT k, min(v) AS v, max(v) <> min(v) AS twice "
            f"FROM (SELECT {texts[0]} AS k, {texts[1]} AS v FROM raw) WHERE k IS NOT NULL GROUP BY k"
        )
        connection.unregister("raw")
        if notes.error is not None:
            raise notes.error
        self._check_unique(connection, name, lookup)

    def _check_unique(self, connection: duckdb.DuckDBPyConnection, name: str, lookup: LookupIn) -> None:
        row = connection.execute(f"SELECT k FROM {name} WHERE twice ORDER BY k LIMIT 1").fetchone()
        if row is not None:
            raise fail(
                "mapping.lookup-not-unique",
                "{lookup} has two values of {value} for {key} {found}",
                "{lookup} 中 {key} {found} 对应两个不同的 {value}",
                file=self._mapping.path,
                lookup=lookup.file,
                key=lookup.key,
                value=lookup.value,
                found=row[0],
            )

    def _find(self, file: str) -> Path:
        for folder in self._folders:
            if (folder / file).exists():
                return folder / file
        raise self._missing(file)

    def _missing(self, file: str) -> TierwiseError:
        return fail(
            "mapping.lookup-not-found",
            "the lookup file {lookup} is neither beside the data file nor beside the mapping file",
            "在数据文件与映射文件所在的文件夹中都找不到查找文件 {lookup}",
            file=self._mapping.path,
            lookup=file,
        )

    def _index(self, source: Source, header: str) -> int:
        for index, found in enumerate(source.headers):
            if folded(found) == folded(header):
                return index
        raise fail(
            "mapping.unknown-header",
            "{data} has no header {header}; it has: {found}",
            "{data} 没有表头 {header}；已有：{found}",
            file=self._mapping.path,
            data=source.name,
            header=header,
            found=", ".join(source.headers[:40]),
        )
