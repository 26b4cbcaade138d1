"""The book: a folder of Delta tables that is read at a version and written by one writer at a time.

**Source** decision 0002, spec 12.1.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from tierwise.book.applying import convert_again
from tierwise.book.contract import TABLES, schema_of
from tierwise.book.delta import MONTH, checksum_of, files_of
from tierwise.book.leasing import lease
from tierwise.book.pending import Pending, pending_settings
from tierwise.book.room import room_for
from tierwise.book.settings import SETTINGS_FILE, Settings, dump_settings
from tierwise.book.surviving import follow
from tierwise.book.vanished import refuse_signs, refuse_vanished, version_gone
from tierwise.book.versions import BookVersion, TableState, VersionLog
from tierwise.book.writing import Writer, place_of
from tierwise.kernel.actor import refuse_nobody
from tierwise.kernel.errors import TierwiseError, fail

if TYPE_CHECKING:
    from tierwise.engine.base import Engine
    from tierwise.engine.place import Place

__all__ = ["Book", "BookVersion", "TableState", "Writer"]

FOLDERS = ("tables", "results", "staging")


class Book:
    """A book at a path. Reading needs no lease; every change goes through ``writer``."""

    def __init__(self, path: Path, place: Place | None = None) -> None:
        self.path = path
        self._place = place
        self._log = VersionLog(path / "versions")
        self._files: dict[tuple[str, int], list[str]] = {}

    @classmethod
    def create(cls, path: Path, settings: Settings, *, actor: str, at: datetime) -> Book:
        """A new, empty book with its first version.

        **Raises** ``TierwiseError`` ``book.not-empty`` if the folder holds anything, ``book.bad-path``
        for a path that tables cannot stand under, ``book.disk-full`` when there is no room, ``actor.nobody``
        without a name of who acts; then nothing is left behind.
        """
        refuse_nobody(actor)
        path = path.absolute()
        refuse_signs(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise _not_empty(path)
        growing = path.with_name(f".{path.name}.{uuid4().hex}")
        first = BookVersion(1, at.astimezone(UTC), actor, "create", settings.name, {}, settings)
        try:
            with room_for(path):
                _grow(growing, first)
                growing.rename(path)
        except BaseException as error:
            shutil.rmtree(growing, ignore_errors=True)
            if isinstance(error, OSError) and error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise _not_empty(path) from None  # another process made something here meanwhile
            raise
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, place: Place | None = None) -> Book:
        """The book in a folder; ``place`` says where to compute, in the place of what its settings say.

        **Raises** ``TierwiseError`` ``book.not-found`` if there is none.
        """
        book = cls(path.absolute(), place)
        if not book._log.exists():
            raise fail(
                "book.not-found",
                "there is no book here; `tierwise init {path}` makes one",
                "此处没有账簿；可用 `tierwise init {path}` 新建",
                file=str(path),
                path=str(path),
            )
        return book

    def current(self) -> BookVersion:
        """The newest version."""
        return self._log.all()[-1]

    def version(self, number: int) -> BookVersion:
        """The version of that number. **Raises** ``TierwiseError`` if there is none."""
        return self._log.find(number)

    def pending(self) -> Pending | None:
        """The edited ``book.yaml`` that waits for the next writer. **Raises** for its mistakes, with lines."""
        return pending_settings(self.path, self.current())

    def upcoming(self) -> BookVersion:
        """The newest version under the settings that the next writer would record first."""
        pending, now = self.pending(), self.current()
        return now if pending is None else replace(now, settings=pending.settings)

    def engine(self, scratch: Path | None = None) -> Engine:
        """An engine for whole populations, where the book is to be computed. To be closed by the caller.

        **Raises** ``engine.*`` where there is none.
        """
        settled = self.upcoming().settings.place
        place = self._place.beside(settled) if self._place else settled
        return place.open(None if scratch is None else str(scratch))

    def versions(self) -> list[BookVersion]:
        """All versions, oldest first."""
        return list(self._log.all())

    def files(self, table: str, version: BookVersion) -> list[str]:
        """The absolute Parquet paths of a table at a version; none if it has never been written.

        **Raises** ``book.version-gone`` if the log knows that version no more.
        """
        state = version.state.get(table)
        if state is None:
            return []
        asked = (table, state.delta)
        if asked not in self._files:
            place = place_of(self.path, table)
            try:
                self._files[asked] = files_of(place, state.delta)
            except DeltaError as error:
                raise version_gone(place, table, version, "_delta_log") from error
        return list(self._files[asked])

    def checksum(self, table: str, version: BookVersion) -> str:
        """The checksum of a table's files at a version."""
        return checksum_of(self.files(table, version))

    def schema(self, table: str) -> dict[str, str]:
        """Column name -> Ibis type: of the contract, else of the table as it is stored now."""
        if table in TABLES:
            return schema_of(table)
        return {
            field.name: _ibis_type(field.type) for field in self._arrow_schema(table) if field.name != MONTH
        }

    def open_in(
        self, engine: Engine, version: BookVersion, tables: Iterable[str] = TABLES, *, as_of: date | None
    ) -> None:
        """Registers fact tables of a version in an engine, under their names. **Raises** ``book.version-gone``.

        With ``as_of``, what is written of merged customers reads as of their survivors on that day; without, rows
        are as they were written.
        """
        names = list(tables)
        with ThreadPoolExecutor(4) as readers:  # each opens the log of a table, which waits for the disk
            found = readers.map(lambda table: self.files(table, version), names)
            for table, files in zip(names, found, strict=True):
                refuse_vanished(place_of(self.path, table), table, version, files)
                engine.read_files(table, files, self.schema(table))
        if as_of is not None:
            follow(engine, self, version, names, as_of)

    def read(self, table: str, version: BookVersion) -> pa.Table:
        """A (small) table at a version, in memory."""
        columns = list(self.schema(table))
        files = self.files(table, version)
        if not files:
            return self._arrow_schema(table).empty_table().select(columns)
        parts = [pq.ParquetFile(file).read(columns=columns) for file in files]
        found = pa.concat_tables(parts, promote_options="permissive")
        for name in set(columns).difference(found.column_names):  # the contract got it later
            kind = _arrow_type(self.schema(table)[name])
            found = found.append_column(name, pa.nulls(len(found), kind))
        return found.select(columns)

    def read_log(self, table: str, version: BookVersion, schema: pa.Schema) -> pa.Table:
        """A table that is only appended to, such as that of runs: no rows before its first one."""
        return self.read(table, version) if table in version.state else schema.empty_table()

    def _arrow_schema(self, table: str) -> pa.Schema:
        place = place_of(self.path, table)
        if not DeltaTable.is_deltatable(str(place)):
            return pa.schema([(name, _arrow_type(kind)) for name, kind in schema_of(table).items()])
        return pa.schema(DeltaTable(place).schema().to_arrow())

    @contextmanager
    def writer(self, *, actor: str, at: datetime, wait_seconds: float = 10) -> Iterator[Writer]:
        """The one writer, after recovery; an edited ``book.yaml`` has become a version of its own.

        **Raises** ``TierwiseError`` ``book.busy`` while another process writes, ``book.disk-full`` when there
        is no room, ``actor.nobody`` without a name of who acts; then nothing is changed.
        """
        refuse_nobody(actor)
        at = at.astimezone(UTC)
        holding = lease(self.path / ".lease", actor=actor, at=at, wait_seconds=wait_seconds)
        with room_for(self.path), holding:
            self._recover()
            writer = Writer(self.path, self._log, actor=actor, at=at)
            try:
                self._take_settings(writer)
                yield writer
            finally:
                writer.close()
                _empty(self.path / "staging")  # whoever failed on a full disk gives its room back at once

    def _take_settings(self, writer: Writer) -> None:
        pending = pending_settings(self.path, writer.base)
        if pending is None:
            return
        writer.settings = pending.settings
        if "fx_max_age_days" in pending.changes:
            convert_again(writer)
        writer.commit("settings", pending.note)

    def _recover(self) -> None:
        """Empties the staging folder and removes tables and results that no version names."""
        _empty(self.path / "staging")
        known = self.current().state
        for folder, prefix in (("tables", ""), ("results", "results/")):
            for child in (self.path / folder).iterdir():
                if f"{prefix}{child.name}" not in known:
                    shutil.rmtree(child)


def _grow(folder: Path, first: BookVersion) -> None:
    """Writes a whole new book into a folder that does not exist yet."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    (folder / SETTINGS_FILE).write_text(dump_settings(first.settings), encoding="utf-8")
    VersionLog(folder / "versions").create(first)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)


def _not_empty(path: Path) -> TierwiseError:
    return fail(
        "book.not-empty",
        "a book needs an empty folder of its own, and this one holds something",
        "账簿需要独占一个空文件夹，此处已有内容",
        file=str(path),
    )


_IBIS_NAMES = {
    "date32[day]": "date",
    "bool": "boolean",
    "double": "float64",
    "float": "float32",
    "large_string": "string",
    "timestamp[us, tz=UTC]": "timestamp('UTC', 6)",
    "timestamp[us]": "timestamp(6)",
}


def _ibis_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_ibis_type(kind.value_type)}>"
    text = str(kind)
    return _IBIS_NAMES.get(text, text.replace("decimal128", "decimal").replace(", ", ","))


def _arrow_type(kind: str) -> pa.DataType:
    if kind.startswith("decimal"):
        precision, scale = kind.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    simple = {"string": pa.string(), "date": pa.date32(), "boolean": pa.bool_(), "int64": pa.int64()}
    return simple[kind]
