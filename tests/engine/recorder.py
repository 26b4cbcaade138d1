"""An engine that also keeps every expression it was given, with the name of its stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine


class Recorder:
    """Runs everything on another engine; ``stages`` has what was asked, in order."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name, self.dialect, self.version = engine.name, engine.dialect, engine.version
        self.stages: list[tuple[str, Table]] = []

    def read_files(self, name: str, files: Sequence[str], schema: Mapping[str, str]) -> None:
        self.engine.read_files(name, files, schema)

    def register(self, name: str, data: pa.Table) -> None:
        self.engine.register(name, data)

    def materialize(self, name: str, expr: Table) -> None:
        self.stages.append((name, expr))
        self.engine.materialize(name, expr)

    def define(self, name: str, expr: Table) -> None:
        self.stages.append((name, expr))
        self.engine.define(name, expr)

    def fetch(self, expr: Table) -> pa.Table:
        self.stages.append(("answer", expr))
        return self.engine.fetch(expr)

    def stream(self, expr: Table, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        self.stages.append(("answer", expr))
        return self.engine.stream(expr, batch_rows)

    def sql(self, expr: Table) -> str:
        return self.engine.sql(expr)

    def after(self, work: Callable[[], None]) -> None:
        self.engine.after(work)

    def drop(self, name: str) -> None:
        self.engine.drop(name)

    def interrupt(self) -> None:
        self.engine.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.engine.close()
