"""Gates and flags: what acts on a grade or stands beside it. Source: spec 6.14, 12.4."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.base import constant
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import use_of
from tierwise.metrics.model import Use
from tierwise.metrics.sales import whole_months

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Condition, Gate, Policy


def met(condition: Condition, t: Table, months: int) -> Any:
    """Whether a row meets a condition; a null metric never does."""
    value = t[use_of(condition.metric, months).column]
    if isinstance(condition.answer, bool):
        return (value if condition.answer else ~value).coalesce(False)
    if condition.answer is not None:
        return value.isin(condition.answer).coalesce(False)
    value = value.cast(RATIO)
    if condition.below is not None:
        test = value < constant(condition.below)
    elif condition.at_most is not None:
        test = value <= constant(condition.at_most)
    elif condition.at_least is not None:
        test = value >= constant(condition.at_least)
    else:
        assert condition.above is not None
        test = value > constant(condition.above)
    return test.coalesce(False)


def read_by_gates(policy: Policy) -> list[str]:
    """The metric columns that the gates of a policy look at."""
    return [use_of(gate.when.metric, policy.window_months).column for gate in policy.gates]


def read_by_flags(policy: Policy, value: Use | None, there: Iterable[str]) -> list[str]:
    """The metric columns that the flags look at, some of them only where they are there."""
    n = policy.window_months
    always = [Use("net_sales", n).column, Use("largest_order", n).column, "first_order_on"]
    ranked = [value.column] if value is not None else []
    profit = Use("customer_profit", n).column
    return always + ranked + [c for c in there if c == profit or _says_cost(c)]


def _says_cost(column: str) -> bool:
    return column.startswith("cost_of_goods_sold_") and column.endswith("_status")


def gated(grade: Any, t: Table, policy: Policy) -> tuple[Any, dict[str, Any]]:
    """The grade after the gates of a policy, and whether each of them acted, by code in their order."""
    codes = [scale.code for scale in policy.scale]
    fired: dict[str, Any] = {}
    for gate in policy.gates:
        fires = fired[gate.code] = _fires(gate, grade, t, policy, codes)
        if gate.effect != "flag":
            grade = ibis.ifelse(fires, gate.to, grade)
    return grade, fired


def _fires(gate: Gate, grade: Any, t: Table, policy: Policy, codes: list[str]) -> Any:
    watched = list(gate.grades or codes)
    if gate.effect == "cap":
        assert gate.to is not None
        watched = [code for code in watched if codes.index(code) < codes.index(gate.to)]
    if gate.effect == "floor":
        assert gate.to is not None
        watched = [code for code in watched if codes.index(code) > codes.index(gate.to)]
    if not watched:
        return ibis.literal(False)
    return grade.isin(watched).coalesce(False) & met(gate.when, t, policy.window_months)


def flag_conditions(
    t: Table, policy: Policy, scene: Scene, value: Use | None, own: Any, fired: dict[str, Any]
) -> dict[str, Any]:
    """Every flag and when it is up. ``value``: the metric of a leading rank method, ``own``: who was graded by
    that method; ``fired``: the gates."""
    n = policy.window_months
    sales, largest = t[Use("net_sales", n).column], t[Use("largest_order", n).column]
    share = whole(int(scene.settings.single_order_pct * 10_000))
    tenure = whole_months(t.first_order_on, scene.as_of)
    flags: dict[str, Any] = {
        "new_customer": tenure < scene.settings.new_customer_months,
        "single_order": (largest * whole(1_000_000) > sales * share) & (sales > 0),
        "data_issue": ~t.on_record,
    }
    for column in filter(_says_cost, t.columns):
        doubtful = t[column].isin(("cost_estimated", "missing_cost"))
        flags["data_issue"] = flags["data_issue"] | doubtful.coalesce(False)
    if value is not None:
        flags["nonpositive_value"] = (t[value.column].cast(RATIO) <= constant_zero()) & own
    profit = Use("customer_profit", n)
    if profit.column in t.columns:
        flags["loss_making"] = t[profit.column] < 0
    for gate in policy.gates:
        if gate.effect == "flag" and gate.flag is not None:
            up = fired[gate.code]
            flags[gate.flag] = (flags[gate.flag].coalesce(False) | up) if gate.flag in flags else up
    return flags


def constant_zero() -> Any:
    """Zero as a ratio."""
    return ibis.literal("0").cast(RATIO)


def sorted_flags(flags: dict[str, Any]) -> Any:
    """The codes of the flags that are up, sorted, joined by ``;``."""
    return in_order({code: flags[code].coalesce(False) for code in sorted(flags)})


def in_order(codes: dict[str, Any]) -> Any:
    """The codes whose condition is true, in their order, joined by ``;``."""
    text: Any = ibis.literal("")
    for code, holds in codes.items():
        text = text + ibis.ifelse(holds, f";{code}", "")
    return ibis.ifelse(text == "", "", text.substr(1))
