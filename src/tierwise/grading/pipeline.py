"""From the book's tables in an engine to the result rows of a policy. Source: spec 6, decision 0005.

The answer is an expression over stages that stay in the engine: one row per customer record, columns in the
order of decision 0005.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.grading import population
from tierwise.grading.abc import grade_abc_rank
from tierwise.grading.base import Context, Graded
from tierwise.grading.credit import grade_credit_rating
from tierwise.grading.criteria import EXACT_PARTS
from tierwise.grading.cumulative import grade_abc_cumulative
from tierwise.grading.gates import apply_gates, flag_conditions, joined_flags
from tierwise.grading.quality import grade_quality_set
from tierwise.grading.rfm import grade_rfm
from tierwise.grading.scorecard import grade_scorecard
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import METRICS, use_of, with_needs
from tierwise.metrics.compute import Progress, compute_metrics, silent
from tierwise.metrics.model import Use
from tierwise.policy.fingerprint import uses_of
from tierwise.policy.model import AbcCumulative, AbcRank

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Policy

METHODS: dict[str, Callable[[Any, Context], Graded]] = {
    "abc_rank": grade_abc_rank,
    "abc_cumulative": grade_abc_cumulative,
    "scorecard": grade_scorecard,
    "quality_set": grade_quality_set,
    "rfm": grade_rfm,
    "credit_rating": grade_credit_rating,
}
FIXED = (
    "customer_id grade status score rank population gap_to_next cushion_down near_cut flags unit reason "
    "grade_before_gates gates"
).split()
STANDARD = ("grade", "status", "score", "rank", "gap", "cushion", "near", "reason")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The graded population: the result rows, the facts of the field, the warnings.

    ``results`` is an expression over stages in the engine, computed whenever it is read.
    """

    results: Table
    population: int
    facts: dict[str, Any]
    warnings: tuple[dict[str, Any], ...]
    scene: Scene


def grade(stages: Stages, policy: Policy, scene: Scene, progress: Progress = silent) -> Outcome:
    """Grades the customers of the tables registered in the engine."""
    uses = uses_of(policy)
    scene = compute_metrics(stages, uses, scene, level=policy.population.level, progress=progress)
    uses = with_needs(uses)
    stages.tell(progress, "population")
    _exact_parts(stages, policy, uses)
    stages.drop("tw_raw")
    population.people(stages, policy)
    stages.drop("tw_metrics", "tw_metrics_with_parts")
    members = population.members(stages, uses)
    size = one(stages.engine, members.agg(n=members.count()))["n"]
    parts: list[tuple[Any, Graded]] = []
    for method in policy.methods:
        stages.tell(progress, method.id)
        context = _context(stages, policy, scene, members, size, method)
        graded = METHODS[method.method](method, context)
        kept = stages.keep(f"tw_{method.id}_graded", graded.table)
        stages.drop(*stages.names(f"tw_{method.id}_", but=f"tw_{method.id}_graded"))
        parts.append((method, Graded(kept, graded.facts)))
    stages.tell(progress, "results")
    warnings = _warnings(stages, policy, parts, size)
    results = _combine(stages, policy, scene, members, parts, uses, size)
    facts = {method.id: {"method": method.method, **graded.facts} for method, graded in parts}
    return Outcome(results, size, facts, warnings, scene)


def _context(stages: Stages, policy: Policy, scene: Scene, members: Table, size: int, method: Any) -> Context:
    """The members that a method can speak of; all of them where a line in the window was asked for."""
    if policy.population.lines_in_window:
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
    stages.keep("tw_metrics_with_parts", joined.select(*metrics.columns, *wanted))
    stages.alias("tw_metrics", "tw_metrics_with_parts")


def _combine(
    stages: Stages,
    policy: Policy,
    scene: Scene,
    members: Table,
    parts: list[tuple[Any, Graded]],
    uses: set[Use],
    size: int,
) -> Table:
    """The result rows, from people, members and methods. They are read once, so they are not kept."""
    units = _unit_rows(stages, policy, scene, members, parts)
    if scene.rolled_up:
        units = stages.keep("tw_unit_results", units)
    final = _ordered(units, policy, parts, uses, size)
    if scene.rolled_up:
        final = final.union(_member_rows(stages, units, final, size))
    return final


def _unit_rows(
    stages: Stages,
    policy: Policy,
    scene: Scene,
    members: Table,
    parts: list[tuple[Any, Graded]],
) -> Table:
    people, leading = stages["tw_people"], parts[0]
    field = [c for c in members.columns if c not in people.columns]
    joined: Any = people
    picks: dict[str, Any] = {}
    if field:
        extra = members.select(f_unit=members.unit, **{c: members[c] for c in field})
        joined = joined.left_join(extra, people.unit == extra.f_unit)
    for method, graded in parts:
        t = graded.table.rename({f"{method.id}__{c}": c for c in graded.table.columns})
        joined = joined.left_join(t, people.unit == t[f"{method.id}__unit"])
        picks |= {c: c for c in t.columns if not c.endswith("__unit")}
    rows = joined.select(*people.columns, *field, *picks)
    lead = leading[0].id
    outside = rows.outside.notnull()
    never = population.without_history(rows, leading[0])
    rows = rows.mutate(
        grade=rows[f"{lead}__grade"],
        status=ibis.cases(
            (outside, "not_in_population"), (never, "no_history"), else_=rows[f"{lead}__status"]
        ),
        reason=ibis.cases((outside, rows.outside), (never, "history.none"), else_=rows[f"{lead}__reason"]),
    )
    gated = apply_gates(rows, policy)
    value = (
        use_of(leading[0].value, policy.window_months)
        if isinstance(leading[0], AbcRank | AbcCumulative)
        else None
    )
    flags = flag_conditions(gated, policy, scene, value)
    cards = [
        (m, g)
        for m, g in parts
        if any(f"{m.id}__{c.code}_status" in gated.columns for c in getattr(m, "criteria", ()))
    ]
    if cards:
        stale: Any = ibis.literal(False)
        for m, _ in cards:
            for c in m.criteria:
                stale = stale | (gated[f"{m.id}__{c.code}_status"] == "expired").coalesce(False)
        flags["stale_assessment"] = stale
    below = flags | {"group_member": ibis.literal(True)}
    return gated.mutate(flags=joined_flags(flags), member_flags=joined_flags(below))


def _ordered(t: Table, policy: Policy, parts: list[tuple[Any, Graded]], uses: set[Use], size: int) -> Table:
    """The columns of decision 0005 in their order."""
    lead = parts[0][0].id
    graded = t.status == "graded"
    columns: dict[str, Any] = {
        "customer_id": t.unit,
        "grade": ibis.ifelse(graded, t.final_grade, ibis.null("string")),
        "status": t.status,
        "score": t[f"{lead}__score"].cast(RATIO),
        "rank": t[f"{lead}__rank"].cast("int64"),
        "population": whole(size).cast("int64"),
        "gap_to_next": t[f"{lead}__gap"].cast(RATIO),
        "cushion_down": t[f"{lead}__cushion"].cast(RATIO),
        "near_cut": ibis.ifelse(graded, t[f"{lead}__near"], ibis.null("string")),
        "flags": t.flags,
        "unit": t.unit,
        "reason": t.reason,
        "grade_before_gates": ibis.ifelse(graded, t.grade, ibis.null("string")),
        "gates": t.gates,
    }
    for method, part in parts:
        own = [c for c in part.table.columns if c != "unit"]
        for name in [*(s for s in STANDARD if s in own), *(c for c in own if c not in STANDARD)]:
            if method.id == lead and name in STANDARD:
                continue
            columns[f"{method.id}_{name}"] = _of_method(t, method, name)
    for use in sorted(uses):
        columns[use.column] = t[use.column]
        if METRICS[use.name].statuses:
            columns[use.status] = t[use.status]
    return t.select(**columns)


def _of_method(t: Table, method: Any, name: str) -> Any:
    """A method's column; a member without history has the status that says so."""
    value = t[f"{method.id}__{name}"]
    words = {"status": "no_history", "reason": "history.none"}
    if name not in words:
        return value
    never = population.without_history(t, method)
    return ibis.ifelse(never & t.outside.isnull(), words[name], value)


def _member_rows(stages: Stages, units: Table, final: Table, size: int) -> Table:
    """Rows of customers below a graded unit: its grade, nulls in the components."""
    records = stages["tw_customers"]
    below = records.filter(records.unit != records.code).select(member=records.code, above=records.unit)
    passed_on = units.select(f_unit=units.unit, f_flags=units.member_flags)
    top = final.select(*FIXED)
    joined = below.left_join(top, below.above == top.customer_id).left_join(
        passed_on, below.above == passed_on.f_unit
    )
    columns: dict[str, Any] = {}
    for name in final.columns:
        if name == "customer_id":
            columns[name] = joined.member
        elif name == "unit":
            columns[name] = joined.above
        elif name == "flags":
            columns[name] = joined.f_flags.coalesce("group_member")
        elif name == "population":
            columns[name] = whole(size).cast("int64")
        elif name in ("grade", "status", "reason", "grade_before_gates", "gates"):
            columns[name] = joined[name]
        else:
            columns[name] = ibis.null(final.schema()[name])
    return joined.select(**columns)


def _warnings(
    stages: Stages, policy: Policy, parts: list[tuple[Any, Graded]], size: int
) -> tuple[dict[str, Any], ...]:
    """Run warnings as codes with slots. Source: spec 6.1(7), 12.4."""
    if size == 0:
        return ({"code": "run.no-population"},)
    found: list[dict[str, Any]] = []
    method, graded = parts[0]
    t = graded.table
    if isinstance(method, AbcRank | AbcCumulative) and graded.facts["n"] > 0:
        row = one(stages.engine, t.agg(low=t.score.min(), high=t.score.max()))
        if row["high"] is not None and row["high"] <= 0:
            found.append({"code": "run.all-nonpositive"})
        elif row["low"] == row["high"] and graded.facts["n"] > 1:
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
