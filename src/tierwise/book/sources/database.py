"""Imports from a database: everything is read into a file first, so that a broken connection touches no book."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from tierwise.book.batches import batches
from tierwise.book.contract import TABLES, Table
from tierwise.book.contract.model import Identity
from tierwise.book.importing import ImportItem, ImportSummary, Origin, import_batch
from tierwise.book.reading import Mapping
from tierwise.book.reading.headers import match_headers
from tierwise.book.reading.mapping import Header
from tierwise.book.sources.address import Address
from tierwise.book.sources.asking import Since
from tierwise.book.sources.extract import Extract, Mark
from tierwise.book.sources.postgres import extract_postgres
from tierwise.book.sources.sqlite import extract_sqlite
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError, fail

_READERS: dict[str, Callable[[Address, Since | None, Path], Extract]] = {
    "sqlite": extract_sqlite,
    "postgresql": extract_postgres,
}


def import_from(
    book: Book,
    table: str,
    address: Address,
    *,
    high_water: str | None = None,
    mapping: Mapping | None = None,
    strict: bool = False,
    rejects: Path | None = None,
    actor: str,
    at: datetime,
) -> ImportSummary:
    """Imports the rows of a database table or query; with ``high_water`` those at or above the last mark.

    The mark is kept with the batch, so that undoing the import brings the mark before it back.
    **Raises** ``TierwiseError`` (``source.*``) where the source breaks, goes back, or cannot be read piecewise.
    """
    last = last_mark(book, table, address, high_water) if high_water else None
    with tempfile.TemporaryDirectory(prefix="tierwise-") as folder:
        target = Path(folder) / "rows.parquet"
        since = _since(TABLES[table], address, mapping, high_water, last, folder) if high_water else None
        extract = _READERS[address.kind](address, since, target)
        origin = Origin(address.name, _kept(extract.mark))
        item = ImportItem(table, [target], mapping, origin)
        return import_batch(book, [item], strict=strict, rejects=rejects, actor=actor, at=at)[0]


def last_mark(book: Book, table: str, address: Address, column: str) -> Mark | None:
    """The mark of the newest import of a source that was not undone; None before the first."""
    for batch in reversed(batches(book, book.current())):
        if batch.table != table or batch.kind != "import" or batch.undone_by:
            continue
        for file in batch.files:
            kept = file.get("high_water")
            if kept and file["name"] == address.name and kept["column"] == column:
                return Mark(column, kept["value"])
    return None


def _kept(mark: Mark | None) -> dict[str, Any] | None:
    return None if mark is None else {"column": mark.column, "value": mark.value}


def _since(
    table: Table, address: Address, mapping: Mapping | None, column: str, last: Mark | None, folder: str
) -> Since:
    """What to read again: rows by their key, documents as a whole.

    **Raises** ``TierwiseError`` where rows have no identity by which a piece could be told from what is there.
    """
    headers = _headers(address, folder)
    if column.casefold() not in {header.casefold() for header in headers}:
        raise _no_column(address, column, headers)  # SQLite takes a quoted name that is no column for a text
    if last is None:
        return Since(column)
    identity = _identity(table, mapping or Mapping(), headers)
    if identity == "key":
        return Since(column, last)
    document = _document(table, mapping or Mapping(), headers) if identity == "document" else None
    if document is None:
        raise _no_identity(table, address)
    return Since(column, last, document)


def _headers(address: Address, folder: str) -> tuple[str, ...]:
    nothing = f"SELECT * FROM ({_selected(address)}) AS asked_columns WHERE 1 = 0"
    empty = Address(address.kind, address.url, None, nothing, address.name, address.secrets)
    return _READERS[address.kind](empty, None, Path(folder) / "columns.parquet").columns


def _selected(address: Address) -> str:
    from tierwise.book.sources.asking import relation

    return f"SELECT * FROM {relation(address)}"


def _identity(table: Table, mapping: Mapping, headers: tuple[str, ...]) -> Identity:
    """As planning decides it: what the mapping says, else the key if the rows bring its last column."""
    if mapping.identity is not None:
        return mapping.identity
    if len(table.identities) == 1 or table.key[-1] in _read(table, mapping, headers):
        return table.identities[0]
    return next(identity for identity in table.identities if identity != "key")


def _document(table: Table, mapping: Mapping, headers: tuple[str, ...]) -> str | None:
    """The header that alone names a document."""
    return _read(table, mapping, headers).get(table.document[0]) if table.document else None


def _read(table: Table, mapping: Mapping, headers: tuple[str, ...]) -> dict[str, str | None]:
    """Column -> the header that it is read from as it is; None where an operation makes it."""
    read: dict[str, str | None] = {
        name: expression.source if isinstance(expression, Header) else None
        for name, expression in mapping.columns.items()
    }
    if mapping.match_rest:
        matched = match_headers(table, headers, file="", line=None, taken=frozenset(read))
        read |= {name: headers[at] for name, at in matched.used.items()}
    return read


def _no_column(address: Address, column: str, headers: tuple[str, ...]) -> TierwiseError:
    return fail(
        "source.no-column",
        "{source} has no column {field}; its columns are {columns}",
        "{source} 没有 {field} 列；现有列为 {columns}",
        source=address.name,
        field=column,
        columns=", ".join(headers),
    )


def _no_identity(table: Table, address: Address) -> TierwiseError:
    return fail(
        "source.no-identity",
        "rows of {table} from {source} have neither a key nor a document of their own, so new ones cannot be told from those "
        "imported before; name the key columns in a mapping file, or import everything without --high-water",
        "{source} 的 {table} 行既无主键也无单据号，无法区分新旧；请在映射文件中写明主键列，或去掉 --high-water 全量导入",
        table=table.name,
        source=address.name,
    )
