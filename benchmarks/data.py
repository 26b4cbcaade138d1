"""A deterministic trading company of any size, as the Parquet files that a book keeps.

Order numbers ascend with time, about three lines an order; a few customers buy most of it (a power
law); 2 % of the lines are returns that name their sale; one invoice per order of the last 18 months,
settled by one allocation, by two, by a payment that names it, or not at all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from tierwise.book.contract import TABLES, schema_of
from tierwise.book.shape import CLOSING
from tierwise.engine.names import literal, quoted, sql_type
from tierwise.kernel.periods import add_months, month_end

AS_OF = date(2026, 10, 31)
FIRST = date(2023, 11, 1)
DAYS = (AS_OF - FIRST).days + 1
INVOICED_FROM = date(2025, 5, 1)
LAYOUT = 1
"""Raised when the generator changes, so that older cached files are not used."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many order lines and customers."""

    lines: int
    customers: int

    @property
    def returns(self) -> int:
        """2 % of the lines."""
        return self.lines // 50

    @property
    def sales(self) -> int:
        """Lines that are no returns."""
        return self.lines - self.returns

    @property
    def orders(self) -> int:
        """Orders of the sales lines: five of every fifteen lines."""
        return -(-self.sales // 15) * 5


def size_of(lines: int, customers: int | None = None) -> Size:
    """The size for so many lines; without a number of customers, one for every twenty lines."""
    return Size(lines, customers or max(lines // 20, 10))


def default_folder() -> Path:
    """Where data, results and the rivals' environment are kept: TIERWISE_BENCH_DIR or the temporary folder."""
    return Path(os.environ.get("TIERWISE_BENCH_DIR") or Path(tempfile.gettempdir()) / "tierwise-bench")


def prepare(folder: Path, size: Size) -> Path:
    """Writes the company unless it is there; returns its folder (one sub-folder per table)."""
    target = folder / f"v{LAYOUT}-{size.lines}-{size.customers}"
    if target.exists():
        return target
    making = folder / f".making-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '3GB'")
        connection.execute(f"SET temp_directory = {literal(str(making / 'spill'))}")
        connection.execute("SET preserve_insertion_order = false")
        for text in _macros(size):
            connection.execute(text)
        _customers(connection, making, size)
        _order_lines(connection, making, size)
        _invoices(connection, making)
        _service_costs(connection, making, size)
    shutil.rmtree(making / "spill", ignore_errors=True)
    making.rename(target)
    return target


def files_of(folder: Path, table: str) -> list[str]:
    """The Parquet files of a table."""
    return sorted(str(path) for path in (folder / table).rglob("*.parquet"))


def _macros(size: Size) -> Iterator[str]:
    """Draws are hashes of a number and a salt: no state, so that any part can be made alone."""
    yield "CREATE MACRO draw(i, salt) AS hash(CAST(i AS BIGINT) * 64 + salt)"
    yield "CREATE MACRO unit_draw(i, salt) AS CAST(draw(i, salt) >> 11 AS DOUBLE) / 9007199254740992.0"
    yield "CREATE MACRO money(cents) AS CAST(CAST(cents AS DOUBLE) / 100 AS DECIMAL(18,4))"
    yield f"""CREATE MACRO buyer(i) AS 'C' || lpad(CAST(
        CAST(floor({size.customers} * pow(unit_draw(i, 1), 2.5)) AS BIGINT) * 7919 % {size.customers}
        AS VARCHAR), 8, '0')"""
    yield "CREATE MACRO number_of(prefix, i) AS prefix || lpad(CAST(i AS VARCHAR), 9, '0')"
    yield f"CREATE MACRO ordered(o) AS {_date(FIRST)} + CAST(CAST(o AS BIGINT) * {DAYS} // {size.orders} AS INTEGER)"


def _date(day: date) -> str:
    return f"DATE '{day}'"


def _write(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: str, select: str, month: date | None = None
) -> None:
    """Completes a query with the columns it leaves out, in the stored order and types, and writes one file."""
    declared = TABLES[table]
    stored = {name: sql_type(kind) for name, kind in schema_of(table).items()}
    if declared.history == "ledger":
        stored |= CLOSING
    given = [row[0] for row in connection.execute(f"DESCRIBE {select}").fetchall()]
    always = {"known_on": quoted(declared.effective_on), "batch": "1", "source_file": "1"}
    columns = ", ".join(
        f"CAST({quoted(name) if name in given else always.get(name, 'NULL')} AS {kind}) AS {quoted(name)}"
        for name, kind in stored.items()
    )
    place = folder / table / (f"month={month:%Y%m}" if month else "")
    place.mkdir(parents=True, exist_ok=True)
    path = literal(str(place / "part-0.parquet"))
    connection.execute(
        f"COPY (SELECT {columns} FROM ({select})) TO {path} (FORMAT parquet, COMPRESSION snappy)"
    )


def _customers(connection: duckdb.DuckDBPyConnection, folder: Path, size: Size) -> None:
    select = f"""
        SELECT number_of('C', i)[1:1] || lpad(CAST(i AS VARCHAR), 8, '0') AS code, 'Customer ' || i AS name,
               CASE WHEN draw(i, 40) % 200 = 0 THEN 'internal' ELSE 'existing' END AS kind,
               'business' AS relation_type, 'organisation' AS party_type,
               ['private', 'state_owned', 'foreign'][1 + CAST(draw(i, 41) % 3 AS INTEGER)] AS ownership_nature,
               ['industry', 'trade', 'services'][1 + CAST(draw(i, 42) % 3 AS INTEGER)] AS segment,
               ['east', 'north', 'south', 'west'][1 + CAST(draw(i, 43) % 4 AS INTEGER)] AS region,
               'CN' AS country, 'standalone' AS hierarchy_node,
               CASE WHEN draw(i, 44) % 3 = 0 THEN money(1000000 * (1 + draw(i, 45) % 100)) END AS credit_limit,
               number_of('S', draw(i, 46) % 200) AS owner, false AS kept_for_image, false AS blacklisted,
               CASE WHEN draw(i, 47) % 100 = 0 THEN 'archived' ELSE 'active' END AS status,
               DATE '1900-01-01' AS valid_from, i + 2 AS source_line
        FROM range({size.customers}) t(i)"""
    _write(connection, folder, "customers", select)


def _months() -> list[tuple[date, date]]:
    starts = [add_months(FIRST, n) for n in range(38)]
    return [(start, month_end(start)) for start in starts]


def _order_lines(connection: duckdb.DuckDBPyConnection, folder: Path, size: Size) -> None:
    for start, end in _months():
        select = f"""
            SELECT * FROM ({_sold(size, start - timedelta(days=4), end)})
            WHERE posting_date BETWEEN {_date(start)} AND {_date(end)}
            UNION ALL BY NAME
            SELECT * FROM ({_returned(size, start - timedelta(days=31), end)})
            WHERE posting_date BETWEEN {_date(start)} AND {_date(end)}"""
        _write(connection, folder, "order_lines", select, start)


def _line_span(size: Size, first: date, last: date) -> tuple[int, int]:
    """The sales lines ordered between two days, and some more."""
    lo = max((first - FIRST).days - 1, 0) * size.sales // DAYS - 15
    hi = ((last - FIRST).days + 2) * size.sales // DAYS + 30
    return max(lo, 0), max(min(hi, size.sales), 0)


def _drawn(lines: str) -> str:
    """Order, line number, product, amount and cost of sales lines; ``lines`` yields the line numbers ``i``."""
    return f"""
        SELECT *, CASE WHEN kind_draw < 1 THEN 'rebate' WHEN kind_draw < 3 THEN 'freight'
                       WHEN kind_draw < 5 THEN 'service' ELSE 'sale' END AS line_type,
               CASE WHEN kind_draw < 1 THEN -(cents // 20) ELSE cents END AS paid,
               CASE WHEN kind_draw >= 3 THEN cents * CAST(55 + draw(i, 6) % 43 AS BIGINT) // 100 END AS cost
        FROM (
            SELECT *, CAST(draw(i, 5) % 200 AS INTEGER) AS kind_draw,
                   CAST(pieces * (200 + draw(product, 7) % 60000) AS BIGINT) AS cents
            FROM (
                SELECT *, i // 15 * 5 + place AS o, i % 15 - place * (place + 1) // 2 + 1 AS line_no,
                       CAST(draw(i, 3) % 1000 AS INTEGER) AS product,
                       CAST(1 + floor(60 * pow(unit_draw(i, 4), 6)) AS BIGINT) AS pieces
                FROM (SELECT i, CASE WHEN i % 15 < 1 THEN 0 WHEN i % 15 < 3 THEN 1 WHEN i % 15 < 6 THEN 2
                                     WHEN i % 15 < 10 THEN 3 ELSE 4 END AS place FROM ({lines}))
            )
        )"""


_COMMON = """
    buyer(o) AS customer_code, 'CNY' AS currency,
    number_of('P', product) AS product_code, 'pcs' AS uom, true AS to_stock, false AS reported_by_agent,
    ['direct', 'web', 'agent'][1 + CAST(draw(o, 8) % 3 AS INTEGER)] AS channel,
    number_of('S', draw(o, 9) % 200) AS sales_person, 1 AS fx_rate,
    CASE WHEN draw(o, 10) % 200 = 0 THEN 'cancelled' WHEN draw(o, 10) % 4 = 1 THEN 'posted' ELSE 'closed' END AS status
"""


def _sold(size: Size, first: date, last: date) -> str:
    lo, hi = _line_span(size, first, last)
    return f"""
        SELECT number_of('O', o) AS order_number, line_no, ordered(o) AS order_date,
               ordered(o) + CAST(draw(o, 11) % 4 AS INTEGER) AS posting_date, line_type,
               money(paid) AS amount_ex_tax, money(paid) AS base_amount, pieces AS qty,
               money(cost) AS cost_amount, money(cost) AS base_cost, i + 2 AS source_line, {_COMMON}
        FROM ({_drawn(f"SELECT i FROM range({lo}, {hi}) t(i)")})"""


def _returned(size: Size, first: date, last: date) -> str:
    """Each return gives back half or all of one of 49 sales lines, 5 to 30 days after its order."""
    lo, hi = _line_span(size, first, last)
    lines = f"""SELECT r * 49 + CAST(draw(r, 12) % 49 AS BIGINT) AS i, r
                FROM range({lo // 49}, {min(-(-hi // 49), size.returns)}) t(r)"""
    part = "(CASE WHEN draw(i, 13) % 2 = 0 THEN 1 ELSE 2 END)"
    return f"""
        SELECT number_of('R', i) AS order_number, 1 AS line_no, ordered(o) AS order_date, 'return' AS line_type,
               ordered(o) + CAST(5 + draw(i, 14) % 26 AS INTEGER) AS posting_date,
               money(-(cents // {part})) AS amount_ex_tax, money(-(cents // {part})) AS base_amount,
               -pieces // {part} AS qty, number_of('O', o) AS linked_order, line_no AS linked_line,
               money(-(coalesce(cost, 0) // {part})) AS cost_amount,
               money(-(coalesce(cost, 0) // {part})) AS base_cost, {size.sales} + i + 2 AS source_line, {_COMMON}
        FROM ({_drawn(lines)}) WHERE line_type IN ('sale', 'service')"""


def _invoices(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.execute(f"""
        CREATE TEMP TABLE bills AS
        SELECT 'F' || order_number AS number, order_number, any_value(customer_code) AS customer_code,
               any_value(posting_date) AS issue_date,
               any_value(posting_date) + [30, 45, 60][1 + CAST(hash(order_number) % 3 AS INTEGER)] AS due_date,
               CAST(CAST(sum(base_amount) AS DECIMAL(18,4)) * 1.13 AS DECIMAL(18,4)) AS amount,
               CAST(hash(order_number) // 8 % 1000000 AS INTEGER) AS lot,
               CAST(hash(order_number || '+') >> 11 AS DOUBLE) / 9007199254740992.0 AS delay
        FROM read_parquet({literal(str(folder / "order_lines/*/*.parquet"))}, hive_partitioning = false)
        WHERE posting_date BETWEEN {_date(INVOICED_FROM)} AND {_date(AS_OF)}
          AND line_type <> 'return' AND status <> 'cancelled'
        GROUP BY order_number HAVING sum(base_amount) > 0""")
    connection.execute("""
        CREATE TEMP VIEW settled AS
        SELECT *, lot % 100 AS how, due_date + CAST(floor(120 * pow(delay, 4)) - 15 AS INTEGER) AS paid_on,
               CASE WHEN lot // 100 % 20 = 0
                    THEN ['our_invoice_error', 'cash_shortage', 'bank_or_holiday'][1 + lot // 2000 % 3] END AS why
        FROM bills""")
    _bills(connection, folder)
    _payments(connection, folder)


def _bills(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """A changed status is a second row; the first one ends where it starts."""
    changed = f"lot // 100 % 200 < 2 AND due_date + 20 <= {_date(AS_OF)}"
    rows = "number, customer_code, issue_date, due_date, amount, amount AS base_amount, 'CNY' AS currency, order_number, 1 AS fx_rate"
    select = f"""
        SELECT {rows}, 'open' AS status, issue_date AS valid_from,
               CASE WHEN {changed} THEN due_date + 20 END AS superseded_on FROM bills
        UNION ALL
        SELECT {rows}, CASE lot // 100 % 200 WHEN 0 THEN 'disputed' ELSE 'written_off' END, due_date + 20, NULL
        FROM bills WHERE {changed}"""
    _write(connection, folder, "invoices", select)
    reasons = """SELECT number AS invoice_number, 'agreed_extension' AS reason, due_date AS decided_on,
                        'credit desk' AS decided_by FROM bills WHERE lot // 100 % 250 = 7"""
    _write(connection, folder, "late_reasons", reasons)


def _payments(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    seen = f"paid_on <= {_date(AS_OF)}"
    one = "'A' || number || '-1' AS number, number AS invoice_number, 'Z' || number AS payment_number"
    select = f"""
        SELECT {one}, paid_on AS allocated_on, amount, why AS late_reason FROM settled WHERE how < 80 AND {seen}
        UNION ALL
        SELECT {one}, paid_on, CAST(amount * 0.5 AS DECIMAL(18,4)), why
        FROM settled WHERE how BETWEEN 80 AND 87 AND {seen}
        UNION ALL
        SELECT 'A' || number || '-2', number, 'Y' || number, paid_on + 25,
               amount - CAST(amount * 0.5 AS DECIMAL(18,4)), NULL
        FROM settled WHERE how BETWEEN 80 AND 87 AND paid_on + 25 <= {_date(AS_OF)}"""
    _write(connection, folder, "allocations", select)
    path = literal(str(folder / "allocations/part-0.parquet"))
    select = f"""
        SELECT a.payment_number AS number, b.customer_code, a.allocated_on AS date, a.amount, 'CNY' AS currency,
               1 AS fx_rate, a.amount AS base_amount, NULL AS invoice_number, NULL AS late_reason
        FROM read_parquet({path}) a JOIN bills b ON b.number = a.invoice_number
        UNION ALL
        SELECT 'X' || number, customer_code, paid_on, amount, 'CNY', 1, amount, number, why
        FROM settled WHERE how BETWEEN 88 AND 93 AND {seen}"""
    _write(connection, folder, "payments", select)


def _service_costs(connection: duckdb.DuckDBPyConnection, folder: Path, size: Size) -> None:
    rows = max(size.lines // 20, 1)
    for start, end in _months()[:36]:
        lo, hi = (start - FIRST).days * rows // DAYS, ((end - FIRST).days + 1) * rows // DAYS
        select = f"""
            SELECT number_of('K', i) AS number, buyer(i) AS customer_code,
                   {_date(FIRST)} + CAST(i * {DAYS} // {rows} AS INTEGER) AS date,
                   ['sales_time', 'logistics', 'after_sales'][1 + CAST(draw(i, 21) % 3 AS INTEGER)] AS kind,
                   money(500 + draw(i, 22) % 60000) AS amount, money(500 + draw(i, 22) % 60000) AS base_amount,
                   'CNY' AS currency, 1 AS fx_rate, i + 2 AS source_line
            FROM range({lo}, {hi}) t(i)"""
        _write(connection, folder, "service_costs", select, start)
