"""The small companies behind the worked tables of docs/algorithms, graded by the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.golden import (
    test_combination,
    test_composite,
    test_credit,
    test_fallback,
    test_judged,
    test_normalised,
    test_quality,
    test_rfm,
    test_scorecard,
)
from tests.support import AS_OF, by_customer, customers, metrics, policy, read_csv, sales, shipped, tables
from tierwise.grading.memory import grade_tables
from tierwise.policy.model import Policy

EXAMPLES = Path(__file__).resolve().parent.parent / "golden" / "examples"
Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Worked:
    """A worked table: what the engine gives for its company, and the result column of every table column."""

    company: Callable[[], tuple[Rows, Policy]]
    columns: tuple[str, ...]


def example(name: str) -> list[dict[str, str]]:
    """The rows of a worked example of the specification."""
    return read_csv(EXAMPLES / name)


def graded(facts: dict[str, Any], chosen: Policy) -> tuple[Rows, Policy]:
    return by_customer(grade_tables(facts, chosen, AS_OF)), chosen


def selling(values: dict[str, Any], chosen: Policy) -> tuple[Rows, Policy]:
    """One order line per customer; a negative one is a return."""
    lines = sales(values)
    for line in lines:
        line["line_type"] = "sale" if Decimal(line["amount_ex_tax"]) >= 0 else "return"
    return graded(tables(customers=customers(values), order_lines=lines), chosen)


def earning(sold: dict[str, tuple[Any, Any]], chosen: Policy) -> tuple[Rows, Policy]:
    """Sales and profit of every customer; a profit of ``None`` is a cost that nobody knows."""
    lines = [
        {"customer_code": code, "order_number": f"O-{code}", "order_date": AS_OF, "amount_ex_tax": amount,
         "line_type": "sale" if amount >= 0 else "return",
         "base_cost": None if profit is None else Decimal(str(amount)) - Decimal(str(profit))}
        for code, (amount, profit) in sold.items()
    ]  # fmt: skip
    return graded(tables(customers=customers(sold), order_lines=lines), chosen)


def abc_e01() -> tuple[Rows, Policy]:
    values = {row["customer"]: row["net_sales"] for row in example("E01_abc_rank.csv")}
    return selling(values, shipped("abc_sales"))


def abc_ties() -> tuple[Rows, Policy]:
    rules = [
        {
            "method": "abc_rank",
            "id": rule,
            "tie_rule": rule,
            "shares_pct": {"A": 20, "B": 50},
            "tie_break": [{"metric": "customer_profit", "order": "more"}],
        }
        for rule in ("include", "exclude", "break")
    ]
    sold = {
        "K1": (900, 90),
        "K2": (500, 50),
        "K3": (500, 40),
        "K4": (500, 30),
        "K5": (100, 10),
        "K6": (-50, -50),
    }
    return earning(sold, policy(rules[0], advisory=rules[1:]))


def cumulative_e38() -> tuple[Rows, Policy]:
    rows = [row for row in example("E38_abc_cumulative.csv") if row["case"] == "2"]
    return selling({row["customer"]: row["value"] for row in rows}, shipped("abc_cumulative"))


def cumulative_line() -> tuple[Rows, Policy]:
    return selling({"A1": 500, "A2": 300, "B1": 100, "B2": 50, "C1": 50}, shipped("abc_cumulative"))


def bands() -> tuple[Rows, Policy]:
    sold = {
        "E1": (1_300_000, 1_000_000),
        "E2": (1_000_000, "999999.99"),
        "E3": (200_000, 200_000),
        "E4": (100, -300),
        "E5": (10, None),
    }
    return earning(sold, shipped("lifetime_value_bands"))


def card_e05() -> tuple[Rows, Policy]:
    judged = []
    for row in example("E05_scorecard_realestate.csv"):
        scores = {criterion: row[criterion] for criterion in test_scorecard.CRITERIA}
        levels = {"nature": row["nature_level"]}
        judged += test_scorecard.assessed(row["customer"], "realestate_scorecard", scores, levels)
    chosen = shipped("realestate_scorecard")
    return test_scorecard.graded(judged, chosen), chosen


def card_e07() -> tuple[Rows, Policy]:
    named = {
        "order": "order_amount",
        "profit": "profit",
        "credit": "credit_score",
        "prospect": "prospect_score",
    }
    people = [
        {"code": row["customer"], **{ours: int(row[theirs]) for ours, theirs in named.items()}}
        for row in example("E07_composite.csv")[:-1]
    ]
    chosen = shipped("five_indicator_composite")
    return test_composite.graded(people, chosen), chosen


def normalised() -> tuple[Rows, Policy]:
    chosen = test_normalised.card()
    return test_normalised.graded(test_normalised.SIX, chosen), chosen


def card_e19() -> tuple[Rows, Policy]:
    chosen = test_scorecard.judged_by_people(shipped("prospect_scorecard"))
    codes = [criterion.code for criterion in chosen.leading.criteria]
    judged = []
    for row in example("E19_prospect_scorecard.csv"):
        scores = {code: row[code] for code in codes}
        judged += test_scorecard.assessed(row["prospect"], "prospect_scorecard", scores, {})
    return test_scorecard.graded(judged, chosen, kind="prospect"), chosen


def quality_e12() -> tuple[Rows, Policy]:
    return graded(test_quality.company(example("E12_quality20.csv")), shipped("quality_20"))


def rfm_e04() -> tuple[Rows, Policy]:
    lines = []
    for row in example("E04_rfm.csv"):
        last = date.fromordinal(AS_OF.toordinal() - int(row["recency_days"]))
        lines += test_rfm.orders(row["customer"], last, int(row["frequency"]), row["monetary"])
    return test_rfm.graded(lines), shipped("rfm_rank")


def credit_e06() -> tuple[Rows, Policy]:
    facts = test_credit.company(EXAMPLES)
    rows, chosen = graded(facts, shipped("credit_rating"))
    known = metrics(facts, "on_time_rate_pct", "average_days_late", "overdue")
    return {code: known[code] | row for code, row in rows.items()}, chosen


def combined_by_table() -> tuple[Rows, Policy]:
    return test_combination.combined(test_combination.TABLE, {"A": 40, "B": 100}), shipped("abc_credit_table")


def worst_and_best() -> tuple[Rows, Policy]:
    shares = {"A": 20, "B": 80}
    rows = {
        rule: test_combination.combined({"rule": f"{rule}_of", "of": ["abc", "orders"]}, shares)
        for rule in ("worst", "best")
    }
    joined = {code: row | {"best_grade": rows["best"][code]["grade"]} for code, row in rows["worst"].items()}
    return joined, shipped("abc_credit_table")


def matrix_e17() -> tuple[Rows, Policy]:
    rows = test_judged.matrix(example("E17_matrix.csv"))
    ours = ("at_risk", "key_candidate", "worth_pursuing")
    for row in rows.values():
        row["flags"] = ";".join(flag for flag in row["flags"].split(";") if flag in ours)
    return rows, shipped("account_matrix")


def key_e03() -> tuple[Rows, Policy]:
    sold = {row["customer"]: (2_000_000, row["profit"]) for row in example("E03_profit_whale.csv")}
    return earning(sold, shipped("key_accounts"))


def key_e23() -> tuple[Rows, Policy]:
    case = json.loads((EXAMPLES / "E23_key_account_eval.json").read_text(encoding="utf-8"))
    return {"K": test_judged.evaluated(case["bargaining_power_ratings"] | case["scores"])}, shipped(
        "key_accounts"
    )


def prospects() -> tuple[Rows, Policy]:
    return test_fallback.graded({"K": 200, "L": 100}), shipped("abc_with_prospects")


def scores(prefix: str, *names: str, part: str = "score") -> tuple[str, ...]:
    return tuple(f"{prefix}_{name}_{part}" for name in names)


FREE = ""
"""A column of words that explain a row; nothing computes them."""

PAGES: dict[str, dict[str, Worked]] = {
    "abc_rank": {
        "E01": Worked(abc_e01, ("net_sales_12m", "rank", "grade", "gap_to_next", "cushion_down")),
        "ties": Worked(
            abc_ties,
            ("net_sales_12m", "customer_profit_12m", "rank", "grade", "exclude_grade", "break_grade"),
        ),
    },
    "abc_cumulative": {
        "E38": Worked(cumulative_e38, ("net_sales_12m", "rank", "cumulative_before", "grade")),
        "on the line": Worked(cumulative_line, ("net_sales_12m", "rank", "cumulative_before", "grade")),
    },
    "value_bands": {
        "bands": Worked(bands, ("customer_profit_60m", "worth_grade", "worth_gap", "worth_cushion")),
    },
    "scorecard": {
        "E05": Worked(card_e05, (*scores("scorecard", *test_scorecard.CRITERIA), "score", "grade", "status")),
        "E07": Worked(
            card_e07, (*scores("composite", "credit", "order", "profit", "prospect"), "score", "grade")
        ),
        "normalised": Worked(
            normalised, ("net_sales_12m", *scores("card", *test_normalised.SOURCES), "grade")
        ),
        "E19": Worked(
            card_e19,
            (
                *scores(
                    "prospect", "nature", "asset_size", "turnover", "development_speed", "potential_demand"
                ),
                "score",
                "grade",
            ),
        ),
    },
    "quality_set": {
        "E12": Worked(
            quality_e12,
            (*scores("quality", *test_quality.SCORES), "quality_score", "quality_rank", "quality_member"),
        ),
    },
    "rfm": {
        "E04": Worked(
            rfm_e04,
            (
                "recency_days",
                "orders_12m",
                "net_sales_12m",
                "rfm_r",
                "rfm_f",
                "rfm_m",
                "rfm_sum",
                "rfm_segment",
                "grade",
            ),
        ),
    },
    "credit_rating": {
        "E06": Worked(
            credit_e06, ("score", "grade", "on_time_rate_pct_12m", "average_days_late_12m", "overdue", FREE)
        ),
    },
    "combination": {
        "table": Worked(
            combined_by_table, ("net_sales_12m", "abc_grade", "credit_grade", "combined_row", "grade")
        ),
        "worst and best": Worked(
            worst_and_best, ("net_sales_12m", "abc_grade", "orders_grade", "grade", "best_grade")
        ),
    },
    "attractiveness": {
        "E17": Worked(
            matrix_e17,
            (
                "matrix_purchased",
                *scores("matrix", "potential", "volume", "margin", part="rating"),
                "matrix_relationship",
                "score",
                "matrix_level",
                "grade",
                "flags",
            ),
        ),
    },
    "key_account": {
        "E03": Worked(key_e03, ("customer_profit_12m", "key_account_profit_before", "key_account_member")),
        "E23": Worked(
            key_e23,
            (
                *scores(
                    "key_account",
                    "needs_vs_capability",
                    "growth_potential",
                    "structural_position",
                    part="rating",
                ),
                "key_account_score",
                "key_account_grade",
                "key_account_cushion",
            ),
        ),
    },
    "fallback": {
        "prospects": Worked(prospects, ("family", "grade", "score", "status", "abc_status")),
    },
}
