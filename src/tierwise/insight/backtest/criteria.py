"""The single criteria of a policy: what each alone would have said, in the columns that its results carry anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tierwise.kernel.text import Text
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import Use

if TYPE_CHECKING:
    from tierwise.policy.model import Policy

_RFM = {"r": Text("recency score", "最近购买得分"), "f": Text("frequency score", "购买频次得分"),
        "m": Text("monetary score", "消费金额得分")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Criterion:
    """A result column that says something by itself; ``less``: the smaller the better."""

    column: str
    title: Text
    less: bool = False


def criteria_of(policy: Policy, columns: Iterable[str]) -> list[Criterion]:
    """The criteria that decide the policy's grade, each once; past spend is a rule of its own and left out."""
    kept = set(columns)
    past = past_spend(policy).column
    found: dict[str, Criterion] = {}
    for method in _deciding(policy):
        for one in _of_method(method, policy):
            if one.column in kept and one.column != past:
                found.setdefault(one.column, one)
    return list(found.values())


def past_spend(policy: Policy) -> Use:
    """Net sales of the policy's own window."""
    return Use("net_sales", policy.window_months)


def _deciding(policy: Policy) -> Iterator[Any]:
    """The leading method; where it combines others, those."""
    lead: Any = policy.leading
    named = lead.of if lead.method == "combination" else (lead.id,)
    yield from (method for method in policy.methods if method.id in named)


def _of_method(method: Any, policy: Policy) -> Iterator[Criterion]:
    match method.method:
        case "abc_rank" | "abc_cumulative" | "value_bands":
            yield _metric(method.value, policy)
        case "credit_rating":
            yield _metric(method.score, policy)
        case "key_account":
            yield _metric(method.profit, policy)
        case "rfm":
            yield from (Criterion(f"{method.id}_{part}", title) for part, title in _RFM.items())
    for one in getattr(method, "criteria", ()):
        yield Criterion(f"{method.id}_{one.code}_score", _title(one))
    for one in getattr(method, "ratings", ()):
        yield Criterion(f"{method.id}_{one.code}_rating", _title(one))


def _metric(name: str, policy: Policy) -> Criterion:
    use = use_of(name, policy.window_months)
    metric = METRICS[use.name]
    return Criterion(use.column, metric.title, metric.less_is_better)


def _title(one: Any) -> Text:
    title = getattr(one, "title", None)
    return Text(title.en, title.zh) if title is not None else Text(one.code, one.code)
