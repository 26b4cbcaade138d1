"""An event says which metrics drove the step, and how much each had in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from tests.unit.book.bookkit import Kit, line
from tests.unit.movement.monthly import AT, publish
from tierwise.book.store import Book
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.kernel.periods import Period
from tierwise.movement.cycle import run_cycle
from tierwise.movement.history import build_history
from tierwise.movement.moving import movement
from tierwise.movement.overriding import Request, approve_override, request_override
from tierwise.movement.review import EVENT_COLUMNS, events_of, published_run
from tierwise.policy.load import PolicyDocument, load_policy

RANK = """
code: rank
version: 1
title: {en: Rank, zh: 名次}
window_months: 1
leading:
  method: abc_rank
  shares_pct: {A: 25, B: 75}
effective: {downgrade_confirm: 1}
"""
EARLY = datetime(2025, 12, 9, 2, tzinfo=UTC)
CARD = """
code: card
version: 1
title: {en: Card, zh: 评分卡}
window_months: 1
leading:
  method: scorecard
  id: card
  criteria:
    - {code: sales, title: {en: sales, zh: 销售}, weight_pct: 75,
       source: {kind: metric_linear, metric: net_sales, zero_at: 0, full_at: 1000}}
    - {code: often, title: {en: orders, zh: 订单}, weight_pct: 25,
       source: {kind: metric_linear, metric: orders, zero_at: 0, full_at: 4}}
  thresholds: {A: 75, B: 40}
"""


def drivers(book: Book, policy: str, month: str) -> dict[str, tuple[str, list[dict[str, Any]] | None]]:
    rows = events_of(book, published_run(book, policy, Period.of(month))).to_pylist()
    told = {
        row["customer_id"]: row
        for row in rows
        if row["kind"] in ("upgrade", "downgrade", "new", "lost", "reactivated")
    }
    return {
        who: (row["kind"], json.loads(row["drivers"]) if row["drivers"] else None)
        for who, row in told.items()
    }


def test_the_metric_of_a_band_drives_all_of_it_and_comings_and_goings_have_none(january: Book) -> None:
    assert drivers(january, "monthly", "2025-12") == {
        "C2": ("upgrade", [{"code": "net_sales_1m", "before": "600", "after": "1500", "share_pct": "100"}]),
        "C3": ("lost", None),
        "C5": ("upgrade", [{"code": "net_sales_1m", "before": "100", "after": "970", "share_pct": "100"}]),
    }
    assert drivers(january, "monthly", "2025-11")["C1"] == ("new", None)


def test_no_metric_drives_what_a_decision_moved_or_what_moved_although_it_went_the_other_way(
    tmp_path: Path,
) -> None:
    """C2 is lifted from B to A while it buys less; C3 rises only because others fell further."""
    kit = Kit(tmp_path)
    kit.put(
        "customers",
        *({"code": who, "name": who, "valid_from": "2025-01-01"} for who in ("C1", "C2", "C3", "C4")),
    )
    spent = {"C1": (900, 950), "C2": (800, 700), "C3": (300, 250), "C4": (400, 10)}
    lines = (line(f"{who}-{month}", 1, amount, f"2025-{month}-05", customer_code=who)
             for who, both in spent.items() for month, amount in zip((11, 12), both, strict=True))  # fmt: skip
    kit.put("order_lines", *lines)
    rank = load_policy("rank.yaml", text=RANK)
    publish(kit.book, run_cycle(kit.book, rank, Period(2025, 11), actor="ann", at=EARLY).run)
    asked = Request("C2", "A", "strategic", "a test", date(2025, 12, 10), date(2026, 3, 31))
    request_override(kit.book, rank.policy, asked, actor="mia", at=EARLY)
    approve_override(kit.book, "1", actor="bo", at=EARLY)
    publish(kit.book, run_cycle(kit.book, rank, Period(2025, 12), actor="ann", at=AT).run)
    told = drivers(kit.book, "rank", "2025-12")
    assert {who: (kind, found or None) for who, (kind, found) in told.items()} == {
        "C2": ("upgrade", None),
        "C3": ("upgrade", None),
        "C4": ("downgrade", [{"code": "net_sales_1m", "before": "400", "after": "10", "share_pct": "100"}]),
    }
    split = movement(kit.book, "1", "2").split
    assert split is not None
    assert {row["customer_id"]: (row["main"], *(one.code for one in split.drivers.get(row["customer_id"], ())))
            for row in split.movers.to_pylist()} == {
        "C2": ("override",), "C3": ("field",), "C4": ("own", "net_sales_1m"),
    }  # fmt: skip


def test_the_shares_of_several_criteria_add_up(tmp_path: Path) -> None:
    kit = Kit(tmp_path)
    kit.put("customers", {"code": "K1", "name": "K1", "valid_from": "2025-01-01"})
    kit.put("order_lines", line("a", 1, 400, "2025-11-05", customer_code="K1"),
            *(line(f"b{n}", 1, 400, f"2025-12-{n + 5:02}", customer_code="K1") for n in range(2)))  # fmt: skip
    card: PolicyDocument = load_policy("card.yaml", text=CARD)
    build_history(kit.book, card, Period(2025, 11), Period(2025, 12), actor="im", at=AT)
    kind, told = drivers(kit.book, "card", "2025-12")["K1"]
    assert told is not None
    # 0.75 × 40 + 0.25 × 25 = 36.25; then 0.75 × 80 + 0.25 × 50 = 72.5: of 36.25 points 30 are of sales
    assert (kind, {one["code"]: one["share_pct"] for one in told}) == (
        "upgrade",
        {"sales": "82.76", "often": "17.24"},
    )
    assert sum(Decimal(one["share_pct"]) for one in told) == 100


def test_events_of_an_older_release_have_no_drivers(tmp_path: Path) -> None:
    """A file that was written without the column is read as it is."""
    import pyarrow.parquet as pq

    old = pa.table({name: pa.array(["x"]) for name in EVENT_COLUMNS if name != "drivers"})
    pq.write_table(old, tmp_path / "old.parquet")
    with DuckDBEngine(threads=1) as engine:
        engine.read_files("old", [str(tmp_path / "old.parquet")], EVENT_COLUMNS)
        assert engine.fetch(ibis.table(EVENT_COLUMNS, name="old"))["drivers"].to_pylist() == [None]
