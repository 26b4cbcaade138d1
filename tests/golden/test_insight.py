"""E15 cross-selling, E18 regions, E30 winning back, E32 retention, E33 visits: pictures of the whole."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.support import read_csv
from tierwise.insight.cross_selling import association, penetration, recommendations
from tierwise.insight.plans import balance, regional, visit_due
from tierwise.insight.retention import regain_profit, regain_rates, retention
from tierwise.insight.values import half_up


def loaded(examples: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((examples / name).read_text(encoding="utf-8"), parse_float=Decimal)
    return found


def test_e15_penetration_recommendations_and_association(examples: Path) -> None:
    case = loaded(examples, "E15_cross_sell.json")
    holdings = {customer: set(owned) for customer, owned in case["holdings"].items()}
    margins = {product: Decimal(value) for product, value in case["avg_margin"].items()}
    assert penetration(holdings) == case["expected_penetration_pct"]
    got = recommendations(holdings, margins, Fraction(case["threshold_pct"]))
    for customer, wanted in case["expected_recommendations"].items():
        assert [(r.product, r.penetration_pct, r.expected_margin) for r in got[customer]] == [
            (w["product"], w["penetration_loo_pct"], w["expected_margin"]) for w in wanted
        ], customer
    told = case["association"]
    rule = association(holdings, told["antecedent"], told["consequent"])
    assert rule.support_pct == told["expected_support_pct"]
    assert half_up(rule.confidence_pct, 4) == told["expected_confidence_pct"]
    assert half_up(rule.lift, 4) == told["expected_lift"]


def test_e18_regions_and_the_balance_of_the_plan(examples: Path) -> None:
    rows = read_csv(examples / "E18_hq_region.csv")
    wanted = loaded(examples, "E18_expected.json")
    plans = {row["region"]: Decimal(row["plan"]) for row in rows}
    actuals = {row["region"]: Decimal(row["actual"]) for row in rows}
    got = regional(plans, actuals)
    for row in rows:
        region = got[row["region"]]
        assert region.achievement_pct == Fraction(row["expected_achievement_pct"]), row
        assert region.gap == Decimal(row["expected_gap"]), row
    assert [name for name, region in got.items() if region.light == "red"] == wanted["regions_below_90pct"]
    sums = balance(Decimal(wanted["national_plan"]), plans.values())
    assert (sums.balanced, sums.regions) == (wanted["plan_balanced"], wanted["regional_plan_sum"])
    whole = regional({"all": sums.national}, {"all": sum(actuals.values(), Decimal(0))})["all"]
    assert (whole.actual, whole.achievement_pct) == (
        wanted["national_actual"],
        Fraction(wanted["national_achievement_pct"]),
    )
    case = wanted["unbalanced_case"]
    off = balance(Decimal(case["national_plan"]), map(Decimal, case["regional_plans"]))
    assert (off.balanced, off.difference) == (case["expected_balanced"], case["expected_difference"])


def test_e30_winning_back(examples: Path) -> None:
    case = loaded(examples, "E30_winback.json")
    lost_on = date(2024, 3, 10)
    rows = [
        {
            "lost_on": lost_on,
            "contacted": i < case["contacted"],
            "regained_on": lost_on + timedelta(days=40) if i < case["regained"] else None,
        }
        for i in range(case["lost_key_customers"])
    ]
    got = regain_rates(rows, date(2025, 6, 30))[date(2024, 3, 31)]
    assert got.contact_pct == Fraction(case["expected_contact_rate_pct"])
    assert half_up(got.of_contacted_pct, 4) == case["expected_regain_rate_pct_of_contacted"]
    assert got.of_lost_pct == Fraction(case["expected_regain_rate_pct_of_lost"])
    assert not got.open
    profit = regain_profit(
        got.regained,
        Decimal(case["average_second_lifetime_value"]),
        Decimal(case["offer_cost"]),
        Decimal(case["dialogue_cost"]),
    )
    assert profit == case["expected_regain_profit"]


def test_e32_retention_by_grade(examples: Path) -> None:
    table = read_csv(examples / "E32_retention.csv")
    grades = [row for row in table if row["grade"] != "ALL"]
    rows = [
        {
            "grade": row["grade"],
            "orders_before_12m": 1,
            "orders_12m": int(i < int(row["still_active_at_end"])),
        }
        for row in grades
        for i in range(int(row["customers_at_start"]))
    ]
    rows += [{"grade": "D_EMPTY", "orders_before_12m": 0, "orders_12m": 3}]
    got = retention(rows)
    for row in table:
        named = None if row["grade"] == "ALL" else row["grade"]
        one, wanted = got[named], row["expected_retention_pct"]
        assert (one.base, one.kept) == (int(row["customers_at_start"]), int(row["still_active_at_end"])), row
        assert one.retention_pct == (Fraction(wanted) if wanted else None), row
        assert one.churn_pct == (100 - Fraction(wanted) if wanted else None), row


def test_e33_the_next_visit_and_how_long_it_is_overdue(examples: Path) -> None:
    for row in read_csv(examples / "E33_visit_cadence.csv"):
        last = date.fromisoformat(row["last_visit"]) if row["last_visit"] else None
        got = visit_due(last, int(row["interval_days"]), date.fromisoformat(row["as_of"]))
        assert got.due_on.isoformat() == row["expected_next_due"], row
        assert got.overdue_days == int(row["expected_overdue_days"]), row
