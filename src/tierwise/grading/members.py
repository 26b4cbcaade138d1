"""The customers below a graded unit: what they inherit, and the figures of their own. Decision 0013, spec 5.1(9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.picking import pick
from tierwise.kernel.ratio import whole
from tierwise.metrics.catalogue import METRICS
from tierwise.policy.fingerprint import rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ibis.expr.types import Table

    from tierwise.grading.results import Field
    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Inheritance, Policy

RULES = "members"
MEMBER_RULES, OWN_FIGURES = 3, 2
"""The ``rules_version`` of members' rows. 1 (unnamed in the runs of its time): their own figures are null; 2: they have them;
3: archived and merged ones inherit nothing."""
NOT_INHERITED, OUT_OF_USE = "population.not-inherited", "population.archived"
_OF_UNIT = ("grade", "status", "reason", "grade_before_gates", "gates", "family")


def rules_of_run(policy: Policy, scene: Scene) -> dict[str, int]:
    """The rules of the policy and, where customers were rolled up, of members.

    They are no part of the fingerprint: the same policy grades the same units alike with and without members.
    """
    return rules_of(policy) | ({RULES: MEMBER_RULES} if scene.rolled_up else {})


def same_rules(stored: Mapping[str, int], policy: Policy) -> bool:
    """Whether a run was made by the rules that hold now; it knew best whether it had members."""
    now = rules_of(policy)
    return dict(stored) in (now, now | {RULES: MEMBER_RULES})


def with_members(stored: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """The rules of a stored run, with those of members that it did not name yet."""
    return ({RULES: 1} if RULES in now else {}) | dict(stored)


def has_own_figures(rules: Mapping[str, int]) -> bool:
    """Whether the members' rows of a run hold figures of their own."""
    return rules.get(RULES, 1) >= OWN_FIGURES


def member_rows(field: Field, marks: Table, final: Table) -> Table:
    """Rows of customers below a graded unit: its verdict, as far as they inherit, and their own metrics."""
    below = field.stages["tw_below"]
    named = marks.rename({f"mark__{c}": c for c in marks.columns})
    both = below.left_join(named, below.above == named.mark__unit)
    joined = pick(both, *both.columns)
    columns: dict[str, Any] = {name: ibis.null(kind) for name, kind in final.schema().items()}
    columns |= {name: name for name in own_columns(field, below)}
    columns |= {name: joined[f"mark__{name}"] for name in _OF_UNIT if name in columns}
    flags = joined.mark__member_flags.coalesce("group_member")
    used = (joined.record_status == "active").coalesce(True)
    takes = used & inherits(joined, field.policy.population.inherit)
    alone = {
        "status": ibis.literal("not_in_population"),
        "reason": ibis.ifelse(used, NOT_INHERITED, OUT_OF_USE),
    }
    for name in _OF_UNIT:
        if name in columns:
            columns[name] = ibis.ifelse(takes, columns[name], alone.get(name, ibis.null("string")))
    flags = ibis.ifelse(takes, flags, "group_member")
    columns |= {
        "customer_id": joined.unit,
        "unit": joined.above,
        "flags": flags,
        "population": whole(field.size).cast("int64"),
    }
    return pick(joined, **columns)


def own_columns(field: Field, below: Table) -> Iterator[str]:
    """The columns that a member fills by itself: metrics and their statuses, but none over the whole field."""
    for use in sorted(field.uses):
        if METRICS[use.name].sort != "field":
            yield from (name for name in (use.column, use.status) if name in below.columns)


def inherits(t: Table, asked: Inheritance) -> Any:
    """Whether a member takes the grade of its unit, by its place in the hierarchy and its effective kind."""
    if asked.grade == "none":
        return ibis.literal(False)
    takes: Any = ibis.literal(True)
    if asked.nodes:
        takes = takes & t.node.coalesce("standalone").isin(asked.nodes)
    if asked.kinds:
        takes = takes & t.kind.isin(asked.kinds)
    return takes
