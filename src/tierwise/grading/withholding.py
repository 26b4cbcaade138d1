"""What an explanation leaves out for a reader who may not see profit and cost. Source: spec 12.5."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.model import split_window
from tierwise.policy.check import metrics_of_method

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierwise.policy.model import Gate, KeyAccount, Policy

COSTS = ("cost_of_goods_sold", "cost_to_serve", "financing_cost")
"""What makes a figure one of profit or cost: it is one of these, or derived from one."""
TELLING_FLAGS = ("loss_making",)
"""Flags that say something about profit, whichever rule sets them."""
WITHHELD = Text(
    "Why this grade: the reason rests on profit or cost, which your role does not show.",
    "评级依据涉及利润或成本，您的角色无权查看。",
)
GATE_ALONE = Text(
    "The gate “{code}” changed the grade from {before} to {after}.",
    "门槛“{code}”使等级由 {before} 变为 {after}。",
)


@cache
def tells_cost(metric: str) -> bool:
    """Whether a metric (with or without its window) is one of profit or cost, or derived from one."""
    name = metric if metric in METRICS else split_window(metric)[0]
    if name not in METRICS:
        return False
    return name in COSTS or any(tells_cost(need) for need in METRICS[name].needs)


def telling_methods(policy: Policy) -> frozenset[str]:
    """The ids of the methods that read profit or cost, or the grade of a method that does."""
    found = {m.id for m in policy.methods if _any(named.text for named in metrics_of_method(m))}
    while True:
        more = {m.id for m in policy.methods if found.intersection(getattr(m, "of", ()))} - found
        if not more:
            return frozenset(found)
        found |= more


def leads_by_profit(policy: Policy) -> bool:
    """Whether the scores that a policy grades by rest on profit or cost."""
    leading = {policy.leading.id, *([policy.fallback.method] if policy.fallback else [])}
    return not leading.isdisjoint(telling_methods(policy))


def telling_criteria(policy: Policy) -> frozenset[str]:
    """Criteria, ratings and characteristics that read profit or cost, as ``method.code``: they would tell it."""
    told = {
        f"{m.id}.{code}" for m in policy.methods if m.method == "key_account" for code in _characteristics(m)
    }
    return frozenset(told) | frozenset(
        f"{method.id}.{part.code}"
        for method in policy.methods
        for part in (*getattr(method, "criteria", ()), *getattr(method, "ratings", ()))
        if tells_cost(_read_by(part) or "")
    )


def _characteristics(method: KeyAccount) -> Iterator[str]:
    """The characteristics that rest on a figure of profit or cost."""
    read = {
        "kc_02": (method.profit, method.sales_share),
        "kc_05": (method.work,),
        "kc_08": (method.sales_share, method.expected),
        "kc_09": (method.work,),
    }
    return (code for code, names in read.items() if any(tells_cost(name) for name in names if name))


def tells(gate: Gate) -> bool:
    """Whether a gate acts on profit or cost."""
    return tells_cost(gate.when.metric)


def telling_flags(policy: Policy) -> frozenset[str]:
    """Flags that say something about profit or cost."""
    return frozenset({*TELLING_FLAGS, *(gate.flag for gate in policy.gates if gate.flag and tells(gate))})


def _read_by(part: object) -> str | None:
    source = getattr(part, "source", None)
    found = getattr(part, "proposal", None) if source is None else getattr(source, "metric", None)
    return found if isinstance(found, str) else None


def _any(metrics: Iterable[str]) -> bool:
    return any(tells_cost(metric) for metric in metrics)
