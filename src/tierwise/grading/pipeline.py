"""From the book's tables in an engine to the result rows of a policy. Source: spec 6, decision 0005.

The answer is an expression over stages that stay in the engine: one row per customer record, columns in the
order of decision 0005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tierwise.engine.base import one
from tierwise.engine.picking import pick
from tierwise.grading import population
from tierwise.grading.abc import grade_abc_rank
from tierwise.grading.bands import grade_value_bands
from tierwise.grading.base import Context, Graded
from tierwise.grading.combine import grade_combination
from tierwise.grading.credit import grade_credit_rating
from tierwise.grading.criteria import EXACT_PARTS
from tierwise.grading.cumulative import grade_abc_cumulative
from tierwise.grading.key_account import grade_key_account
from tierwise.grading.matrix import grade_attractiveness
from tierwise.grading.members import rules_of_run
from tierwise.grading.quality import grade_quality_set
from tierwise.grading.results import Field, result_rows
from tierwise.grading.rfm import grade_rfm
from tierwise.grading.scorecard import grade_scorecard
from tierwise.metrics.catalogue import with_needs
from tierwise.metrics.compute import Progress, compute_metrics, silent
from tierwise.metrics.model import Use
from tierwise.policy.fingerprint import uses_of
from tierwise.policy.model import AbcCumulative, AbcRank

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.grading.streaming import Part
    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Policy

METHODS: dict[str, Callable[[Any, Context], Graded]] = {
    "abc_rank": grade_abc_rank,
    "abc_cumulative": grade_abc_cumulative,
    "scorecard": grade_scorecard,
    "quality_set": grade_quality_set,
    "rfm": grade_rfm,
    "credit_rating": grade_credit_rating,
    "value_bands": grade_value_bands,
    "combination": grade_combination,
    "attractiveness": grade_attractiveness,
    "key_account": grade_key_account,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The graded population: the result rows, the facts of the field, the warnings.

    ``results`` is an expression over stages in the engine, computed whenever it is read; ``part`` gives those of some
    customers.
    """

    results: Table
    part: Part
    customers: Table
    """``customer_id`` of every result row."""
    population: int
    facts: dict[str, Any]
    warnings: tuple[dict[str, Any], ...]
    scene: Scene
    rules: dict[str, int]
    """The rules by which it came out so: those of the policy, and of members where there are any."""


def grade(stages: Stages, policy: Policy, scene: Scene, progress: Progress = silent) -> Outcome:
    """Grades the customers of the tables registered in the engine."""
    uses = uses_of(policy)
    level = policy.population.level
    scene = compute_metrics(stages, uses, scene, level=level, members=True, progress=progress)
    uses = with_needs(uses)
    stages.tell(progress, "population")
    _exact_parts(stages, policy, uses)
    population.people(stages, policy, scene)
    stages.drop("tw_metrics", "tw_raw")
    members = population.members(stages, uses)
    size = one(stages.engine, members.agg(n=members.count()))["n"]
    found: dict[str, Graded] = {}
    for method in in_turn(policy):
        stages.tell(progress, method.id)
        context = _context(stages, policy, scene, members, size, method)
        context.parts.update({name: graded.table for name, graded in found.items()})
        graded = METHODS[method.method](method, context)
        kept = stages.keep(f"tw_{method.id}_graded", graded.table)
        stages.drop(*stages.names(f"tw_{method.id}_", but=f"tw_{method.id}_graded"))
        found[method.id] = Graded(kept, graded.facts, graded.warnings)
    parts = [(method, found[method.id]) for method in policy.methods]
    stages.tell(progress, "results")
    warnings = _warnings(stages, policy, parts, size)
    part = result_rows(Field(stages, policy, scene, members, parts, uses, size))
    facts = {method.id: {"method": method.method, **graded.facts} for method, graded in parts}
    return Outcome(
        part(None, None),
        part,
        _customers(stages, scene),
        size,
        facts,
        warnings,
        scene,
        rules_of_run(policy, scene),
    )


def _customers(stages: Stages, scene: Scene) -> Table:
    units = pick(stages["tw_people"], customer_id="unit")
    return units.union(pick(stages["tw_below"], customer_id="unit")) if scene.rolled_up else units


def in_turn(policy: Policy) -> list[Any]:
    """The methods in the order in which they can be computed: what combines others comes after them."""
    return sorted(policy.methods, key=lambda method: method.method == "combination")


def _context(stages: Stages, policy: Policy, scene: Scene, members: Table, size: int, method: Any) -> Context:
    """The members that a method can speak of; all of them where a line in the window was asked for."""
    if policy.population.lines_in_window and not policy.looks_ahead:
        return Context(stages, policy, scene, members, size)
    known = members.filter(~population.without_history(members, method))
    count = one(stages.engine, known.agg(n=known.count()))["n"]
    return Context(stages, policy, scene, known, count)


def _exact_parts(stages: Stages, policy: Policy, uses: set[Use]) -> None:
    """Carries numerators and denominators of ratio scores to the scorecards that read them."""
    wanted = []
    for use in sorted(uses):
        if use.name in EXACT_PARTS:
            wanted += [f"{part}_{use.months}m" for part in EXACT_PARTS[use.name]]
    reads = any(
        c.source.kind == "metric_score" for method in policy.methods for c in getattr(method, "criteria", ())
    )
    if not wanted or not reads:
        return
    metrics, raw = stages["tw_metrics"], stages["tw_raw"]
    parts = raw.select(part_unit=raw.unit, **{c: raw[c] for c in wanted})
    joined = metrics.left_join(parts, metrics.unit == parts.part_unit)
    stages.name("tw_metrics", joined.select(*metrics.columns, *wanted))


def _warnings(
    stages: Stages, policy: Policy, parts: list[tuple[Any, Graded]], size: int
) -> tuple[dict[str, Any], ...]:
    """Run warnings as codes with slots. Source: spec 6.1(7), 12.4."""
    if size == 0:
        return ({"code": "run.no-population"},)
    found: list[dict[str, Any]] = [told for _, graded in parts for told in graded.warnings]
    method, graded = parts[0]
    t = graded.table
    row = one(stages.engine, t.agg(n=t.grade.count(), low=t.score.min(), high=t.score.max()))
    if row["n"] == 0:
        found.append({"code": "run.nobody-graded"})
    elif isinstance(method, AbcRank | AbcCumulative):
        if row["high"] <= 0:
            found.append({"code": "run.all-nonpositive"})
        elif row["low"] == row["high"] and row["n"] > 1:
            found.append({"code": "run.no-discrimination"})
    if isinstance(method, AbcRank) and method.tie_rule == "include":
        found += _enlarged(stages, graded)
    return tuple(found)


def _enlarged(stages: Stages, graded: Graded) -> list[dict[str, Any]]:
    t = graded.table
    got = t.filter(t.grade.notnull())
    rows = stages.engine.fetch(got.group_by("grade").agg(n=got.count())).to_pylist()
    sizes = {row["grade"]: row["n"] for row in rows}
    found, before, cumulative = [], 0, 0
    for cut in graded.facts["cuts"]:
        cumulative += sizes.get(cut["grade"], 0)
        own = cut["count"] - before
        before = cut["count"]
        if own > 0 and sizes.get(cut["grade"], 0) > 2 * own:
            found.append(
                {"code": "run.class-enlarged", "grade": cut["grade"], "size": sizes[cut["grade"]], "cut": own}
            )
    return found
