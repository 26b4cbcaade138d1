"""Named stages of one computation: materialise, then refer by name. Decision 0003."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine


class Stages:
    """The stages that one computation left in an engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._tables: dict[str, Table] = {}

    def keep(self, name: str, expr: Table) -> Table:
        """Materialises an expression and returns the unbound table of that name."""
        self.engine.materialize(name, expr)
        self._tables[name] = ibis.table(expr.schema(), name=name)
        return self._tables[name]

    def define(self, name: str, expr: Table) -> Table:
        """Gives an expression a name in the engine without computing it: for what several stages read.

        Its text is written once instead of once in each of them.
        """
        self.engine.define(name, expr)
        self._tables[name] = ibis.table(expr.schema(), name=name)
        return self._tables[name]

    def name(self, name: str, expr: Table) -> Table:
        """Gives an expression over stages a name without computing it: for what is read once."""
        self._tables[name] = expr
        return expr

    def __getitem__(self, name: str) -> Table:
        """The table of a stage. **Raises** ``KeyError`` if there is none of that name."""
        return self._tables[name]

    def names(self, prefix: str, *, but: str) -> list[str]:
        """The stages whose names start with a prefix, without one of them."""
        return [name for name in self._tables if name.startswith(prefix) and name != but]

    def drop(self, *names: str) -> None:
        """Frees stages that nothing needs any more."""
        for name in names:
            if self._tables.pop(name, None) is not None:
                self.engine.drop(name)

    def tell(self, progress: Callable[[str], None], step: str) -> None:
        """Reports a step when it begins to run, which may be after it was asked for."""
        self.engine.after(lambda: progress(step))
