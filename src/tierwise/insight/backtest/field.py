"""The field of a trial: units that every policy has in its population, with what each rule said and what came later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.base import one
from tierwise.insight.backtest.training import Trained
from tierwise.kernel.errors import fail
from tierwise.kernel.ratio import count_where

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa
    from ibis.expr.types import Table

    from tierwise.engine.base import Engine
    from tierwise.engine.stages import Stages

MONEY = "decimal(38,4)"
_MEMBERS = {"customer_id": "string", "unit": "string", "ordered": "boolean"}
_FUTURE = {"customer": "string", "sales": MONEY, "profit": MONEY, "orders": "int64"}
_RFM = {"unit": "string", "lifecycle": "string", "rfm": "decimal(38,10)"}


def register(engine: Engine, trained: Sequence[Trained], rfm: pa.Table, future: pa.Table) -> None:
    """Puts the columns of a trial into an engine."""
    for at, one_ in enumerate(trained):
        engine.register(f"bt_units_{at}", one_.units)
    engine.register("bt_members", trained[0].members)
    engine.register("bt_rfm", rfm)
    engine.register("bt_future", future)


def units_of(at: int, trained: Trained) -> Table:
    """The units of one policy, its columns marked with its number."""
    kinds = {"unit": "string", "place": "int64", "key": "decimal(38,10)", "near_down": "boolean",
             "spend": "decimal(38,10)"}  # fmt: skip
    kinds |= {f"k{n}": "decimal(38,10)" for n in range(len(trained.criteria))}
    t = ibis.table(kinds, name=f"bt_units_{at}")
    return t.select(**{f"u{at}": t.unit}, **{f"{name}_{at}": t[name] for name in kinds if name != "unit"})


def the_field(stages: Stages, trained: Sequence[Trained]) -> Table:
    """``bt_field``: one row per unit of the field. Profit is null where it is unknown of somebody who bought."""
    parts = [units_of(at, one_) for at, one_ in enumerate(trained)]
    joined = parts[0]
    for at, part in enumerate(parts[1:], 1):
        joined = joined.join(part, joined.u0 == part[f"u{at}"])
    rfm = ibis.table(_RFM, name="bt_rfm").rename(rfm_unit="unit")
    future = stages.keep("bt_by_unit", _by_unit()).rename(f_unit="unit")
    joined = joined.left_join(rfm, joined.u0 == rfm.rfm_unit)
    joined = joined.left_join(future, joined.u0 == future.f_unit)
    nothing = ibis.literal("0").cast(MONEY)
    kept = [name for part in parts for name in part.columns if not name.startswith("u")]
    return stages.keep("bt_field", joined.select(
        *kept, "lifecycle", "rfm",
        unit=joined.u0,
        sales=joined.sales.coalesce(nothing),
        profit=ibis.ifelse(joined.f_unit.isnull(), nothing, joined.profit),
        orders=joined.orders.coalesce(0).cast("int64"),
    ))  # fmt: skip


def _by_unit() -> Table:
    """The future of every unit of the training day: its own and that of its members of then."""
    members, future = ibis.table(_MEMBERS, name="bt_members"), ibis.table(_FUTURE, name="bt_future")
    both = future.join(members, future.customer == members.customer_id)
    unknown = count_where(both.profit.isnull()) > 0
    return both.group_by("unit").agg(
        sales=both.sales.sum().cast(MONEY),
        profit=ibis.ifelse(unknown, ibis.null(MONEY), both.profit.sum().cast(MONEY)),
        orders=both.orders.sum().cast("int64"),
    )


def beyond(engine: Engine, field: Table) -> dict[str, Any]:
    """The future outside the field: newcomers (``new``, ``new_sales``), who had never ordered, and ``other_sales``."""
    members, future = ibis.table(_MEMBERS, name="bt_members"), ibis.table(_FUTURE, name="bt_future")
    known = future.left_join(members, future.customer == members.customer_id)
    of_field = field.select(of_field=field.unit)
    t = known.left_join(of_field, known.unit == of_field.of_field)
    t = t.filter(t.of_field.isnull()).select("sales", new=~t.ordered.coalesce(False))
    nothing = ibis.literal("0").cast(MONEY)
    return one(engine, t.agg(
        new=count_where(t.new),
        new_sales=ibis.ifelse(t.new, t.sales, nothing).sum().cast(MONEY).coalesce(nothing),
        other_sales=ibis.ifelse(t.new, nothing, t.sales).sum().cast(MONEY).coalesce(nothing),
    ))  # fmt: skip


def refuse_mixed_levels(trained: Sequence[Trained]) -> None:
    """**Raises** ``backtest.levels`` where policies grade different units of one hierarchy."""
    levels = {one_.policy.population.level for one_ in trained}
    if len(levels) > 1 and any(one_.rolled_up for one_ in trained):
        raise fail(
            "backtest.levels",
            "the policies grade different units ({found}), and this book has groups: what they choose cannot be "
            "compared; test them one by one",
            "各策略的分级层级不同（{found}），而账簿中有上下级客户，所选对象无法比较；请分别回测",
            found=", ".join(f"{one_.policy.code}: {one_.policy.population.level}" for one_ in trained),
        )


def refuse_empty(size: int, day: date) -> None:
    """**Raises** ``backtest.empty-field``."""
    if size == 0:
        raise fail(
            "backtest.empty-field",
            "as of {day} no customer is in the population of all policies: there is nothing to compare",
            "截至 {day} 没有客户同时属于各策略的人群，无从比较",
            day=day,
        )
