"""Metrics over the whole field: ranks and shares. Source: spec SAL-08, SAL-09, PRF-07, PRF-08, RET-09, 5.1(13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tierwise.engine.picking import pick
from tierwise.kernel.ratio import RATIO, quotient, whole
from tierwise.metrics.catalogue import METRICS, with_needs
from tierwise.metrics.model import Use

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ibis.expr.types import Table

    from tierwise.engine.stages import Stages

FALL_PCT, YEAR_FALL_PCT = -50, -25
"""Momentum below the first, and below the second against last year, is a silent loss (spec RET-09)."""


def with_field(stages: Stages, t: Table, uses: Iterable[Use]) -> Table:
    """One row per ``unit`` and metrics, with the ranks and shares asked for among ``uses``, over all its rows.

    They are computed beside the rows, which a window would carry along with all their columns, and kept as ``tw_field``.
    """
    asked = over_the_field(uses)
    if not asked:
        return t
    needed = sorted(with_needs(set(asked)) - set(asked))
    narrow = pick(t, "unit", *(column for use in needed for column in columns_of(use)))
    for use in asked:
        narrow = narrow.mutate(**field_columns(narrow, use))
    found = [column for use in asked for column in columns_of(use)]
    field = stages.keep("tw_field", pick(narrow, field_unit="unit", **dict.fromkeys(found)))
    return pick(t.join(field, t.unit == field.field_unit), *t.columns, *found)


def over_the_field(uses: Iterable[Use]) -> list[Use]:
    """Those of some metrics that are ranks or shares over all customers, sorted."""
    return [use for use in sorted(uses) if METRICS[use.name].sort == "field"]


def columns_of(use: Use) -> tuple[str, ...]:
    """The columns of a metric: its value and, if it has any, its status."""
    return (use.column, use.status) if METRICS[use.name].statuses else (use.column,)


def field_columns(t: Table, use: Use) -> dict[str, Any]:
    """Value and status of a field metric over all rows of a table with the metrics it needs."""
    if use.name == "silent_churn":
        return _silent_churn(t, use)
    base = Use(
        "net_sales" if use.name in ("share_of_sales_pct", "sales_rank") else "customer_profit", use.months
    )
    value, status = t[base.column], t[base.status]
    if use.name in ("sales_rank", "profit_rank"):
        # nulls last take ranks nobody sees
        order = ibis.window(order_by=[value.desc(nulls_first=False)])
        rank = (ibis.rank().over(order) + 1).cast("int64")
        return {
            use.column: ibis.ifelse(value.isnull(), ibis.null("int64"), rank),
            use.status: ibis.ifelse(value.isnull(), status, "ok"),
        }
    total = value.sum().over(ibis.window()).cast("decimal(38,4)")
    share = quotient(value * whole(100), total).cast(RATIO)
    return {
        use.column: share,
        use.status: ibis.cases((value.isnull(), status), (total <= 0, "nonpositive_total"), else_="ok"),
    }


def _silent_churn(t: Table, use: Use) -> dict[str, Any]:
    """Whether a customer of at least median margin goes away without a word. **Source** spec RET-09, example E37."""
    margin = t[Use("gross_margin_pct", use.months).column]
    better = ibis.rank().over(ibis.window(order_by=[margin.desc(nulls_first=False)]))
    # at or above the median of n: at most (n - 1) / 2 have more
    dear = better * 2 <= margin.count().over(ibis.window()) - 1
    falls = (t.momentum_pct_3m < FALL_PCT) & (t.momentum_month_ago_pct_3m < FALL_PCT)
    no_season = (t.net_sales_year_ago_3m <= 0) | (t.momentum_year_pct_3m < YEAR_FALL_PCT)
    gone = (dear & falls & no_season & (t.open_complaints == 0)).coalesce(False)
    known = margin.notnull()
    return {
        use.column: ibis.ifelse(known, gone, ibis.null("boolean")),
        use.status: ibis.ifelse(known, "ok", t[Use("gross_margin_pct", use.months).status]),
    }
