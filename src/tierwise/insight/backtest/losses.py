"""Customers of the best grade that were lost, and whether the training day warned of it. Source: spec 8.3, RET-01."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tierwise.insight.backtest.model import WARNING, Losses, LostCustomer
from tierwise.kernel.ratio import count_where

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine

NAMED = 50
"""So many of the lost are named, the largest by past spend first."""


def losses_of(engine: Engine, field: Table, labels: Sequence[str]) -> dict[str, Losses]:
    """The best grade of every policy by what became of it."""
    return {label: _losses(engine, field, at) for at, label in enumerate(labels)}


def _losses(engine: Engine, field: Table, at: int) -> Losses:
    best = field.filter(field[f"place_{at}"] == 0)
    warned = best.lifecycle.isin(WARNING).coalesce(False) | best[f"near_down_{at}"]
    lost = best.orders == 0
    row = engine.fetch(best.agg(
        lost_warned=count_where(lost & warned), lost_unwarned=count_where(lost & ~warned),
        kept_warned=count_where(~lost & warned), kept_unwarned=count_where(~lost & ~warned),
    )).to_pylist()[0]  # fmt: skip
    gone = best.filter(best.orders == 0)
    spend = gone[f"spend_{at}"]
    total = engine.fetch(gone.agg(spend=spend.sum().cast("decimal(38,4)"))).to_pylist()[0]["spend"]
    named = gone.select("unit", "lifecycle", spend=spend.cast("decimal(38,4)"), near=gone[f"near_down_{at}"])
    order = [named.spend.desc(nulls_first=False), named.unit.asc()]
    rows = engine.fetch(named.order_by(order).limit(NAMED)).to_pylist()
    return Losses(**row, past_spend_lost=total or Decimal(0), customers=tuple(map(_named, rows)))


def _named(row: dict[str, Any]) -> LostCustomer:
    return LostCustomer(row["unit"], row["spend"], row["lifecycle"], row["near"])
