"""Cost and profit metrics. Source: spec 5.3; examples E28, E28b."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.picking import pick
from tierwise.kernel.ratio import MONEY, converted, exact, product, quotient, share_of, units, whole
from tierwise.metrics.lines import Measure, net_types, of_type, sale_types
from tierwise.metrics.model import Use
from tierwise.metrics.sales import in_window, sum_of, zero
from tierwise.metrics.scene import Scene, book_table, visible, with_unit, within

if TYPE_CHECKING:
    from ibis.expr.types import Table


PRODUCT = (
    "code category uom uom_dimension uom_factor standard_cost standard_margin_pct category_margin_pct".split()
)


def products_seen(scene: Scene) -> Table:
    """One row per product code as of the day: cost, margins, unit."""
    seen = visible(book_table("products", *PRODUCT, "valid_from"), scene.as_of, "valid_from")
    return seen.select(
        product=seen.code,
        standard_cost=seen.standard_cost,
        margin=seen.standard_margin_pct.coalesce(seen.category_margin_pct),
        category=seen.category,
        factor=seen.uom_factor,
        product_dimension=seen.uom_dimension.coalesce(seen.uom),
    )


def with_products(view: Table, scene: Scene, *, quantities: bool) -> Table:
    """Lines with the product's costs and category; with ``quantities`` in base units and their dimension, too."""
    products = products_seen(scene)
    wanted = ["standard_cost", "margin", "category"]
    wanted += ["factor", "product_dimension"] if quantities else []
    joined = view.left_join(products, view.product_code == products.product)
    table = pick(joined, *view.columns, *wanted)
    if not quantities:
        return table
    factor = table.factor.coalesce(ibis.literal("1").cast("decimal(18,8)"))
    return table.mutate(
        base_qty=converted(table.qty, factor),
        dimension=table.product_dimension.coalesce(table.uom).coalesce(""),
    )


def given_cost(view: Table) -> Table:
    """Adds ``cost``, ``costed`` where every line that needs a cost brings it."""
    free = of_type(view.line_type, ("rebate", "allowance"))
    return view.mutate(cost=ibis.ifelse(free, ibis.literal("0").cast(view.base_cost.type()), view.base_cost))


def found_cost(view: Table, scene: Scene) -> Table:
    """Adds ``cost``: given, else from the linked sale, standard cost or margin; null if there is none.

    ``view`` has the product columns of ``with_products``.
    """
    free = of_type(view.line_type, ("rebate", "allowance"))
    returned = view.line_type == "return"
    nothing = ibis.literal("0").cast(MONEY)
    priced = _priced(view)
    if scene.returns_to_cost:
        priced = ibis.ifelse(returned & view.return_cost.notnull(), view.return_cost, priced)
    scrapped = returned & ~view.to_stock.coalesce(True)
    cost = ibis.cases(
        (free, nothing),
        (view.base_cost.notnull(), view.base_cost.cast(MONEY)),
        (scrapped, nothing),
        else_=priced,
    )
    return view.mutate(cost=cost.cast(MONEY))


def _priced(view: Table) -> Any:
    """What a line costs by the product's standard cost, else by its margin."""
    by_standard = product(view.qty, view.standard_cost, 4)
    rest_pct = exact("100") - view.margin.cast("decimal(38,4)")
    return by_standard.coalesce(product(product(view.base_amount, rest_pct, 8), exact("0.01", 2), 4))


def return_costs(view: Table, sold_in: Table) -> Table:
    """Cost of each return without given cost that is linked to a sale: sale cost x quantity / sale quantity.

    ``view`` has the returns and ``sold_in`` the sales, both as counted lines with product columns; columns of the
    result: order_number, line_no, return_cost.
    """
    bare = view.filter((view.line_type == "return") & view.base_cost.isnull() & view.linked_line.notnull())
    returns = bare.select(
        "order_number", "line_no", back=bare.qty, sale_line=bare.linked_line, sale_order=bare.order_key
    )
    sold = sold_in.filter(of_type(sold_in.line_type, ("sale", "service")) & (sold_in.qty > 0))
    sales = sold.select(
        s_order=sold.order_number,
        s_line=sold.line_no,
        s_qty=sold.qty,
        s_cost=sold.base_cost.cast(MONEY).coalesce(_priced(sold)),
    )
    sales = sales.filter(sales.s_cost.notnull())
    pairs = returns.join(sales, (returns.sale_order == sales.s_order) & (returns.sale_line == sales.s_line))
    cost = product(share_of(units(pairs.s_cost), units(pairs.back), units(pairs.s_qty)), exact("0.0001"), 4)
    return pairs.select("order_number", "line_no", return_cost=cost)


def with_return_costs(view: Table) -> Table:
    """Joins the table ``tw_return_costs`` to the lines."""
    costs = ibis.table(
        {"order_number": "string", "line_no": "int64", "return_cost": MONEY}, name="tw_return_costs"
    )
    joined = view.left_join(costs, ["order_number", "line_no"])
    return pick(joined, *view.columns, "return_cost")


def line_measures(uses: Iterable[Use], scene: Scene) -> dict[str, Measure]:
    """The cost measures that the given metrics need, by column; they read the column ``cost``."""
    found: dict[str, Measure] = {}
    for use in uses:
        if use.name == "cost_of_goods_sold":
            found.update({m.column: m for m in _cost_measures(use.months or 12, scene)})
    return found


def _cost_measures(n: int, scene: Scene) -> list[Measure]:
    span, sale, net = scene.window(n), sale_types(scene), net_types(scene)

    def sold(view: Table) -> Any:
        return of_type(view.line_type, sale) & within(view.on, span)

    def bare(view: Table) -> Any:
        return of_type(view.line_type, (*sale, "return")) & within(view.on, span) & view.cost.isnull()

    known = sum_of(f"m_cost_{n}m", net, span, value="cost")
    if not scene.costs_to_find:
        return [known]
    return [
        known,
        Measure(
            f"m_lines_{n}m", "count", lambda v: of_type(v.line_type, net) & within(v.on, span), span=span
        ),
        sum_of(f"m_gross_{n}m", sale, span),
        Measure(f"m_uncosted_{n}m", "sum", bare, lambda v: v.base_amount, span),
        Measure(f"m_uncosted_size_{n}m", "sum", bare, lambda v: v.base_amount.abs(), span),
        Measure(f"m_sold_cost_{n}m", "sum", lambda v: sold(v) & v.cost.notnull(), lambda v: v.cost, span),
        Measure(
            f"m_sold_costed_{n}m", "sum", lambda v: sold(v) & v.cost.notnull(), lambda v: v.base_amount, span
        ),
    ]


def finish(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of the base metrics of this family; ``None`` for others."""
    n = use.months or 12
    if use.name == "cost_to_serve":
        value = zero(t[f"s_cost_{n}m"])
        return value, None if scene.service_costs_recorded else ibis.literal("not_recorded")
    if use.name != "cost_of_goods_sold":
        return None
    if not scene.costs_to_find:
        return in_window(t, t[f"m_cost_{n}m"])
    uncosted, gross = zero(t[f"m_uncosted_size_{n}m"]), zero(t[f"m_gross_{n}m"])
    ratio_cost, ratio_amount = zero(t[f"m_sold_cost_{n}m"]), zero(t[f"m_sold_costed_{n}m"])
    limit = scene.settings.missing_cost_limit_pct
    too_much = uncosted * whole(1_000_000) > gross * whole(int(limit * 10_000))
    never, none = t.m_lines.coalesce(0) == 0, t[f"m_lines_{n}m"].coalesce(0) == 0
    missing = (uncosted > 0) & (too_much | (ratio_amount <= 0))
    # the product is asked for only where it is used, so that no other row can overflow it
    used = (uncosted > 0) & ~missing & ~never
    asked = ibis.ifelse(used, zero(t[f"m_uncosted_{n}m"]), ibis.literal("0").cast(MONEY))
    estimate = product(
        share_of(units(asked), units(ratio_cost), units(ratio_amount)), exact("0.0001"), 4
    ).coalesce(ibis.literal("0").cast(MONEY))
    known = zero(t[f"m_cost_{n}m"])
    value = ibis.cases((never | missing, ibis.null(MONEY)), (uncosted > 0, known + estimate), else_=known)
    status = ibis.cases(
        (never, "no_history"),
        (missing, "missing_cost"),
        (uncosted > 0, "cost_estimated"),
        (none, "no_lines"),
        else_="ok",
    )
    return value.cast(MONEY), status


def derive(use: Use, t: Table, scene: Scene) -> tuple[Any, Any | None] | None:
    """Value and status of a derived profit metric from metric columns; ``None`` if it is not one of ours."""
    n = use.months
    match use.name:
        case "gross_profit":
            value = t[f"net_sales_{n}m"] - t[f"cost_of_goods_sold_{n}m"]
            return value.cast(MONEY), t[f"cost_of_goods_sold_{n}m_status"]
        case "customer_profit":
            value = t[f"gross_profit_{n}m"] - t[f"cost_to_serve_{n}m"]
            return value.cast(MONEY), t[f"gross_profit_{n}m_status"]
        case "gross_margin_pct":
            return _margin(t, n, f"gross_profit_{n}m")
        case "profit_margin_pct":
            return _margin(t, n, f"customer_profit_{n}m")
        case "loss_making":
            profit = t[f"customer_profit_{n}m"]
            return profit < 0, t[f"customer_profit_{n}m_status"]
        case _:
            return None


def _margin(t: Table, n: int | None, profit: str) -> tuple[Any, Any]:
    sales = t[f"net_sales_{n}m"]
    value = quotient(t[profit] * whole(100), sales)
    status = ibis.cases(
        (sales.isnull(), "no_history"),
        (sales <= 0, "nonpositive_sales"),
        (t[profit].isnull(), t[f"{profit}_status"]),
        else_=ibis.ifelse(t[f"{profit}_status"] == "cost_estimated", "cost_estimated", "ok"),
    )
    return value, status


def service_costs(uses: Iterable[Use], scene: Scene) -> Table | None:
    """One row per unit with service cost sums ``s_cost_<n>m``; ``None`` if no metric asks for it."""
    months = sorted({use.months or 12 for use in uses if use.name == "cost_to_serve"})
    if not months:
        return None
    seen = with_unit(
        visible(book_table("service_costs", "customer_code", "date", "base_amount"), scene.as_of, "date"),
        scene,
    )
    sums = {
        f"s_cost_{n}m": seen.base_amount.sum(where=within(seen.date, scene.window(n))).cast(MONEY)
        for n in months
    }
    return seen.group_by("unit").agg(**sums)
