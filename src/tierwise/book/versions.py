"""Book versions: one row per version in a small Delta table, appended last. Decision 0002."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

from tierwise.book.settings import Settings
from tierwise.kernel.errors import fail

KEEP_FOR_EVER: dict[str, str | None] = {
    "delta.checkpointInterval": "20",
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
"""With Delta's defaults, version 5 could no longer be read 250 commits later."""

_FILES_MAX = 12
_SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("actor", pa.string()),
        ("kind", pa.string()),
        ("note", pa.string()),
        ("state", pa.string()),
        ("settings", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class TableState:
    """One table at one book version: its Delta version, its rows, and small facts about them."""

    delta: int
    rows: int
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BookVersion:
    """What the book held at one moment. ``state`` names the tables (results as ``results/<name>``)."""

    number: int
    at: datetime
    actor: str
    kind: str
    note: str
    state: dict[str, TableState]
    settings: Settings


def paths_in(table: DeltaTable) -> list[str]:
    """The absolute paths of a Delta table's files. The library escapes blanks and Chinese letters, like parts of a URL."""
    return [unquote(uri) for uri in table.file_uris()]


class VersionLog:
    """The Delta table of book versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[int, list[BookVersion]] = {}
        self._delta: DeltaTable | None = None

    def create(self, first: BookVersion) -> None:
        """Makes the log with its first version."""
        write_deltalake(self._folder, _table([first]), mode="error", configuration=KEEP_FOR_EVER)

    def exists(self) -> bool:
        """Whether there is a log with at least one version."""
        return bool(DeltaTable.is_deltatable(str(self._folder)))

    def all(self) -> list[BookVersion]:
        """All versions, oldest first."""
        return self._seen(self._newest())

    def append(self, version: BookVersion) -> None:
        """Adds one version. Now and then all rows move into one file, so that reading stays quick."""
        delta = self._newest()
        known = self._seen(delta)
        if len(delta.file_uris()) < _FILES_MAX:
            write_deltalake(delta, _table([version]), mode="append")
        else:
            write_deltalake(delta, _table([*known, version]), mode="overwrite")

    def _newest(self) -> DeltaTable:
        """The log as it is now; opened once, then only what came since is read."""
        if self._delta is None:
            self._delta = DeltaTable(self._folder)
        else:
            self._delta.update_incremental()
        return self._delta

    def _seen(self, delta: DeltaTable) -> list[BookVersion]:
        """The versions of a state of the log; rows that were read before are not read again."""
        number = delta.version()
        if number not in self._read:
            files = [pq.ParquetFile(file) for file in paths_in(delta)]
            rows = [row for file in files for row in file.read(columns=_SCHEMA.names).to_pylist()]
            self._read = {number: sorted((_version(row) for row in rows), key=lambda v: v.number)}
        return self._read[number]

    def find(self, number: int) -> BookVersion:
        """The version of that number. **Raises** ``TierwiseError`` if there is none."""
        for version in self.all():
            if version.number == number:
                return version
        raise fail(
            "book.no-version",
            "the book has no version {number}; the newest is {newest}",
            "账簿没有版本 {number}，最新版本为 {newest}",
            number=number,
            newest=self.all()[-1].number,
        )


def _table(versions: list[BookVersion]) -> pa.Table:
    return pa.Table.from_pylist([_row(version) for version in versions], schema=_SCHEMA)


def _row(version: BookVersion) -> dict[str, Any]:
    state = {
        name: {"delta": table.delta, "rows": table.rows, "facts": table.facts}
        for name, table in version.state.items()
    }
    return {
        "number": version.number,
        "at": version.at,
        "actor": version.actor,
        "kind": version.kind,
        "note": version.note,
        "state": json.dumps(state, ensure_ascii=False, sort_keys=True),
        "settings": version.settings.to_json(),
    }


def _version(row: Mapping[str, Any]) -> BookVersion:
    state = {name: TableState(**value) for name, value in json.loads(row["state"]).items()}
    settings = _settings(row["settings"])
    return BookVersion(row["number"], row["at"], row["actor"], row["kind"], row["note"], state, settings)


@lru_cache(maxsize=32)
def _settings(text: str) -> Settings:
    """Most versions have the settings of the one before."""
    return Settings.model_validate_json(text)
