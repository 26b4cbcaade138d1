"""What is asked of a database, in SQL that SQLite and PostgreSQL both understand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tierwise.book.sources.address import Address
from tierwise.book.sources.extract import Mark
from tierwise.engine.names import quoted
from tierwise.kernel.errors import TierwiseError, fail


@dataclass(frozen=True, slots=True)
class Since:
    """Read only what stands at or above the last mark of a column; with ``document``, whole documents."""

    column: str
    last: Mark | None = None
    document: str | None = None


class Runner(Protocol):
    """An open connection: one row for a question with at most one parameter, always the mark."""

    parameter: str

    def one(self, sql: str, *parameters: Any) -> tuple[Any, ...]:
        """The only row of a query."""


def relation(address: Address) -> str:
    """The table or query as something to select from."""
    if address.table is not None:
        return ".".join(quoted(part) for part in address.table.split("."))
    return f"({(address.query or '').strip().rstrip(';')}) AS asked"


def new_mark(runner: Runner, address: Address, since: Since) -> Mark | None:
    """The highest value now; None for an empty table.

    **Raises** ``TierwiseError`` where it lies below the last one, or rows have none and would be missed for ever.
    """
    column, place = quoted(since.column), relation(address)
    highest, missing = runner.one(f"SELECT max({column}), count(*) - count({column}) FROM {place}")
    if missing:
        raise _missing(address, since, int(missing))
    if isinstance(highest, str):
        _refuse_numbers_in_text(runner, address, since, highest)
    if since.last is not None:
        back = highest is None or bool(
            runner.one(f"SELECT max({column}) < {runner.parameter} FROM {place}", since.last.value)[0]
        )
        if back:
            raise _went_back(address, since, highest)
    if highest is None:
        return None
    return Mark(since.column, highest if isinstance(highest, int | float | str) else str(highest))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#_- "
_BETWEEN = "./-:+TZ "
"""What stands between the digits of numbers, days and times."""


def _refuse_numbers_in_text(runner: Runner, address: Address, since: Since, highest: str) -> None:
    """As texts 10 comes before 9, and SO10 before SO9: new rows would lie below the mark, unread.

    Days and times that are padded (2026-09-03 …) are in order whatever their length.
    """
    text = f"CAST({quoted(since.column)} AS TEXT)"
    number = f"ltrim({text}, '{_LETTERS}')"
    (odd,) = runner.one(
        f"SELECT count(*) FROM (SELECT 1 AS one FROM {relation(address)} "
        f"WHERE trim({number}, '0123456789{_BETWEEN}') = '' AND trim({number}, '{_BETWEEN}') <> '' "
        f"AND NOT (length({text}) >= 10 AND substr({text}, 5, 1) = '-' AND substr({text}, 8, 1) = '-' "
        f"AND trim(substr({text}, 9, 2), '0123456789') = '') "
        f"GROUP BY substr({text}, 1, length({text}) - length({number})) "
        f"HAVING min(length({text})) <> max(length({text}))) AS odd"
    )
    if odd:
        raise fail(
            "source.mark-text",
            "{field} of {source} is text with numbers or days of different lengths, of which {highest} counts as the highest: "
            "10 comes before 9, so new rows would never be read. Give it as a number or a day with --query, for example "
            "CAST({field} AS INTEGER), or choose another column",
            "{source} 的 {field} 是文本，其中的数字或日期长短不一，按文本比较最大为 {highest}（10 排在 9 之前），新行将永远读不到；"
            "请用 --query 将其转换为数字或日期，例如 CAST({field} AS INTEGER)，或另选一列",
            field=since.column,
            source=address.name,
            highest=highest,
        )


def rows_query(address: Address, since: Since | None, parameter: str) -> tuple[str, tuple[Any, ...]]:
    """The query of the rows and its parameters."""
    place = relation(address)
    if since is None or since.last is None:
        return f"SELECT * FROM {place}", ()
    fresh = f"{quoted(since.column)} >= {parameter}"
    if since.document is None:
        return f"SELECT * FROM {place} WHERE {fresh}", (since.last.value,)
    document = quoted(since.document)
    inner = f"SELECT {document} FROM {place} WHERE {fresh}"
    return f"SELECT * FROM {place} WHERE {document} IN ({inner})", (since.last.value,)


def _missing(address: Address, since: Since, count: int) -> TierwiseError:
    return fail(
        "source.mark-missing",
        "{count:,} rows of {source} have no {field}; they would never be read by it. Leave them out with --query, "
        "or choose another column",
        "{source} 有 {count:,} 行没有 {field}，按此列将永远读不到；请用 --query 排除它们，或另选一列",
        count=count,
        source=address.name,
        field=since.column,
    )


def _went_back(address: Address, since: Since, highest: Any) -> TierwiseError:
    assert since.last is not None
    return fail(
        "source.mark-back",
        "the highest {field} of {source} is {now}, below {last} of the import before: the source went back, perhaps to an "
        "older copy. Nothing was imported; undo the later imports, or import without --high-water",
        "{source} 的 {field} 最高为 {now}，低于上次导入的 {last}：来源发生了倒退，可能恢复了旧的副本。"
        "未导入任何数据；请撤销之后的导入，或去掉 --high-water 导入",
        field=since.column,
        source=address.name,
        now=highest if highest is not None else "–",
        last=since.last.value,
    )


def broken(address: Address, rows: int | None, error: Exception) -> TierwiseError:
    """The error for a database that went away, or a query that it refused."""
    if rows is None:
        return fail(
            "source.refused",
            "{source} cannot be read: {why}",
            "无法读取 {source}：{why}",
            source=address.name,
            why=address.hidden(error),
        )
    return fail(
        "source.broken",
        "the connection to {source} broke after {rows:,} rows, so nothing was imported: {why}",
        "与 {source} 的连接在读取 {rows:,} 行后中断，因此未导入任何数据：{why}",
        source=address.name,
        rows=rows,
        why=address.hidden(error),
    )
