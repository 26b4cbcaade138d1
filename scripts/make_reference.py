"""Renders docs/reference/tables.md and metrics.md from the declarations of the code.

Run without arguments to write the files; ``--check`` exits with 1 if one is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tierwise.book.contract import TABLES, Column, Table
from tierwise.metrics.catalogue import METRICS
from tierwise.metrics.model import Metric

ROOT = Path(__file__).resolve().parent.parent / "docs" / "reference"
HISTORY = {
    "ledger": "a change in an open period replaces the row; in a closed one it is reversed and posted anew on the "
    "first open day / 开放期间内直接替换；已关账期间则冲销并在首个开放日重新过账",
    "dated": "a change is a new row from its day on / 变更自生效日起成为新行",
    "versioned": "a change in an open period replaces the row; in a closed one the old row stays visible to past points "
    "of view / 开放期间内直接替换；已关账期间保留旧行供历史时点使用",
}


def tables() -> str:
    """The reference of all tables."""
    lines = [
        "# Tables of the book 账簿数据表",
        "",
        "Made from the declarations in `tierwise.book.contract` by `scripts/make_reference.py`; do not edit.",
        "Headers are matched by column name, English or Chinese name, or a synonym. Bold columns are required.",
        "`tierwise template TABLE` writes a file with these columns.",
    ]
    for table in TABLES.values():
        lines += _table(table)
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    identity = " or ".join(f"`{one}`" for one in table.identities)
    lines = [
        "",
        f"## {table.name} {table.label.zh}",
        "",
        f"Owner: {table.owner}. Key: {', '.join(f'`{k}`' for k in table.key)}; identity {identity}. "
        f"Business date: `{table.effective_on}`. History: {HISTORY[table.history]}.",
    ]
    if table.about:
        lines += ["", f"{table.about.en} {table.about.zh}"]
    lines += ["", "| column | 中文 | type | default | synonyms, values |", "|---|---|---|---|---|"]
    lines += [_column(column) for column in table.file_columns]
    derived = [column for column in table.columns if column.derived]
    if derived:
        words = ", ".join(f"`{c.name}` ({c.label.en} {c.label.zh})" for c in derived)
        lines += ["", f"Filled by the book 由账簿计算: {words}."]
    return lines


def _column(column: Column) -> str:
    name = f"**{column.name}**" if column.required else column.name
    default = "" if column.default is None else f"`{column.default}`"
    more = ", ".join(column.synonyms)
    if column.choices:
        values = "; ".join(f"`{c.code}` {c.label.zh}" for c in column.choices)
        more = f"{more}; {values}" if more else values
    kind = f"{column.kind} {column.between[0]} … {column.between[1]}" if column.between else column.kind
    return f"| {name} | {column.label.zh} | {kind} | {default} | {more} |"


def metrics() -> str:
    """The reference of all metrics."""
    lines = [
        "# Metrics 指标",
        "",
        "Made from the catalogue in `tierwise.metrics.catalogue` by `scripts/make_reference.py`; do not edit.",
        "A policy names a metric alone (`net_sales`, with the policy's window) or with a window in months",
        "(`net_sales_24m`). A value that cannot be computed is null, and its status says why: null is never zero.",
        "",
        "| metric | id | 中文 | unit | window | formula 公式 | statuses |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_metric(metric) for metric in METRICS.values()]
    return "\n".join(lines) + "\n"


def _metric(m: Metric) -> str:
    window = "" if m.months is None else f"{m.months} months"
    statuses = ", ".join(f"`{s}`" for s in m.statuses)
    return f"| `{m.name}` | {m.id} | {m.title.zh} | {m.unit} | {window} | {m.formula.en}<br>{m.formula.zh} | {statuses} |"


PAGES = {"tables.md": tables, "metrics.md": metrics}


def main() -> int:
    """Writes or checks the pages."""
    check = "--check" in sys.argv
    stale = [name for name, make in PAGES.items() if not _current(name, make())]
    for name in stale:
        if check:
            print(f"docs/reference/{name} is out of date: run python scripts/make_reference.py")
        else:
            (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
    return 1 if check and stale else 0


def _current(name: str, text: str) -> bool:
    path = ROOT / name
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main())
