"""How prospects become customers: the day of each step, how many reached it, by any heading. Source: spec 6.12, 11 (W08), 13.

A customer enters with its first contact. It is in work from the first visit or call, judged from the first assessment
by the card for prospects, won with its first counted order, given up where its record was archived without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.metrics.intervals import order_dates
from tierwise.metrics.lines import lines, order_level
from tierwise.metrics.report import scene_for_people
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.metrics.scene import Scene

STEPS = ("entered", "worked", "judged", "won", "given_up")
"""In their order; the last is the end of those that were not won."""
ALWAYS = date(1900, 1, 1)
"""The first day of a record whose file said none: nobody entered then."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How many of those that entered reached a step, and their share in percent; null where nobody entered."""

    step: str
    customers: int
    share_pct: Fraction | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those that entered under one heading (a month, a source, an owner), and how far they came."""

    key: str | None
    stages: tuple[Stage, ...]

    def of(self, step: str) -> Stage:
        """One of its stages."""
        return next(stage for stage in self.stages if stage.step == step)


def prospect_steps(book: Book, as_of: date, templates: Sequence[str]) -> pa.Table:
    """Every customer that entered with the day of each step, from the newest version of the book.

    **Shape** ``code``, ``source``, ``owner``, ``kind``, one day per step of ``STEPS``; sorted by code. ``templates``: the cards by which
    prospects are judged.
    """
    tables, version = {"customers", "interactions", "assessments", "order_lines"}, book.current()
    with book.engine() as engine:
        book.open_in(engine, version, tables, as_of=as_of)
        return engine.fetch(_steps(scene_for_people(version.settings, as_of), templates))


def _steps(scene: Scene, templates: Sequence[str]) -> Table:
    as_of = scene.as_of
    now = visible(book_table("customers"), as_of, "valid_from")
    now = now.filter((now.status != "merged") & (now.kind != "internal"))
    rows = book_table("customers")
    begun = rows.filter(rows.valid_from > ALWAYS).group_by("code").agg(first_row=lambda t: t.valid_from.min())
    gone = (
        rows.filter(rows.status == "archived").group_by("code").agg(archived_on=lambda t: t.valid_from.min())
    )
    firsts = (
        _first("interactions", "date", "worked", as_of),
        _first("assessments", "as_of", "judged", as_of, lambda t: t.template.isin(list(templates))),
        _first_order(scene),
    )
    t: Any = now.select("code", "source", "owner", "kind", "status", "first_contact_on")
    for other in (begun, gone, *firsts):
        t = t.left_join(other, t.code == other.code).drop("code_right")
    t = t.mutate(entered=t.first_contact_on.coalesce(t.first_row))
    lost = (t.status == "archived") & t.won.isnull()
    t = t.mutate(given_up=ibis.ifelse(lost, t.archived_on, ibis.null("date")))
    # a later row of an old customer is no first contact
    known = t.first_contact_on.notnull() | t.won.isnull() | (t.won >= t.entered)
    t = t.filter(t.entered.notnull() & known & (t.entered <= ibis.literal(as_of)))
    return t.select("code", "source", "owner", "kind", *STEPS).order_by("code")


def _first_order(scene: Scene) -> Table:
    """The day of the first order that counts (SAL-06): one that came back whole, or that an agent reports, does not."""
    days = order_dates(order_level(lines(scene), [], scene))
    return days.group_by(code=days.unit).agg(won=days.ordered_on.min())


def _first(name: str, column: str, step: str, as_of: date, only: Callable[[Any], Any] | None = None) -> Table:
    """The first day on which a table speaks of each customer."""
    t = visible(book_table(name), as_of, column)
    t = t.filter(only(t)) if only else t
    return t.group_by(code=t.customer_code).agg(**{step: t[column].min()})


def cohorts(
    rows: Iterable[Mapping[str, Any]], heading: Callable[[Mapping[str, Any]], str | None]
) -> list[Cohort]:
    """The rows of ``prospect_steps`` under headings, by heading, those without one last."""
    groups: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(heading(row), []).append(row)
    return [cohort(key, groups[key]) for key in sorted(groups, key=lambda key: (key is None, key or ""))]


def cohort(key: str | None, rows: Sequence[Mapping[str, Any]]) -> Cohort:
    """How far some customers came."""
    counts = {step: sum(1 for row in rows if row[step] is not None) for step in STEPS}
    entered = counts["entered"]
    return Cohort(
        key, tuple(Stage(s, n, Fraction(100 * n, entered) if entered else None) for s, n in counts.items())
    )
