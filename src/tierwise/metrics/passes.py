"""One aggregate pass over each table of events: what its metrics count and add up, in their windows.

A pass knows its table, the rows of a window, and for every metric the conditional aggregates it needs. Only
what is asked for is compiled; several metrics and windows share one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.book.contract import TABLES
from tierwise.kernel.ratio import INTEGER, MONEY, count_where, quotient, units, whole
from tierwise.metrics.model import Use
from tierwise.metrics.scene import Scene, book_table, visible, with_unit, within

if TYPE_CHECKING:
    from ibis.expr.types import Table

Part = Callable[["Table", Any], Any]
"""A conditional aggregate: of the prepared rows, under the condition that they lie in the window."""
Read = Callable[[str], Any]
"""The raw column of a part, by its name."""


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile of a column with four places over the rows of the window that have it.

    Between the two neighbours it interpolates linearly (type 7): with zero-based places p of n ascending values,
    each weighs max(0, 100 - |pct x (n - 1) - 100 p|) hundredths. The part is the weighed sum in ten-thousandths
    of hundredths, an integer; ``percentile`` makes the value of it.
    """

    column: str
    pct: int

    def weigh(self, t: Table, inside: Any, name: str) -> Table:
        """Adds the column ``name``, what each row gives to the percentile; null outside."""
        flag = f"{name}_in"
        t = t.mutate(**{flag: (inside & t[self.column].notnull()).coalesce(False)})
        mine = [t.unit, t[flag]]
        place = ibis.row_number().over(ibis.window(group_by=mine, order_by=t[self.column].asc()))
        of = t[self.column].count().over(ibis.window(group_by=mine))
        off = (of - 1) * self.pct - place * 100
        size = 100 - ibis.ifelse(off < 0, -off, off)
        weight = ibis.ifelse(size > 0, size, 0)
        given = (units(t[self.column]) * whole(weight)).cast(INTEGER)
        return t.mutate(**{name: ibis.ifelse(t[flag], given, ibis.null(INTEGER))})


def percentile(part: Any) -> Any:
    """The percentile from its part."""
    return quotient(part, whole(1_000_000))


@dataclass(frozen=True, slots=True)
class Pass:
    """The pass over one table of the book."""

    table: str
    parts: Mapping[str, Part | Percentile]
    """Part -> aggregate. Its raw column is ``<table>_<part>_<n>m``."""
    metrics: Mapping[str, tuple[str, ...]]
    """Metric -> the parts it reads."""
    finish: Callable[[str, Read], tuple[Any, Any | None]]
    """Value and status of a metric from its parts."""
    inside: Callable[[Table, Scene, int | None], Any] | None = None
    """Which rows belong to a window (none: all); by default those with their business date in it."""
    prepare: Callable[[Table, Scene], Table] | None = None
    """What the rows become before they are added up; the result has ``customer_code``."""

    of_unit: bool = True
    """Whether members count for the unit; else only what is said of the unit itself."""

    def rows(self, scene: Scene) -> Table:
        """The rows seen on the day, with the unit they are graded for."""
        seen = visible(book_table(self.table), scene.as_of, TABLES[self.table].effective_on)
        rows = self.prepare(seen, scene) if self.prepare else seen
        return with_unit(rows, scene) if self.of_unit else rows.mutate(unit=rows.customer_code)

    def sums(self, uses: Iterable[Use], scene: Scene) -> Table | None:
        """One row per unit with all parts asked for; ``None`` if no metric is of this pass."""
        asked = {(part, use.months) for use in uses for part in self.metrics.get(use.name, ())}
        if not asked:
            return None
        t = self.rows(scene)
        found: dict[str, Any] = {}
        later: list[tuple[str, Part, int | None]] = []
        for name, n in sorted(asked, key=lambda one: (one[0], one[1] or 0)):
            part, column = self.parts[name], self.column(name, n)
            if isinstance(part, Percentile):
                t = part.weigh(t, self._inside(t, scene, n), column)
                later.append((column, _total(column), n))
            else:
                later.append((column, part, n))
        for column, aggregate, n in later:
            found[column] = aggregate(t, self._inside(t, scene, n))
        return t.group_by("unit").agg(**found)

    def column(self, part: str, months: int | None) -> str:
        """The raw column of a part."""
        return f"{self.table}_{part}" if months is None else f"{self.table}_{part}_{months}m"

    def _inside(self, t: Table, scene: Scene, months: int | None) -> Any:
        if self.inside is not None:
            return self.inside(t, scene, months)
        day = t[TABLES[self.table].effective_on]
        return ibis.literal(True) if months is None else within(day, scene.window(months))


def _total(column: str) -> Part:
    return lambda t, _: t[column].sum().cast(INTEGER)


def counted(where: Callable[[Table], Any] | None = None) -> Part:
    """How many rows of the window meet a condition."""
    return lambda t, inside: count_where(inside if where is None else inside & where(t))


def added(column: str, kind: str = MONEY) -> Part:
    """The sum of a column over the window; null if there is nothing to add."""
    return lambda t, inside: t[column].cast(kind).sum(where=inside).cast(kind)


def pct_of(part: Any, all_of: Any) -> Any:
    """A count in percent of another; null if there is nothing to compare with."""
    return quotient(whole(number(part)) * whole(100), whole(number(all_of)))


def number(value: Any) -> Any:
    """A count; none is 0."""
    return value.coalesce(0).cast("int64")


def money(value: Any) -> Any:
    """A sum of money; none is 0."""
    return value.coalesce(ibis.literal("0").cast(MONEY)).cast(MONEY)
