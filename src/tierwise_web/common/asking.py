"""Records found with one plain question, for what every page asks.

Django puts the words of a question together anew each time, and finds out anew which column is which field: for the few
that every request asks, that takes several times as long as the answer. Here both are found out once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)
Convert = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, slots=True)
class _Words:
    """A question in the words of one kind of database, and what makes fields of its answer."""

    sql: str
    names: list[str]
    conversions: list[tuple[int, Any, list[Convert]]]


@dataclass(frozen=True, slots=True)
class Question(Generic[M]):
    """``SELECT`` the fields of a model, read from ``alias``, and some further columns by their names, then ``rest``."""

    model: type[M]
    alias: str
    rest: str
    also: Sequence[tuple[str, str]] = ()
    """Name and expression of the further columns; they become attributes of the records."""
    _made: dict[str, _Words] = field(default_factory=dict)

    def ask(self, *values: Any) -> list[M]:
        """The records, in the order of the answer."""
        words = self._made.get(connection.vendor) or self._made.setdefault(connection.vendor, self._words())
        with connection.cursor() as cursor:
            cursor.execute(words.sql, values)
            return [self._record(list(row), words) for row in cursor.fetchall()]

    def _record(self, row: list[Any], words: _Words) -> M:
        for at, column, conversions in words.conversions:
            for convert in conversions:
                row[at] = convert(row[at], column, connection)
        own = len(words.names)
        record = self.model.from_db(connection.alias, words.names, row[:own])
        for (name, _), value in zip(self.also, row[own:], strict=True):
            setattr(record, name, value)
        return record

    def _words(self) -> _Words:
        fields = self.model._meta.concrete_fields
        columns = [found.get_col(self.alias) for found in fields]
        ways = [connection.ops.get_db_converters(c) + c.get_db_converters(connection) for c in columns]
        said = [f"{self.alias}.{connection.ops.quote_name(str(found.column))}" for found in fields]
        said += [f"{expression} AS {name}" for name, expression in self.also]
        return _Words(
            f"SELECT {', '.join(said)} {self.rest}",
            [found.attname for found in fields],
            [(at, c, way) for at, (c, way) in enumerate(zip(columns, ways, strict=True)) if way],
        )
