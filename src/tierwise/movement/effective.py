"""The effective grade: what the computed grades of a chain of periods and the overrides make of it. Source: spec 8.2, E27.

This is the rule for one customer. ``effective_rows`` says the same for a whole population inside the engine, and a
property test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tierwise.policy.model import Policy

Verdict = Literal["graded", "no_purchase", "left", "none"]
"""What a period says of a customer: a grade; nothing bought; no member any more; nothing (incomplete, no history)."""

CAUSES = (
    "run",
    "confirmed_upgrade",
    "confirmed_downgrade",
    "no_purchase",
    "left_population",
    "override",
    "override_expired",
    "initial",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """The scale of a policy, best grade first, and how many periods confirm a change."""

    scale: tuple[str, ...]
    upgrade_confirm: int = 1
    downgrade_confirm: int = 1

    @property
    def lowest(self) -> str:
        """The grade that a customer has who bought nothing."""
        return self.scale[-1]

    def compare(self, one: str, other: str) -> int | None:
        """Positive if one grade is better than the other; ``None`` if they are on different scales."""
        if one == other:
            return 0
        if one not in self.scale or other not in self.scale:
            return None
        return self.scale.index(other) - self.scale.index(one)


def rule_of(policy: Policy) -> Rule:
    """The rule that a policy declares."""
    confirm = policy.effective
    return Rule(
        tuple(grade.code for grade in policy.scale), confirm.upgrade_confirm, confirm.downgrade_confirm
    )


@dataclass(frozen=True, slots=True)
class InForce:
    """An approved override on the day that is looked at."""

    override_id: str
    grade: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands after a period."""

    effective: str | None = None
    cause: str | None = None
    since: str | None = None
    """The period with which the effective grade began."""
    latest: str | None = None
    """The latest published computed grade, the lowest of the scale where nothing was bought."""
    better: int = 0
    worse: int = 0
    override_id: str | None = None


def step(
    before: Standing,
    seen: Verdict,
    grade: str | None,
    rule: Rule,
    period: str,
    *,
    override: InForce | None = None,
    ended: bool = False,
) -> Standing:
    """Where a customer stands after one more period.

    ``grade`` is the computed grade, if there is one. ``ended`` says that an override has ended since the period before
    without having been in force at its end; one that was is known from ``before``.
    """
    now = rule.lowest if seen == "no_purchase" else grade
    latest = before.latest if seen == "none" else now if seen != "left" else None
    decided = _decided(replace(before, latest=latest), seen, now, rule, override, ended)
    between = ended and override is None and before.override_id is None and seen != "left"
    goes_on = decided.effective == before.effective and not between
    since = before.since if goes_on else period
    return replace(decided, since=since)


def _decided(
    standing: Standing, seen: Verdict, now: str | None, rule: Rule, override: InForce | None, ended: bool
) -> Standing:
    ended = ended or standing.override_id is not None
    calm = replace(standing, better=0, worse=0, override_id=None)
    if override is not None:
        return replace(calm, effective=override.grade, cause="override", override_id=override.override_id)
    if seen == "left":
        return replace(calm, effective=None, cause="left_population") if _known(standing) else calm
    if ended or standing.effective is None:
        return replace(calm, effective=standing.latest, cause=_cause_anew(standing, seen, ended))
    if seen == "none" or now is None:
        return standing
    return _compared(standing, seen, now, rule)


def _known(standing: Standing) -> bool:
    return standing.effective is not None or standing.cause is not None


def _cause_anew(standing: Standing, seen: Verdict, ended: bool) -> str | None:
    if ended:
        return "override_expired"
    if standing.latest is None:
        return standing.cause
    return "no_purchase" if seen == "no_purchase" else "initial"


def _compared(standing: Standing, seen: Verdict, now: str, rule: Rule) -> Standing:
    assert standing.effective is not None
    sign = rule.compare(now, standing.effective)
    better = standing.better + 1 if sign is not None and sign > 0 else 0
    worse = standing.worse + 1 if sign is not None and sign < 0 else 0
    if sign is None:
        return replace(standing, effective=now, cause="run", better=0, worse=0)
    if better >= rule.upgrade_confirm:
        cause = "run" if rule.upgrade_confirm == 1 else "confirmed_upgrade"
        return replace(standing, effective=now, cause=cause, better=0, worse=0)
    if worse >= rule.downgrade_confirm:
        cause = "run" if rule.downgrade_confirm == 1 else "confirmed_downgrade"
        cause = "no_purchase" if seen == "no_purchase" else cause
        return replace(standing, effective=now, cause=cause, better=0, worse=0)
    return replace(standing, better=better, worse=worse)
