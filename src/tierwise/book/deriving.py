"""Amounts in base currency: exact decimals, the sale's rate for linked returns, the remainder for the last.

**Unit** ``base_amount = round(amount × rate, 4)``, halves away from zero. **Source** spec 5.1(5), E16;
decision 0001.
"""

from __future__ import annotations

import duckdb

from tierwise.book.closing import Moment
from tierwise.book.contract.choices import COUNTED_STATUSES
from tierwise.book.preparing import drop
from tierwise.book.shape import DERIVED, Shape, listed, matched
from tierwise.engine.names import literal, parquet, quoted

_RATES = {"currency": "VARCHAR", "date": "DATE", "rate_to_base": "DECIMAL(18,8)", "superseded_on": "DATE"}
_WIDE = "DECIMAL(38,4)"


def converted(amount: str, rate: str) -> str:
    """SQL of an amount in base currency: exact product, rounded at four places, halves away from zero."""
    product = f"CAST({amount} AS {_WIDE}) * CAST({rate} AS DECIMAL(38,8))"
    return f"TRY_CAST(round({product}, 4) AS DECIMAL(18,4))"


def derive(
    connection: duckdb.DuckDBPyConnection, shape: Shape, moment: Moment, rates: list[str], max_age_days: int
) -> None:
    """Makes ``derived``: row key, rate and amounts of each foreign row of ``after`` that change.

    ``after`` has all rows as they will stand, and ``ours``, whether this import brings the row.
    """
    drop(connection, "foreign_rows", "day_rates", "priced", "derived")
    connection.execute(f"CREATE TEMP TABLE foreign_rows AS {_foreign(shape, moment)}")
    connection.execute(f"CREATE TEMP TABLE day_rates AS {_day_rates(rates, max_age_days)}")
    connection.execute(f"CREATE TEMP TABLE priced AS {_priced(shape)}")
    source = "priced"
    if shape.table.has("linked_line"):
        drop(connection, "linked")
        connection.execute(f"CREATE TEMP TABLE linked AS {_linked(shape)}")
        source = f"({_relinked(shape)})"
    names = [name for name in DERIVED if shape.table.has(name)]
    differs = " OR ".join(f"n.{name} IS DISTINCT FROM n.old_{name}" for name in names)
    connection.execute(
        f"CREATE TEMP TABLE derived AS SELECT {listed(shape.row_key)}, {listed(names)}, true AS hit, "
        f"{quoted(shape.day)} AS row_day FROM {source} n WHERE {differs}"
    )


def _foreign(shape: Shape, moment: Moment) -> str:
    """SQL of the rows in foreign currencies; ``fixed`` ones keep what they have."""
    closed = f"NOT ours AND {moment.closed(quoted(shape.day))}"
    mirror = "coalesce(correction, 0) % 2 = 1" if shape.ledger else "false"
    return f"""
        SELECT *, {shape.rate_day} AS rate_day, fx_rate IS NOT NULL AND ({closed} OR {mirror}) AS fixed
        FROM after WHERE currency <> {literal(moment.base_currency)}"""


def _day_rates(files: list[str], max_age_days: int) -> str:
    """SQL of the usable rate of each currency and day: the latest on or before it, if it is not too old."""
    rates = parquet(files, _RATES)
    return f"""
        WITH rates AS (SELECT currency, date, rate_to_base FROM ({rates}) WHERE superseded_on IS NULL),
             asked AS (SELECT DISTINCT currency, rate_day FROM foreign_rows)
        SELECT a.currency, a.rate_day,
               CASE WHEN a.rate_day - r.date <= {max_age_days} THEN r.rate_to_base END AS rate
        FROM asked a ASOF LEFT JOIN rates r ON a.currency = r.currency AND a.rate_day >= r.date"""


def _priced(shape: Shape) -> str:
    """SQL of the foreign rows at their own day's rate."""
    values = {"fx_rate": "d.rate"} | {
        name: converted(f"r.{quoted(amount)}", "d.rate") for name, amount in _amounts(shape).items()
    }
    chosen = [
        f"CASE WHEN r.fixed THEN r.{name} ELSE {value} END AS {name}, r.{name} AS old_{name}"
        for name, value in values.items()
    ]
    return f"""
        SELECT r.* EXCLUDE ({listed(values)}), {", ".join(chosen)}
        FROM foreign_rows r LEFT JOIN day_rates d ON r.currency = d.currency AND r.rate_day = d.rate_day"""


def _amounts(shape: Shape) -> dict[str, str]:
    named = {"base_amount": shape.amount, "base_cost": "cost_amount"}
    return {name: amount for name, amount in named.items() if shape.table.has(name)}


def _linked(shape: Shape) -> str:
    """SQL of each open return with its sale: the sale's rate and totals, and the returns' order."""
    counted = ", ".join(literal(status) for status in COUNTED_STATUSES)
    stated = shape.unmoved()
    return f"""
        WITH sales AS (
            SELECT order_number, {stated} AS line_no, currency, min_by(fx_rate, coalesce(correction, 0)) AS sale_rate,
                   sum(amount_ex_tax) AS sold, sum(base_amount) AS sold_base,
                   sum(cost_amount) AS sold_cost, sum(base_cost) AS sold_base_cost
            FROM priced WHERE line_type = 'sale' AND status IN ({counted}) GROUP BY ALL),
        returns AS (
            SELECT order_number, line_no, coalesce(linked_order, order_number) AS sale_order, linked_line, currency,
                   posting_date, amount_ex_tax, cost_amount, fixed, base_amount, base_cost,
                   status IN ({counted}) AS counts
            FROM priced WHERE line_type = 'return' AND linked_line IS NOT NULL)
        SELECT r.*, s.sale_rate, s.sold, s.sold_base, s.sold_cost, s.sold_base_cost
        FROM returns r JOIN sales s
          ON r.sale_order = s.order_number AND r.linked_line = s.line_no AND r.currency = s.currency
        WHERE s.sale_rate IS NOT NULL"""


def _relinked(shape: Shape) -> str:
    """SQL of the priced rows with returns at the sale's rate; the completing return takes the remainder."""
    window = "(PARTITION BY sale_order, linked_line, currency, counts)"
    order = "ORDER BY fixed, posting_date DESC, order_number DESC, line_no DESC"
    rank = f"row_number() OVER {window.removesuffix(')')} {order})"
    own = {name: converted(amount, "sale_rate") for name, amount in _amounts(shape).items()}
    rated = f"""
        SELECT *, CASE WHEN fixed THEN base_amount ELSE {own["base_amount"]} END AS own_base,
               CASE WHEN fixed THEN base_cost ELSE {own["base_cost"]} END AS own_cost FROM linked"""
    summed = f"""
        SELECT *, {rank} = 1 AND counts AND NOT fixed AND sum(amount_ex_tax) OVER {window} = -sold AS completes,
               sum(cost_amount) OVER {window} = -sold_cost AS completes_cost,
               sum(own_base) OVER {window} AS all_base, sum(own_cost) OVER {window} AS all_cost FROM ({rated})"""
    last = f"""
        SELECT order_number, line_no, fixed, sale_rate,
               CASE WHEN completes THEN own_base - all_base - sold_base ELSE own_base END AS new_base,
               CASE WHEN completes AND completes_cost THEN own_cost - all_cost - sold_base_cost
                    ELSE own_cost END AS new_cost FROM ({summed})"""
    hit = "l.order_number IS NOT NULL AND NOT p.fixed"
    return f"""
        SELECT p.* REPLACE (CASE WHEN {hit} THEN l.sale_rate ELSE p.fx_rate END AS fx_rate,
               CASE WHEN {hit} THEN CAST(l.new_base AS DECIMAL(18,4)) ELSE p.base_amount END AS base_amount,
               CASE WHEN {hit} THEN CAST(l.new_cost AS DECIMAL(18,4)) ELSE p.base_cost END AS base_cost)
        FROM priced p LEFT JOIN ({last}) l ON {matched("p", "l", shape.key)}"""


def with_derived(shape: Shape, rows: str) -> str:
    """SQL of rows with what ``derived`` says about them."""
    names = [name for name in DERIVED if shape.table.has(name)]
    values = ", ".join(f"CASE WHEN d.hit THEN d.{n} ELSE r.{n} END AS {n}" for n in names)
    same = matched("r", "d", shape.row_key, nulls=True)
    return f"SELECT r.* REPLACE ({values}) FROM ({rows}) r LEFT JOIN derived d ON {same}"
