"""Rows that a computation would read if they had an exchange rate. Source: spec 5.1(5).

A row that no metric counts (cancelled, void, reported by an agent, dated later) waits for nothing. Payments are
converted at the rate of the invoice that they settle, and credit notes at that of the invoice they reduce.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from tierwise.engine.base import Engine, one
from tierwise.metrics.catalogue import METRICS, with_needs
from tierwise.metrics.lines import counted_lines
from tierwise.metrics.model import Use
from tierwise.metrics.report import scene_for_people, uses_named
from tierwise.metrics.scene import Scene, book_table, day, visible

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book


def _invoices(scene: Scene) -> Table:
    seen = visible(book_table("invoices"), scene.as_of, "valid_from")
    return seen.filter(
        (seen.issue_date <= day(scene.as_of)) & (seen.status != "void") & seen.credit_of.isnull()
    )


def _service_costs(scene: Scene) -> Table:
    return visible(book_table("service_costs"), scene.as_of, "date")


READ: dict[str, Callable[[Scene], Table]] = {
    "order_lines": counted_lines,
    "invoices": _invoices,
    "service_costs": _service_costs,
}


def waiting(engine: Engine, uses: Iterable[Use], scene: Scene, suspects: Iterable[str]) -> dict[str, int]:
    """Table -> rows without a rate that the metrics would read, of the ``suspects``: tables that have such rows.

    Order lines count always: they say who has ever bought.
    """
    read = {"order_lines"}.union(*(METRICS[use.name].tables for use in uses))
    found = {}
    for name in sorted(read & set(suspects) & READ.keys()):
        rows = READ[name](scene)
        bare = rows.filter(rows.fx_rate.isnull())
        found[name] = int(one(engine, bare.agg(n=bare.count()))["n"])
    return {name: count for name, count in found.items() if count}


def left_out(book: Book, names: Sequence[str], as_of: date) -> dict[str, int]:
    """Table -> rows that metrics computed for people leave out for want of a rate."""
    version = book.upcoming()
    suspects = [name for name, state in version.state.items() if state.facts.get("blocked")]
    if not suspects:
        return {}
    uses = with_needs(set(uses_named(names)))
    with book.engine() as engine:
        book.open_in(engine, version, suspects, as_of=None)
        return waiting(engine, uses, scene_for_people(version.settings, as_of), suspects)
