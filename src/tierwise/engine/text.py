"""From an expression to the text that an engine runs. Decision 0003."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis.backends.sql import compilers

from tierwise.engine.sharing import share

if TYPE_CHECKING:
    from ibis.expr.types import Table


def text_of(expr: Table, dialect: str, *, pretty: bool = False) -> str:
    """The text of an expression over unbound tables, in the dialect of an engine.

    Fusing selections, line breaks and copies of the tree would cost half of the time and change nothing.
    """
    compiler = getattr(compilers, dialect).compiler
    options = ibis.options.sql
    before, options.fuse_selects = options.fuse_selects, False
    try:
        tree = compiler.to_sqlglot(share(expr))
        return str(tree.sql(dialect=compiler.dialect, pretty=pretty, copy=False))
    finally:
        options.fuse_selects = before
