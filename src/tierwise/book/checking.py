"""What is doubtful in a book, and what helps: references, cycles, rates, dates, costs, allocations.

**Source** issue of the book (`tierwise check`), spec 5.1(5), 5.3, 5.4, 12.4.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tierwise.book.batches import batches, file_names
from tierwise.book.contract import TABLES
from tierwise.book.delta import connect, damaged
from tierwise.book.findings import FINDINGS, Issue
from tierwise.book.shape import Shape
from tierwise.book.store import Book
from tierwise.book.surviving import ends_of
from tierwise.book.versions import BookVersion
from tierwise.engine.names import literal, quoted
from tierwise.kernel.errors import Problem, TierwiseError
from tierwise.kernel.text import Text

EXAMPLES = 5
_SEVERITIES = ("block", "warn", "info")
_MERGED_INTO = "SELECT merged_code, survivor_code FROM merges WHERE survivor_code IS NOT NULL"
_MERGED = f"SELECT merged_code FROM ({_MERGED_INTO})"
_DIFFERENT = (
    "SELECT (least(first_code, second_code), greatest(first_code, second_code)) "
    "FROM different_customers WHERE different"
)
_NARROW = "".join(chr(code) for code in range(0x21, 0x7F))
_BARE = r"[0-9a-z\x{4e00}-\x{9fff}]+"
"""Small letters, digits and Chinese characters alone."""
_WIDE = "".join(chr(code + 0xFEE0) for code in range(0x21, 0x7F))


def check(book: Book, *, at: datetime, version: BookVersion | None = None) -> list[Issue]:
    """The issues of a book at a version (the newest by default), the worst first. Changes nothing."""
    shown = version or book.current()
    today = at.astimezone(shown.settings.zone).date()
    broken = list(_damaged(book, shown))
    if broken:
        return broken  # nothing else can be said of files that are not what they were
    with tempfile.TemporaryDirectory(prefix="tierwise-") as scratch:
        connection = connect(Path(scratch))
        try:
            for name, table in TABLES.items():
                rows = Shape(table).speaking(book.files(name, shown))
                connection.execute(f"CREATE TEMP VIEW {name} AS {rows}")
            found = list(_issues(connection, shown, today, file_names(batches(book, shown))))
        finally:
            connection.close()
    found += _settings(book) if version is None else ()
    return sorted(found, key=lambda issue: _SEVERITIES.index(issue.severity))


def _damaged(book: Book, version: BookVersion) -> Iterator[Issue]:
    """Files that are gone or were changed behind the book's back."""
    files = [file for name in version.state for file in book.files(name, version)]
    found = [path.relative_to(book.path).as_posix() for path in damaged(files)]
    if found:
        yield _issue("check.damaged-file", len(found), found)


def _settings(book: Book) -> Iterator[Issue]:
    """Mistakes in ``book.yaml``, each at its line, or what waits there for the next writer."""
    try:
        pending = book.pending()
    except TierwiseError as error:
        for problem in error.problems:
            yield _at_line("check.settings", problem)
        return
    for notice in pending.notices() if pending else ():
        code = "check.settings-reopened" if notice.code == "settings.reopened" else "check.settings-pending"
        yield _at_line(code, notice)


def _at_line(code: str, problem: Problem) -> Issue:
    finding = FINDINGS[code]
    text = Text("{place}: " + problem.text.en, "{place}：" + problem.text.zh)
    place = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
    return Issue(code, finding.severity, 1, (), text, finding.help, {**problem.slots, "place": place})


def _issues(
    connection: duckdb.DuckDBPyConnection,
    version: BookVersion,
    today: date,
    files: Mapping[tuple[int, int], str],
) -> Iterator[Issue]:
    yield from _cycles(connection)
    yield from _stale_rates(connection, version)
    yield from _references(connection, files)
    yield from _future(connection, today)
    yield from _duplicates(connection)
    yield from _prospects(connection)
    yield from _lines(connection)
    yield from _costs(connection)
    yield from _allocations(connection)


def _issue(code: str, count: int, examples: Iterable[Any], **slots: Any) -> Issue:
    finding = FINDINGS[code]
    shown = tuple(str(example) for example in examples)[:EXAMPLES]
    return Issue(code, finding.severity, count, shown, finding.text, finding.help, slots)


def _listed(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, list[str]]:
    """How many rows a query of one text column has, and the first of them in order."""
    rows = connection.execute(
        f"SELECT count(*) OVER (), value FROM ({query}) t(value) ORDER BY value LIMIT {EXAMPLES}"
    ).fetchall()
    return (int(rows[0][0]) if rows else 0), [row[1] for row in rows]


def _found(connection: duckdb.DuckDBPyConnection, code: str, query: str, **slots: Any) -> Iterator[Issue]:
    count, examples = _listed(connection, query)
    if count:
        yield _issue(code, count, examples, **slots)


def _references(
    connection: duckdb.DuckDBPyConnection, files: Mapping[tuple[int, int], str]
) -> Iterator[Issue]:
    for name, table in TABLES.items():
        for column in table.columns:
            if column.refers_to is None:
                continue
            target = TABLES[column.refers_to]
            mine, theirs = quoted(column.name), quoted(target.key[0])
            rows = connection.execute(f"""
                SELECT count(*) OVER (), value, min(place) OVER () FROM (
                  SELECT {mine} AS value, min((batch, source_file, source_line)) AS place FROM {name}
                  WHERE {mine} IS NOT NULL AND {mine} NOT IN (SELECT {theirs} FROM {target.name}) GROUP BY ALL
                ) ORDER BY value LIMIT {EXAMPLES}""").fetchall()
            if not rows:
                continue
            count, _, (batch, file, line) = rows[0]
            slots = {
                "table": name,
                "column": column.name,
                "target": target.name,
                "target_zh": target.label.zh,
            }
            where = {"file": files.get((batch, file), "–"), "line": str(line)}
            yield _issue("check.unknown-reference", int(count), (row[1] for row in rows), **slots, **where)


def _cycles(connection: duckdb.DuckDBPyConnection) -> Iterator[Issue]:
    rows = connection.execute(
        "SELECT code, parent_code FROM customers WHERE parent_code IS NOT NULL ORDER BY code"
    ).fetchall()
    links = dict(connection.execute(f"{_MERGED_INTO} ORDER BY merged_code").fetchall())
    circles = cycles(links)
    chains = cycles(dict(rows if circles else _led(rows, ends_of(links))))
    for code, found in (("check.merge-cycle", circles), ("check.customer-cycle", chains)):
        if found:
            yield _issue(code, len(found), (" → ".join(chain) for chain in found))


def _led(rows: Iterable[tuple[str, str]], ends: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Customers and their parents as runs see them: survivors in the place of the merged, nobody thereby its own parent."""
    for code, said in rows:
        parent = ends.get(said, said)
        if code not in ends and (parent != code or said == code):
            yield code, parent


def cycles(parents: dict[str, str]) -> list[list[str]]:
    """The chains of codes that lead back to their first code, each once, from its smallest code on."""
    done: set[str] = set()
    chains = []
    for start in parents:
        path: list[str] = []
        code: str | None = start
        while code is not None and code not in done:
            done.add(code)
            path.append(code)
            code = parents.get(code)
        if code in path:
            ring = path[path.index(code) :]
            least = ring.index(min(ring))
            chains.append([*ring[least:], *ring[:least], ring[least]])
    return sorted(chains)


def _stale_rates(connection: duckdb.DuckDBPyConnection, version: BookVersion) -> Iterator[Issue]:
    for name, table in TABLES.items():
        if not table.has("fx_rate"):
            continue
        query = f"""
            SELECT currency, {Shape(table).rate_day} AS day, count(*) FROM {name}
            WHERE {Shape(table).blocked} GROUP BY ALL ORDER BY ALL"""
        rows = connection.execute(query).fetchall()
        if rows:
            total = sum(int(row[2]) for row in rows)
            said = (f"{row[0]} {row[1]} ({row[2]})" for row in rows)
            yield _issue("check.stale-rate", total, said, table=name, days=version.settings.fx_max_age_days)


def _future(connection: duckdb.DuckDBPyConnection, today: date) -> Iterator[Issue]:
    for name, table in TABLES.items():
        key = " || ' / ' || ".join(f"CAST({quoted(part)} AS VARCHAR)" for part in table.key)
        query = f"SELECT {key} FROM {name} WHERE {quoted(table.effective_on)} > DATE '{today}'"
        yield from _found(connection, "check.future-date", query, table=name, today=today)


def _duplicates(connection: duckdb.DuckDBPyConnection) -> Iterator[Issue]:
    # blanks, signs, case and the wide letters of Chinese typing make no other company; most names have none of them
    name, credit = (
        f"translate({said}, {literal(_WIDE)}, {literal(_NARROW)})" for said in ("name", "unified_credit_code")
    )
    bare = rf"regexp_replace(lower({name}), '[\s\p{{Z}}\p{{P}}]+', '', 'g')"
    for code, column, same in (
        (
            "check.duplicate-name",
            "name",
            f"CASE WHEN regexp_full_match(name, '{_BARE}') THEN name ELSE {bare} END",
        ),
        ("check.duplicate-credit-code", "unified_credit_code", f"upper(trim({credit}))"),
    ):
        # who is alone is found first: the codes of a million names are never put in order
        query = f"""
            WITH alike AS MATERIALIZED (
                SELECT {column} AS told, code, {same} AS same FROM customers
                WHERE {same} <> '' AND status <> 'merged' AND code NOT IN ({_MERGED})),
            several AS (SELECT same FROM alike GROUP BY same HAVING min(code) <> max(code))
            SELECT min(told) || ': ' || string_agg(code, ', ' ORDER BY code) FROM alike
            WHERE same IN (SELECT same FROM several) GROUP BY same
            HAVING count(DISTINCT code) > 2 OR (min(code), max(code)) NOT IN ({_DIFFERENT})"""
        yield from _found(connection, code, query)


def _prospects(connection: duckdb.DuckDBPyConnection) -> Iterator[Issue]:
    """Records that still say prospect of somebody who bought; the metrics take them for existing (spec 6.12)."""
    query = """
        SELECT DISTINCT c.code FROM customers c JOIN order_lines l ON l.customer_code = c.code
        WHERE c.kind IN ('suspect', 'prospect') AND l.status NOT IN ('draft', 'cancelled')
          AND NOT coalesce(l.reported_by_agent, false) AND l.line_type IN ('sale', 'service') AND l.amount_ex_tax > 0"""
    yield from _found(connection, "check.prospect-with-orders", query)


def _lines(connection: duckdb.DuckDBPyConnection) -> Iterator[Issue]:
    key = "order_number || ' / ' || line_no"
    for code, kind, sign in (("check.negative-sale", "sale", "<"), ("check.positive-return", "return", ">")):
        query = f"""
            SELECT {key} FROM order_lines
            WHERE line_type = {literal(kind)} AND amount_ex_tax {sign} 0 AND correction IS NULL"""
        yield from _found(connection, code, query)


def _costs(connection: duckdb.DuckDBPyConnection) -> Iterator[Issue]:
    known = """
        SELECT code FROM products
        WHERE standard_cost IS NOT NULL OR standard_margin_pct IS NOT NULL OR category_margin_pct IS NOT NULL"""
    row = connection.execute(f"""
        SELECT count(*), count(*) FILTER (cost_amount IS NULL AND (product_code IS NULL
               OR product_code NOT IN ({known}))) FROM order_lines WHERE line_type = 'sale'""").fetchone()
    total, missing = (int(row[0]), int(row[1])) if row else (0, 0)
    if missing:
        share = (Decimal(missing) * 100 / Decimal(total)).quantize(Decimal("0.01"))
        yield _issue("check.missing-cost", missing, (), total=total, share=share)


def _allocations(connection: duckdb.DuckDBPyConnection) -> Iterator[Issue]:
    given = "SELECT payment_number, sum(amount) AS given FROM allocations GROUP BY ALL"
    open_payments = f"""
        SELECT p.number FROM payments p LEFT JOIN ({given}) a ON p.number = a.payment_number
        WHERE p.invoice_number IS NULL AND p.amount > coalesce(a.given, 0)"""
    yield from _found(connection, "check.unallocated-payment", open_payments)
    alone = """
        payments p JOIN invoices i ON i.number = p.invoice_number
        WHERE p.number NOT IN (SELECT payment_number FROM allocations WHERE payment_number IS NOT NULL)"""
    paid = f"""
        SELECT invoice_number, amount FROM allocations
        UNION ALL SELECT p.invoice_number, p.amount FROM {alone} AND p.currency = i.currency"""
    over = f"""
        SELECT i.number FROM invoices i
        JOIN (SELECT invoice_number, sum(amount) AS paid FROM ({paid}) GROUP BY ALL) p
          ON p.invoice_number = i.number
        WHERE i.status <> 'void' AND p.paid > i.amount"""
    yield from _found(connection, "check.over-allocated-invoice", over)
    foreign = f"SELECT p.number FROM {alone} AND p.currency <> i.currency"
    yield from _found(connection, "check.payment-other-currency", foreign)
    payer = f"SELECT p.number || ' / ' || i.number FROM {alone} AND p.customer_code <> i.customer_code"
    yield from _found(connection, "check.payment-other-customer", payer)
    reversed_ = """
        SELECT coalesce(payment_number, '?') || ' / ' || invoice_number FROM allocations
        GROUP BY payment_number, invoice_number HAVING sum(amount) < 0"""
    yield from _found(connection, "check.over-reversed-payment", reversed_)


def blocking(issues: Sequence[Issue]) -> list[Issue]:
    """The issues that keep runs from being made."""
    return [issue for issue in issues if issue.severity == "block"]
