"""The rehearsals of a book: an append-only table of records, and the movers of each. Decision 0018."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierwise.grading.digest import digest_of
from tierwise.kernel.errors import fail
from tierwise.rehearsal.model import SCHEMA, Rehearsal, from_row, to_table

if TYPE_CHECKING:
    import pyarrow as pa

    from tierwise.book.store import Book, BookVersion, Writer

TABLE = "rehearsals"


def list_rehearsals(book: Book, version: BookVersion | None = None) -> list[Rehearsal]:
    """All rehearsals, oldest first."""
    rows = book.read_log(TABLE, version or book.current(), SCHEMA).select(SCHEMA.names).to_pylist()
    return sorted(map(from_row, rows), key=lambda one: one.number)


def append_rehearsal(writer: Writer, rehearsal: Rehearsal) -> None:
    """Adds a record; it shows with the writer's version."""
    writer.append(TABLE, to_table(rehearsal))


def find_rehearsal(book: Book, asked: str | None = None) -> Rehearsal:
    """The rehearsal of an id (``rehearsal-000003``, or just ``3``), or the latest. **Raises** ``rehearsal.unknown``."""
    known = list_rehearsals(book)
    found = [one for one in known if asked in (None, one.rehearsal_id, str(one.number))]
    if found:
        return found[-1]
    raise fail(
        "rehearsal.unknown",
        "there is no rehearsal {asked}; there are {known} (`tierwise rehearse {book} --policy FILE --as-of DATE` makes one)",
        "没有演练 {asked}；现有 {known}（可用 `tierwise rehearse {book} --policy 文件 --as-of 日期` 演练）",
        asked=asked or "",
        known=", ".join(one.rehearsal_id for one in known) or "–",
        book=str(book.path),
    )


def movers_of(book: Book, rehearsal: Rehearsal) -> pa.Table:
    """The movers of a stored rehearsal, the most surprising first. **Raises** ``rehearsal.damaged`` if a digit differs."""
    rows = book.read(rehearsal.table, book.current())
    if digest_of(rows) != rehearsal.digest:
        raise fail(
            "rehearsal.damaged",
            "the rows of {name} are not those that were stored; rehearse again (`tierwise check` looks for more damage)",
            "{name} 的内容与保存时不符；请重新演练（`tierwise check` 可检查其他损坏）",
            name=rehearsal.rehearsal_id,
        )
    return rows.sort_by(
        [("surprise", "descending"), ("net_sales", "descending"), ("customer_id", "ascending")]
    )
