"""The register of imports: one row per table and import, with its files, counts and mapping."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from tierwise.book.store import Book
from tierwise.book.versions import BookVersion
from tierwise.book.writing import Writer

TABLE = "batches"
_SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("table", pa.string()),
        ("kind", pa.string()),
        ("files", pa.string()),
        ("actor", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("identity", pa.string()),
        ("new", pa.int64()),
        ("changed", pa.int64()),
        ("same", pa.int64()),
        ("corrected", pa.int64()),
        ("removed", pa.int64()),
        ("rejected", pa.int64()),
        ("by_code", pa.string()),
        ("mapping", pa.string()),
        ("version", pa.int64()),
        ("undone_by", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One import into one table, or the undoing of one."""

    number: int
    table: str
    kind: str
    """``import`` or ``undo``."""
    files: tuple[dict[str, Any], ...]
    actor: str
    at: datetime
    identity: str
    new: int
    changed: int
    same: int
    corrected: int
    removed: int
    rejected: int
    by_code: dict[str, int]
    mapping: str | None
    version: int
    """The book version that the batch made."""
    undone_by: int | None = None
    """The number of the batch that undid this one."""


def batches(book: Book, version: BookVersion) -> list[Batch]:
    """All batches at a version, oldest first."""
    if TABLE not in version.state:
        return []
    rows = book.read(TABLE, version).to_pylist()
    return sorted((_batch(row) for row in rows), key=lambda batch: batch.number)


def file_names(known: Sequence[Batch]) -> dict[tuple[int, int], str]:
    """Number of a batch and of a file in it (from 1) -> the name of the file, as rows refer to it."""
    return {(one.number, at): file["name"] for one in known for at, file in enumerate(one.files, 1)}


def store(writer: Writer, known: Sequence[Batch]) -> None:
    """Writes the register anew."""
    rows = [_row(batch) for batch in known]
    writer.replace(TABLE, pa.Table.from_pylist(rows, schema=_SCHEMA))


def undone(batch: Batch, by: int) -> Batch:
    """The batch, marked as undone."""
    return replace(batch, undone_by=by)


def _row(batch: Batch) -> dict[str, Any]:
    row = asdict(batch)
    row["files"] = json.dumps(batch.files, ensure_ascii=False)
    row["by_code"] = json.dumps(batch.by_code, sort_keys=True)
    row["at"] = batch.at.astimezone(UTC)
    return row


def _batch(row: dict[str, Any]) -> Batch:
    values = {field.name: row[field.name] for field in fields(Batch)}
    values["files"] = tuple(json.loads(row["files"]))
    values["by_code"] = json.loads(row["by_code"])
    return Batch(**values)
