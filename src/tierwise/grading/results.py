"""From people, members and methods to the result rows of decision 0005.

``unit_marks`` decides what is said of a unit as a whole; ``result_rows`` sets the components beside it. The marks
are narrow on purpose: gates and flags look at few columns, and a result row has a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.policy.model import AbcCumulative, AbcRank

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.grading.base import Graded
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

    @property
    def leading(self) -> Any:
        """The method that gives the grade."""
        return self.parts[0][0]


def result_rows(field: Field) -> Table:
    """The result rows, over stages. They are read once, so they are not kept."""
    marks = unit_marks(field)
    if not field.scene.rolled_up:
        return _with_components(field, marks)
    marks = field.stages.keep("tw_marks", marks)
    final = _with_components(field, marks)
    return final.union(member_rows(field, marks, final))


def unit_marks(field: Field) -> Table:
    """One row per unit: the fixed columns, and ``member_flags`` for the customers below it."""
    t, lead = _basis(field), field.leading
    never = population.without_history(t, lead)
    if field.policy.fallback is not None:
        t = field.stages.keep("tw_taken_over", taken_over(t, field.policy, STANDARD))
        never = population.without_history(t, lead) & ~t.takes
    outside = t.outside.notnull()
    status = ibis.cases((outside, "not_in_population"), (never, "no_history"), else_=t.lead_status)
    graded = status == "graded"
    final, gates = gated(t.lead_grade, t, field.policy)
    value = _value(field)
    flags = flag_conditions(t, field.policy, field.scene, value, graded, gates)
    stale = [t[c] == "expired" for c in t.columns if c.startswith("stale__")]
    if stale:
        flags["stale_assessment"] = ibis.or_(*stale)
    for column in (c for c in t.columns if c.startswith("flag__")):
        code = column.split("__flag_")[1]
        flags[code] = flags[code].coalesce(False) | t[column].coalesce(False) if code in flags else t[column]
    return t.select(
        customer_id=t.unit,
        grade=ibis.ifelse(graded, final, ibis.null("string")),
        status=status,
        score=t.lead_score.cast(RATIO),
        rank=t.lead_rank.cast("int64"),
        population=whole(field.size).cast("int64"),
        gap_to_next=t.lead_gap.cast(RATIO),
        cushion_down=t.lead_cushion.cast(RATIO),
        near_cut=ibis.ifelse(graded, t.lead_near, ibis.null("string")),
        flags=sorted_flags(flags),
        unit=t.unit,
        reason=ibis.cases((outside, t.outside), (never, "history.none"), else_=t.lead_reason),
        grade_before_gates=ibis.ifelse(graded, t.lead_grade, ibis.null("string")),
        gates=in_order(gates),
        **(families(t, field.policy, graded) if field.policy.fallback is not None else {}),
        member_flags=sorted_flags(flags | {"group_member": ibis.literal(True)}),
    )


def _value(field: Field) -> Use | None:
    """The metric that a leading ABC ranks by."""
    lead = field.leading
    ranks = isinstance(lead, AbcRank | AbcCumulative)
    return use_of(lead.value, field.policy.window_months) if ranks else None


def _basis(field: Field) -> Table:
    """What marks are made of: who, the metrics that gates and flags read, what the leading method said."""
    people, lead = field.stages["tw_people"], field.parts[0][1].table
    asked = {*read_by_gates(field.policy), *read_by_flags(field.policy, _value(field), people.columns)}
    own = sorted(c for c in asked if c in people.columns)
    ranked = sorted(asked.difference(own))
    said = pick(lead, lead_unit="unit", **{f"lead_{c}": c for c in STANDARD})
    joined: Any = people.left_join(said, people.unit == said.lead_unit)
    if ranked:
        joined = _beside(joined, people, field.members, "rank", {c: c for c in ranked})
    stale: list[str] = []
    for method, part in field.parts:
        raised = {f"flag__{method.id}__{c}": c for c in part.table.columns if c.startswith("flag_")}
        if raised:
            joined, stale = (
                _beside(joined, people, part.table, f"flags__{method.id}", raised),
                [*stale, *raised],
            )
        names = {
            f"stale__{method.id}__{c.code}": f"{c.code}_status"
            for c in (*getattr(method, "criteria", ()), *getattr(method, "ratings", ()))
            if f"{c.code}_status" in part.table.columns
        }
        if names:
            joined, stale = _beside(joined, people, part.table, method.id, names), [*stale, *names]
    picked = [f"lead_{c}" for c in STANDARD]
    if field.policy.fallback is not None:
        other = next(part for method, part in field.parts if method.id == field.policy.fallback.method)
        fallen = {f"{MARK}{c}": c for c in STANDARD}
        joined, picked = _beside(joined, people, other.table, "fallback", fallen), [*picked, *fallen]
    return pick(joined, "unit", "outside", "bought", "kind", "on_record", *own, *ranked, *picked, *stale)


def _beside(joined: Any, people: Table, table: Table, name: str, columns: dict[str, str]) -> Any:
    """Columns of another table of units, under other names."""
    key = f"{name}__unit"
    narrow = pick(table, **{key: "unit"}, **columns)
    return joined.left_join(narrow, people.unit == narrow[key])


def _with_components(field: Field, marks: Table) -> Table:
    """The fixed columns, then one column per component, then the metrics."""
    people = field.stages["tw_people"]
    joined: Any = marks.rename({f"mark__{c}": c for c in marks.columns})
    joined = people.left_join(joined, people.unit == joined.mark__unit)
    ranks = [use.column for use in field.uses if use.column not in people.columns]
    statuses = [use.status for use in field.uses if METRICS[use.name].statuses]
    ranks += [status for status in statuses if status not in people.columns]
    if ranks:
        joined = _beside(joined, people, field.members, "field", {c: c for c in sorted(ranks)})
    for method, part in field.parts:
        names = {f"{method.id}__{c}": c for c in part.table.columns if c != "unit"}
        joined = _beside(joined, people, part.table, method.id, names)
    t = pick(joined, *joined.columns)
    columns: dict[str, Any] = {name: f"mark__{name}" for name in _fixed(field)}
    for method, part in field.parts:
        columns |= _of_method(t, method, part, leads=method.id == field.leading.id)
    for use in sorted(field.uses):
        columns[use.column] = use.column
        if METRICS[use.name].statuses:
            columns[use.status] = use.status
    return pick(t, **columns)


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
