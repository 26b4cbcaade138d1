"""Importing files into the book: read, prepare, apply, one book version for all tables of a batch.

**Source** spec 12.4, 14; decisions 0001 and 0002.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierwise.book.applying import Counts, apply, convert_again, moment_of
from tierwise.book.batches import Batch, batches, store
from tierwise.book.contract import TABLES, Table
from tierwise.book.preparing import Refused, prepare
from tierwise.book.reading import FileInfo, Reject, Staged, append_rejects, read_files
from tierwise.book.reading.steady import steady
from tierwise.book.shape import Shape
from tierwise.book.store import Book, BookVersion
from tierwise.book.writing import Writer
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.files import refuse_missing_folder, whole_file
from tierwise.kernel.text import Text

if TYPE_CHECKING:
    from tierwise.book.reading.model import Progress

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows came from before they stood in a file, and the mark up to which they were read."""

    name: str
    high_water: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One table of a batch: its name, the files, the mapping that reads them, and their origin elsewhere."""

    table: str
    files: Sequence[Path]
    mapping: Any = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did to one table. ``version`` is the book's newest version afterwards."""

    table: str
    batch: int | None
    """The number to undo it by; None if nothing changed."""
    new: int
    changed: int
    same: int
    corrected: int
    """Rows among the changed ones that lie in a closed period and were corrected in the open one."""
    removed: int
    rejected: int
    by_code: dict[str, int]
    warnings: tuple[Problem, ...]
    version: int
    rejects: Path | None = None
    files: tuple[FileInfo, ...] = ()
    repeated: int = 0
    """Rows that stand more than once in the files, word for word; each is taken once."""
    filtered: int = 0
    """Rows that the mapping leaves out."""


@dataclass(slots=True)
class _Work:
    """One table of a batch under way."""

    item: ImportItem
    shape: Shape
    staged: Staged | None = None
    counts: Counts = field(default_factory=Counts)
    same: int = 0
    repeated: int = 0
    rejects: Path | None = None
    warnings: tuple[Problem, ...] = ()


def import_files(
    book: Book,
    table: str,
    files: Sequence[Path],
    *,
    mapping: Any = None,
    strict: bool = False,
    rejects: Path | None = None,
    actor: str,
    at: datetime,
    progress: Progress | None = None,
) -> ImportSummary:
    """Imports files into one table, whole or not at all.

    **Raises** ``TierwiseError`` for an unreadable file, a busy book, or with ``strict`` any rejected row.
    """
    items = [ImportItem(table, files, mapping)]
    return import_batch(book, items, strict=strict, rejects=rejects, actor=actor, at=at, progress=progress)[0]


def import_batch(
    book: Book,
    items: Sequence[ImportItem | tuple[str, Sequence[Path], Any]],
    *,
    strict: bool = False,
    rejects: Path | None = None,
    actor: str,
    at: datetime,
    progress: Progress | None = None,
    wait_seconds: float = 10,
    seen: Mapping[str, int | None] | None = None,
) -> list[ImportSummary]:
    """Imports several tables as one book version, whole or not at all; one summary per item.

    With several items, the table's name goes into the name of each rejects file. ``seen``: the versions of tables from
    which the rows were made, as ``versions_seen`` gives them. **Raises** ``import.moved-on`` if one is another by now.
    """
    named = [item if isinstance(item, ImportItem) else ImportItem(*item) for item in items]
    works = [_Work(item, Shape(_declared(item.table))) for item in named]
    if rejects is not None:
        for work in works:
            work.rejects = _rejects_path(rejects, work.item.table, alone=len(works) == 1)
            _refuse_bad_rejects(book, work.rejects, named)
    with book.writer(actor=actor, at=at, wait_seconds=wait_seconds) as writer:
        if seen is not None and versions_seen(writer.base, seen) != dict(seen):
            raise _moved_on(writer.base)
        known = batches(book, writer.base)
        for number, work in _rates_first(works):
            if not _seen(book, writer, known, work):
                _import_one(writer, work, number, len(known) + 1 + number, progress, strict=strict)
        _derive_others(writer, works)
        made = _register(writer, known, works)
    version = book.current().number
    return [_summary(work, made.get(number), version) for number, work in enumerate(works)]


def versions_seen(version: BookVersion, tables: Iterable[str]) -> dict[str, int | None]:
    """Which version of each table a book version has; null for a table without rows."""
    return {name: version.state[name].delta if name in version.state else None for name in tables}


def _moved_on(base: BookVersion) -> TierwiseError:
    return fail(
        "import.moved-on",
        "{actor} changed the book meanwhile, and nothing was written: look at the preview again",
        "{actor} 在此期间更改了账簿，未写入任何内容：请重新预览",
        actor=base.actor,
    )


def _declared(name: str) -> Table:
    if name not in TABLES:
        raise fail(
            "import.no-table",
            "{name} is no table of the book; the tables are {tables}",
            "账簿没有名为 {name} 的表；可用的表为 {tables}",
            name=name,
            tables=", ".join(TABLES),
        )
    return TABLES[name]


def _rates_first(works: Sequence[_Work]) -> list[tuple[int, _Work]]:
    """Rates come first, so that the amounts of the same batch are converted with them."""
    return sorted(enumerate(works), key=lambda pair: pair[1].item.table != "fx_rates")


def _refuse_bad_rejects(book: Book, rejects: Path, items: Sequence[ImportItem]) -> None:
    """Rejected rows take the place of no file that is read, and of none of the book."""
    refuse_missing_folder(rejects)
    place = rejects.resolve()
    read = {file.resolve() for item in items for file in item.files}
    if place in read or place.is_relative_to(book.path.resolve()):
        raise fail(
            "import.rejects-place",
            "rejected rows cannot be written over what is imported or into the book; name another file with --rejects",
            "拒收行不能写入正在导入的文件或账簿内部；请用 --rejects 指定其他文件",
            file=str(rejects),
        )


def _rejects_path(rejects: Path, table: str, *, alone: bool) -> Path:
    if alone:
        return rejects
    return rejects.with_name(f"{rejects.stem}.{table}{rejects.suffix}")


def _import_one(
    writer: Writer, work: _Work, number: int, batch: int, progress: Progress | None, *, strict: bool
) -> None:
    folder = writer.staging / f"read-{number}"
    folder.mkdir()
    currency = writer.settings.base_currency
    with steady(work.item.files):
        staged = read_files(
            work.shape.table,
            work.item.files,
            mapping=work.item.mapping,
            base_currency=currency,
            staging=folder,
            progress=progress,
            origin=work.item.origin.name if work.item.origin else None,
        )
    connection = writer.connection
    connection.execute("SET preserve_insertion_order = false")
    rows = [str(path) for path in staged.rows_paths]
    held = writer.files(work.shape.name)
    folded, refused = prepare(connection, work.shape, rows, staged.identity, held)
    work.staged = _with_refused(staged, work.shape.table, refused, folder)
    _hand_out_rejects(work, strict=strict)
    moment = moment_of(writer, batch)
    work.counts = apply(writer, work.shape, moment, staged.identity)
    work.repeated = folded
    work.same = staged.accepted - folded - len(refused) - work.counts.new - work.counts.changed
    work.warnings = _warnings(writer, work)
    shutil.rmtree(folder)


def _with_refused(staged: Staged, table: Table, refused: Sequence[Refused], folder: Path) -> Staged:
    if not refused:
        return staged
    path = staged.rejects_path or folder / "rejects.csv"
    by_code = append_rejects(path, [_reject(staged, table, row) for row in refused], staged.headers)
    total = dict(staged.by_code)
    for code, count in by_code.items():
        total[code] = total.get(code, 0) + count
    return replace(staged, rejected=staged.rejected + len(refused), by_code=total, rejects_path=path)


def _reject(staged: Staged, table: Table, row: Refused) -> Reject:
    original = {staged.used.get(name, name): None if v is None else str(v) for name, v in row.row.items()}
    file = staged.files[row.source_file - 1].name
    header = staged.used.get(row.column)
    return Reject(
        file, row.source_line, row.code, table.column(row.column), row.value, row.slots, original, header
    )


def _hand_out_rejects(work: _Work, *, strict: bool) -> None:
    """Copies the rejects file to where the caller wants it; strictly, any rejected row ends the import."""
    staged = work.staged
    if staged is None or not staged.rejected:
        work.rejects = None
        return
    if work.rejects is not None and staged.rejects_path is not None:
        with whole_file(work.rejects) as part:
            shutil.copyfile(staged.rejects_path, part)
    if strict:
        raise fail(
            "import.strict",
            "{count} {count#row|rows} of {table} {count#was|were} rejected, so nothing was imported ({codes})",
            "{table} 有 {count} 行被拒绝，因此未导入任何数据（{codes}）",
            file=work.item.origin.name if work.item.origin else str(work.item.files[0]),
            count=staged.rejected,
            table=work.item.table,
            codes=", ".join(f"{code}: {n}" for code, n in sorted(staged.by_code.items())),
        )


def _seen(book: Book, writer: Writer, known: Sequence[Batch], work: _Work) -> bool:
    """Whether the newest batch of the table came from these very files under these very settings."""
    earlier = [batch for batch in known if batch.table == work.item.table]
    if not earlier or work.shape.table.history == "dated":
        return False
    last = earlier[-1]
    if last.kind != "import" or last.undone_by or last.rejected or last.mapping != _text(work.item.mapping):
        return False
    if book.version(last.version).settings != writer.settings:
        return False
    if [file["bytes"] for file in last.files] != [_size(path) for path in work.item.files]:
        return False
    if [file["sha256"] for file in last.files] != [_sha256(path) for path in work.item.files]:
        return False
    work.same = last.new + last.changed + last.same
    return True


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _text(mapping: Any) -> str | None:
    """The mapping as it is kept with the batch: its stated fields, as JSON."""
    if mapping is None:
        return None
    return str(mapping.model_dump_json(exclude_defaults=True, by_alias=True))


def _derive_others(writer: Writer, works: Sequence[_Work]) -> None:
    """New rates reach the tables that this batch did not touch."""
    changed = {work.item.table for work in works if work.counts.any}
    if "fx_rates" in changed:
        convert_again(writer, changed)


def _register(writer: Writer, known: Sequence[Batch], works: Sequence[_Work]) -> dict[int, int]:
    """Records and commits what changed; the batch number of each work that changed something."""
    made = {
        index: _batch(writer, work, len(known) + 1 + index)
        for index, work in enumerate(works)
        if work.counts.any
    }
    if not made:
        return {}
    store(writer, [*known, *made.values()])
    writer.commit("import", ", ".join(batch.table for batch in made.values()))
    return {index: batch.number for index, batch in made.items()}


def _batch(writer: Writer, work: _Work, number: int) -> Batch:
    staged, counts = work.staged, work.counts
    assert staged is not None
    return Batch(
        number=number,
        table=work.item.table,
        kind="import",
        files=tuple(_recorded(file, work.item.origin) for file in staged.files),
        actor=writer.actor,
        at=writer.at,
        identity=staged.identity,
        new=counts.new,
        changed=counts.changed,
        same=work.same,
        corrected=counts.corrected,
        removed=counts.removed,
        rejected=staged.rejected,
        by_code=staged.by_code,
        mapping=_text(work.item.mapping),
        version=writer.base.number + 1,
    )


def _recorded(file: FileInfo, origin: Origin | None) -> dict[str, Any]:
    """What the register keeps of a file; of one made from a source, the source's name and mark."""
    row = {"name": file.name, "bytes": file.bytes, "sha256": file.sha256, "rows": file.rows}
    if origin is not None:
        row["name"] = origin.name
        if origin.high_water is not None:
            row["high_water"] = origin.high_water
    return row


def _unread(work: _Work) -> tuple[str, ...]:
    """The headers that nothing was read from; the column of the high-water mark was read for the mark."""
    origin = work.item.origin
    marked = origin.high_water["column"] if origin is not None and origin.high_water else None
    unused = work.staged.unused_headers if work.staged else ()
    return tuple(header for header in unused if header != marked)


def _warnings(writer: Writer, work: _Work) -> tuple[Problem, ...]:
    state = writer.state(work.item.table)
    blocked = int(state.facts.get("blocked", 0)) if state else 0
    headers = _unread(work)
    said = [
        ("import.blocked-rows", blocked, _BLOCKED, {}),
        ("import.late-rows", work.counts.late, _LATE, {}),
        ("import.removed-lines", work.counts.removed, _REMOVED, {}),
        ("import.unused-headers", len(headers), _UNUSED, {"headers": _first_of(headers)}),
    ]
    doubts = work.staged.doubts if work.staged else ()
    return doubts + tuple(
        Problem(code, text, {"count": count, "table": work.item.table} | more)
        for code, count, text, more in said
        if count
    )


def _first_of(headers: Sequence[str]) -> str:
    more = f" … (+{len(headers) - _HEADERS_SHOWN})" if len(headers) > _HEADERS_SHOWN else ""
    return ", ".join(headers[:_HEADERS_SHOWN]) + more


_HEADERS_SHOWN = 10
_BLOCKED = Text(
    "{count} {count#row|rows} of {table} {count#has|have} no usable exchange rate and {count#blocks|block} "
    "grading until it is imported (fx_rates)",
    "{table} 有 {count} 行没有可用汇率，导入汇率（fx_rates）之前无法评级",
)
_LATE = Text(
    "{count} new {count#row|rows} of {table} {count#lies|lie} in closed months that held rows before; "
    "{count#it is|they are} known from the first open day",
    "{table} 有 {count} 行新数据落在已有数据的已结账月份，自首个未结账日起可见",
)
_REMOVED = Text(
    "{count} {count#row|rows} of {table} {count#is no longer in its document|are no longer in their documents}: "
    "a document is replaced as a whole",
    "{table} 有 {count} 行已不在其单据中：单据整体替换",
)
_UNUSED = Text(
    "{count} {count#column|columns} of the files {count#was|were} not read into {table}: {headers}",
    "文件中有 {count} 列未读入 {table}：{headers}",
)


def _summary(work: _Work, batch: int | None, version: int) -> ImportSummary:
    staged, counts = work.staged, work.counts
    return ImportSummary(
        table=work.item.table,
        batch=batch,
        new=counts.new,
        changed=counts.changed,
        same=work.same,
        corrected=counts.corrected,
        removed=counts.removed,
        rejected=staged.rejected if staged else 0,
        by_code=dict(staged.by_code) if staged else {},
        warnings=work.warnings,
        version=version,
        rejects=work.rejects,
        files=staged.files if staged else (),
        repeated=work.repeated,
        filtered=staged.filtered if staged else 0,
    )
