"""Plans against what happened, by region; and visits against their rhythm. Source: spec KAM-16, SVC-05, 10.13; E18, E33."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from tierwise.insight.retention import pct

Light = Literal["green", "amber", "red"]
GREEN_PCT, AMBER_PCT = 100, 90
"""From the first on a region is on plan, from the second on it is close (spec 10.13)."""


@dataclass(frozen=True, slots=True)
class Achievement:
    """Plan and actual of one region; the percentage and the light are null without a positive plan."""

    plan: Decimal
    actual: Decimal
    gap: Decimal
    achievement_pct: Fraction | None
    light: Light | None


@dataclass(frozen=True, slots=True)
class Balance:
    """Whether the regions add up to the national plan; only a balanced plan may be published."""

    national: Decimal
    regions: Decimal
    difference: Decimal
    balanced: bool


def achievement(plan: Decimal, actual: Decimal) -> Achievement:
    """Actual in percent of plan. **Source** spec KAM-16, example E18."""
    share = pct(actual, plan)
    light: Light | None = None
    if share is not None:
        light = "green" if share >= GREEN_PCT else "amber" if share >= AMBER_PCT else "red"
    return Achievement(plan, actual, actual - plan, share, light)


def regional(plans: Mapping[str, Decimal], actuals: Mapping[str, Decimal]) -> dict[str, Achievement]:
    """Region -> achievement; a region without a plan stands with 0."""
    regions = sorted({*plans, *actuals})
    nothing = Decimal(0)
    return {r: achievement(plans.get(r, nothing), actuals.get(r, nothing)) for r in regions}


def balance(national: Decimal, regions: Iterable[Decimal]) -> Balance:
    """The sum of the regions against the national plan. **Source** spec 10.13, example E18."""
    total = sum(regions, Decimal(0))
    return Balance(national, total, total - national, total == national)


@dataclass(frozen=True, slots=True)
class VisitDue:
    """When the next visit is due, and for how many days it has been."""

    due_on: date
    overdue_days: int


def visit_due(last_visit: date | None, interval_days: int, as_of: date) -> VisitDue:
    """The next visit of a rhythm; who was never visited is due today. **Source** spec SVC-05, example E33."""
    due = as_of if last_visit is None else last_visit + timedelta(days=interval_days)
    return VisitDue(due, max(0, (as_of - due).days))


def visit_compliance(visits: Iterable[tuple[date, date | None]], as_of: date) -> Fraction | None:
    """Percent of the visits due by a day that were made by their due day, from (due, made) pairs.

    Null if none was due. **Source** spec SVC-05.
    """
    due = [(planned, made) for planned, made in visits if planned <= as_of]
    kept = sum(1 for planned, made in due if made is not None and made <= planned)
    return pct(kept, len(due))
