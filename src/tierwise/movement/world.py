"""A graded population as it is stored: its rows, and what the field was that its methods saw. Decision 0014."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tierwise.kernel.ratio import RATIO

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import Policy


@dataclass(frozen=True, slots=True)
class World:
    """A graded population: its rows (units alone), the policy, and the facts of its field."""

    rows: Table
    policy: Policy
    facts: dict[str, Any]

    def said(self, method: Any, name: str) -> str:
        """The stored column of what a method said; of the leading one before gates and fallback act."""
        if method.id != self.policy.leading.id:
            return f"{method.id}_{name}"
        if name == "grade":
            return "grade_before_gates"
        own = f"{method.id}_{name}"
        return own if own in self.rows.columns else name

    def members(self, method: Any) -> Table:
        """The rows of those that a method looks at."""
        status = self.rows[self.said(method, "status")]
        return self.rows.filter(status.notnull(), ~status.isin(("not_in_population", "no_history")))


def values_of(world: World, method: Any, column: str) -> Table:
    """``o_unit`` and ``o_value`` of the members that have a value."""
    t = world.members(method)
    t = t.filter(t[column].notnull())
    return t.select(o_unit=t.unit, o_value=t[column].cast(RATIO))


def beside_old(rows: Table, old: World, method: Any, column: str) -> Table:
    """The new value, the own old value (null for a newcomer), and whether the customer was a member."""
    values = values_of(old, method, column)
    members = old.members(method)
    was = members.select(w_unit=members.unit)
    t: Any = rows.select("unit", value=rows[column].cast(RATIO))
    t = t.left_join(was, t.unit == was.w_unit)
    return t.left_join(values, t.unit == values.o_unit).select(
        "unit", "value", "o_value", was=t.w_unit.notnull()
    )
