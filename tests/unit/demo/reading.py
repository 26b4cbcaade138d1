"""Reads the files of a sample company back, without the importer: rows with column codes as keys."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from tierwise.book.contract import TABLES
from tierwise.demo.company import CompanyFiles

Rows = list[dict[str, str]]


def text_of(path: Path) -> str:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def rows_of(files: CompanyFiles, table: str) -> Rows:
    """The rows of a table; shared between tests, so not to be changed."""
    return read(files.tables[table], table)


@lru_cache(maxsize=24)
def read(paths: tuple[Path, ...], table: str) -> Rows:
    names = {column.label.zh: column.name for column in TABLES[table].columns}
    return [
        {names.get(header, header): value for header, value in row.items()}
        for path in paths
        for row in csv.DictReader(text_of(path).splitlines())
    ]


def latest(rows: Rows, code: str = "code") -> dict[str, dict[str, str]]:
    return {row[code]: row for row in sorted(rows, key=lambda row: row["valid_from"])}


def counted(lines: Rows, since: str = "", until: str = "9") -> Rows:
    return [
        line
        for line in lines
        if line["status"] in ("posted", "part_shipped", "shipped", "closed")
        and line["reported_by_agent"] != "true"
        and line["line_type"] != "freight"
        and since <= line["posting_date"] <= until
    ]


def rates_of(rows: Rows) -> dict[str, Decimal]:
    """One rate per currency is enough to draw a curve: the newest."""
    newest = {row["currency"]: Decimal(row["rate_to_base"]) for row in sorted(rows, key=lambda r: r["date"])}
    return {"CNY": Decimal(1), **newest}


def net_sales(lines: Rows, rates: dict[str, Decimal]) -> dict[str, Decimal]:
    sales: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sales[line["customer_code"]] += Decimal(line["amount_ex_tax"]) * rates[line["currency"]]
    return sales


def line_cost(line: dict[str, str], products: dict[str, dict[str, str]]) -> Decimal:
    """Actual cost, else standard cost, else by margin, in the line's currency as near as a curve needs."""
    if line["line_type"] in ("rebate", "allowance") or line["to_stock"] == "false":
        return Decimal(0)
    if line["cost_amount"]:
        return Decimal(line["cost_amount"])
    product = products.get(line["product_code"], {})
    if product.get("standard_cost") and line["currency"] == "CNY":
        return Decimal(line["qty"]) * Decimal(product["standard_cost"])
    margin = Decimal(product.get("category_margin_pct") or 25)
    return Decimal(line["amount_ex_tax"]) * (100 - margin) / 100


def profits(files: CompanyFiles, since: str, until: str) -> dict[str, Decimal]:
    """Customer profit of a window: net sales minus cost of goods minus service cost, external customers."""
    rates, products = rates_of(rows_of(files, "fx_rates")), latest(rows_of(files, "products"))
    internal = {row["code"] for row in rows_of(files, "customers") if row["kind"] == "internal"}
    profit: dict[str, Decimal] = defaultdict(Decimal)
    for line in counted(rows_of(files, "order_lines"), since, until):
        earned = Decimal(line["amount_ex_tax"]) - line_cost(line, products)
        profit[line["customer_code"]] += earned * rates[line["currency"]]
    for cost in rows_of(files, "service_costs"):
        if since <= cost["date"] <= until and cost["customer_code"] in profit:
            profit[cost["customer_code"]] -= Decimal(cost["amount"])
    return {code: amount for code, amount in profit.items() if code not in internal}
