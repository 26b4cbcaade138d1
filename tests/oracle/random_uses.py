"""Metrics of plans, spending and hours in a random policy. Dice of their own, so that older policies stay as they were."""

from __future__ import annotations

from random import Random
from typing import Any

from tierwise.metrics.catalogue import METRICS

NEWEST = (
    "planned_sales planned_months expected_sales category_spend share_of_wallet_pct open_potential "
    "worked_minutes hours sales_per_hour credit_limit unallocated_receipts"
).split()
VALUES = ["expected_sales", "planned_sales", "open_potential", "sales_per_hour"]
Part = dict[str, Any]


def with_newest_metrics(policy: Part, scale: list[str], seed: int) -> Part:
    """The policy with such metrics where its methods may ask for one, sometimes with a gate and a method more."""
    dice = Random(f"newest {seed}")
    for method in (policy["leading"], *policy["advisory"]):
        _ask(method, dice)
    if dice.random() < 0.4:
        when = {"metric": _name(dice), dice.choice(["below", "at_least"]): dice.choice(["0", "60", "1000"])}
        policy["gates"].append({"code": "newest", "when": when, "effect": "flag", "flag": "new"})
    if dice.random() < 0.4:
        method: Part = {"method": "abc_rank", "id": "newest", "value": dice.choice(VALUES)}
        policy["advisory"].append(
            method | {"shares_pct": dict(zip(scale[:-1], ["10", "40", "70"], strict=False))}
        )
    return policy


def _name(dice: Random) -> str:
    name = dice.choice(NEWEST)
    windowed = METRICS[name].months is not None and dice.random() < 0.3
    return f"{name}_{dice.choice([1, 3, 7, 24])}m" if windowed else name


def _ask(method: Part, dice: Random) -> None:
    if method["method"] == "key_account":
        method |= {"expected": dice.choice([None, "expected_sales", "expected_sales_24m"])}
        method |= {"work": dice.choice([None, "worked_minutes"]), "work_times": dice.choice(["3", "1.5"])}
    for rating in method.get("ratings", ()):
        if dice.random() < 0.3:
            rating["proposal"] = dice.choice(["open_potential", "expected_sales"])
    bands = [c["source"] for c in method.get("criteria", ()) if c["source"]["kind"] == "metric_bands"]
    for asking in (*[source for source in bands if "metric" in source], *method.get("tie_break", ())):
        if dice.random() < 0.4:
            asking["metric"] = _name(dice)
