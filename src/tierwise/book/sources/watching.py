"""Folders whose new files are imported by declared patterns, each content once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tierwise.book.batches import batches
from tierwise.book.contract import TABLES
from tierwise.book.importing import ImportSummary, import_files
from tierwise.book.reading import load_mapping
from tierwise.book.reading.mapping_load import mistake_in
from tierwise.book.reading.scan import sha256_of
from tierwise.book.store import Book
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.systems import why
from tierwise.kernel.text import Text

State = Literal["imported", "nothing-new", "known", "fresh", "refused"]


class Watched(BaseModel):
    """One pattern of one folder: which table its files feed, and by which mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    pattern: str = Field(min_length=1)
    table: str
    map: Path | None = None
    quiet_seconds: int = Field(default=0, ge=0)
    """A file that changed within this time is left for the next round: it may still be written."""


class WatchList(BaseModel):
    """A watch file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    watch: tuple[Watched, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file."""

    file: Path
    table: str
    state: State
    summary: ImportSummary | None = None
    problems: tuple[Problem, ...] = ()


def load_watch_list(path: Path) -> WatchList:
    """The watch file; paths in it are relative to it. **Raises** ``TierwiseError`` with every mistake and its line."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), yaml.SafeLoader)
    except FileNotFoundError:
        raise fail("file.not-found", "there is no such file", "没有这个文件", file=str(path)) from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        raise fail(
            "watch.not-yaml", "this is not YAML: {why}", "不是有效的 YAML：{why}",
            file=str(path), line=mark.line + 1 if mark else None, why=str(getattr(error, "problem", error)),
        ) from None  # fmt: skip
    try:
        found = WatchList.model_validate(yaml.SafeLoader("").construct_document(root) if root else {})
    except ValidationError as error:
        raise TierwiseError(_mistakes(path, root, error)) from None
    _check_tables(path, root, found)
    placed = WatchList(watch=tuple(_placed(entry, path.parent) for entry in found.watch))
    _check_folders(path, root, placed)
    return placed


def watch_once(
    book: Book, watched: WatchList, *, rejects: Path | None = None, actor: str, at: datetime
) -> Iterator[Taken]:
    """Imports the files that match and were never imported, one batch a file, in the order of their names.

    What one file is refused for stops none of the others. A file whose content was imported before, under
    whatever name, is left alone, also where that import was undone.
    """
    for entry in watched.watch:
        for file in sorted(path for path in entry.folder.glob(entry.pattern) if path.is_file()):
            yield _take(book, entry, file, rejects, actor, at)


def _take(book: Book, entry: Watched, file: Path, rejects: Path | None, actor: str, at: datetime) -> Taken:
    try:
        if entry.quiet_seconds and at.timestamp() - file.stat().st_mtime < entry.quiet_seconds:
            return Taken(file, entry.table, "fresh")
        if sha256_of(file) in _known(book, entry.table):
            return Taken(file, entry.table, "known")
        mapping = load_mapping(entry.map) if entry.map else None
        target = rejects / f"{file.name}.rejects.csv" if rejects else None
        done = import_files(
            book, entry.table, [file], mapping=mapping, rejects=target, actor=actor, at=at
        )  # fmt: skip
    except TierwiseError as error:
        return Taken(file, entry.table, "refused", problems=error.problems)
    except OSError as error:
        problem = Problem("file.unreadable", _UNREADABLE, dict(why(error)), str(file))
        return Taken(file, entry.table, "refused", problems=(problem,))
    return Taken(file, entry.table, "imported" if done.batch is not None else "nothing-new", done)


_UNREADABLE = Text("the file cannot be read: {why}", "无法读取文件：{why_zh}")


def _known(book: Book, table: str) -> set[str]:
    """The digests of all files that were ever imported into a table."""
    return {
        file["sha256"]
        for batch in batches(book, book.current())
        if batch.table == table and batch.kind == "import"
        for file in batch.files
    }


def _placed(entry: Watched, base: Path) -> Watched:
    mapping = base / entry.map if entry.map else None
    return entry.model_copy(update={"folder": base / entry.folder, "map": mapping})


def _check_tables(path: Path, root: yaml.Node | None, found: WatchList) -> None:
    problems = [
        Problem(
            "import.no-table", _NO_TABLE, {"name": entry.table, "tables": ", ".join(TABLES)}, str(path),
            _line(root, ("watch", number, "table")),
        )
        for number, entry in enumerate(found.watch)
        if entry.table not in TABLES
    ]  # fmt: skip
    if problems:
        raise TierwiseError(problems)


def _check_folders(path: Path, root: yaml.Node | None, found: WatchList) -> None:
    """A folder that is not there is told: with its name misspelt nothing would ever be imported, without a word."""
    problems = [
        Problem(
            "watch.no-folder",
            _NO_FOLDER,
            {"folder": str(entry.folder)},
            str(path),
            _line(root, ("watch", number, "folder")),
        )
        for number, entry in enumerate(found.watch)
        if not entry.folder.is_dir()
    ]
    if problems:
        raise TierwiseError(problems)


_NO_FOLDER = Text("there is no folder {folder}", "没有文件夹 {folder}")
_NO_TABLE = Text(
    "{name} is no table of the book; the tables are {tables}", "账簿没有名为 {name} 的表；可用的表为 {tables}"
)


def _mistakes(path: Path, root: yaml.Node | None, error: ValidationError) -> list[Problem]:
    """Every mistake in words; that entries are missing is not said where those that stand there are wrong."""
    found = error.errors()
    wrong = {detail["loc"][0] for detail in found if len(detail["loc"]) > 1}
    told = [one for one in found if not (one["type"] == "too_short" and one["loc"][0] in wrong)]
    return [mistake_in(one, path, _line(root, one["loc"]), "watch.invalid") for one in told]


def _line(root: yaml.Node | None, place: Sequence[Any]) -> int:
    """The line of the deepest part of a place that the file has."""
    node, line = root, 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
