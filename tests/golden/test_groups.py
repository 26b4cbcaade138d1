"""A group of a head office and two branches, one of them in dollars: what is inherited and what is their own. Spec 5.1(9), 12.4.

The group's figures by hand, in yuan (a dollar is 7.2): net sales 10,000 + 5,000 + 1,000 x 7.2 = 22,200; gross profit
4,000 + 500 + 3,600 = 8,100; less 700 of service for the first branch 7,400. The first branch owes 5,000, 31 days late
(45 points); the second paid 400 of 1,000 dollars on the day (100 points) and owes 600 for 30 days (70 points).
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support import by_customer
from tests.unit.book.bookkit import Kit, line
from tierwise import api
from tierwise.grading.digest import digest_of
from tierwise.grading.export import export_results
from tierwise.grading.members import RULES
from tierwise.merging.deciding import merge
from tierwise.metrics.report import compute_for_people
from tierwise.policy.load import load_policy

AT = datetime(2026, 4, 1, tzinfo=UTC)
AS_OF = date(2026, 3, 31)
NAMES = ("net_sales_12m", "gross_profit_12m", "cost_to_serve_12m", "customer_profit_12m", "overdue",
         "credit_score_12m", "orders_12m")  # fmt: skip
TEXT = """
code: by_group
version: 1
title: {en: Groups by profit, zh: 按利润的集团分级}
population: {level: group%s}
leading: {method: abc_rank, value: customer_profit, shares_pct: {A: 50, B: 100}}
advisory:
  - {method: credit_rating, levels: {excellent: 90, good: 75, fair: 60}, grades: [
      {code: excellent, title: {en: excellent, zh: 优}}, {code: good, title: {en: good, zh: 良}},
      {code: fair, title: {en: fair, zh: 中}}, {code: poor, title: {en: poor, zh: 差}}]}
gates:
  - {code: loss, when: {metric: customer_profit, below: 0}, effect: flag, flag: loss_making}
  - {code: late, when: {metric: overdue, at_least: 5000}, effect: cap, to: B}
"""
NO_FIGURES = (None, None, Decimal(0), None, Decimal(0), None, 0)


def invoice(number: str, customer: str, amount: int, due: str, **more: Any) -> dict[str, Any]:
    day = {"issue_date": "2026-02-03", "due_date": due}
    return {"number": number, "customer_code": customer, "amount": amount, **day, **more}


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """The group G with two branches and a site that never bought, a customer alone, a group without lines."""
    kit = Kit(tmp_path_factory.mktemp("groups"))
    people = [
        ("G", "Holding", "headquarters", "", "existing"),
        ("B1", "Branch one", "branch", "G", "existing"),
        ("B2", "Branch two", "branch", "G", "existing"),
        ("S", "New site", "site", "B2", "prospect"),
        ("K", "Alone", "standalone", "", "existing"),
        ("Z", "Quiet holding", "headquarters", "", "existing"),
        ("Z1", "Quiet branch", "branch", "Z", "existing"),
    ]
    names = ("code", "name", "hierarchy_node", "parent_code", "kind")
    dollars = {"currency": "USD"}
    told = kit.put_all(
        ("customers", [dict(zip(names, row, strict=True)) for row in people]),
        ("fx_rates", [{"currency": "USD", "date": "2026-02-03", "rate_to_base": "7.2"}]),
        ("order_lines", [
            line("O1", 1, 10000, customer_code="G", cost_amount=6000),
            line("O2", 1, 5000, customer_code="B1", cost_amount=4500),
            line("O3", 1, 1000, customer_code="B2", cost_amount=500, **dollars),
            line("O4", 1, 9000, customer_code="K", cost_amount=1000),
        ]),
        ("service_costs", [{"number": "V1", "customer_code": "B1", "date": "2026-02-20", "kind": "other", "amount": 700}]),
        ("invoices", [invoice("I1", "B1", 5000, "2026-02-28"), invoice("I2", "B2", 1000, "2026-03-01", **dollars)]),
        ("allocations", [{"number": "A1", "invoice_number": "I2", "allocated_on": "2026-03-01", "amount": 400}]),
    )  # fmt: skip
    assert not any(one.rejected for one in told)
    return kit


def graded(kit: Kit, inherit: str = "") -> api.RunRecord:
    """The run of the policy with what members inherit."""
    document = load_policy("by_group.yaml", text=TEXT % (f", inherit: {inherit}" if inherit else ""))
    return api.grade_book(kit.book, document, AS_OF, actor="tester", at=AT).record


@pytest.fixture(scope="module")
def run(kit: Kit) -> api.RunRecord:
    return graded(kit)


def rows_of(kit: Kit, run: api.RunRecord) -> dict[str, dict[str, Any]]:
    return by_customer(api.read_results(kit.book, run))


def figures(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in NAMES)


def test_members_show_the_grade_of_the_group_and_figures_of_their_own(kit: Kit, run: api.RunRecord) -> None:
    rows = rows_of(kit, run)
    # (5,000 x 45 + 2,880 x 100 + 4,320 x 70) : 12,200 = 66.8360655737…, kept with nine places and a sticky tenth
    assert figures(rows["G"]) == (22200, 8100, 700, 7400, 9320, Decimal("66.8360655735"), 3)
    assert figures(rows["B1"]) == (5000, 500, 700, -200, 5000, 45, 1)
    assert figures(rows["B2"]) == (7200, 3600, 0, 3600, 4320, 82, 1)
    assert figures(rows["S"]) == NO_FIGURES
    assert rows["S"]["net_sales_12m_status"] == "no_history"
    # K earns more; the gate of 5,000 overdue caps the group, not the branch alone
    assert {code: rows[code]["grade"] for code in ("K", "G", "B1", "B2", "S")} == {
        "K": "A", "G": "B", "B1": "B", "B2": "B", "S": "B",
    }  # fmt: skip
    assert [rows[code]["flags"] for code in ("G", "B1")] == ["new_customer", "group_member;new_customer"]
    assert {row["unit"] for code, row in rows.items() if code in ("B1", "B2", "S")} == {"G"}


def test_a_member_that_is_archived_or_merged_inherits_nothing_and_its_figures_stay_where_they_belong(
    tmp_path: Path,
) -> None:
    """B1 is archived: its lines count for the group as before. B2 goes on in K, and with it its lines."""
    kit = Kit(tmp_path)
    names = ("code", "name", "parent_code", "status")
    people = [("G", "G", "", ""), ("B1", "B1", "G", "archived"), ("B2", "B2", "G", ""), ("K", "K", "", "")]
    kit.put("customers", *[dict(zip(names, row, strict=True)) for row in people])
    sold = {"G": 1000, "B1": 500, "B2": 200, "K": 10}
    kit.put("order_lines", *[
        line(f"O{code}", 1, amount, customer_code=code, cost_amount=1) for code, amount in sold.items()
    ])  # fmt: skip
    merge(kit.book, "B2", "K", reason="one company", since=date(2026, 1, 1), actor="tester", at=AT)
    rows = rows_of(kit, graded(kit))
    assert {code: (row["grade"], row["reason"]) for code, row in rows.items() if code in ("B1", "B2")} == {
        "B1": (None, "population.archived"),
        "B2": (None, "population.archived"),
    }
    assert {code: row["net_sales_12m"] for code, row in rows.items()} == {
        "G": 1500,
        "B1": 500,
        "B2": None,
        "K": 210,
    }
    assert (rows["G"]["grade"], rows["K"]["grade"]) == ("A", "B")


def test_what_compares_a_unit_with_others_stays_null_for_members(kit: Kit, run: api.RunRecord) -> None:
    rows = rows_of(kit, run)
    compared = ("score", "rank", "gap_to_next", "cushion_down", "near_cut", "credit_grade")
    assert {rows["B1"][name] for name in compared} == {None}
    assert (rows["B1"]["population"], run.population, run.counts) == (
        2,
        2,
        {"A": 1, "B": 1, "not_in_population": 1},
    )


def test_the_group_without_lines_has_no_grade_and_neither_has_its_member(
    kit: Kit, run: api.RunRecord
) -> None:
    rows = rows_of(kit, run)
    for code in ("Z", "Z1"):
        assert (rows[code]["grade"], rows[code]["reason"]) == (None, "population.no-purchase")
        assert figures(rows[code]) == NO_FIGURES


@pytest.mark.parametrize(
    ("inherit", "takers"),
    [
        ("{grade: none}", set()),
        ("{nodes: [branch]}", {"B1", "B2"}),
        ("{kinds: [prospect]}", {"S"}),
        ("{nodes: [branch, site], kinds: [existing]}", {"B1", "B2"}),
    ],
)
def test_a_policy_declares_who_inherits(kit: Kit, run: api.RunRecord, inherit: str, takers: set[str]) -> None:
    other = graded(kit, inherit)
    assert other.policy_fingerprint != run.policy_fingerprint
    rows, before = rows_of(kit, other), rows_of(kit, run)
    assert {code for code in ("B1", "B2", "S") if rows[code]["grade"] == "B"} == takers
    for code in {"B1", "B2", "S"} - takers:
        verdict = ("grade", "status", "reason", "grade_before_gates", "gates", "flags", "unit")
        assert tuple(rows[code][name] for name in verdict) == (
            None, "not_in_population", "population.not-inherited", None, None, "group_member", "G",
        )  # fmt: skip
        assert figures(rows[code]) == figures(before[code])
    assert rows["G"] == before["G"]
    assert api.replay(kit.book, other.run_id).same


def test_metrics_for_people_agree_with_the_rows_of_the_run(kit: Kit, run: api.RunRecord) -> None:
    rows = rows_of(kit, run)
    names = ["net_sales", "customer_profit", "overdue", "credit_score"]
    alone = compute_for_people(kit.book, names, AS_OF, ["B1", "B2", "S"]).to_pylist()
    grouped = compute_for_people(kit.book, names, AS_OF, level="group").to_pylist()
    for row in (*alone, *grouped):
        assert row == {name: rows[row["customer_id"]][name] for name in row}
    assert {row["customer_id"] for row in grouped} == {"G", "K", "Z"}


def test_an_explanation_says_from_whom_the_grade_comes_and_what_is_its_own(
    kit: Kit, run: api.RunRecord
) -> None:
    told = api.explain(kit.book, "B1", run=run.run_id, lines=True)
    said, zh = " ".join(told.sentences("en")), "".join(told.sentences("zh"))
    assert "inherited from Holding (G)" in said
    assert "the policy grades the whole group as one customer, and all members take its grade" in said
    assert "Net sales from 2025-04-01 to 2026-03-31: CNY 22,200 in all; its own: CNY 5,000." in said
    assert "等级继承自上级客户 Holding（G）" in zh
    assert "净销售额合计 CNY 22,200；自身：CNY 5,000" in zh
    data = told.to_dict("en")
    profit = next(row for row in data["components"] if row["code"] == "customer_profit_12m")
    assert (profit["exact"], profit["own_exact"]) == ("7400", "-200")
    assert data["stored"]["customer_profit_12m"] == "-200.0000"
    assert {row["order_number"] for row in told.source_lines if row["table"] == "order_lines"} == {"O2"}
    never = " ".join(api.explain(kit.book, "S", run=run.run_id).sentences("en"))
    assert "its own: no order ever" in never
    whole = api.explain(kit.book, "G", run=run.run_id)
    assert "inherited" not in " ".join(whole.sentences("en"))
    assert {row.own_exact for row in whole.components("en")} == {None}


def test_an_explanation_says_why_a_member_does_not_inherit(kit: Kit) -> None:
    run = graded(kit, "{nodes: [site, standalone]}")
    said = " ".join(api.explain(kit.book, "B1", run=run.run_id).sentences("en"))
    assert "B1) has no grade" in said
    assert "It belongs to Holding (G)" in said
    assert "G has grade B; of its members those take its grade that are site or standalone" in said
    assert "The gate" not in said
    zh = "".join(api.explain(kit.book, "B1", run=run.run_id).sentences("zh"))
    assert "成员中只有以下取其等级：门店/工厂或独立" in zh
    assert "该成员不继承其等级" in zh
    none = graded(kit, "{grade: none}")
    assert "no member takes its grade" in " ".join(
        api.explain(kit.book, "S", run=none.run_id).sentences("en")
    )
    assert "Z has no grade (not in the population)" in " ".join(
        api.explain(kit.book, "Z1", run=none.run_id).sentences("en")
    )


def test_an_exported_file_has_the_figures_of_members(kit: Kit, run: api.RunRecord, tmp_path: Path) -> None:
    export_results(kit.book, run, tmp_path / "grades.csv")
    with (tmp_path / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["customer_id"]: row for row in csv.DictReader(file)}
    assert (rows["B2"]["net_sales_12m"], rows["B2"]["rank"], rows["B2"]["unit"]) == ("7200", "", "G")


def stored_before(kit: Kit, run: api.RunRecord) -> None:
    """Makes a run what an older release would have stored: members without figures, no rules of members."""
    rows = api.read_results(kit.book, run)
    kept = (
        "customer_id",
        "grade",
        "status",
        "reason",
        "grade_before_gates",
        "gates",
        "unit",
        "flags",
        "population",
    )
    old = [
        row if row["unit"] == row["customer_id"] else {n: row[n] if n in kept else None for n in row}
        for row in rows.to_pylist()
    ]  # fmt: skip
    before = pa.Table.from_pylist(old, rows.schema)
    for file in kit.book.files(f"results/{run.run_id}", kit.book.current()):
        pq.write_table(before, file)
    rules = json.dumps({name: n for name, n in run.rules.items() if name != RULES}, sort_keys=True)
    for file in kit.book.files("runs", kit.book.current()):
        told = pq.read_table(file)
        if told["run_id"].to_pylist() == [run.run_id]:
            for name, value in (("rules", rules), ("digest", digest_of(before))):
                place = told.column_names.index(name)
                told = told.set_column(
                    place, told.schema.field(place), pa.array([value], told.schema.field(place).type)
                )
            pq.write_table(told, file)


def test_a_run_of_before_is_explained_as_it_was_and_its_replay_names_the_rules(kit: Kit) -> None:
    run = graded(kit)
    stored_before(kit, run)
    book = api.open_book(kit.book.path)
    told = api.explain(book, "B1", run=run.run_id)
    said = " ".join(told.sentences("en"))
    assert "The figures below are those of G with all its members." in said
    assert "its own" not in said
    assert {row.own_exact for row in told.components("en")} == {None}
    replay = api.replay(book, run.run_id)
    assert not replay.same
    assert replay.rules_changed == {"members": (1, 3)}
    assert {found.customer_id for found in replay.differences} <= {"B1", "B2", "S", "Z1"}
