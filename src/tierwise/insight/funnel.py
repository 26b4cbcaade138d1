"""How prospects become customers: the day of each step, how many reached it, by any heading. Source: spec 6.12, 11 (W08), 13.

A customer enters with its first contact. It is in work from the first visit, call or meeting, or the first message of its own,
judged from the first assessment by the card for prospects, won with its first counted order, given up where its record was
archived without one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from tierwise.engine.stages import Stages
from tierwise.metrics.intervals import order_dates
from tierwise.metrics.lines import lines, order_level
from tierwise.metrics.report import scene_for_people
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.metrics.scene import Scene

STEPS = ("entered", "worked", "judged", "won", "given_up")
"""In their order; the last is the end of those that were not won."""
RECORD = ("code", "name", "source", "owner", "backup", "team", "agent_code", "kind")
"""What is told of each customer beside its steps, as its record says it now."""
SPOKEN = ("visit", "call", "meeting")
"""Kinds of interactions that are work on a customer, whoever began."""
SENT = ("email", "message", "event")
"""Kinds that also go to many at once: work only where the customer answered or came by itself."""
Heading = Literal["month", "quarter", "source", "owner"]
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


def prospect_steps(
    book: Book, as_of: date, templates: Sequence[str], *, since: date | None = None
) -> pa.Table:
    """Every customer that entered (from a day on) with the day of each step, from the newest version of the book.

    **Shape** the columns of ``RECORD``, one day per step of ``STEPS``; sorted by code. ``templates``: the cards by which prospects are
    judged.
    """
    tables, version = {"customers", "interactions", "assessments", "order_lines"}, book.current()
    with book.engine() as engine:
        stages = Stages(engine)
        book.open_in(engine, version, tables, as_of=as_of)
        scene = scene_for_people(version.settings, as_of)
        # few entered, and only of these anything else is read
        entered = stages.keep("tw_entered", _entered(scene, since))
        return engine.fetch(_steps(scene, entered, templates))


def _entered(scene: Scene, since: date | None) -> Table:
    """Who entered, with the day, as the record says it now; what they bought decides later who was there before."""
    now = visible(book_table("customers"), scene.as_of, "valid_from")
    now = now.filter((now.status != "merged") & (now.kind != "internal"))
    rows = book_table("customers")
    begun = rows.filter(rows.valid_from > ALWAYS).group_by("code").agg(first_row=lambda t: t.valid_from.min())
    gone = (
        rows.filter(rows.status == "archived").group_by("code").agg(archived_on=lambda t: t.valid_from.min())
    )
    t: Any = now.select(*RECORD, "status", "first_contact_on")
    for other in (begun, gone):
        t = t.left_join(other, t.code == other.code).drop("code_right")
    t = t.mutate(entered=t.first_contact_on.coalesce(t.first_row))
    t = t.filter(t.entered.notnull() & (t.entered <= ibis.literal(scene.as_of)))
    return t if since is None else t.filter(t.entered >= ibis.literal(since))


def _steps(scene: Scene, entered: Table, templates: Sequence[str]) -> Table:
    as_of = scene.as_of
    firsts = (
        _first("interactions", "date", "worked", as_of, entered, _is_work),
        _first("assessments", "as_of", "judged", as_of, entered, lambda t: t.template.isin(list(templates))),
        _first_order(scene, entered),
    )
    t: Any = entered
    for other in firsts:
        t = t.left_join(other, t.code == other.code).drop("code_right")
    lost = (t.status == "archived") & t.won.isnull()
    t = t.mutate(given_up=ibis.ifelse(lost, t.archived_on, ibis.null("date")))
    # a later row of an old customer is no first contact
    known = t.first_contact_on.notnull() | t.won.isnull() | (t.won >= t.entered)
    return t.filter(known).select(*RECORD, *STEPS).order_by("code")


def _is_work(t: Any) -> Any:
    """Somebody spoke with the customer, or it wrote or came itself; a greeting or what is sent to many is no work on it."""
    return t.kind.isin(SPOKEN) | (t.kind.isin(SENT) & (t.direction == "in"))


def _first_order(scene: Scene, entered: Table) -> Table:
    """The day of the first order that counts (SAL-06): one that came back whole, or that an agent reports, does not."""
    view = lines(scene)
    days = order_dates(order_level(view.semi_join(entered, view.unit == entered.code), [], scene))
    return days.group_by(code=days.unit).agg(won=days.ordered_on.min())


def _first(
    name: str, column: str, step: str, as_of: date, entered: Table, only: Callable[[Any], Any]
) -> Table:
    """The first day on which a table speaks of each customer that entered."""
    t = visible(book_table(name), as_of, column)
    t = t.semi_join(entered, t.customer_code == entered.code)
    t = t.filter(only(t))
    return t.group_by(code=t.customer_code).agg(**{step: t[column].min()})


def headings(rows: pa.Table, by: Heading) -> pa.Array:
    """Under which heading each row of ``prospect_steps`` stands, as text; null for none."""
    if by in ("source", "owner"):
        texts = rows[by]
        return pc.if_else(pc.equal(texts, ""), None, texts)
    # each of the few days is put in words once
    days = rows["entered"].combine_chunks().dictionary_encode()
    named = [_month(day) if by == "month" else _quarter(day) for day in days.dictionary.to_pylist()]
    return pa.array(named, pa.string()).take(days.indices)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def cohorts(rows: pa.Table, by: Heading) -> list[Cohort]:
    """The rows of ``prospect_steps`` under headings, by heading, those without one last."""
    known = {step: pc.is_valid(rows[step]).cast(pa.int64()) for step in STEPS}
    table = pa.table({"key": headings(rows, by), **known})
    sums = table.group_by("key").aggregate([(step, "sum") for step in STEPS]).to_pylist()
    found = [_cohort(row["key"], {step: row[f"{step}_sum"] for step in STEPS}) for row in sums]
    return sorted(found, key=lambda one: (one.key is None, one.key or ""))


def cohort(rows: pa.Table) -> Cohort:
    """How far all of some customers came."""
    return _cohort(None, {step: len(rows) - rows[step].null_count for step in STEPS})


def _cohort(key: str | None, counts: Mapping[str, int]) -> Cohort:
    entered = counts["entered"]
    return Cohort(
        key, tuple(Stage(s, n, Fraction(100 * n, entered) if entered else None) for s, n in counts.items())
    )
