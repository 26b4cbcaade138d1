"""Visits against their rhythm, by grade and level of the visitor, from a book. Source: spec SVC-05, 9.2; example E33.

The rhythms are the sample defaults of the specification for the two best grades; the service policy will set them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.insight.plans import VisitDue, visit_compliance, visit_due
from tierwise.kernel.periods import window
from tierwise.metrics.scene import book_table, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from fractions import Fraction

    from tierwise.book.store import Book

RHYTHM = ({"account_manager": 30, "executive": 90}, {"account_manager": 90, "supervisor": 180})
"""Days between visits for the best grade and the one after it, by level of the visitor (spec 9.2)."""
Visits = dict[tuple[str, str], list[date]]
"""Customer and level of the visitor -> days of visits, ascending."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One grade and one level of visitor: what was due in the window and what was done in time."""

    grade: str
    visitor: str
    interval_days: int
    customers: int
    never: int
    overdue: int
    """Customers whose next visit is overdue."""
    due: int
    compliance_pct: Fraction | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """A customer whose visit is overdue."""

    customer: str
    grade: str
    visitor: str
    last_on: date | None
    next: VisitDue


@dataclass(frozen=True, slots=True)
class Visiting:
    """The rhythms of the best grades, and whose visits are overdue, the longest first."""

    rhythms: tuple[Rhythm, ...]
    overdue: tuple[Overdue, ...]


def visits_made(book: Book, as_of: date, unit_of: Mapping[str, str] | None = None) -> Visits:
    """Every visit up to a day; one without a level is the account manager's. A member's visit is its unit's."""
    names = ("customer_code", "date", "kind", "visitor_level")
    seen = visible(book_table("interactions", *names), as_of, "date")
    units = unit_of or {}
    with DuckDBEngine() as engine:
        book.open_in(engine, book.upcoming(), ("interactions",), as_of=as_of)
        mine = seen.filter(seen.kind == "visit").select(*names).distinct().order_by("date")
        rows = engine.fetch(mine).to_pylist()
    found: Visits = defaultdict(list)
    for row in rows:
        unit = units.get(row["customer_code"], row["customer_code"])
        found[unit, row["visitor_level"] or "account_manager"].append(row["date"])
    return found


def visiting(
    visits: Visits, by_grade: Mapping[str, Sequence[str]], as_of: date, months: int = 12
) -> Visiting:
    """Visits of the best grades against their rhythm; ``by_grade`` has the customers of each grade, the best first."""
    rhythms: list[Rhythm] = []
    overdue: list[Overdue] = []
    for (grade, customers), wanted in zip(by_grade.items(), RHYTHM, strict=False):
        for visitor, days in wanted.items():
            made = {code: visits.get((code, visitor), []) for code in customers}
            late = [
                one for code, on in made.items() if (one := _overdue(code, grade, visitor, on, days, as_of))
            ]
            pairs = [pair for on in made.values() for pair in _due(on, days, as_of, months)]
            never = sum(1 for on in made.values() if not on)
            done = visit_compliance(pairs, as_of)
            rhythms.append(Rhythm(grade, visitor, days, len(made), never, len(late), len(pairs), done))
            overdue += late
    order = sorted(overdue, key=lambda one: (one.last_on is None, -one.next.overdue_days, one.customer))
    return Visiting(tuple(rhythms), tuple(order))


def _overdue(code: str, grade: str, visitor: str, on: list[date], days: int, as_of: date) -> Overdue | None:
    """A customer never visited is due today; it counts as waiting, since nobody came."""
    last = on[-1] if on else None
    found = visit_due(last, days, as_of)
    return Overdue(code, grade, visitor, last, found) if found.overdue_days or last is None else None


def _due(on: Iterable[date], days: int, as_of: date, months: int) -> list[tuple[date, date | None]]:
    """The visits due in the window, or still due, each with the visit that followed."""
    made, start, step = list(on), window(as_of, months).start, timedelta(days=days)
    if not made:
        return [(as_of, None)]
    pairs: list[tuple[date, date | None]] = [(a + step, b) for a, b in pairwise(made)]
    pairs.append((made[-1] + step, None))
    return [(due, done) for due, done in pairs if due <= as_of and (due >= start or done is None)]
