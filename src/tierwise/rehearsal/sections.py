"""The parts of a policy that change a grade, one after the other: which change moved whom. Source: W03, decision 0018."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tierwise.policy.check import faults_of

if TYPE_CHECKING:
    from tierwise.policy.model import Policy

SECTIONS: dict[str, tuple[str, ...]] = {
    "population": ("population",),
    "window": ("window_months", "settings"),
    "method": ("leading", "advisory", "fallback", "near_cut_pct", "scale"),
    "gates": ("gates",),
}
"""In the order in which they are changed: who is graded, over which time, how, and what caps or floors the result."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A policy between the old and the new: everything up to this section is new, the rest is old."""

    section: str
    policy: Policy


def stages_between(old: Policy, new: Policy) -> list[Stage]:
    """The policies on the way from the old to the new one, which comes last; none if no section differs.

    What is only sound together with a later section is told with that.
    """
    changed = [name for name, fields in SECTIONS.items() if _differs(old, new, fields)]
    found = []
    now = old
    for name in changed[:-1]:
        now = now.model_copy(update={field: getattr(new, field) for field in SECTIONS[name]})
        if next(iter(faults_of(now)), None) is None:
            found.append(Stage(name, now))
    return [*found, Stage(changed[-1], new)] if changed else []


def _differs(old: Policy, new: Policy, fields: tuple[str, ...]) -> bool:
    return any(getattr(old, field) != getattr(new, field) for field in fields)
