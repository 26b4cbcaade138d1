"""From the book's tables to one row of metrics per customer, in named stages. Decision 0003, house rules 4.

Stages left in the engine: ``tw_customers`` (records as of the day, with their unit) and ``tw_metrics``
(unit and every asked metric that needs no population).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import ibis
import pyarrow as pa

from tierwise.engine.base import Engine, one
from tierwise.engine.picking import pick
from tierwise.engine.stages import Stages
from tierwise.kernel.ratio import count_where
from tierwise.metrics import (
    credit,
    delivered,
    families,
    lifecycle,
    months,
    plans,
    profit,
    sales,
    service,
    wallet,
)
from tierwise.metrics.catalogue import METRICS, need_of, with_needs
from tierwise.metrics.hierarchy import unit_map
from tierwise.metrics.intervals import intervals, order_dates, regularity
from tierwise.metrics.lines import (
    Measure,
    OrderMeasure,
    customer_level,
    is_counted,
    lines,
    of_type,
    order_level,
    sale_types,
    unit_level,
)
from tierwise.metrics.model import TYPE_OF_UNIT, Use
from tierwise.metrics.older import EVERY_ORDER
from tierwise.metrics.outside import compute as compute_outside
from tierwise.metrics.outside import needed_columns
from tierwise.metrics.scene import Scene, book_table, visible, with_unit, within

if TYPE_CHECKING:
    from ibis.expr.types import Table

Level = Literal["site", "account", "group"]
Progress = Callable[[str], None]
COST_METRICS = frozenset({"cost_of_goods_sold"})
RECORD_COLUMNS = (
    "code kind status credit_limit segment region ownership_nature relation_type party_type total_assets "
    "annual_turnover development_speed_pct registered_capital potential_need"
).split()
"""What metrics, populations and criteria read of a customer's record."""
RECORDED = {
    "credit_limit": ("credit_limit_now", "credit_limit"),
    "open_potential": ("potential_now", "potential_need"),
}
"""Metric -> raw column and the column of the unit's own record."""
FINISHING = (sales, profit, credit, lifecycle, families, wallet, plans)
DERIVING = (sales, profit, credit, lifecycle, service, delivered, plans)
RIDE_ALONG = 10
"""So many line measures fit beside the orders without making their pass slower."""
HIERARCHY = ("parent_code", "hierarchy_node", "valid_from")
PRODUCT_METRICS = frozenset({"sales_volume", "product_breadth"}) | wallet.OURS


def silent(_: str) -> None:
    """A progress report that nobody hears."""


def compute_metrics(
    stages: Stages,
    asked: Iterable[Use],
    scene: Scene,
    *,
    level: Level = "site",
    members: bool = False,
    progress: Progress = silent,
) -> Scene:
    """Leaves the stages ``tw_customers`` and ``tw_metrics`` and returns the scene as it was used.

    With ``members``, customers below a unit have a row of their own, too, as if they were graded by themselves.
    The book's tables must be registered in the engine under their names. Field metrics are left to the population.
    """
    uses = with_needs(set(asked))
    stages.tell(progress, "customers")
    scene = replace(scene, by_months=scene.by_months and not months.needs_lines(uses))
    scene = customers_seen(stages, scene, level, members=members)
    scene = _look_at_costs(stages.engine, uses, scene)
    scene = _look_at_payments(stages.engine, uses, scene)
    raw = {use for use in uses if METRICS[use.name].sort in ("base", "outside")}
    stages.tell(progress, "order lines")
    parts = [*_line_parts(stages, raw, scene)]
    stages.tell(progress, "payments")
    parts += _other_parts(stages, raw, scene)
    stages.tell(progress, "metrics")
    _join(stages, parts, raw, scene)
    stages.name("tw_metrics", _derived(_finished(stages, raw, scene), uses, scene))
    return scene


def customers_seen(stages: Stages, scene: Scene, level: Level, *, members: bool = False) -> Scene:
    """Leaves ``tw_customers`` and, above the site level, ``tw_units``; returns the scene with what it found."""
    seen = visible(book_table("customers", *RECORD_COLUMNS, *HIERARCHY), scene.as_of, "valid_from")
    units = {} if level == "site" else unit_map(stages.engine, seen, level)
    if units:
        _register_units(stages.engine, list(units), list(units.values()))
    scene = replace(scene, rolled_up=bool(units), members_too=members and bool(units))
    more = ("hierarchy_node",) if scene.members_too else ()
    table = seen.select(*RECORD_COLUMNS, *more, customer_code=seen.code)
    stages.keep("tw_customers", with_unit(table, scene).drop("customer_code"))
    if scene.members_too:
        _register_units(stages.engine, [*units, *units], [*units.values(), *units])
    return scene


def _register_units(engine: Engine, members: list[str], units: list[str]) -> None:
    engine.register("tw_units", pa.table({"customer_code": members, "unit": units}))


def _look_at_payments(engine: Engine, uses: set[Use], scene: Scene) -> Scene:
    """Finds out whether a payment ever bounced and whether there is more than one currency, so that a book without such
    pays nothing for it."""
    if not any(use.name in credit.ITEM_METRICS | credit.BALANCE_METRICS for use in uses):
        return scene
    given = book_table("allocations", "amount")
    back = given.filter(given.amount < 0)
    reversed_ = one(engine, back.agg(n=back.count()))["n"] > 0
    return replace(scene, allocations_reversed=reversed_, paid_in_other_currency=_currencies(engine) > 1)


def _currencies(engine: Engine) -> int:
    """How many currencies payments that name an invoice and invoices bear."""
    paid, bills = book_table("payments", "currency", "invoice_number"), book_table("invoices", "currency")
    named = paid.filter(paid.invoice_number.notnull()).select("currency")
    found = [one(engine, t.agg(low=t.currency.min(), high=t.currency.max())) for t in (named, bills)]
    return len({code for row in found for code in (row["low"], row["high"]) if code is not None})


def _look_at_costs(engine: Engine, uses: set[Use], scene: Scene) -> Scene:
    """Finds out which look-ups the facts need, so that a complete book pays for none."""
    if any(use.name == "cost_to_serve" for use in uses):
        costs = visible(book_table("service_costs", "date"), scene.as_of, "date")
        recorded = one(engine, costs.agg(n=costs.count()))["n"] > 0
        scene = replace(scene, service_costs_recorded=recorded)
    if not any(use.name in COST_METRICS for use in uses):
        return replace(scene, costs_to_find=False, returns_to_cost=False)
    if scene.by_months:
        counts = one(engine, months.bare_lines(sale_types(scene)))
        return replace(scene, costs_to_find=counts["lines"] > 0, returns_to_cost=counts["linked"] > 0)
    columns = ("posting_date", "base_cost", "status", "line_type", "linked_line")
    seen = visible(book_table("order_lines", *columns), scene.as_of, "posting_date")
    bare = seen.filter(
        seen.base_cost.isnull()
        & is_counted(seen.status)
        & of_type(seen.line_type, (*sale_types(scene), "return"))
    )
    linked = count_where((bare.line_type == "return") & bare.linked_line.notnull())
    counts = one(engine, bare.agg(lines=bare.count(), linked=linked))
    return replace(scene, costs_to_find=counts["lines"] > 0, returns_to_cost=counts["linked"] > 0)


def _line_parts(stages: Stages, raw: set[Use], scene: Scene) -> list[Table]:
    names = {use.name for use in raw}
    measures = sales.line_measures(sorted(raw), scene) | profit.line_measures(sorted(raw), scene)
    view, every = _views(names, measures.values(), scene)
    if scene.returns_to_cost:
        view = stages.define("tw_lines", view)
        costs = profit.return_costs(view, every if scene.by_months else view)
        stages.keep("tw_return_costs", costs.distinct() if scene.members_too else costs)
        view = profit.with_return_costs(view)
    if names & COST_METRICS:
        view = profit.found_cost(view, scene) if scene.costs_to_find else profit.given_cost(view)
    over_orders = list(sales.order_measures(sorted(raw), scene).values())
    parts = _sums_of_lines(stages, view, list(measures.values()), over_orders, scene)
    parts += _order_parts(stages, names, scene)
    for n in sorted({use.months or 12 for use in raw if use.name == "product_breadth"}):
        parts.append(stages.keep(f"tw_breadth_{n}", _breadth(every, n, scene)))
    for n in sorted({use.months or 12 for use in raw if use.name in wallet.OURS}):
        parts.append(stages.keep(f"tw_wallet_{n}", wallet.our_part(every, n, scene)))
    if names & wallet.METRICS:
        parts.append(stages.keep("tw_spending", wallet.spending(scene)))
    return parts


def _order_parts(stages: Stages, names: set[str], scene: Scene) -> list[Table]:
    """What looks at every order day of a customer."""
    asked = names & EVERY_ORDER
    if not asked:
        return []
    # from the lines again: all orders with all their sums would be as large as the lines, and kept
    dates, parts = order_dates(_orders(scene)), []
    if asked != {"purchase_interval_days"}:
        dates = stages.keep("tw_order_dates", dates)
    if "regained_on" in asked:
        parts.append(stages.keep("tw_regained", lifecycle.regained(dates, scene)))
    if "purchase_interval_days" in asked:
        parts.append(stages.keep("tw_intervals", intervals(dates, scene)))
    if "expected_next_order_confidence" in asked:
        parts.append(stages.keep("tw_regularity", regularity(dates, scene)))
    return parts


def _orders(scene: Scene) -> Table:
    """Orders with their day, and whether they count."""
    return months.counted_orders(scene) if scene.by_months else order_level(lines(scene), [], scene)


def _sums_of_lines(
    stages: Stages, view: Table, measures: list[Measure], over_orders: list[OrderMeasure], scene: Scene
) -> list[Table]:
    """``tw_line_sums`` first, which knows every unit that has a line.

    A few measures ride along with the orders in one pass. Many would make each of millions of orders a row of a
    kilobyte; then the lines are read twice, once by unit and once, with what orders need, by order.
    """
    if scene.by_months:
        sums = [stages.keep("tw_line_sums", unit_level(view, measures))]
        if not over_orders:
            return sums
        nets = {one.of: one.span for one in over_orders if one.of and one.span}
        orders = customer_level(months.counted_orders(scene, nets), [], over_orders)
        return [*sums, stages.keep("tw_order_sums", orders)]
    if len(measures) <= RIDE_ALONG or not over_orders:
        orders = order_level(view, measures, scene) if over_orders else None
        level = (
            unit_level(view, measures) if orders is None else customer_level(orders, measures, over_orders)
        )
        return [stages.keep("tw_line_sums", level)]
    read = {one.of for one in over_orders}
    orders = order_level(lines(scene), [m for m in measures if m.column in read], scene)
    return [
        stages.keep("tw_line_sums", unit_level(view, measures)),
        stages.keep("tw_order_sums", customer_level(orders, [], over_orders)),
    ]


def _views(names: set[str], measures: Iterable[Measure], scene: Scene) -> tuple[Table, Table]:
    """What sums are taken of, months or lines, and the lines, each with its products where they are looked at."""
    every = lines(scene, *(wallet.OF_LINES if names & wallet.OURS else ()))
    if names & PRODUCT_METRICS or scene.returns_to_cost or (scene.costs_to_find and not scene.by_months):
        every = profit.with_products(every, scene, quantities="sales_volume" in names)
    if not scene.by_months:
        return every, every
    sums = months.summed_lines(scene, measures)
    return (profit.with_products(sums, scene, quantities=False) if scene.costs_to_find else sums), every


def _breadth(view: Table, n: int, scene: Scene) -> Table:
    sold = view.filter(
        of_type(view.line_type, ("sale", "service"))
        & (view.base_amount > 0)
        & within(view.on, scene.window(n))
    )
    kinds = sold.filter(sold.category.notnull()).select("unit", "category").distinct()
    return kinds.group_by("unit").agg(**{f"breadth_{n}m": kinds.count()})


def _other_parts(stages: Stages, raw: set[Use], scene: Scene) -> list[Table]:
    uses, parts = sorted(raw), []
    if any(use.name in credit.READING_BILLS for use in uses):
        stages.keep(credit.BILLS, credit.invoices(scene))
    for name, build in (
        ("tw_credit", credit.item_sums),
        ("tw_balances", credit.balance_sums),
        ("tw_service", profit.service_costs),
    ):
        expr = build(uses, scene)
        if expr is not None:
            parts.append(stages.keep(name, expr))
    if any(use.name == "unallocated_receipts" for use in uses):
        parts.append(stages.keep("tw_unallocated", credit.unallocated(scene)))
    if any(use.name == "credit_limit" for use in uses):
        parts.append(stages.keep("tw_terms", credit.limits(scene)))
    if any(use.name in plans.METRICS for use in uses):
        parts.append(stages.keep("tw_plans", plans.ahead(scene)))
    stages.drop(credit.BILLS)
    return parts + families.parts(stages, raw, scene)


def _join(stages: Stages, parts: list[Table], raw: set[Use], scene: Scene) -> None:
    """``tw_raw``: every unit with all raw sums."""
    records = stages["tw_customers"]
    own = records if scene.members_too else records.filter(records.unit == records.code)
    read = {
        column: own[of] for name, (column, of) in RECORDED.items() if any(use.name == name for use in raw)
    }
    known = own.select(unit=own.code, on_record=ibis.literal(True), **read)
    bought, *others = parts
    columns = [c for c in (*known.columns, *bought.columns) if c != "unit"]
    both = pick(known.outer_join(bought, "unit"), "unit", "unit_right", *columns)
    table = pick(both, *columns, unit=both.unit.coalesce(both.unit_right))
    joined = table
    for i, part in enumerate(others):
        renamed = part.rename({f"unit_{i}": "unit"})
        joined = joined.left_join(renamed, [("unit", f"unit_{i}")])
    wanted = [*table.columns, *(c for part in others for c in part.columns if c != "unit")]
    stages.keep("tw_raw", pick(joined, *wanted))
    stages.drop(*(part.get_name() for part in parts), "tw_order_dates", "tw_return_costs", "tw_lines")


def _finished(stages: Stages, raw: set[Use], scene: Scene) -> Table:
    """Base metrics, over ``tw_raw``."""
    t = stages["tw_raw"]
    columns: dict[str, Any] = {}
    for use in sorted(raw):
        if METRICS[use.name].sort == "outside":
            continue
        found = next(filter(None, (family.finish(use, t, scene) for family in FINISHING)), None)
        if found is None:
            raise NotImplementedError(use.column)
        columns |= typed(use, *found)
    base = t.select("unit", on_record=t.on_record.coalesce(False), **columns)
    for use in sorted(raw):
        if METRICS[use.name].sort != "outside":
            continue
        rows = stages.engine.fetch(t.select("unit", *needed_columns(use, scene)))
        name = f"tw_outside_{use.column}"
        stages.engine.register(name, compute_outside(use, rows, scene))
        own = ibis.table({"unit": "string", use.column: "decimal(38,10)", use.status: "string"}, name=name)
        joined = base.left_join(own, "unit")
        base = joined.select(*[joined[c] for c in base.columns], joined[use.column], joined[use.status])
    return base


def typed(use: Use, value: Any, status: Any | None) -> dict[str, Any]:
    """The stored columns of a metric: value in its declared type, and its status if it has any."""
    metric = METRICS[use.name]
    columns = {use.column: value.cast(TYPE_OF_UNIT[metric.unit])}
    if metric.statuses:
        columns[use.status] = status if status is not None else ibis.literal("ok")
    return columns


def _derived(t: Table, uses: set[Use], scene: Scene) -> Table:
    """Base metrics and, in the order of their needs, derived ones."""
    left = {use for use in uses if METRICS[use.name].sort == "derived"}
    while left:
        ready = {u for u in left if all(need_of(n, u).column in t.columns for n in METRICS[u.name].needs)}
        if not ready:
            raise NotImplementedError(", ".join(sorted(u.column for u in left)))
        columns: dict[str, Any] = {}
        for use in sorted(ready):
            found = next(filter(None, (family.derive(use, t, scene) for family in DERIVING)), None)
            if found is None:
                raise NotImplementedError(use.column)
            columns |= typed(use, *found)
        t = t.mutate(**columns)
        left -= ready
    return t
