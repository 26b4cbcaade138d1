"""Movement between two runs of a book, set-based: E14, causes that add up, merged customers, overrides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from tests.properties.companies import hold
from tests.support import read_csv
from tests.unit.book.bookkit import Kit, line
from tests.unit.movement.monthly import AT, MONTHS, document, publish, review, through
from tierwise.book.store import Book
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.grading.run import grade_book
from tierwise.kernel.periods import Period
from tierwise.merging.deciding import merge, unmerge
from tierwise.movement.causes import CAUSES
from tierwise.movement.migration import Move, migration
from tierwise.movement.moving import Cell, Movement, cells_of, movement
from tierwise.movement.moving import movers as named
from tierwise.movement.overriding import Request, approve_override, request_override
from tierwise.policy.load import PolicyDocument, load_policy

DECEMBER = datetime(2025, 12, 5, 2, tzinfo=UTC)
RANKED = """
code: ranked
version: 1
title: {en: Ranked, zh: 排名}
window_months: 1
leading: {method: abc_rank, id: abc, value: net_sales, shares_pct: {A: 25, B: 50}, tie_rule: %s}
"""


def ranked(tie_rule: str = "include", old: str = "", new: str = "") -> PolicyDocument:
    return load_policy("ranked.yaml", text=(RANKED % tie_rule).replace(old, new))


def run(book: Book, rules: PolicyDocument, month: str) -> str:
    return grade_book(book, rules, Period.of(month).end, actor="ann", at=AT).record.run_id


def movers(found: Movement) -> dict[str, dict[str, Any]]:
    assert found.split is not None
    return {row["customer_id"]: row for row in found.split.movers.to_pylist()}


def causes(found: Movement, customer: str) -> dict[str, int]:
    return {cause: part for cause in CAUSES if (part := movers(found)[customer][cause])}


def without_profit(found: Movement) -> list[Cell]:
    """The cells; profit is computed for causes alone where the runs stored none."""
    return [replace(cell, profit_before=None, profit_after=None) for cell in found.cells]


def test_counted_in_one_pass_or_customer_by_customer_the_cells_are_the_same(january: Book) -> None:
    for runs in (("1", "2"), ("2", "3"), ("1", "3")):
        for computed in (True, False):
            whole = movement(january, *runs, computed=computed)
            assert without_profit(
                movement(january, *runs, computed=computed, causes=False)
            ) == without_profit(whole)


@pytest.mark.parametrize("computed", [True, False])
def test_those_who_are_counted_are_named_page_by_page(january: Book, computed: bool) -> None:
    found = movement(january, "1", "3", computed=computed, causes=False)
    kinds = {cell: found.kind(cell) for cell in found.cells}
    assert len(set(kinds.values())) > 2
    for some in (set(kinds.values()), *({kind} for kind in kinds.values())):
        rows = named(january, found, some)
        counted = {(c.previous, c.current): c.customers for c, kind in kinds.items() if kind in some}
        assert Counter((row["previous"], row["current"]) for row in rows) == counted
        assert [row["customer_id"] for row in rows] == sorted({row["customer_id"] for row in rows})
        paged = [named(january, found, some, start=at, rows=2) for at in range(0, len(rows), 2)]
        assert [row for page in paged for row in page] == rows
    assert named(january, found, ["nothing of the kind"]) == []


@pytest.mark.engines
def test_the_engine_counts_e14_as_the_reference_does(examples: Path) -> None:
    rows = read_csv(examples / "E14_migration.csv")
    table = pa.table({
        "previous": [row["previous"] for row in rows],
        "current": [row["current"] for row in rows],
        **{name: pa.array([Decimal(100)] * len(rows), pa.decimal128(38, 4))
           for name in ("sales_before", "sales_after", "profit_before", "profit_after")},
    })  # fmt: skip
    kinds = dict.fromkeys(("previous", "current"), "string")
    kinds |= dict.fromkeys(table.column_names[2:], "decimal(38,4)")
    with DuckDBEngine() as engine:
        engine.register("e14", table)
        cells = cells_of(engine, ibis.table(kinds, name="e14"))
    counted = migration((Move(c.previous, c.current, c.sales_after, c.customers) for c in cells), "ABC")
    assert counted == migration((Move(r["previous"], r["current"], Decimal(100)) for r in rows), "ABC")
    assert {c.profit_before for c in cells if c.customers == 1} == {Decimal(100)}


def test_months_that_are_published_are_compared_by_their_effective_grades(january: Book) -> None:
    found = movement(january, "2", "3", causes=False)
    assert found.pair.grades == "effective"
    assert [(c.previous, c.current, c.customers) for c in found.cells] == [
        ("A", "A", 1), ("A", "B", 1), ("B", "C", 1), ("INACTIVE", "INACTIVE", 1), ("NEW", "B", 1),
    ]  # fmt: skip
    assert movement(january, "2", "3", computed=True, causes=False).pair.grades == "computed"


def test_sales_move_with_their_customers(january: Book) -> None:
    found = movement(january, "1", "2", causes=False)
    assert found.of(("lost",)) == [Cell(None, "A", "INACTIVE", 1, Decimal(1200), Decimal(0), None, None)]


def test_a_method_that_looks_at_nobody_else_moves_by_own_facts_alone(january: Book) -> None:
    found = movement(january, "1", "2")
    assert {who: (row["step"], row["own"]) for who, row in movers(found).items()} == {
        "C2": (1, 1), "C3": (-3, -3), "C5": (1, 1),
    }  # fmt: skip


def test_an_override_and_its_end_are_their_own_cause(november: Book) -> None:
    asked = Request("C1", "C", "strategic", "a test", date(2025, 12, 1), date(2025, 12, 31))
    made = request_override(november, document().policy, asked, actor="mia", at=DECEMBER)
    approve_override(november, made.override_id, actor="bo", at=DECEMBER)
    through(november, "2025-12", "2026-01")
    assert causes(movement(november, "1", "2"), "C1") == {"override": -2}
    assert causes(movement(november, "2", "3"), "C1") == {"override": 2}


def test_a_change_that_waits_and_one_that_is_confirmed_are_the_confirmation(book: Book) -> None:
    for month in MONTHS[:3]:
        publish(book, review(book, month, confirm=2))
    waited = movement(book, "2", "3")
    assert "C2" not in movers(waited)  # worse for the first time: its effective grade stays
    computed = movement(book, "2", "3", computed=True)
    assert causes(computed, "C2") == {"own": -1}


@pytest.mark.engines
def test_others_who_rise_push_down_who_did_nothing(tmp_path: Path) -> None:
    kit = _bought(tmp_path, {"K1": (900, 900), "K2": (500, 1000), "K3": (300, 300), "K4": (100, 100)})
    runs = [run(kit.book, ranked(), month) for month in MONTHS[:2]]
    found = movement(kit.book, *runs)
    assert causes(found, "K1") == {"field": -1}
    assert causes(found, "K2") == {"own": 1}


@pytest.mark.engines
def test_a_changed_policy_is_the_policy(tmp_path: Path) -> None:
    kit = _bought(tmp_path, {"K1": (900, 900), "K2": (500, 500), "K3": (300, 300), "K4": (100, 100)})
    first = run(kit.book, ranked(), MONTHS[0])
    second = run(kit.book, ranked(old="{A: 25, B: 50}", new="{A: 50, B: 75}"), MONTHS[1])
    found = movement(kit.book, first, second)
    assert {who: causes(found, who) for who in movers(found)} == {"K2": {"policy": 1}, "K3": {"policy": 1}}


@pytest.mark.engines
def test_lines_that_came_late_are_data(tmp_path: Path) -> None:
    kit = _bought(tmp_path, {"K1": (900, 900), "K2": (500, 500), "K3": (300, 300), "K4": (100, 100)})
    first = run(kit.book, ranked(), MONTHS[0])
    kit.put("order_lines", line("late", 1, 800, f"{MONTHS[0]}-20", customer_code="K2"),
            line("more", 1, 800, f"{MONTHS[1]}-20", customer_code="K2"))  # fmt: skip
    found = movement(kit.book, first, run(kit.book, ranked(), MONTHS[1]))
    assert {who: causes(found, who) for who in movers(found)} == {"K1": {"data": -1}, "K2": {"data": 1}}


@pytest.mark.engines
def test_a_merged_customer_is_told_and_is_no_loss(tmp_path: Path) -> None:
    kit = _bought(tmp_path, {"K1": (900, 900), "K2": (500, 0), "K3": (300, 300)})
    first = run(kit.book, ranked(), MONTHS[0])
    kit.put("customers", {"code": "K2", "name": "K2", "status": "merged", "valid_from": "2025-12-01"})
    second = run(kit.book, ranked(), MONTHS[1])
    found = movement(kit.book, first, second)
    assert (found.merged, found.matrix().kinds.get("lost")) == (1, None)
    assert [(c.previous, c.current, c.customers) for c in found.cells] == [
        (c.previous, c.current, c.customers) for c in movement(kit.book, first, second, causes=False).cells
    ]
    assert movers(found)["K2"]["current"] == "MERGED"


@pytest.mark.engines
@pytest.mark.parametrize("since", [None, date(2025, 11, 15)])
def test_who_comes_back_from_a_merge_that_was_taken_back_is_not_new(
    tmp_path: Path, since: date | None
) -> None:
    kit = _bought(tmp_path, {"K1": (900, 900, 900), "K2": (500, 500, 500), "K3": (300, 300, 300)})
    runs = [run(kit.book, ranked(), MONTHS[0])]
    merge(kit.book, "K2", "K3", reason="one company", since=since, actor="ann", at=AT)
    runs.append(run(kit.book, ranked(), MONTHS[1]))
    unmerge(kit.book, "K2", reason="two after all", actor="ann", at=AT)
    runs.append(run(kit.book, ranked(), MONTHS[2]))
    there, back = (movement(kit.book, *two) for two in pairwise(runs))
    assert movers(there)["K2"]["current"] == "MERGED"
    assert movers(back)["K2"]["previous"] == "MERGED"
    assert back.matrix().kinds.get("new") is None
    assert back.matrix().kinds["reactivated"] == 1
    counted = movement(kit.book, *runs[1:], causes=False)
    assert [(c.previous, c.current, c.customers) for c in counted.cells] == [
        (c.previous, c.current, c.customers) for c in back.cells
    ]


@pytest.mark.engines
def test_groups_are_counted_apart_and_together_make_the_whole(tmp_path: Path) -> None:
    kit = _bought(
        tmp_path, {"K1": (900, 100), "K2": (500, 500), "K3": (300, 300), "K4": (100, 900)}, owners=True
    )
    runs = [run(kit.book, ranked(), month) for month in MONTHS[:2]]
    found = movement(kit.book, *runs, by="owner", causes=False)
    assert found.groups == ["Li", "Wang"]
    parts = [found.matrix(group, all_groups=False).kinds for group in found.groups]
    whole = found.matrix().kinds
    assert {kind: sum(p.get(kind, 0) for p in parts) for kind in whole} == whole


AMOUNTS = st.sampled_from((0, 0, 100, 100, 300, 500, 700, 1200))
HISTORY = st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), min_size=2, max_size=7)


@pytest.mark.engines
@pytest.mark.parametrize("tries", [2, pytest.param(60, marks=pytest.mark.long)])
def test_the_parts_add_up_to_the_whole_step_in_any_history(
    tmp_path_factory: pytest.TempPathFactory, tries: int
) -> None:
    def check(history: list[tuple[int, int, int]], tie_rule: str, wider: bool) -> None:
        kit = _bought(tmp_path_factory.mktemp("history"), {f"K{n}": h[:2] for n, h in enumerate(history)})
        first = run(kit.book, ranked(tie_rule), MONTHS[0])
        late = [
            line(f"late{n}", 1, h[2], f"{MONTHS[0]}-20", customer_code=f"K{n}")
            for n, h in enumerate(history)
            if h[2]
        ]
        if late:
            kit.put("order_lines", *late)
        shares = ("{A: 25, B: 50}", "{A: 40, B: 60}") if wider else ("", "")
        found = movement(kit.book, first, run(kit.book, ranked(tie_rule, *shares), MONTHS[1]))
        assert without_profit(movement(kit.book, "1", "2", causes=False)) == without_profit(found)
        for row in movers(found).values():
            assert sum(row[cause] for cause in CAUSES) == row["step"], row
            assert wider or row["policy"] == 0
            assert late or row["data"] == 0
        cells = [cell for cell in found.cells if found.kind(cell) not in ("stable", "inactive")]
        assert sum(cell.customers for cell in cells) == len(movers(found))

    hold(tries, check, HISTORY, st.sampled_from(("include", "exclude", "break")), st.booleans())


def _bought(folder: Path, spent: dict[str, tuple[int, ...]], *, owners: bool = False) -> Kit:
    """A book of customers who spend so much in November, December …"""
    kit = Kit(folder)
    names = ["Li", "Wang"]
    kit.put("customers", *(
        {"code": code, "name": code, "valid_from": "2025-01-01", **({"owner": names[n % 2]} if owners else {})}
        for n, code in enumerate(spent)
    ))  # fmt: skip
    lines = [
        line(f"{code}-{month}", 1, amount, f"{month}-15", customer_code=code)
        for code, amounts in spent.items()
        for month, amount in zip(MONTHS, amounts, strict=False)
        if amount
    ]
    if lines:
        kit.put("order_lines", *lines)
    return kit
