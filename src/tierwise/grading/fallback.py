"""Another family of grades for whom the leading method cannot grade. Source: spec 6.12, 6.13."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading import population

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.policy.model import Policy

MARK = "fall_"


def taken_over(t: Table, policy: Policy, standard: tuple[str, ...]) -> Table:
    """The marks' basis where the fallback speaks in place of the leading method; ``takes`` says for whom.

    ``own_status`` and ``own_reason`` keep what the leading method said.
    """
    assert policy.fallback is not None
    never, outside = population.without_history(t, policy.leading), t.outside.notnull()
    status = ibis.cases((outside, "not_in_population"), (never, "no_history"), else_=t.lead_status)
    reason = ibis.cases((outside, t.outside), (never, "history.none"), else_=t.lead_reason)
    takes = status.isin(policy.fallback.statuses) & t[f"{MARK}grade"].notnull()
    said = {f"lead_{c}": ibis.ifelse(takes, t[f"{MARK}{c}"], t[f"lead_{c}"]) for c in standard}
    return t.mutate(**said, own_status=status, own_reason=reason, takes=takes)


def families(t: Table, policy: Policy, graded: Any) -> dict[str, Any]:
    """The columns that only a policy with a fallback has: who graded, and what the leading method said."""
    assert policy.fallback is not None
    lead = policy.leading.id
    family = ibis.ifelse(graded, ibis.ifelse(t.takes, policy.fallback.method, lead), ibis.null("string"))
    return {"family": family, f"{lead}_status": t.own_status, f"{lead}_reason": t.own_reason}
