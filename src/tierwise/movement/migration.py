"""Who moved from which grade to which between two periods. Source: spec 8.3, RET-05, E14."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

Count = TypeVar("Count")
NEW, INACTIVE, UNGRADED, MERGED = "NEW", "INACTIVE", "UNGRADED", "MERGED"
"""States beside the grades: not seen before; not in the population; in it, but data is missing; merged into another."""
OUTSIDE = (NEW, INACTIVE, UNGRADED, MERGED)


@dataclass(frozen=True, slots=True)
class Move:
    """The states of one customer (or of several) in two periods, and what its net sales are."""

    previous: str
    current: str
    net_sales: Decimal = Decimal(0)
    customers: int = 1


@dataclass(frozen=True, slots=True)
class Migration:
    """The matrix from × to, and the rates of movement; a percentage is null where nobody is its base."""

    counts: dict[str, dict[str, int]]
    net_sales: dict[str, dict[str, Decimal]]
    kinds: dict[str, int]
    graded_in_both: int
    graded_before: int

    @property
    def upgrade_pct(self) -> Fraction | None:
        """Upgrades of those graded in both periods."""
        return _pct(self.kinds.get("upgrade", 0), self.graded_in_both)

    @property
    def downgrade_pct(self) -> Fraction | None:
        """Downgrades of those graded in both periods."""
        return _pct(self.kinds.get("downgrade", 0), self.graded_in_both)

    @property
    def stability_pct(self) -> Fraction | None:
        """Those that kept their grade, of those graded in both periods."""
        return _pct(self.kinds.get("stable", 0), self.graded_in_both)

    @property
    def net_upgrade_pct(self) -> Fraction | None:
        """Upgrades less downgrades, of those graded in both periods."""
        return _pct(self.kinds.get("upgrade", 0) - self.kinds.get("downgrade", 0), self.graded_in_both)

    @property
    def loss_pct(self) -> Fraction | None:
        """Those lost, of those graded before."""
        return _pct(self.kinds.get("lost", 0), self.graded_before)

    def row_pct(self, previous: str) -> dict[str, Fraction]:
        """Where the customers of one earlier state went, in percent of them."""
        row = self.counts.get(previous, {})
        whole = sum(row.values())
        return {state: Fraction(count * 100, whole) for state, count in row.items()}


def movement_of(previous: str, current: str, scale: Sequence[str]) -> str:
    """What kind of movement two states make: ``stable``, ``upgrade``, ``downgrade``, ``new``, ``lost``, ``merged``,
    ``reactivated``, ``unrated``, ``rated`` or ``inactive``; ``other_scale`` for grades that cannot be compared.
    """
    if current in OUTSIDE:
        gone = {MERGED: "merged", UNGRADED: "unrated"}.get(current, "lost")
        return "inactive" if previous in OUTSIDE else gone
    if previous in OUTSIDE:
        return {NEW: "new", UNGRADED: "rated"}.get(previous, "reactivated")
    if previous == current:
        return "stable"
    if previous not in scale or current not in scale:
        return "other_scale"
    return "upgrade" if scale.index(current) < scale.index(previous) else "downgrade"


def migration(moves: Iterable[Move], scale: Sequence[str]) -> Migration:
    """The matrix of the moves and what they come to."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sales: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    kinds: dict[str, int] = defaultdict(int)
    both = before = 0
    for move in moves:
        n = move.customers
        counts[move.previous][move.current] += n
        sales[move.previous][move.current] += move.net_sales
        kinds[movement_of(move.previous, move.current, scale)] += n
        graded = move.previous not in OUTSIDE
        before += n * graded
        both += n * (graded and move.current not in OUTSIDE)
    return Migration(_plain(counts), _plain(sales), dict(kinds), both, before)


def _plain(nested: dict[str, dict[str, Count]]) -> dict[str, dict[str, Count]]:
    return {name: dict(row) for name, row in nested.items()}


def _pct(part: int, whole: int) -> Fraction | None:
    return Fraction(part * 100, whole) if whole else None
