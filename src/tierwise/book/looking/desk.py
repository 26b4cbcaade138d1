"""Files laid out as tables of text, and the questions that one asks about their values.

The answers come from the functions that later read the same values, so that what looks like a date here
is read as one there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from tierwise.book.contract import Column
from tierwise.book.delta import connect
from tierwise.book.looking.layouts import Found
from tierwise.book.reading.formats import open_source
from tierwise.book.reading.headers import check_headers
from tierwise.book.reading.model import Limits
from tierwise.book.reading.plan import as_text
from tierwise.book.reading.source import LINE, Pass, Source
from tierwise.book.reading.values import Reading, clean, date, parsed, plain_number
from tierwise.engine.names import literal
from tierwise.kernel.errors import fail

MOST_ROWS = 1_000_000
"""Rows of one table that are looked at; a larger file is judged by its first ones."""
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y")
_MONTH_FIRST = tuple(form.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m") for form in _DAY_FIRST)
_WORDED = (
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d-%b-%y",
    "%B %d, %Y",
    "%d %B %Y",
    "%Y-%m",
    "%Y/%m",
    "%Y年%m月",
)
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
_SAMPLE = 1_000
_LIKE_DATE = re.compile(
    r"^\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ,]+\d{2,4}|^[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|^\d{4}[-/年]\d{1,2}月?$"
)
EMPTY_WORDS = (
    "NULL",
    "null",
    "(null)",
    "N/A",
    "n/a",
    "NA",
    "#N/A",
    "NaN",
    "nan",
    "None",
    "\\N",
    "-",
    "--",
    "无",
    "/",
)
_COMMA = r"-?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,6})"
_UNSAID = "(" + ", ".join(literal(word) for word in EMPTY_WORDS) + ")"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text on the desk."""

    name: str
    number: int
    found: tuple[Found, ...]
    headers: tuple[str, ...]
    rows: int
    whole: bool
    """False where only the first rows were looked at."""

    def index(self, header: str) -> int:
        """The position of a header."""
        return self.headers.index(header)

    @property
    def sql(self) -> str:
        """The name of the table in the engine."""
        return f"s{self.number}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers under a header: how many, and how they look."""

    count: int = 0
    negative: int = 0
    within_one: int = 0
    whole: int = 0
    places: int = 0
    total: str = "0"


@dataclass(frozen=True, slots=True)
class Dates:
    """How many values are dates, by which pattern, and the patterns between which the values do not decide."""

    share_pct: int
    format: str | None = None
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class _Facts:
    filled: int
    distinct: int
    samples: tuple[str, ...]
    unsaid: tuple[str, ...]


@dataclass(slots=True)
class Desk:
    """Where files are looked at; ``scratch`` takes what does not fit into memory."""

    scratch: Path
    limits: Limits = field(default_factory=Limits)
    _connection: duckdb.DuckDBPyConnection = field(init=False)
    _sheets: int = 0
    _facts: dict[tuple[int, str], _Facts] = field(default_factory=dict)
    _shares: dict[tuple[int, str, str], int] = field(default_factory=dict)
    _numbers: dict[tuple[int, str, bool], Numbers] = field(default_factory=dict)
    _dates: dict[tuple[int, str], Dates] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = connect(self.scratch)
        self._connection.execute(f"ATTACH {literal(str(self.scratch / 'desk.duckdb'))} AS desk")
        self._connection.execute("USE desk")

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def headers(self, found: Found) -> tuple[str, ...]:
        """The headers of a file. **Raises** ``TierwiseError`` where it cannot be read."""
        source = open_source(found.path, found.layout, self.limits)
        check_headers(source.headers, file=source.name, line=source.header_line)
        return source.headers

    def lay(self, found: Sequence[Found]) -> Sheet:
        """Files of the same headers as one table. **Raises** ``TierwiseError`` where one cannot be read."""
        self._sheets += 1
        number, rows, whole = self._sheets, 0, True
        headers = self.headers(found[0])
        columns = ", ".join([f"h{i} VARCHAR" for i in range(len(headers))] + ["line BIGINT", "file BIGINT"])
        self._connection.execute(f"CREATE OR REPLACE TABLE s{number} ({columns})")
        for position, one in enumerate(found, start=1):
            source = open_source(one.path, one.layout, self.limits)
            rows += self._load(number, position, source, MOST_ROWS - rows)
            whole = whole and rows < MOST_ROWS
        return Sheet(found[0].name, number, tuple(found), headers, rows, whole)

    def _load(self, number: int, position: int, source: Source, most: int) -> int:
        notes, reading = Pass(), Reading()
        reader = source.stream(notes)
        names = [name for name in reader.schema.names if name != LINE]
        texts = ", ".join(clean(as_text(reader.schema, name, reading), reading) for name in names)
        self._connection.register("raw", reader)
        try:
            row = self._connection.execute(
                f"INSERT INTO s{number} SELECT {texts}, {LINE}, {position} FROM raw LIMIT {max(most, 0)}"
            ).fetchone()
        except duckdb.Error as error:
            if notes.error is None:
                raise fail(
                    "file.unreadable", "the file cannot be read: {why}", "无法读取文件：{why}",
                    file=source.name, why=str(error),
                ) from error  # fmt: skip
        finally:
            self._connection.unregister("raw")
        if notes.error is not None:
            raise notes.error
        return int(row[0]) if row else 0

    def filled(self, sheet: Sheet, header: str) -> int:
        """How many rows have a value."""
        return self._about(sheet, header).filled

    def distinct(self, sheet: Sheet, header: str) -> int:
        """How many different values there are."""
        return self._about(sheet, header).distinct

    def samples(self, sheet: Sheet, header: str) -> tuple[str, ...]:
        """The most frequent values, at most five."""
        return self._about(sheet, header).samples

    def unsaid(self, sheet: Sheet, header: str) -> tuple[str, ...]:
        """The words for nothing, such as NULL, that stand among the values."""
        return self._about(sheet, header).unsaid

    def _about(self, sheet: Sheet, header: str) -> _Facts:
        key = sheet.number, header
        if key not in self._facts:
            x = f"h{sheet.index(header)}"
            counts = self._row(f"SELECT count({x}), count(DISTINCT {x}) FROM {sheet.sql}")
            often = f"SELECT {x}, count(*) AS n FROM {sheet.sql} WHERE {x} IS NOT NULL"
            shown = self._all(f"{often} GROUP BY 1 ORDER BY n DESC, 1 LIMIT 5")
            empty = self._all(f"{often} AND {x} IN {_UNSAID} GROUP BY 1 ORDER BY 1")
            self._facts[key] = _Facts(
                int(counts[0]), int(counts[1]), tuple(r[0] for r in shown), tuple(r[0] for r in empty)
            )
        return self._facts[key]

    def share_pct(self, sheet: Sheet, header: str, column: Column, reading: Reading | None = None) -> int:
        """Of the values under a header, how many in a hundred are read as the column's kind."""
        reading = reading or Reading(round=True)
        return self._share(sheet, header, f"{parsed(column, 'x', reading)} IS NOT NULL")

    def comma_pct(self, sheet: Sheet, header: str) -> int:
        """How many values in a hundred are numbers only with a decimal comma."""
        return self._share(sheet, header, f"regexp_full_match(x, {literal(_COMMA)})")

    def _share(self, sheet: Sheet, header: str, condition: str) -> int:
        key = sheet.number, header, condition
        if key not in self._shares:
            self._shares[key] = self._counted_share(sheet, header, condition)
        return self._shares[key]

    def _counted_share(self, sheet: Sheet, header: str, condition: str) -> int:
        good, whole = self._row(
            f"SELECT coalesce(sum(n) FILTER (WHERE {condition}), 0), coalesce(sum(n), 0) "
            f"FROM ({self._values(sheet, header)})"
        )
        return int(good) * 100 // int(whole) if whole else 0

    def _values(self, sheet: Sheet, header: str) -> str:
        """The different values with their counts: what is asked of values is asked once of each."""
        x = f"h{sheet.index(header)}"
        return (
            f"SELECT {x} AS x, count(*) AS n FROM {sheet.sql} "
            f"WHERE {x} IS NOT NULL AND {x} NOT IN {_UNSAID} GROUP BY 1"
        )

    def numbers(self, sheet: Sheet, header: str, *, comma: bool = False) -> Numbers:
        """The numbers under a header."""
        key = sheet.number, header, comma
        if key not in self._numbers:
            self._numbers[key] = self._look_at_numbers(sheet, header, comma=comma)
        return self._numbers[key]

    def _look_at_numbers(self, sheet: Sheet, header: str, *, comma: bool) -> Numbers:
        number = plain_number("x", Reading(decimal_comma=comma))
        row = self._row(
            "SELECT sum(n), sum(n) FILTER (WHERE v < 0), sum(n) FILTER (WHERE v BETWEEN 0 AND 1), "
            "sum(n) FILTER (WHERE v = round(v)), "
            "max(length(regexp_extract(p, '\\.(\\d*[1-9])', 1))), CAST(sum(v * n) AS VARCHAR) "
            f"FROM (SELECT n, p, try_cast(p AS DECIMAL(28,8)) AS v FROM (SELECT n, {number} AS p FROM "
            f"({self._values(sheet, header)})) WHERE p IS NOT NULL)"
        )
        count, negative, within, whole, places = (int(value or 0) for value in row[:5])
        return Numbers(count, negative, within, whole, places, str(row[5] or 0))

    def dates(self, sheet: Sheet, header: str) -> Dates:
        """Whether the values are dates, and how they are written."""
        key = sheet.number, header
        if key not in self._dates:
            self._dates[key] = self._look_at_dates(sheet, header)
        return self._dates[key]

    def _look_at_dates(self, sheet: Sheet, header: str) -> Dates:
        sample = self._sample(sheet, header)
        plain = _pct(sample, self._plain_days([text for text, _ in sample]))
        if plain >= 80 or not any(_LIKE_DATE.search(text) for text, _ in sample):
            return Dates(plain)
        day, month = self._best(sample, _DAY_FIRST), self._best(sample, _MONTH_FIRST)
        if max(day[0], month[0]) >= 80:
            return self._between(sheet, header, day, month)
        worded = self._best(sample, _WORDED)
        return Dates(*worded) if worded[0] > plain else Dates(plain)

    def _sample(self, sheet: Sheet, header: str) -> list[tuple[str, int]]:
        """Different values with their counts, a thousand at most: which, their digests decide."""
        rows = self._all(f"SELECT x, n FROM ({self._values(sheet, header)}) ORDER BY md5(x) LIMIT {_SAMPLE}")
        return [(row[0], int(row[1])) for row in rows]

    def _plain_days(self, texts: Sequence[str]) -> list[bool]:
        rows = self._connection.execute(
            f"SELECT {date('x', Reading())} IS NOT NULL FROM (SELECT unnest($1) AS x)", [list(texts)]
        ).fetchall()
        return [bool(row[0]) for row in rows]

    def _best(self, sample: Sequence[tuple[str, int]], patterns: Sequence[str]) -> tuple[int, str]:
        """The pattern that reads most of the values, and how many in a hundred."""
        forms = [pattern + time for pattern in patterns for time in _TIMES]
        counts = ", ".join(
            f"sum(n) FILTER (WHERE year(try_strptime(x, {literal(form)})) BETWEEN 1900 AND 2199)"
            for form in forms
        )
        texts, numbers = [text for text, _ in sample], [count for _, count in sample]
        row = self._connection.execute(
            f"SELECT sum(n), {counts} FROM (SELECT unnest($1) AS x, unnest($2) AS n)", [texts, numbers]
        ).fetchone() or (1,)
        shares = [int(count or 0) * 100 // int(row[0] or 1) for count in row[1:]]
        best = max(shares)
        return best, forms[shares.index(best)]

    def _between(self, sheet: Sheet, header: str, day: tuple[int, str], month: tuple[int, str]) -> Dates:
        """Day or month first: what more values fit; else what keeps the rows in order; else undecided."""
        if day[0] != month[0]:
            return Dates(*max(day, month))
        if "." in day[1]:
            return Dates(*day)  # 05.01.2024 is written where the day comes first
        backwards = [self._backwards(sheet, header, form) for _, form in (day, month)]
        if 0 in backwards and backwards[0] != backwards[1]:
            return Dates(*(day if backwards[0] == 0 else month))
        return Dates(day[0], None, (day[1], month[1]))

    def _backwards(self, sheet: Sheet, header: str, pattern: str) -> int:
        x = f"try_strptime(h{sheet.index(header)}, {literal(pattern)})"
        row = self._row(
            f"SELECT count(*) FROM (SELECT {x} AS d, lag({x}) OVER (ORDER BY file, line) AS before "
            f"FROM {sheet.sql}) WHERE d < before"
        )
        return int(row[0])

    def repeated(self, sheet: Sheet, headers: Sequence[str]) -> int:
        """How many rows repeat the values under these headers of an earlier row; empty ones count as well."""
        listed = ", ".join(f"h{sheet.index(header)}" for header in headers)
        row = self._row(f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM {sheet.sql})")
        return sheet.rows - int(row[0])

    def several(self, sheet: Sheet, key: str, value: str) -> int:
        """How many values under ``key`` go with more than one value under ``value``."""
        k, v = f"h{sheet.index(key)}", f"h{sheet.index(value)}"
        row = self._row(
            f"SELECT count(*) FROM (SELECT {k} FROM {sheet.sql} WHERE {k} IS NOT NULL "
            f"GROUP BY {k} HAVING count(DISTINCT {v}) > 1)"
        )
        return int(row[0])

    def covered_pct(self, sheet: Sheet, header: str, other: Sheet, other_header: str) -> int:
        """Of the values under a header, how many in a hundred stand under another header, too."""
        theirs = f"SELECT h{other.index(other_header)} FROM {other.sql}"
        return self._share(sheet, header, f"x IN ({theirs})")

    def holding(self, sheet: Sheet, header: str, words: Sequence[str]) -> tuple[str, ...]:
        """The given words that stand under a header, whatever their case."""
        listed = ", ".join(literal(word.lower()) for word in words)
        x = f"h{sheet.index(header)}"
        rows = self._all(f"SELECT DISTINCT {x} FROM {sheet.sql} WHERE lower({x}) IN ({listed}) ORDER BY 1")
        return tuple(row[0] for row in rows)

    def lines(self, sheet: Sheet, headers: Sequence[str]) -> list[tuple[int, tuple[str | None, ...]]]:
        """The line number of every row and its values under some headers, in the order of the file."""
        listed = ", ".join(f"h{sheet.index(header)}" for header in headers)
        rows = self._all(f"SELECT line, {listed} FROM {sheet.sql} ORDER BY file, line")
        return [(int(row[0]), row[1:]) for row in rows]

    def pairs(self, sheet: Sheet, first: str, second: str) -> list[tuple[str, str]]:
        """The different pairs of values under two headers, both said, in order."""
        a, b = f"h{sheet.index(first)}", f"h{sheet.index(second)}"
        rows = self._all(
            f"SELECT DISTINCT {a}, {b} FROM {sheet.sql} WHERE {a} IS NOT NULL AND {b} IS NOT NULL ORDER BY 1, 2"
        )
        return [(row[0], row[1]) for row in rows]

    def _row(self, query: str) -> tuple[Any, ...]:
        return self._connection.execute(query).fetchone() or ()

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _pct(sample: Sequence[tuple[str, int]], good: Sequence[bool]) -> int:
    whole = sum(count for _, count in sample)
    return (
        sum(count for (_, count), fine in zip(sample, good, strict=True) if fine) * 100 // whole
        if whole
        else 0
    )
