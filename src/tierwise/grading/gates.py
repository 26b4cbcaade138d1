"""Gates and flags: what acts on a grade or stands beside it. Source: spec 6.14, 12.4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.grading.base import constant
from tierwise.kernel.ratio import RATIO, whole
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.model import Use
from tierwise.metrics.sales import whole_months

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.metrics.scene import Scene
    from tierwise.policy.model import Condition, Gate, Policy


def met(condition: Condition, t: Table, months: int) -> Any:
    """Whether a row meets a condition; a null metric never does."""
    use = use_of(condition.metric, months)
    value = t[use.column]
    if METRICS[use.name].unit == "flag":
        value = ibis.ifelse(value, 1, 0)
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


def apply_gates(t: Table, policy: Policy) -> Table:
    """Adds ``final_grade`` and ``gates`` (codes that acted, in order) to rows with ``grade``."""
    codes = [grade.code for grade in policy.scale]
    t = t.mutate(final_grade=t.grade, gates=ibis.literal(""))
    for gate in policy.gates:
        fires = _fires(gate, t, policy, codes)
        joined = ibis.ifelse(t.gates == "", gate.code, t.gates + f";{gate.code}")
        changed = t.final_grade if gate.effect == "flag" else ibis.ifelse(fires, gate.to, t.final_grade)
        t = t.mutate(
            **{
                f"gate_{gate.code}": fires,
                "gates": ibis.ifelse(fires, joined, t.gates),
                "final_grade": changed,
            }
        )
    return t


def _fires(gate: Gate, t: Table, policy: Policy, codes: list[str]) -> Any:
    watched = list(gate.grades or codes)
    if gate.effect == "cap":
        assert gate.to is not None
        watched = [code for code in watched if codes.index(code) < codes.index(gate.to)]
    if gate.effect == "floor":
        assert gate.to is not None
        watched = [code for code in watched if codes.index(code) > codes.index(gate.to)]
    if not watched:
        return ibis.literal(False)
    return t.final_grade.isin(watched).coalesce(False) & met(gate.when, t, policy.window_months)


def flag_conditions(t: Table, policy: Policy, scene: Scene, value: Use | None) -> dict[str, Any]:
    """Every flag and when it is up. ``value``: the metric of a leading rank method."""
    n = policy.window_months
    sales, largest = t[Use("net_sales", n).column], t[Use("largest_order", n).column]
    share = whole(int(scene.settings.single_order_pct * 10_000))
    tenure = whole_months(t.first_order_on, scene.as_of)
    flags: dict[str, Any] = {
        "new_customer": tenure < scene.settings.new_customer_months,
        "single_order": (largest * whole(1_000_000) > sales * share) & (sales > 0),
        "data_issue": ~t.on_record,
    }
    for column in t.columns:
        if column.endswith("_status") and column.startswith("cost_of_goods_sold_"):
            flags["data_issue"] = flags["data_issue"] | t[column].isin(
                ("cost_estimated", "missing_cost")
            ).coalesce(False)
    if value is not None:
        flags["nonpositive_value"] = (t[value.column].cast(RATIO) <= constant_zero()) & (t.status == "graded")
    profit = Use("customer_profit", n)
    if profit.column in t.columns:
        flags["loss_making"] = t[profit.column] < 0
    for gate in policy.gates:
        if gate.effect == "flag" and gate.flag is not None:
            fired = t[f"gate_{gate.code}"]
            flags[gate.flag] = (flags[gate.flag].coalesce(False) | fired) if gate.flag in flags else fired
    return flags


def constant_zero() -> Any:
    """Zero as a ratio."""
    return ibis.literal("0").cast(RATIO)


def joined_flags(flags: dict[str, Any]) -> Any:
    """The codes of the flags that are up, sorted, joined by ``;``."""
    text: Any = ibis.literal("")
    for code in sorted(flags):
        up = flags[code].coalesce(False)
        text = text + ibis.ifelse(up, f";{code}", "")
    return ibis.ifelse(text == "", "", text.substr(1))
