"""Facts that would bring the next grade: proven by importing them so and grading again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import AT, Kit, line
from tierwise.book.store import Book
from tierwise.grading.run import grade_book, read_result
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.fact_levers import FactLever, fact_levers
from tierwise.policy.load import PolicyDocument, load_policy

DAY = date(2025, 12, 31)
MIXED = """
code: mixed
version: 1
title: {en: Mixed, zh: 混合}
leading:
  method: scorecard
  id: card
  criteria:
    - {code: credit, title: {en: credit, zh: 信用}, weight_pct: 60, source: {kind: metric_score, metric: credit_score}}
    - {code: sales, title: {en: sales, zh: 销售}, weight_pct: 40, source: {kind: rank_score, metric: net_sales}}
  thresholds: {A: 75, B: 60}
"""


def days_sooner(book: Book, customer: str) -> FactLever:
    (found,) = fact_levers(book, [customer], ["payments"])
    return found


Bill = tuple[date, date | None, int]
"""When it was due, when it was paid (if it was), and how much."""


def bills(seed: int) -> list[Bill]:
    """Random bills, of which some are paid late and some not at all."""
    dice = random.Random(seed)
    found = []
    for _ in range(dice.randint(2, 7)):
        due = date(2025, 2, 1) + timedelta(days=dice.randint(0, 270))
        paid = due + timedelta(days=dice.choice([-3, 0, 5, 12, 20, 33, 47, 70]))
        found.append((due, None if dice.random() < 0.1 or paid > DAY else paid, dice.randint(100, 5000)))
    return found


def company(folder: Path, owed: Sequence[Bill], *, allocated: bool = False) -> Kit:
    """K1 with these bills, and two others who pay in time, one who buys more and one who buys less."""
    kit = Kit(folder)
    kit.put("customers", *({"code": c, "name": c, "valid_from": "2024-01-01"} for c in ("K1", "K2", "K3")))
    spent = {"K1": 500, "K2": 900, "K3": 100}
    kit.put("order_lines", *(line(c, 1, v, "2025-06-05", customer_code=c) for c, v in spent.items()))
    every = [("K1", *bill) for bill in owed] + [
        (c, date(2025, 5, 1), date(2025, 5, 1), 1000) for c in ("K2", "K3")
    ]
    invoices, payments, parts = [], [], []
    for at, (who, due, paid, amount) in enumerate(every):
        issued = due - timedelta(days=30)
        invoices.append(
            {
                "number": f"I{at}",
                "customer_code": who,
                "issue_date": issued,
                "due_date": due,
                "amount": amount,
            }
        )
        if paid is not None:
            row: dict[str, Any] = {"number": f"P{at}", "customer_code": who, "date": paid, "amount": amount}
            payments.append(row | ({"invoice_number": ""} if allocated else {"invoice_number": f"I{at}"}))
            parts.append({"number": f"A{at}", "invoice_number": f"I{at}", "payment_number": f"P{at}",
                          "allocated_on": paid, "amount": amount})  # fmt: skip
    kit.put("invoices", *invoices)
    kit.put("payments", *payments)
    if allocated:
        kit.put("allocations", *parts)
    return kit


def grade_of(kit: Kit, policy: PolicyDocument) -> str | None:
    record = grade_book(kit.book, policy, DAY, actor="ann", at=AT).record
    grade: str | None = read_result(kit.book, record, "K1")["grade"]
    return grade


def sooner(owed: Sequence[Bill], days: int) -> list[Bill]:
    """The same bills, each late payment so many days sooner, though not before it was due."""
    return [
        (due, paid if paid is None or paid <= due else max(due, paid - timedelta(days=days)), amount)
        for due, paid, amount in owed
    ]


@pytest.mark.parametrize("allocated", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 5])
@pytest.mark.parametrize("name", ["credit_rating", "mixed"])
def test_so_many_days_reach_the_grade_and_one_fewer_does_not(
    tmp_path: Path, name: str, seed: int, allocated: bool
) -> None:
    policy = load_policy("m.yaml", text=MIXED) if name == "mixed" else load_policy(name)
    owed = bills(seed)
    kit = company(tmp_path / "now", owed, allocated=allocated)
    before = grade_of(kit, policy)
    found = days_sooner(kit.book, "K1")
    assert found.grade == before
    if found.size is None:
        ends = max((paid - due).days for due, paid, _ in owed if paid is not None)
        assert found.why in ("best", "nothing", "not_enough")
        if found.why == "not_enough":
            assert (
                grade_of(company(tmp_path / "all", sooner(owed, ends), allocated=allocated), policy) == before
            )
        return
    reached = grade_of(company(tmp_path / "then", sooner(owed, int(found.size)), allocated=allocated), policy)
    assert (reached, reached != before) == (found.reaches, True)
    less = grade_of(
        company(tmp_path / "less", sooner(owed, int(found.size) - 1), allocated=allocated), policy
    )
    assert less == before


def test_the_example_in_full(tmp_path: Path) -> None:
    """Two bills of one amount, 20 and 33 days late: 70 and 45 points, 57.5 and poor; 3 days sooner 70 and 70."""
    owed = [(date(2025, 5, 1), date(2025, 5, 21), 1000), (date(2025, 6, 1), date(2025, 7, 4), 1000)]
    kit = company(tmp_path, owed)
    assert grade_of(kit, load_policy("credit_rating")) == "poor"
    found = days_sooner(kit.book, "K1")
    assert (found.late, found.size, found.reaches, found.why) == (2, 3, "fair", None)


def test_what_is_not_about_payment_or_cannot_be_mended_by_it_is_said(tmp_path: Path) -> None:
    unpaid = [(date(2025, 5, 1), date(2025, 5, 2), 1), (date(2025, 6, 1), None, 10_000)]
    kit = company(tmp_path, unpaid)
    grade_of(kit, load_policy("credit_rating"))
    assert days_sooner(kit.book, "K1").why == "not_enough"
    assert days_sooner(kit.book, "K2").why == "best"
    grade_of(kit, load_policy("abc_cumulative"))
    assert days_sooner(kit.book, "K1").why == "no_metric"


def card(*criteria: str) -> str:
    return """
code: facts
version: 1
title: {{en: Facts, zh: 事实}}
leading:
  method: scorecard
  id: card
  criteria:
{}
  thresholds: {{A: 75, B: 45}}
""".format("\n".join(f"    - {{{one}}}" for one in criteria))


POLICIES = {
    "rank": """
code: facts
version: 1
title: {en: Facts, zh: 事实}
leading: {method: abc_rank, id: abc, value: net_sales, shares_pct: {A: 20, B: 50}}
""",
    "nested": """
code: facts
version: 1
title: {en: Facts, zh: 事实}
leading: {method: rfm, id: rfm, binning: nested}
""",
    "lines": card(
        "code: sales, title: {en: s, zh: s}, weight_pct: 40, "
        "source: {kind: metric_linear, metric: net_sales, zero_at: 0, full_at: 3000}",
        "code: often, title: {en: o, zh: o}, weight_pct: 30, "
        "source: {kind: metric_linear, metric: orders, zero_at: 0, full_at: 8}",
        "code: margin, title: {en: m, zh: m}, weight_pct: 30, "
        "source: {kind: metric_linear, metric: gross_margin_pct, zero_at: 10, full_at: 60}",
    ),
    "among": card(
        "code: sales, title: {en: s, zh: s}, weight_pct: 50, source: {kind: rank_score, metric: net_sales}",
        "code: profit, title: {en: p, zh: p}, weight_pct: 50, source: {kind: rank_score, metric: gross_profit}",
    ),
}
Line = dict[str, Any]


def lines(seed: int) -> list[Line]:
    """What nine customers bought, with the cost of it."""
    dice = random.Random(seed)
    found = []
    for who in range(9):
        for n in range(dice.randint(1, 4)):
            amount = dice.randint(50, 900)
            bought = DAY - timedelta(days=dice.randint(1, 300))
            cost = amount * dice.randint(40, 90) // 100
            found.append(
                line(f"O{who}-{n}", 1, amount, str(bought), customer_code=f"K{who}", cost_amount=cost)
            )
    return found


def graded(folder: Path, bought: list[Line], policy: PolicyDocument) -> tuple[Kit, dict[str, str | None]]:
    """A book of what was bought, and the grade of everybody."""
    kit = Kit(folder)
    kit.put("customers", *({"code": f"K{n}", "name": "k", "valid_from": "2024-01-01"} for n in range(9)))
    kit.put("order_lines", *bought)
    rows = grade_book(kit.book, policy, DAY, actor="ann", at=AT).results.to_pylist()
    return kit, {row["customer_id"]: row["grade"] for row in rows}


def done(bought: list[Line], lever: FactLever, size: Decimal) -> list[Line]:
    """The facts with so much done."""
    own = [row for row in bought if row["customer_code"] == lever.customer]
    sales = sum(Decimal(row["amount_ex_tax"]) for row in own)
    cost = sum(Decimal(row["cost_amount"]) for row in own)
    if lever.kind == "cost":
        changed, left = {}, size
        for row in sorted(own, key=lambda row: (row["order_date"], row["order_number"]), reverse=True):
            off = min(left, Decimal(row["cost_amount"]))
            changed[row["order_number"]] = row | {"cost_amount": Decimal(row["cost_amount"]) - off}
            left -= off
        return [changed.get(row["order_number"], row) for row in bought]
    each = size if lever.kind == "sale" else lever.each
    assert each is not None
    more = {"cost_amount": (each * cost / sales).quantize(Decimal("0.01"), ROUND_HALF_UP)}
    number = 1 if lever.kind == "sale" else int(size)
    extra = [
        line(f"X{n}", 1, each, str(DAY), customer_code=lever.customer, **more) for n in range(number) if each
    ]
    return bought + extra


LONG = pytest.mark.long
TRIED = [
    ("rank", 1),
    ("among", 1),
    *(pytest.param(name, n, marks=LONG) for n in range(2, 8) for name in POLICIES),
]


@pytest.mark.parametrize(("name", "seed"), TRIED)
def test_what_many_could_do_reaches_the_grade_for_each_and_one_step_less_does_not(
    tmp_path: Path, name: str, seed: int
) -> None:
    policy = load_policy("facts.yaml", text=POLICIES[name])
    bought = lines(seed)
    kit, before = graded(tmp_path / "now", bought, policy)
    found = fact_levers(kit.book, sorted(before), ["sale", "orders", "cost"])
    assert len(found) == 27
    assert {one.why for one in found if before[one.customer] == "A"} <= {"best", "no_metric"}
    told = [one for one in found if one.size is not None]
    assert {one.kind for one in told} >= {"sale"}
    dice = random.Random(seed)
    for at, lever in enumerate(dice.sample(told, min(len(told), 2))):
        assert lever.size is not None
        step = Decimal(1) if lever.kind == "orders" else Decimal("0.01")
        _, then = graded(tmp_path / f"then{at}", done(bought, lever, lever.size), policy)
        _, less = graded(tmp_path / f"less{at}", done(bought, lever, lever.size - step), policy)
        assert then[lever.customer] == lever.reaches, lever
        assert "ABC".index(str(lever.reaches)) < "ABC".index(str(before[lever.customer]))
        assert less[lever.customer] == before[lever.customer], lever


def test_lines_that_do_not_count_change_nothing_of_what_could_be_done(tmp_path: Path) -> None:
    policy, bought = load_policy("facts.yaml", text=POLICIES["among"]), lines(1)
    kit, before = graded(tmp_path / "counted", bought, policy)
    row = line("D1", 1, 70_000, str(DAY), customer_code="K1", cost_amount=100)
    idle = [
        row | {"status": "draft"},
        row | {"order_number": "D2", "reported_by_agent": "yes"},
        row | {"order_number": "D3", "status": "draft", "currency": "USD"},
    ]
    beside, same = graded(tmp_path / "beside", [*bought, *idle], policy)
    assert same == before
    assert fact_levers(beside.book, ["K1"]) == fact_levers(kit.book, ["K1"])


def test_a_customer_that_the_run_does_not_know_is_refused(tmp_path: Path) -> None:
    kit, _ = graded(tmp_path, lines(1), load_policy("facts.yaml", text=POLICIES["rank"]))
    with pytest.raises(TierwiseError, match="nobody"):
        fact_levers(kit.book, ["K1", "nobody"])
