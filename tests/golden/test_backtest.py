"""A worked example of our own: ten customers, trained to 2024-12-31, held against the twelve months after.

| customer | past spend | past profit | future sales | rank of it |
|---|---|---|---|---|
| C01 | 1000 | 100 | 200 | 6 |
| C02 | 900 | 90 | 800 | 2 |
| C03 | 800 | 80 | 0 | 9 (8 to 10) |
| C04 | 700 | 70 | 700 | 3 |
| C05 | 600 | 60 | 100 | 7 |
| C06 | 500 | 500 | 1500 | 1 |
| C07 | 400 | 40 | 0 | 9 |
| C08 | 300 | 30 | 300 | 5 |
| C09 | 200 | 20 | 400 | 4 |
| C10 | 100 | 10 | 0 | 9 |
| N01 | – | – | 600 | a newcomer, in no field |

The field brings 4,000; half of it is profit. A is the best three of ten, A and B the best five.
By sales A is C01, C02, C03: 200 + 800 + 0 = 1,000, 25 %, and 25/30 of chance. By profit A is C06, C01, C02: 2,500, 62.5 %.
Foresight takes C06, C02, C04: 3,000, 75 %.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import Kit, day
from tierwise.grading.run import list_runs
from tierwise.insight.backtest.model import Backtest, Request, Trial
from tierwise.insight.backtest.run import backtest
from tierwise.policy.load import PolicyDocument, load_policy

TRAIN = day("2024-12-31")
PAST = dict(zip([f"C{n:02}" for n in range(1, 11)], range(1000, 0, -100), strict=True))
FUTURE = {"C01": 200, "C02": 800, "C04": 700, "C05": 100, "C06": 1500, "C08": 300, "C09": 400, "N01": 600}


def abc(value: str, code: str = "by_value", version: int = 1) -> PolicyDocument:
    """The best three of ten are A, the best five A and B."""
    text = f"""
code: {code}
version: {version}
title: {{en: by {value}, zh: 按 {value}}}
leading: {{method: abc_rank, value: {value}, shares_pct: {{A: 30, B: 50}}}}
"""
    return load_policy(f"{code}.yaml", text=text)


SALES, PROFIT = abc("net_sales", "by_sales"), abc("customer_profit", "by_profit")


def sold(code: str, on: str, amount: int, cost: int) -> dict[str, Any]:
    return {"order_number": f"{code}-{on}", "line_no": 1, "customer_code": code, "order_date": on,
            "amount_ex_tax": amount, "cost_amount": cost, "qty": 1}  # fmt: skip


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path, closed_through=date(2025, 12, 31))
    past = [
        sold(c, "2024-03-01" if c == "C03" else "2024-12-10", v, 0 if c == "C06" else v * 9 // 10)
        for c, v in PAST.items()
    ]
    future = [sold(c, "2025-06-10", v, v // 2) for c, v in FUTURE.items()]
    made.put("order_lines", *past, *future)
    return made


def trained(kit: Kit, *policies: PolicyDocument, **more: Any) -> Backtest:
    return backtest(kit.book, Request(policies or (SALES, PROFIT), more.pop("train_to", TRAIN), 12, **more))


def shares(trial: Trial, cut: str, measure: Any = "sales") -> dict[str, Fraction | None]:
    return {rule: one.pct for (rule, at, m), one in trial.caught.items() if (at, m) == (cut, measure)}


def test_every_rule_catches_what_was_worked_out_by_hand(kit: Kit) -> None:
    trial = trained(kit).last
    assert [rule.code for rule in trial.rules] == [
        "policy_0", "policy_1", "past_spend", "rfm_sum", "criterion_1_0", "foresight", "random",
    ]  # fmt: skip
    of_a = shares(trial, "by_sales v1:A")
    assert {rule: of_a[rule] for rule in ("policy_0", "policy_1", "past_spend", "foresight", "random")} == {
        "policy_0": 25, "policy_1": Fraction(125, 2), "past_spend": 25, "foresight": 75, "random": 30,
    }  # fmt: skip
    # C01 to C05 bring 1,800 of 4,000; C06, C01 to C04 3,200; foresight C06, C02, C04, C09, C08 3,700
    both = shares(trial, "by_sales v1:A+B")
    assert [both[rule] for rule in ("policy_0", "policy_1", "foresight", "random")] == [
        45, 80, Fraction(185, 2), 50,
    ]  # fmt: skip
    # the top 5 and 10 % of ten are one customer each, the top 20 % two
    assert [shares(trial, f"top_{pct}")["policy_0"] for pct in (5, 10, 20)] == [5, 5, 25]
    assert [shares(trial, f"top_{pct}")["policy_1"] for pct in (5, 10, 20)] == [
        Fraction(75, 2), Fraction(75, 2), Fraction(85, 2),
    ]  # fmt: skip
    assert trial.caught["policy_0", "by_sales v1:A", "sales"].lift == Fraction(25, 30)
    assert trial.caught["policy_1", "by_sales v1:A", "sales"].over_past == Fraction(75, 2)


def test_profit_is_half_of_the_sales_and_foresight_orders_by_it(kit: Kit) -> None:
    trial = trained(kit).last
    assert (trial.future.sales, trial.future.profit) == (4000, 2000)
    assert shares(trial, "by_sales v1:A", "profit") == shares(trial, "by_sales v1:A")


def test_the_rank_correlation_counts_ties_by_their_mean_rank(kit: Kit) -> None:
    """Past ranks 1 to 10 against 6 2 9 3 7 1 9 5 4 9: squares of differences 130; (82.5 + 80.5 - 130) / 2 root(82.5 x 80.5)."""
    trial = trained(kit).last
    assert trial.correlation["policy_0", "sales"].rho == Decimal("0.2025")
    assert trial.correlation["past_spend", "sales"].rho == Decimal("0.2025")


def test_newcomers_stand_beside_the_field_and_not_in_it(kit: Kit) -> None:
    future = trained(kit).last.future
    assert (future.newcomers, future.newcomer_sales, future.outside_sales) == (1, 600, 0)
    assert (future.start, future.end) == (date(2025, 1, 1), date(2025, 12, 31))


def test_the_lost_customer_of_the_best_grade_is_named_with_its_warning(kit: Kit) -> None:
    """C03, an A customer by sales, was silent since March and ordered no more; nobody else of the three was lost."""
    found = trained(kit).last.losses["by_sales v1"]
    assert (found.lost, found.size, found.past_spend_lost) == (1, 3, 800)
    assert [(one.customer, one.lifecycle, one.foreseen) for one in found.customers] == [("C03", "lost", True)]
    assert found.lost_warned == 1


def test_a_backtest_stores_nothing_and_comes_out_the_same_again(kit: Kit) -> None:
    first, again = trained(kit, resamples=50), trained(kit, resamples=50)
    assert first == again
    assert list_runs(kit.book) == []
    assert first.last.caught != trained(kit, resamples=50, seed=2).last.caught
    assert shares(first.last, "top_20") == shares(trained(kit, resamples=0).last, "top_20")


def test_intervals_hold_the_figure_and_widen_where_one_customer_decides(kit: Kit) -> None:
    trial = trained(kit).last
    one = trial.caught["policy_1", "by_profit v1:A", "sales"]
    assert one.interval is not None
    assert one.pct is not None
    assert one.interval.low < one.pct < one.interval.high
    # against itself past spend gains nothing, in every resample
    same = trial.caught["policy_0", "top_20", "sales"].over_past_interval
    assert same is not None
    assert (same.low, same.high) == (0, 0)


def test_the_last_training_day_of_a_rolling_backtest_is_the_one_asked_for(kit: Kit) -> None:
    found = trained(kit, SALES, rolling=3, train_to=day("2024-12-31"))
    assert [trial.day for trial in found.trials] == [
        date(2024, 10, 31),
        date(2024, 11, 30),
        date(2024, 12, 31),
    ]
    assert [(one.both, one.same, one.best_before, one.best_kept) for one in found.stability] == [
        (1, 1, 1, 1),
        (1, 1, 1, 1),
    ]
    assert found.last.sizes == {"by_sales v1": {"A": 3, "B": 2, "C": 5}}


def test_groups_are_held_against_what_all_their_members_brought(tmp_path: Path) -> None:
    """Four units: G1 600 past, 100 future; G2 500, 1,000; X4 400, 400; G3 200, 500. Together 2,000.

    A is the best of four, G1: 5 %; A and B are G1 and G2: 55 %; foresight takes G2: 50 %. S33 of G3 bought nothing
    before; what it buys belongs to its group, and it is no newcomer. Taken site by site, S21 would have been best.
    """
    made = Kit(tmp_path, closed_through=date(2025, 12, 31))
    sites = {"S11": "G1", "S12": "G1", "S21": "G2", "S31": "G3", "S32": "G3", "S33": "G3"}
    units = [
        {"code": c, "name": c, "hierarchy_node": "group" if c != "X4" else "standalone"}
        for c in ("G1", "G2", "G3", "X4")
    ]
    members = [{"code": c, "name": c, "parent_code": g, "hierarchy_node": "site"} for c, g in sites.items()]
    made.put("customers", *(row | {"valid_from": "2023-01-01"} for row in (*units, *members)))
    past = {"S11": 300, "S12": 300, "S21": 500, "S31": 100, "S32": 100, "X4": 400}
    future = {"S12": 100, "S21": 900, "G2": 100, "S31": 300, "S33": 200, "X4": 400}
    made.put("order_lines", *(sold(c, "2024-12-10", v, v // 2) for c, v in past.items()),
             *(sold(c, "2025-06-10", v, v // 2) for c, v in future.items()))  # fmt: skip
    text = """
code: groups
version: 1
title: {en: groups, zh: 集团}
population: {level: group}
leading: {method: abc_rank, value: net_sales, shares_pct: {A: 25, B: 50}}
"""
    trial = trained(made, load_policy("groups.yaml", text=text)).last
    told = {cut: shares(trial, f"groups v1:{cut}") for cut in ("A", "A+B")}
    assert (told["A"]["policy_0"], told["A"]["foresight"], told["A"]["random"]) == (5, 50, 25)
    assert (told["A+B"]["policy_0"], told["A+B"]["foresight"], told["A+B"]["random"]) == (55, 75, 50)
    assert (trial.future.sales, trial.future.newcomers, trial.future.outside_sales) == (2000, 0, 0)
    assert trial.sizes == {"groups v1": {"A": 1, "B": 1, "C": 2}}
