"""Two engines as one: every stage and every answer must be the same on both, digit for digit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import ibis
import ibis.expr.operations as ops
import pyarrow as pa

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine

SHOWN = 12


class DifferenceError(AssertionError):
    """The first stage on which the two disagree."""


class Pair:
    """Runs everything on ``first`` and ``second`` and answers with what the first said.

    Stages are compared where they are made, so that a difference names the expression that causes it.
    """

    def __init__(self, first: Engine, second: Engine) -> None:
        self.first, self.second = first, second
        self.name = f"{first.name} and {second.name}"
        self.dialect, self.version = first.dialect, first.version

    def read_files(self, name: str, files: Sequence[str], schema: Mapping[str, str]) -> None:
        self.first.read_files(name, files, schema)
        self.second.read_files(name, files, schema)

    def register(self, name: str, data: pa.Table) -> None:
        self.first.register(name, data)
        self.second.register(name, data)

    def materialize(self, name: str, expr: Table) -> None:
        self.first.materialize(name, expr)
        self.second.materialize(name, expr)
        stored = ibis.table(expr.schema(), name=name)
        self._compare(f"stage {name}", self.first.fetch(stored), self.second.fetch(stored), in_order=False)

    def define(self, name: str, expr: Table) -> None:
        self.first.define(name, expr)
        self.second.define(name, expr)

    def fetch(self, expr: Table) -> pa.Table:
        mine = self.first.fetch(expr)
        self._compare("answer", mine, self.second.fetch(expr), in_order=isinstance(expr.op(), ops.Sort))
        return mine

    def stream(self, expr: Table, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        return self.fetch(expr).to_reader(batch_rows)

    def sql(self, expr: Table) -> str:
        return self.first.sql(expr)

    def after(self, work: Callable[[], None]) -> None:
        self.first.after(work)

    def drop(self, name: str) -> None:
        self.first.drop(name)
        self.second.drop(name)

    def interrupt(self) -> None:
        self.first.interrupt()
        self.second.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.first.close()
        self.second.close()

    def _compare(self, what: str, mine: pa.Table, theirs: pa.Table, *, in_order: bool) -> None:
        if mine.column_names != theirs.column_names:
            raise DifferenceError(f"{what}: columns {mine.column_names} and {theirs.column_names}")
        kinds = [(a.name, a.type, b.type) for a, b in zip(mine.schema, theirs.schema, strict=True)]
        if wrong := [(name, a, b) for name, a, b in kinds if _kind(a) != _kind(b)]:
            raise DifferenceError(f"{what}: types {wrong}")
        one, two = _rows(mine), _rows(theirs)
        if one == two or (not in_order and Counter(one) == Counter(two)):
            return
        raise DifferenceError(f"{what}: " + "\n".join(self._differences(mine, theirs)))

    def _differences(self, mine: pa.Table, theirs: pa.Table) -> list[str]:
        """The columns whose values differ, with the values that only one engine has."""
        found = [f"{mine.num_rows} rows on {self.first.name}, {theirs.num_rows} on {self.second.name}"]
        for name in mine.column_names:
            one = Counter(map(_plain, mine[name].to_pylist()))
            two = Counter(map(_plain, theirs[name].to_pylist()))
            if one != two:
                only = [list((a - b).elements())[:SHOWN] for a, b in ((one, two), (two, one))]
                found.append(f"  {name}: {self.first.name} {only[0]}, {self.second.name} {only[1]}")
        return found


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(map(_plain, column.to_pylist()) for column in table.columns), strict=True))


def _kind(type_: pa.DataType) -> str:
    """A type without its width: engines widen sums."""
    if pa.types.is_integer(type_):
        return "integer"
    if pa.types.is_decimal(type_):
        return "decimal"
    return "string" if pa.types.is_large_string(type_) else str(type_)


def _plain(value: Any) -> Any:
    """A decimal by its value: trailing zeros are a matter of the stored type."""
    return value.normalize() if isinstance(value, Decimal) else value
