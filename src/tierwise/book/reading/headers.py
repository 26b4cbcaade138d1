"""Which header of a file is which column of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tierwise.book.contract import Column, Table
from tierwise.book.reading.values import folded
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text

KNOWN_ON = Column(
    "known_on",
    "date",
    Text("known on (when we could know it)", "知悉日期"),
    synonyms=("获知日期", "入账知悉日"),
)
"""The system column that a file may bring."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Column name -> index of the header it is read from, and the headers that nothing reads."""

    used: dict[str, int]
    unused: tuple[str, ...]


def readable_columns(table: Table) -> tuple[Column, ...]:
    """The columns that a file may bring, ``known_on`` last."""
    return (*table.file_columns, KNOWN_ON)


def accepted_names(column: Column) -> list[str]:
    """Every header that is read as the column: name, both labels, synonyms."""
    return list(dict.fromkeys((column.name, column.label.en, column.label.zh, *column.synonyms)))


def match_headers(
    table: Table, headers: Sequence[str], *, file: str, line: int | None, taken: frozenset[str] = frozenset()
) -> Matched:
    """Matches headers to the columns that are not ``taken`` by a mapping.

    **Raises** ``TierwiseError`` naming both headers where two are read as one column.
    """
    columns = [column for column in readable_columns(table) if column.name not in taken]
    used: dict[str, int] = {}
    problems: list[Problem] = []
    for index, header in enumerate(headers):
        column = _column_of(columns, folded(header))
        if column is None:
            continue
        if column.name in used:
            problems.append(_ambiguous(column, headers[used[column.name]], header, file, line))
        used.setdefault(column.name, index)
    if problems:
        raise TierwiseError(problems)
    hit = set(used.values())
    return Matched(used, tuple(h for i, h in enumerate(headers) if i not in hit))


def require(
    table: Table, present: frozenset[str], headers: Sequence[str], *, file: str, line: int | None
) -> None:
    """**Raises** ``TierwiseError`` naming every required column that neither header nor mapping gives."""
    problems = [
        _missing(column, headers, file, line)
        for column in table.file_columns
        if column.required and column.default is None and column.name not in present
    ]
    filled = [header for header in headers if header]
    if len(problems) > 1 and len(filled) == 1:
        problems.insert(0, _title_line(filled[0], file, line))
    if problems:
        raise TierwiseError(problems)


def _title_line(title: str, file: str, line: int | None) -> Problem:
    return Problem(
        "file.title-line",
        Text(
            "this line holds nothing but {title}; if the headers stand below it, let `tierwise map FILE TABLE` write a "
            "mapping file, which says skip_rows",
            "该行只有“{title}”；如表头在其下方，请用 `tierwise map 文件 表名` 生成带 skip_rows 的映射文件",
        ),
        {"title": title},
        file,
        line,
    )


def check_headers(headers: Sequence[str], *, file: str, line: int | None) -> None:
    """**Raises** ``TierwiseError`` where a header stands twice."""
    seen: dict[str, str] = {}
    for header in headers:
        key = folded(header)
        if key and key in seen:
            raise fail(
                "file.duplicate-header",
                "two columns are headed {first} and {second}; rename one of them",
                "有两列的表头同为 {first} 与 {second}；请改掉其中一个",
                file=file,
                line=line,
                first=seen[key],
                second=header,
            )
        seen[key] = header


def _column_of(columns: Sequence[Column], key: str) -> Column | None:
    """By name first, then label, then synonym: a synonym of one column may be the label of another."""
    if not key:
        return None
    for names in (_names, _labels, _synonyms):
        for column in columns:
            if key in names(column):
                return column
    return None


def _names(column: Column) -> set[str]:
    return {folded(column.name)}


def _labels(column: Column) -> set[str]:
    return {folded(column.label.en), folded(column.label.zh)}


def _synonyms(column: Column) -> set[str]:
    return {folded(synonym) for synonym in column.synonyms}


def _ambiguous(column: Column, first: str, second: str, file: str, line: int | None) -> Problem:
    return Problem(
        "file.ambiguous-header",
        Text(
            "both {first} and {second} are read as {label_en} ({column}); say which in a mapping file, "
            "or remove one of the two columns",
            "{first} 与 {second} 都会读作{label_zh}（{column}）；请在映射文件中指明，或删去其中一列",
        ),
        {
            "first": first,
            "second": second,
            "label_en": column.label.en,
            "label_zh": column.label.zh,
            "column": column.name,
        },
        file,
        line,
        column.name,
    )


def _missing(column: Column, headers: Sequence[str], file: str, line: int | None) -> Problem:
    return Problem(
        "file.missing-header",
        Text(
            "no column for {label_en} ({column}); accepted headers: {accepted}; found: {found}",
            "缺少{label_zh}（{column}）列；可用的表头：{accepted}；文件中的表头：{found}",
        ),
        {
            "label_en": column.label.en,
            "label_zh": column.label.zh,
            "column": column.name,
            "accepted": ", ".join(accepted_names(column)),
            "found": _shortened(headers),
        },
        file,
        line,
        column.name,
    )


def _shortened(headers: Sequence[str], most: int = 30) -> str:
    shown = ", ".join(headers[:most])
    return shown if len(headers) <= most else f"{shown} … ({len(headers)})"
