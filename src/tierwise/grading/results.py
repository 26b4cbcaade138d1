"""From people, members and methods to the result rows of decision 0005.

``unit_marks`` decides what is said of a unit as a whole; ``result_rows`` sets the components beside it. The marks
are narrow on purpose: gates and flags look at few columns, and a result row has a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.picking import pick
from tierwise.grading import population
from tierwise.grading.fallback import MARK, families, taken_over
from tierwise.grading.gates import (
    flag_conditions,
    gated,
    in_order,
    read_by_flags,
    read_by_gates,
    sorted_flags,
)
from tierwise.grading.members import member_rows
from tierwise.grading.streaming import between
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.policy.model import AbcCumulative, AbcRank

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.grading.base import Graded
    from tierwise.grading.streaming import Part
    from tierwise.metrics.model import Use
    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Policy

FIXED = (
    "customer_id grade status score rank population gap_to_next cushion_down near_cut flags unit reason "
    "grade_before_gates gates"
).split()
STANDARD = ("grade", "status", "score", "rank", "gap", "cushion", "near", "reason")


@dataclass(frozen=True, slots=True)
class Field:
    """A graded population: what the methods said of its members, the leading method first."""

    stages: Stages
    policy: Policy
    scene: Scene
    members: Table
    parts: list[tuple[Any, Graded]]
    uses: set[Use]
    size: int
    low: str | None = None
    """With ``high``, the part of the units that is looked at: from this code on, and before that."""
    high: str | None = None

    def near(self, table: Table) -> Table:
        """The rows of a table of units that belong to the part: what is joined beside must not be the whole again."""
        return between(table, self.low, self.high, "unit")

    @property
    def leading(self) -> Any:
        """The method that gives the grade."""
        return self.parts[0][0]


def result_rows(field: Field) -> Part:
    """The result rows, over stages, part by part. They are read once, so they are not kept; what is written of a part is."""
    if not field.scene.rolled_up and field.policy.fallback is None:
        return cache(lambda low, high: _at_once(replace(field, low=low, high=high)))
    marks = field.stages.keep("tw_marks", unit_marks(field))

    def part(low: str | None, high: str | None) -> Table:
        final = _with_components(replace(field, low=low, high=high), marks)
        if not field.scene.rolled_up:
            return final
        return final.union(between(member_rows(field, marks, final), low, high))

    return cache(part)


def _at_once(field: Field) -> Table:
    """The rows of units that have no members and no fallback: marks and components of one basis."""
    t = _basis(field, components=True)
    marked = _marks(field, t)
    return pick(t, **{name: marked[name] for name in FIXED}, **_components(field, t))


def unit_marks(field: Field) -> Table:
    """One row per unit: the fixed columns, and ``member_flags`` for the customers below it."""
    t = _basis(field)
    if field.policy.fallback is not None:
        t = field.stages.keep("tw_taken_over", taken_over(t, field.policy, STANDARD))
    return pick(t, **_marks(field, t))


def _marks(field: Field, t: Table) -> dict[str, Any]:
    """What is said of a unit as a whole, over the basis."""
    never = population.without_history(t, field.leading)
    if field.policy.fallback is not None:
        never = never & ~t.takes
    outside = t.outside.notnull()
    status = ibis.cases((outside, "not_in_population"), (never, "no_history"), else_=t.lead_status)
    graded = status == "graded"
    final, gates = gated(t.lead_grade, t, field.policy)
    value = _value(field)
    own = graded & ~t.takes if field.policy.fallback is not None else graded  # by the leading method itself
    flags = flag_conditions(t, field.policy, field.scene, value, own, gates)
    stale = [t[c] == "expired" for c in t.columns if c.startswith("stale__")]
    if stale:
        flags["stale_assessment"] = ibis.or_(*stale)
    for column in (c for c in t.columns if c.startswith("flag__")):
        code = column.split("__flag_")[1]
        flags[code] = flags[code].coalesce(False) | t[column].coalesce(False) if code in flags else t[column]
    return {
        "customer_id": t.unit,
        "grade": ibis.ifelse(graded, final, ibis.null("string")),
        "status": status,
        "score": t.lead_score.cast(RATIO),
        "rank": t.lead_rank.cast("int64"),
        "population": whole(field.size).cast("int64"),
        "gap_to_next": t.lead_gap.cast(RATIO),
        "cushion_down": t.lead_cushion.cast(RATIO),
        "near_cut": ibis.ifelse(graded, t.lead_near, ibis.null("string")),
        "flags": sorted_flags(flags),
        "unit": t.unit,
        "reason": ibis.cases((outside, t.outside), (never, "history.none"), else_=t.lead_reason),
        "grade_before_gates": ibis.ifelse(graded, t.lead_grade, ibis.null("string")),
        "gates": in_order(gates),
        **(families(t, field.policy, graded) if field.policy.fallback is not None else {}),
        "member_flags": sorted_flags(flags | {"group_member": ibis.literal(True)}),
    }


def _value(field: Field) -> Use | None:
    """The metric that a leading ABC ranks by."""
    lead = field.leading
    ranks = isinstance(lead, AbcRank | AbcCumulative)
    return use_of(lead.value, field.policy.window_months) if ranks else None


def _basis(field: Field, *, components: bool = False) -> Table:
    """What marks are made of: who, the metrics that gates and flags read, what the leading method said.

    With ``components``, all metrics and all that the methods said are there, too.
    """
    people = field.near(field.stages["tw_people"])
    asked = {*read_by_gates(field.policy), *read_by_flags(field.policy, _value(field), people.columns)}
    own = sorted(people.columns if components else asked.intersection(people.columns))
    ranked = _of_the_field(field) if components else sorted(asked.difference(people.columns))
    joined: Any = people
    picked = list(ranked)
    if ranked:
        joined = _beside(field, joined, people, field.members, "field", {c: c for c in ranked})
    for method, part in field.parts:
        names = _read_by_marks(field, method, part)
        if components:
            names |= _told(field, method, part)
        if names:
            joined = _beside(field, joined, people, part.table, method.id, names)
            picked += names
    fixed = ("unit", "outside", "bought", "kind", "on_record")
    return pick(joined, *fixed, *(c for c in own if c not in fixed), *picked)


def _read_by_marks(field: Field, method: Any, part: Graded) -> dict[str, str]:
    """What marks read of a method: new name -> column."""
    columns = part.table.columns
    names: dict[str, str] = {}
    if method.id == field.leading.id:
        names |= {f"lead_{c}": c for c in STANDARD}
    if field.policy.fallback is not None and method.id == field.policy.fallback.method:
        names |= {f"{MARK}{c}": c for c in STANDARD}
    names |= {f"flag__{method.id}__{c}": c for c in columns if c.startswith("flag_")}
    judged = (*getattr(method, "criteria", ()), *getattr(method, "ratings", ()))
    statuses = {c.code: f"{c.code}_status" for c in judged}
    return names | {f"stale__{method.id}__{code}": c for code, c in statuses.items() if c in columns}


def _told(field: Field, method: Any, part: Graded) -> dict[str, str]:
    """The columns of a method beside those that are the fixed ones of the run: new name -> column."""
    leads = method.id == field.leading.id
    mine = [c for c in part.table.columns if c != "unit" and not (leads and c in STANDARD)]
    return {f"{method.id}__{c}": c for c in mine}


def _of_the_field(field: Field) -> list[str]:
    """The columns of metrics that only members of the population have."""
    people = field.stages["tw_people"].columns
    asked = [use.column for use in field.uses]
    asked += [use.status for use in field.uses if METRICS[use.name].statuses]
    return sorted(set(asked).difference(people))


def _beside(
    field: Field, joined: Any, people: Table, table: Table, name: str, columns: dict[str, str]
) -> Any:
    """Columns of another table of units, of the part that is looked at, under other names."""
    key = f"{name}__unit"
    narrow = pick(field.near(table), **{key: "unit"}, **columns)
    return joined.left_join(narrow, people.unit == narrow[key])


def _with_components(field: Field, marks: Table) -> Table:
    """The fixed columns of kept marks, then one column per component, then the metrics."""
    people, marks = field.near(field.stages["tw_people"]), field.near(marks)
    joined: Any = marks.rename({f"mark__{c}": c for c in marks.columns})
    joined = people.left_join(joined, people.unit == joined.mark__unit)
    ranked = _of_the_field(field)
    if ranked:
        joined = _beside(field, joined, people, field.members, "field", {c: c for c in ranked})
    for method, part in field.parts:
        joined = _beside(field, joined, people, part.table, method.id, _told(field, method, part))
    t = pick(joined, *joined.columns)
    return pick(t, **{name: f"mark__{name}" for name in _fixed(field)}, **_components(field, t))


def _components(field: Field, t: Table) -> dict[str, Any]:
    """One column per component, then the metrics."""
    columns: dict[str, Any] = {}
    for method, part in field.parts:
        columns |= _of_method(t, method, part, leads=method.id == field.leading.id)
    for use in sorted(field.uses):
        columns[use.column] = use.column
        if METRICS[use.name].statuses:
            columns[use.status] = use.status
    return columns


def _fixed(field: Field) -> list[str]:
    """The fixed columns; behind them, only where there is a fallback, who graded and what the leading method said."""
    if field.policy.fallback is None:
        return list(FIXED)
    return [*FIXED, "family", f"{field.leading.id}_status", f"{field.leading.id}_reason"]


def _of_method(t: Table, method: Any, part: Graded, *, leads: bool) -> dict[str, Any]:
    """A method's columns, the standard ones first; those of the leading method are the fixed ones."""
    own = [c for c in part.table.columns if c != "unit"]
    ordered = [*(s for s in STANDARD if s in own), *(c for c in own if c not in STANDARD)]
    never = population.without_history(t, method) & t.outside.isnull()
    words = {"status": "no_history", "reason": "history.none"}
    found: dict[str, Any] = {}
    for name in ordered:
        if leads and name in STANDARD:
            continue
        told = f"{method.id}__{name}"
        found[f"{method.id}_{name}"] = ibis.ifelse(never, words[name], t[told]) if name in words else told
    return found
