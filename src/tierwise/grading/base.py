"""What every method gets and gives. A method compiles expressions over the members of the population."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.engine.picking import pick
from tierwise.kernel.ratio import RATIO, whole

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages
    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Policy

Fact = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """The run as a method sees it. ``members``: one row per member with attributes and metrics."""

    stages: Stages
    policy: Policy
    scene: Scene
    members: Table
    population: int
    parts: dict[str, Table] = field(default_factory=dict)
    """What the methods before said, by id; a combination reads it."""


@dataclass(frozen=True, slots=True)
class Graded:
    """One row per member: ``unit``, grade, status, score, rank, gap, cushion, near, reason, and the method's own.

    ``facts`` are the numbers of the whole field that explain the rows: N, cuts, limits, means.
    """

    table: Table
    facts: Fact = field(default_factory=dict)
    warnings: tuple[Fact, ...] = ()


STANDARD: tuple[tuple[str, str], ...] = (
    ("grade", "string"),
    ("status", "string"),
    ("score", RATIO),
    ("rank", "int64"),
    ("gap", RATIO),
    ("cushion", RATIO),
    ("near", "string"),
    ("reason", "string"),
)


def constant(value: Decimal | None) -> Any:
    """A decimal constant with ten places, towards minus infinity; null stays null."""
    if value is None:
        return ibis.null(RATIO)
    kept = value.quantize(Decimal("1e-10"), rounding=ROUND_FLOOR)
    return ibis.literal(f"{kept:f}").cast(RATIO)


def near_cut(gap: Any, up_limit: Any, cushion: Any, own: Any, pct: Decimal) -> Any:
    """``up``, ``down``, ``both`` or ``none``. Source: spec 6.1, example E35.

    ``up_limit`` is the largest gap that counts as near; down is near when the cushion is at most
    ``pct`` percent of the own value.
    """
    up = (gap <= up_limit).coalesce(False)
    share = whole(int(pct * 10_000))
    down = ((cushion * whole(1_000_000) <= own * share) & (own > 0)).coalesce(False)
    return ibis.cases((up & down, "both"), (up, "up"), (down, "down"), else_="none")


def by_grade(grade: Any, values: dict[str, Decimal | None]) -> Any:
    """A constant that depends on the grade; grades that are not listed give null.

    Without any constant it is still no plain null: DuckDB forgets the type of a null that is calculated with.
    """
    branches = [(grade == code, constant(value)) for code, value in values.items() if value is not None]
    return ibis.cases(*(branches or [(grade == "", constant(Decimal(0)))]), else_=ibis.null(RATIO))


def missing_status(bought: Any) -> Any:
    """The result status of a null value: ``no_history`` only if no counted line was ever seen (spec 6)."""
    return ibis.ifelse(bought, "incomplete", "no_history")


def all_graded(graded: Table) -> Table:
    """The rows of a method that graded every member: no member needs a reason for having no grade."""
    columns = [c for c in graded.columns if c != "reason"]
    return pick(graded, *columns, status=ibis.literal("graded"), reason="reason")


def with_missing(context: Context, graded: Table, count: int, lacking: str = "value.missing") -> Table:
    """Every member: graded, or why its value is missing; ``count`` members have the value."""
    if count == context.population:
        return all_graded(graded)
    base = context.members.select("unit", "bought")
    own = [c for c in graded.columns if c not in ("unit", "reason")]
    joined = pick(base.left_join(graded, "unit"), "unit", "bought", "reason", *own)
    missing = joined.reason.isnull()
    why = missing_status(joined.bought)
    return pick(
        joined,
        "unit",
        *own,
        status=ibis.ifelse(missing, why, "graded"),
        reason=ibis.cases((~missing, joined.reason), (why == "no_history", "history.none"), else_=lacking),
    )


def by_thresholds(
    column: str, cuts: dict[str, Decimal], last: str, prefix: str, context: Context
) -> tuple[Table, int]:
    """The members that have a value, graded by lower bounds, and how many they are; ``prefix`` of the reasons."""
    m = context.members
    valued = m.filter(m[column].notnull()).select("unit", score=m[column].cast(RATIO))
    grade = threshold_grade(valued.score, cuts, last)
    gap, cushion, near = distances(valued.score, grade, cuts, last, context.policy.near_cut_pct)
    reason = ibis.ifelse(grade == last, f"{prefix}.below-all", f"{prefix}.at-or-above")
    rated = valued.mutate(
        rank=ranked(valued), grade=grade, gap=gap, cushion=cushion, near=near, reason=reason
    )
    return rated, one(context.stages.engine, valued.agg(n=valued.count()))["n"]


def threshold_grade(score: Any, cuts: dict[str, Decimal], last: str) -> Any:
    """The best grade whose lower bound the score reaches, else the last."""
    return ibis.cases(*[(score >= constant(limit), code) for code, limit in cuts.items()], else_=last)


def distances(
    score: Any, grade: Any, cuts: dict[str, Decimal], last: str, pct: Decimal
) -> tuple[Any, Any, Any]:
    """Gap to the next better threshold, cushion above the own one, and near-cut, for scores."""
    codes = [*cuts, last]
    better = {code: cuts[codes[i - 1]] for i, code in enumerate(codes) if i > 0}
    gap = by_grade(grade, dict(better)) - score
    cushion = score - by_grade(grade, dict(cuts))
    limits = {code: pct * limit / 100 for code, limit in better.items()}
    near = near_cut(gap, by_grade(grade, dict(limits)), cushion, score, pct)
    return gap.cast(RATIO), cushion.cast(RATIO), near


def ranked(table: Table, column: str = "score") -> Any:
    """Competition rank of a column, largest first, 1 = best; the table has no null there."""
    return (ibis.rank().over(ibis.window(order_by=table[column].desc())) + 1).cast("int64")
