"""``movement``: the matrix from × to between two runs, with what moved, and who moved. Source: spec 8.3, RET-05, E14."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.stages import Stages
from tierwise.grading.memory import scene_of
from tierwise.metrics.compute import Progress, compute_metrics, silent
from tierwise.movement.between import MONEY, Pair, Side, moves, pair_of, profit_of, register_pair
from tierwise.movement.causes import Split, split_causes
from tierwise.movement.counting import SUMS, Counted, added, counted
from tierwise.movement.migration import (
    INACTIVE,
    MERGED,
    NEW,
    OUTSIDE,
    UNGRADED,
    Migration,
    Move,
    migration,
    movement_of,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.book.store import Book
    from tierwise.engine.base import Engine

JOINED = "mv_joined"
COMPUTED_PROFIT = "gross_profit"
"""What is computed where the runs stored no profit."""

NOBODY = ((NEW, INACTIVE), (MERGED, MERGED))
"""Who was nobody on both days, or went on in another on both."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The customers that went from one state to another, in one group; profit is null where nothing says it."""

    group: str | None
    previous: str
    current: str
    customers: int
    sales_before: Decimal
    sales_after: Decimal
    profit_before: Decimal | None
    profit_after: Decimal | None


@dataclass(frozen=True, slots=True)
class Movement:
    """The movement between two runs; ``split`` is null where causes were not asked for."""

    pair: Pair
    by: str | None
    profit: str | None
    """The profit that is told: a metric, or null if none is stored and none was computed."""
    cells: tuple[Cell, ...]
    split: Split | None = None

    @property
    def groups(self) -> list[str | None]:
        """The groups, by name; who has none comes last."""
        return sorted({cell.group for cell in self.cells}, key=lambda group: (group is None, group or ""))

    @property
    def merged(self) -> int:
        """Customers that had a grade and are now merged into another record."""
        return self.matrix().kinds.get("merged", 0)

    def kind(self, cell: Cell) -> str:
        """What kind of movement a cell is."""
        return movement_of(cell.previous, cell.current, self.pair.scale)

    def of(self, kinds: tuple[str, ...]) -> list[Cell]:
        """The cells of some kinds of movement."""
        return [cell for cell in self.cells if self.kind(cell) in kinds]

    def matrix(self, group: str | None = None, *, all_groups: bool = True) -> Migration:
        """The matrix of one group, or of everybody."""
        chosen = (cell for cell in self.cells if all_groups or cell.group == group)
        return migration(
            (Move(c.previous, c.current, c.sales_after, c.customers) for c in chosen), self.pair.scale
        )

    def states(self, side: int) -> list[str]:
        """The states that occur before (0) or after (1), grades first, from the best."""
        there = {(cell.previous, cell.current)[side] for cell in self.cells}
        own = [*self.pair.scale, *sorted(there.difference(self.pair.scale, OUTSIDE))]
        return own + [state for state in (UNGRADED, INACTIVE, NEW, MERGED) if state in there]


def movement(
    book: Book,
    before: str,
    after: str,
    *,
    by: str | None = None,
    computed: bool = False,
    causes: bool = True,
    progress: Progress = silent,
    engine: Engine | None = None,
) -> Movement:
    """Who moved between two runs, counted inside the engine; with ``causes``, why, by whole-population replays.

    **Raises** as ``pair_of``.
    """
    pair = pair_of(book, before, after, computed=computed)
    own = engine or book.engine()
    try:
        progress("matrix")
        register_pair(own, book, pair)
        if not causes and by is None:
            found = Movement(pair, by, pair.profit, _sorted(_all_together(own, pair)))
        else:
            found = _row_by_row(book, own, pair, by, causes, progress)
        progress("done")
        return found
    finally:
        if engine is None:
            own.close()


def movers(
    book: Book,
    found: Movement,
    kinds: Collection[str],
    *,
    start: int = 0,
    rows: int | None = None,
) -> list[dict[str, Any]]:
    """Who moved in some of the kinds that a movement counts, by code: ``customer_id``, ``previous``, ``current``."""
    cells = sorted({(cell.previous, cell.current) for cell in found.of(tuple(kinds))})
    if not cells:
        return []
    with book.engine() as engine:
        register_pair(engine, book, found.pair)
        t = moves(found.pair).select("customer_id", "previous", "current")
        t = t.filter(ibis.or_(*[(t.previous == one) & (t.current == other) for one, other in cells]))
        page = engine.fetch(t.order_by(t.customer_id.asc()).limit(rows, offset=start))
        named: list[dict[str, Any]] = page.to_pylist()
        return named


def _row_by_row(
    book: Book, engine: Engine, pair: Pair, by: str | None, causes: bool, progress: Progress
) -> Movement:
    """The movement with groups, causes, or both: from one row per customer."""
    extra = causes and pair.profit is None
    if extra:
        _register_profits(engine, book, pair, progress)
    stages = Stages(engine)
    table = moves(pair, profits=extra)
    if causes:
        table = stages.keep(JOINED, table)
    cells = cells_of(engine, table, by)
    split = split_causes(book, stages, table, pair, progress) if causes else None
    return Movement(pair, by, pair.profit or (COMPUTED_PROFIT if extra else None), cells, split)


def _all_together(engine: Engine, pair: Pair) -> Iterator[Cell]:
    """The cells of everybody; what is counted apart and told together is added up."""
    found: dict[tuple[str, str], list[Counted]] = {}
    for one in counted(engine, pair):
        found.setdefault((one.previous, one.current), []).append(one)
    for (previous, current), parts in found.items():
        sums = [added(part.sums[at] for part in parts) for at in range(len(SUMS))]
        sales = [value or Decimal(0) for value in sums[:2]]
        yield Cell(None, previous, current, sum(part.customers for part in parts), *sales, *sums[2:])


def cells_of(engine: Engine, table: Table, by: str | None = None) -> tuple[Cell, ...]:
    """How many went from which state to which, group by group, and what they bring; counted in the engine."""
    group: Any = ibis.null("string") if by is None else table[by]
    t = table.mutate(group=group)
    found = t.group_by("group", "previous", "current").agg(
        customers=t.count(), **{name: t[name].sum().cast(MONEY) for name in SUMS}
    )
    return _sorted(Cell(**row) for row in engine.fetch(found).to_pylist())


def _sorted(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The cells in order, without those who were nobody on both days."""
    there = (cell for cell in cells if (cell.previous, cell.current) not in NOBODY)
    return tuple(sorted(there, key=lambda c: (c.group is None, c.group or "", c.previous, c.current)))


def _register_profits(engine: Engine, book: Book, pair: Pair, progress: Callable[[str], None]) -> None:
    """The gross profit of every unit on both days, from the facts that each run read."""
    for name, side in (("mv_a", pair.before), ("mv_b", pair.after)):
        progress("profit")
        engine.register(f"{name}_profit", _profits(book, side))


def _profits(book: Book, side: Side) -> Any:
    version = book.version(side.record.book_version)
    use = profit_of(side, COMPUTED_PROFIT)
    with book.engine() as engine:
        book.open_in(engine, version, as_of=side.record.as_of)
        stages = Stages(engine)
        scene = scene_of(side.policy, side.record.as_of, version.settings)
        compute_metrics(stages, {use}, scene, level=side.policy.population.level)
        t = stages["tw_metrics"]
        return engine.fetch(t.select(unit=t.unit, profit=t[use.column].cast(MONEY)))
