"""Compiles the operations of a mapping to SQL over the cleaned headers of one file.

Every expression is a text. An operation on numbers that meets something else hands that on as it
stands, so that it is reported as the bad number it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import singledispatchmethod

from tierwise.book.reading import mapping as m
from tierwise.book.reading.mistakes import Mistakes
from tierwise.book.reading.values import Reading, date, folded, number
from tierwise.engine.names import literal
from tierwise.kernel.errors import TierwiseError, fail

_TOKENS = (("YYYY", "%Y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("M", "%m"), ("D", "%d"))
_COMPARED = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def date_pattern(format_: str) -> str:
    """``DD/MM/YYYY`` as the ``strptime`` pattern ``%d/%m/%Y``; a text with ``%`` stays as it is."""
    if "%" in format_:
        return format_
    for token, pattern in _TOKENS:
        format_ = format_.replace(token, pattern)
    return format_


def date_patterns(format_: str) -> tuple[str, ...]:
    """The pattern alone and followed by a time of day."""
    pattern = date_pattern(format_)
    if any(token in pattern for token in ("%H", "%I", "%T")):
        return (pattern,)
    return (pattern, f"{pattern} %H:%M:%S", f"{pattern} %H:%M")


Lookups = Callable[[m.LookupIn, str], str]
"""Given a lookup and the SQL of its key: the name of the joined value."""


@dataclass(slots=True)
class Compiler:
    """Turns expressions into SQL for a file with certain headers."""

    headers: tuple[str, ...]
    reading: Reading
    file: str
    mapping: m.Mapping
    lookups: Lookups
    mistakes: Mistakes = field(default_factory=Mistakes)
    """Headers and lookups that are not there; with any of them the SQL is not to be run."""
    used: set[int] = field(default_factory=set)
    line: int | None = None

    def column(self, name: str) -> str:
        """The SQL of one mapped column."""
        self.line = self.mapping.lines.get(name)
        return self.sql(self.mapping.columns[name])

    def conditions(self) -> tuple[str, ...]:
        """The SQL of the filter."""
        texts = []
        for index, condition in enumerate(self.mapping.filter):
            self.line = self.mapping.lines.get(f":filter.{index}")
            texts.append(self.condition(condition))
        return tuple(texts)

    def header(self, name: str) -> str:
        """The cleaned text under a header; one that the file has not is a mistake."""
        wanted = folded(name)
        for index, header in enumerate(self.headers):
            if header == name or folded(header) == wanted:
                self.used.add(index)
                return f"h{index}"
        self.mistakes.add(self._no_header(name))
        return "NULL"

    @singledispatchmethod
    def sql(self, expression: m.Part) -> str:
        """The SQL of an expression, a text."""
        raise TypeError(type(expression).__name__)

    @sql.register
    def _(self, e: m.Header) -> str:
        return self.header(e.source)

    @sql.register
    def _(self, e: m.Const) -> str:
        return self._rendered(literal(f"{e.const:f}")) if isinstance(e.const, Decimal) else literal(e.const)

    @sql.register
    def _(self, e: m.Split) -> str:
        return f"nullif(trim(split_part({self.sql(e.source)}, {literal(e.split.by)}, {e.split.part})), '')"

    @sql.register
    def _(self, e: m.MapValues) -> str:
        text = self.sql(e.source)
        branches = " ".join(f"WHEN {text} = {literal(k)} THEN {literal(v)}" for k, v in e.map.items())
        rest = (
            text if e.otherwise is None else f"CASE WHEN {text} IS NOT NULL THEN {literal(e.otherwise)} END"
        )
        return f"nullif(CASE {branches} ELSE {rest} END, '')" if e.map else rest

    @sql.register
    def _(self, e: m.StripPrefix) -> str:
        text, prefix = self.sql(e.source), literal(e.strip_prefix)
        cut = f"substr({text}, {len(e.strip_prefix) + 1})"
        return f"CASE WHEN starts_with({text}, {prefix}) THEN {cut} ELSE {text} END"

    @sql.register
    def _(self, e: m.Prefix) -> str:
        return f"({literal(e.prefix)} || {self.sql(e.source)})"

    @sql.register
    def _(self, e: m.Concat) -> str:
        parts = ", ".join(self.sql(part) for part in e.concat)
        return f"nullif(concat_ws({literal(e.sep)}, {parts}), '')"

    @sql.register
    def _(self, e: m.Absolute) -> str:
        return self._arithmetic(lambda a: f"abs({a})", e.source)

    @sql.register
    def _(self, e: m.Negate) -> str:
        return self._arithmetic(lambda a: f"-{a}", e.source)

    @sql.register
    def _(self, e: m.Multiply) -> str:
        return self._arithmetic(lambda a, b: f"round({a} * {b}, {e.places})", *e.multiply)

    @sql.register
    def _(self, e: m.Add) -> str:
        return self._arithmetic(lambda a, b: f"{a} + {b}", *e.add)

    @sql.register
    def _(self, e: m.Subtract) -> str:
        return self._arithmetic(lambda a, b: f"{a} - {b}", *e.subtract)

    @sql.register
    def _(self, e: m.DateOf) -> str:
        text = self.sql(e.date.source)
        value = date(text, replace(self.reading, date_formats=date_patterns(e.date.format)))
        return f"coalesce(CAST({value} AS VARCHAR), {text})"

    @sql.register
    def _(self, e: m.Lookup) -> str:
        key = self.sql(e.lookup.source)
        try:
            return self.lookups(e.lookup, key)
        except TierwiseError as error:
            self.mistakes.add(error, file=self.mapping.path, line=self.line)
            return "NULL"

    @sql.register
    def _(self, e: m.If) -> str:
        otherwise = "NULL" if e.otherwise is None else self.sql(e.otherwise)
        return f"CASE WHEN {self.condition(e.condition)} THEN {self.sql(e.then)} ELSE {otherwise} END"

    def condition(self, condition: m.Condition) -> str:
        """The SQL of a condition: never NULL."""
        text = self.sql(condition.column)
        operator, value = condition.operator
        if operator in _COMPARED:
            return self._compared(text, _COMPARED[operator], value)
        if operator in ("is_null", "not_null"):
            return f"({text} IS {'' if operator == 'is_null' else 'NOT '}NULL)"
        if operator in ("starts_with", "not_starts_with"):
            starts = f"coalesce(starts_with({text}, {literal(value)}), false)"
            return starts if operator == "starts_with" else f"(NOT {starts})"
        values = value if operator in ("in", "not_in") else (value,)
        equal = "(" + " OR ".join(self._equal(text, one) for one in values) + ")"
        return equal if operator in ("eq", "in") else f"(NOT {equal})"

    def _equal(self, text: str, value: Decimal | str) -> str:
        if isinstance(value, Decimal):
            return f"coalesce({self._number(text)} = {value:f}, false)"
        return f"coalesce({text} = {literal(value)}, false)"

    def _compared(self, text: str, operator: str, value: Decimal | str) -> str:
        """What is no number (or date) passes, and is judged as a value; what is empty does not."""
        if isinstance(value, Decimal):
            compared = f"{self._number(text)} {operator} {value:f}"
        else:
            compared = f"{date(text, self.reading)} {operator} {date(literal(value), Reading())}"
        return f"coalesce({compared}, {text} IS NOT NULL)"

    def _number(self, text: str) -> str:
        return number("operand", text, self.reading)

    def _arithmetic(self, formula: Callable[..., str], *operands: m.Expression) -> str:
        # Operands have at most 12 digits before the point, so that a product fits DECIMAL(38,12).
        texts = [self.sql(operand) for operand in operands]
        empty = " OR ".join(f"{text} IS NULL" for text in texts)
        numbers = [f"CAST({self._number(text)} AS DECIMAL(38,6))" for text in texts]
        bad = " ".join(f"WHEN {n} IS NULL THEN {text}" for n, text in zip(numbers, texts, strict=True))
        return f"CASE WHEN {empty} THEN NULL {bad} ELSE {self._rendered(f'CAST({formula(*numbers)} AS VARCHAR)')} END"

    def _rendered(self, number_text: str) -> str:
        """A number as the file would write it, so that it is read back as the same one."""
        return f"replace({number_text}, '.', ',')" if self.reading.decimal_comma else number_text

    def _no_header(self, name: str) -> TierwiseError:
        return fail(
            "mapping.unknown-header",
            "{data} has no header {header}; it has: {found}",
            "{data} 没有表头 {header}；已有：{found}",
            file=self.mapping.path,
            line=self.line,
            data=self.file,
            header=name,
            found=", ".join(self.headers[:40]),
        )
