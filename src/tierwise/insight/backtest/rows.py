"""A backtest as rows: one per training day, rule, number of customers and measure."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierwise.insight.values import half_up

if TYPE_CHECKING:
    from tierwise.insight.backtest.model import Backtest, Interval, Trial

PLACES = 4
"""Shares are exact; a file has them to so many places."""


def caught_rows(trial: Trial) -> list[dict[str, Any]]:
    """What every rule caught on one training day, rounded for files and programs."""
    cuts = {cut.code: cut for cut in trial.cuts}
    rules = {rule.code: rule for rule in trial.rules}
    found = []
    for (code, at, measure), one in trial.caught.items():
        rule, cut = rules[code], cuts[at]
        found.append({
            "day": trial.day, "rule": code, "kind": rule.kind, "rule_policy": rule.policy, "title": rule.title.en,
            "chosen": cut.title.en, "chosen_policy": cut.policy, "places": cut.places, "customers": trial.customers,
            "measure": measure, "caught_pct": _round(one.pct), "lift": _round(one.lift),
            **_ends("caught", one.interval), "over_past": _round(one.over_past),
            **_ends("over_past", one.over_past_interval),
        })  # fmt: skip
    return found


def as_table(found: Backtest) -> pa.Table:
    """All training days, the newest last."""
    rows = [row for trial in found.trials for row in caught_rows(trial)]
    text, whole, number = pa.string(), pa.int64(), pa.decimal128(38, PLACES)
    schema = pa.schema([
        ("day", pa.date32()), ("rule", text), ("kind", text), ("rule_policy", text), ("title", text),
        ("chosen", text), ("chosen_policy", text), ("places", whole), ("customers", whole), ("measure", text),
        ("caught_pct", number), ("lift", number), ("caught_low", number), ("caught_high", number),
        ("over_past", number), ("over_past_low", number), ("over_past_high", number),
    ])  # fmt: skip
    return pa.Table.from_pylist(rows, schema)


def _ends(name: str, interval: Interval | None) -> dict[str, Decimal | None]:
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return {f"{name}_low": _round(low), f"{name}_high": _round(high)}


def _round(value: Fraction | None) -> Decimal | None:
    return half_up(value, PLACES)
