"""From headers and mapping to the plan of each file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from tierwise.book.contract import Table
from tierwise.book.contract.model import Identity
from tierwise.book.reading.formats import open_source
from tierwise.book.reading.headers import check_headers, match_headers, readable_columns, require
from tierwise.book.reading.lookups import LookupTables
from tierwise.book.reading.mapping import Mapping
from tierwise.book.reading.mapping_sql import Compiler, date_patterns
from tierwise.book.reading.mistakes import Mistakes
from tierwise.book.reading.model import DEFAULT_LIMITS, Limits
from tierwise.book.reading.plan import Feed, Plan, feeds_of
from tierwise.book.reading.source import Layout, Source
from tierwise.book.reading.values import Reading
from tierwise.kernel.errors import Problem, TierwiseError, fail

NOT_A_NOTE = (
    "coalesce(NOT (starts_with(r0, '# ') AND regexp_matches(r0, '^# (required|optional|必填|选填);')), true)"
)
"""The line of notes that a template carries is no row."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A file, how it becomes rows, and its headers that nothing reads."""

    source: Source
    plan: Plan
    unused: tuple[str, ...]


def open_sources(files: Sequence[Path], mapping: Mapping, limits: Limits) -> list[Source]:
    """The opened files. **Raises** ``TierwiseError`` with the problems of all that cannot be opened."""
    layout = Layout(mapping.encoding, mapping.delimiter, mapping.sheet, mapping.skip_rows, mapping.headers)
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in files:
        try:
            sources.append(open_source(path, layout, limits))
        except TierwiseError as error:
            problems += error.problems
    if problems:
        raise TierwiseError(problems)
    return sources


def plan_files(
    table: Table,
    files: Sequence[Path],
    sources: Sequence[Source],
    mapping: Mapping,
    base_currency: str,
    connection: duckdb.DuckDBPyConnection,
    limits: Limits,
) -> tuple[list[Planned], Identity]:
    """The plans of all files and the identity that they share.

    **Raises** ``TierwiseError`` with every mistake of the mapping and of the headers at once.
    """
    mistakes = Mistakes()
    _judge_table(table, mapping, mistakes)
    planner = _Planner(table, mapping, base_currency, connection, limits, mistakes)
    planned = [planner.plan(path, source) for path, source in zip(files, sources, strict=True)]
    mistakes.tell()
    identity = _identity(table, planned, mapping)
    return [
        replace(p, plan=replace(p.plan, required=_keys(table, identity, p.plan))) for p in planned
    ], identity


def mistakes_in(
    table: Table,
    files: Sequence[Path],
    mapping: Mapping,
    limits: Limits = DEFAULT_LIMITS,
    *,
    lost: frozenset[str] = frozenset(),
) -> list[Problem]:
    """What is wrong between a mapping, a table and files, without reading their rows.

    ``lost`` columns are in the mapping file, but could not be understood.
    """
    mistakes = Mistakes()
    with mistakes.noted():
        _judge_table(table, mapping, mistakes)
        planner = _Planner(table, mapping, "", None, limits, mistakes, lost)
        for path in files:
            with mistakes.noted():
                planner.plan(path, *open_sources([path], mapping, limits))
    return mistakes.found


class _Planner:
    """Plans files one after the other; what is wrong is noted, and the rest is looked at all the same."""

    def __init__(
        self,
        table: Table,
        mapping: Mapping,
        base_currency: str,
        connection: duckdb.DuckDBPyConnection | None,
        limits: Limits,
        mistakes: Mistakes,
        lost: frozenset[str] = frozenset(),
    ) -> None:
        self._table, self._mapping, self._base_currency = table, mapping, base_currency
        self._connection, self._limits, self._mistakes, self._lost = connection, limits, mistakes, lost

    def plan(self, path: Path, source: Source) -> Planned:
        """The plan of one file."""
        table, mapping = self._table, self._mapping
        with self._mistakes.noted():
            check_headers(source.headers, file=source.name, line=source.header_line)
        reading = _reading(source, mapping)
        beside = [path.parent] + ([Path(mapping.path).parent] if mapping.path else [])
        lookups = LookupTables(self._connection, beside, mapping, self._limits)
        compiler = Compiler(source.headers, reading, source.name, mapping, lookups.joined, self._mistakes)
        feeds = {name: Feed(compiler.column(name), _said(mapping, name)) for name in mapping.columns}
        conditions = (*compiler.conditions(), NOT_A_NOTE)
        feeds |= self._rest(source, feeds, compiler)
        plan = Plan(
            table,
            self._base_currency,
            reading,
            feeds,
            frozenset(),
            conditions,
            mapping.distinct,
            tuple(lookups.joins),
        )
        read = {feed.sql for feed in feeds.values()}
        unused = [h for i, h in enumerate(source.headers) if f"r{i}" not in read and i not in compiler.used]
        return Planned(source, plan, tuple(unused))

    def _rest(self, source: Source, mapped: dict[str, Feed], compiler: Compiler) -> dict[str, Feed]:
        """What the mapping does not say: headers that are known, and numbers that the book gives."""
        table, mapping = self._table, self._mapping
        feeds: dict[str, Feed] = {}
        taken = frozenset(mapped) | self._lost
        with self._mistakes.noted():
            if mapping.match_rest:
                feeds |= _matched(table, source, taken, frozenset(compiler.used))
            if (
                mapping.identity == "occurrence"
            ):  # the book numbers the rows; a file without numbers needs none
                feeds |= {n: Feed("'#'", "(occurrence)") for n in table.document if n not in mapped | feeds}
            present = frozenset(feeds) | taken
            require(table, present, source.headers, file=source.name, line=source.header_line)
        return feeds


def _reading(source: Source, mapping: Mapping) -> Reading:
    return Reading(
        date_formats=date_patterns(mapping.date_format) if mapping.date_format else (),
        decimal_comma=mapping.decimal_comma,
        round=mapping.round,
        blanks=source.blanks,
        controls=source.controls,
        empty_values=mapping.empty_values,
    )


def _matched(table: Table, source: Source, taken: frozenset[str], used: frozenset[int]) -> dict[str, Feed]:
    """Headers that the mapping does not mention, matched as without a mapping."""
    free = [header if index not in used else "" for index, header in enumerate(source.headers)]
    matched = match_headers(table, free, file=source.name, line=source.header_line, taken=taken)
    return feeds_of(matched.used, source.headers)


def _said(mapping: Mapping, name: str) -> str:
    expression = mapping.columns[name]
    source = getattr(expression, "source", None)
    return source if isinstance(source, str) else f"({type(expression).__name__.lower()})"


def _judge_table(table: Table, mapping: Mapping, mistakes: Mistakes) -> None:
    """Notes columns that the table has not. **Raises** if the mapping is for another table: the rest is moot."""
    if mapping.table is not None and mapping.table != table.name:
        raise _other_table(table, mapping)
    names = {column.name for column in readable_columns(table)}
    said = [(name, name) for name in mapping.columns]
    said += [(name, f":distinct.{i}") for i, name in enumerate(mapping.distinct)]
    for name, place in said:
        if name not in names:
            mistakes.add(_no_column(table, mapping, name, mapping.lines.get(place)))


def _other_table(table: Table, mapping: Mapping) -> TierwiseError:
    return fail(
        "mapping.other-table",
        "this mapping is for the table {mapped}, not {table}",
        "此映射文件用于 {mapped} 表，而不是 {table} 表",
        file=mapping.path,
        line=mapping.lines.get(":table"),
        mapped=mapping.table,
        table=table.name,
    )


def _no_column(table: Table, mapping: Mapping, name: str, line: int | None) -> TierwiseError:
    return fail(
        "mapping.unknown-column",
        "the table {table} has no column {name}; it has: {known}",
        "{table} 表没有 {name} 列；已有：{known}",
        file=mapping.path,
        line=line,
        table=table.name,
        name=name,
        known=", ".join(column.name for column in readable_columns(table)),
    )


def _identity(table: Table, planned: Sequence[Planned], mapping: Mapping) -> Identity:
    """What the mapping says; else ``key`` if the files bring the last key column."""
    if mapping.identity is not None:
        return _declared(table, mapping)
    if len(table.identities) == 1:
        return table.identities[0]
    found = [table.key[-1] in p.plan.feeds for p in planned]
    if any(found) and not all(found):
        raise fail(
            "file.mixed-identity",
            "{first} has the column {name} and {second} has not; import them separately",
            "{first} 有 {name} 列而 {second} 没有；请分别导入",
            file=planned[found.index(False)].source.name,
            first=planned[found.index(True)].source.name,
            second=planned[found.index(False)].source.name,
            name=table.key[-1],
        )
    return "key" if all(found) else next(i for i in table.identities if i != "key")


def _declared(table: Table, mapping: Mapping) -> Identity:
    identity = mapping.identity
    if identity is None or identity not in table.identities:
        raise fail(
            "mapping.identity",
            "the table {table} knows the identities {known}, not {identity}",
            "{table} 表可用的标识方式为 {known}，没有 {identity}",
            file=mapping.path,
            line=mapping.lines.get(":identity"),
            table=table.name,
            known=", ".join(table.identities),
            identity=identity,
        )
    return identity


def _keys(table: Table, identity: Identity, plan: Plan) -> frozenset[str]:
    """The key columns that must not be empty; ``valid_from`` may be, the book fills it."""
    if identity != "key":
        return frozenset()
    return frozenset(name for name in table.key if name in plan.feeds and name != "valid_from")
