"""Grades as of a past day, from what was known on that day: columns per unit, and who belonged to which unit.

Nothing here may see a later day: every table is read through ``visible`` (decision 0001), by the same ``compute`` that
makes runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.run import compute
from tierwise.insight.backtest.criteria import Criterion, criteria_of, past_spend
from tierwise.insight.backtest.model import WARNING
from tierwise.kernel.errors import fail
from tierwise.kernel.ratio import RATIO, whole
from tierwise.policy.load import load_policy
from tierwise.policy.model import Condition, Gate

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.book.store import Book, BookVersion
    from tierwise.grading.pipeline import Outcome
    from tierwise.metrics.compute import Progress
    from tierwise.policy.load import PolicyDocument
    from tierwise.policy.model import Policy

RFM = "rfm_rank"
"""The shipped policy whose three scores make the RFM sum that others are held against."""
FIRST_ORDER = "first_order_on"
"""A metric that every run carries."""
OUTSIDE = ("not_in_population", "no_history")
WORST = 10**13
"""Behind every rank there can be."""
_SILENT = Condition.model_validate({"metric": "lifecycle", "is": list(WARNING)})
"""Asked so that the lifecycle status stands among the columns."""


@dataclass(frozen=True, slots=True)
class Trained:
    """One policy on one day. ``units``: unit, place (0 = best grade), key (greater is better), near_down, spend and
    one column per criterion."""

    policy: Policy
    units: pa.Table
    criteria: tuple[Criterion, ...]
    members: pa.Table
    """customer_id, its unit, and whether it had ever ordered, for everybody who was known."""
    rolled_up: bool


def train(
    book: Book, version: BookVersion, document: PolicyDocument, day: date, progress: Progress
) -> Trained:
    """Grades a book version as of a day. **Raises** ``backtest.nobody-graded``, and what keeps a run from being made."""
    policy = document.policy
    with book.engine() as engine:
        outcome = compute(book, version, policy, day, engine, progress)
        criteria = tuple(
            one
            for one in criteria_of(policy, outcome.results.columns)
            if outcome.results[one.column].type().is_numeric()
        )
        units = engine.fetch(_units(outcome, policy, criteria))
        known = outcome.results
        members = engine.fetch(known.select("customer_id", "unit", ordered=known[FIRST_ORDER].notnull()))
    if units["place"].null_count == len(units):
        raise _nobody(document, day)
    return Trained(policy, units, criteria, members, outcome.scene.rolled_up)


def rfm_of(book: Book, version: BookVersion, like: Policy, day: date, progress: Progress) -> pa.Table:
    """unit, the RFM sum and the lifecycle status of the population of a policy on a day."""
    shipped = load_policy(RFM).policy
    watch = Gate(code="silence", when=_SILENT, effect="flag", flag="silent")
    asked = {"population": like.population, "window_months": like.window_months, "gates": (watch,)}
    policy = shipped.model_copy(update=asked)
    name = policy.leading.id
    with book.engine() as engine:
        t = _own(compute(book, version, policy, day, engine, progress))
        total = t[f"{name}_r"] + t[f"{name}_f"] + t[f"{name}_m"]
        return engine.fetch(t.select("unit", "lifecycle", rfm=total.cast(RATIO)))


def _own(outcome: Outcome) -> Table:
    """The graded units themselves, without the customers below them."""
    t = outcome.results
    return t.filter(t.unit == t.customer_id, ~t.status.isin(OUTSIDE))


def _units(outcome: Outcome, policy: Policy, criteria: tuple[Criterion, ...]) -> Table:
    t = _own(outcome)
    place = ibis.cases(
        *((t.grade == grade.code, at) for at, grade in enumerate(policy.scale)), else_=ibis.null("int64")
    ).cast("int64")
    keys = {f"k{at}": _greater_is_better(t[one.column], one.less) for at, one in enumerate(criteria)}
    return t.select(
        "unit",
        place=place,
        key=_key(place, t["rank"], len(policy.scale)),
        near_down=t.near_cut.isin(("down", "both")).coalesce(False),
        spend=t[past_spend(policy).column].cast(RATIO),
        **keys,
    )


def _key(place: Any, rank: Any, worst: int) -> Any:
    """By grade, inside a grade by the policy's rank; whoever has no grade comes last."""
    behind = whole(place.coalesce(worst)) * whole(WORST) + whole(rank.coalesce(WORST - 1))
    return (-behind).cast(RATIO)


def _greater_is_better(column: Any, less: bool) -> Any:
    value = column.cast(RATIO)
    return -value if less else value


def _nobody(document: PolicyDocument, day: date) -> Exception:
    return fail(
        "backtest.nobody-graded",
        "{policy} grades nobody as of {day}: facts or assessments that it asks for were missing then; "
        "`tierwise grade BOOK --policy {policy} --as-of {day} --dry-run` says which",
        "{policy} 截至 {day} 未给出任何等级：当时缺少其所需的数据或评估；"
        "`tierwise grade 账簿 --policy {policy} --as-of {day} --dry-run` 可查看缺少什么",
        file=document.file,
        policy=document.policy.code,
        day=day,
    )
