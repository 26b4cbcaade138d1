"""What every engine can do. Decision 0003.

Expressions are Ibis expressions over unbound tables whose names were registered before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table


class Engine(Protocol):
    """A place where expressions run."""

    name: str
    dialect: str
    version: str
    """The release of the engine, as a run keeps it."""

    def read_files(self, name: str, files: Sequence[str], schema: Mapping[str, str]) -> None:
        """Registers Parquet files (possibly none) as a table with the given Ibis column types.

        The files have the same columns as one another; columns that they do not have yet are null.
        """

    def register(self, name: str, data: pa.Table) -> None:
        """Registers an Arrow table held in memory."""

    def materialize(self, name: str, expr: Table) -> None:
        """Computes an expression and keeps it under a name, replacing an older one.

        It may return before it is done; then a later call raises what went wrong.
        """

    def define(self, name: str, expr: Table) -> None:
        """Gives an expression a name under which it is read like a table; it is computed where it is read."""

    def after(self, work: Callable[[], None]) -> None:
        """Calls something once everything asked for before is done, perhaps in another thread."""

    def fetch(self, expr: Table) -> pa.Table:
        """Computes an expression and returns all of it, with the types that it declares."""

    def stream(self, expr: Table, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        """Computes an expression and returns it in batches, in the expression's order."""

    def sql(self, expr: Table) -> str:
        """The text that the engine would run, for people to read."""

    def drop(self, name: str) -> None:
        """Forgets a registered or materialised table; unknown names are no error."""

    def interrupt(self) -> None:
        """Stops what is running, from another thread."""

    def close(self) -> None:
        """Releases memory and files."""

    def __enter__(self) -> Self:
        """The engine itself; it is closed at the end of the block."""

    def __exit__(self, *_: object) -> None: ...


def one(engine: Engine, expr: Table) -> dict[str, Any]:
    """The only row of an expression, as Python values by column name.

    **Raises** ``ValueError`` if there is not exactly one row.
    """
    rows = engine.fetch(expr).to_pylist()
    if len(rows) != 1:
        raise ValueError(f"expected one row, got {len(rows)}")
    first: dict[str, Any] = rows[0]
    return first
