"""Who is graded, and the metrics that need the whole population. Source: spec 6.1(1), 5.1(13), 12.4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.picking import pick
from tierwise.metrics.field import with_field
from tierwise.metrics.model import Use
from tierwise.policy.model import Attractiveness, Scorecard

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Policy


def attributes(policy: Policy) -> list[str]:
    """The columns of the customer record that the population and the criteria of a policy read."""
    found = {"relation_type"}
    if policy.population.segments:
        found.add("segment")
    if policy.population.regions:
        found.add("region")
    for method in policy.methods:
        for criterion in getattr(method, "criteria", ()):
            found.add(getattr(criterion.source, "attribute", None) or "relation_type")
    return sorted(found)


def people(stages: Stages, policy: Policy, scene: Scene) -> Table:
    """``tw_people``: every unit with attributes, metrics, effective kind, and ``outside``, the reason it is not graded.

    Customers below a unit are set apart as ``tw_below``, with their unit, ``above``, and their place, ``node``.
    """
    metrics, records = stages["tw_metrics"], stages["tw_customers"]
    wanted = attributes(policy)
    place = {"above": "unit", "node": "hierarchy_node"} if scene.members_too else {}
    own = pick(records, *wanted, record="code", record_kind="kind", record_status="status", **place)
    joined = metrics.left_join(own, metrics.unit == own.record)
    t = pick(joined, *metrics.columns, "record_kind", "record_status", *wanted, *place)
    sales = Use("net_sales", policy.window_months)
    bought = t[sales.status] != "no_history"
    internal = (t.record_kind == "internal") | (t.relation_type == "internal")
    kind = ibis.cases(
        (internal.coalesce(False), "internal"), (bought, "existing"), else_=t.record_kind.coalesce("existing")
    )
    t = t.mutate(kind=kind, bought=bought)
    t = t.mutate(outside=_outside(t, policy, sales))
    kept = _without_members(stages, t) if scene.members_too else stages.keep("tw_people", t)
    stages.drop("tw_customers")
    return kept


def _without_members(stages: Stages, t: Table) -> Table:
    everyone = stages.keep("tw_everyone", t)
    below = (everyone.above != everyone.unit).coalesce(False)
    stages.define("tw_below", everyone.filter(below))
    return stages.define("tw_people", everyone.filter(~below).drop("above", "node"))


def _outside(t: Table, policy: Policy, sales: Use) -> Any:
    asked = policy.population
    scoped = ibis.literal(True)
    if asked.segments:
        scoped = scoped & t.segment.isin(asked.segments).coalesce(False)
    if asked.regions:
        scoped = scoped & t.region.isin(asked.regions).coalesce(False)
    idle = (t[sales.status] != "ok") if asked.lines_in_window else ibis.literal(False)
    if policy.looks_ahead:
        idle = idle & t.bought
    return ibis.cases(
        (~t.kind.isin(asked.kinds), "population.kind"),
        ((t.record_status != "active").coalesce(False), "population.archived"),
        (~scoped, "population.scope"),
        (idle, "population.no-purchase"),
        else_=ibis.null("string"),
    )


def without_history(t: Table, method: Any) -> Any:
    """Whether a member has no history that a method could speak of. Source: spec 6, 6.12.

    No counted line ever; a scorecard asks a prospect for none, since it looks ahead, and the matrix of attractiveness
    has a place for whoever did not buy yet.
    """
    if isinstance(method, Attractiveness):
        return ibis.literal(False)
    never = ~t.bought
    return never & (t.kind == "existing") if isinstance(method, Scorecard) else never


def members(stages: Stages, uses: Iterable[Use]) -> Table:
    """The population with its field metrics (ranks and shares), which are kept as ``tw_members``."""
    t = stages["tw_people"].filter(lambda p: p.outside.isnull())
    wider = with_field(stages, t, uses)
    return t if wider is t else stages.keep("tw_members", wider)
