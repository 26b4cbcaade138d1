"""Edges of retention, winning back, campaigns, cross-selling and plans. Spec 5.7, 5.9, 10.13."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from tests.support import AS_OF, customers, metrics, tables
from tierwise.insight.campaigns import attributed, campaign_returns, mentions, reach
from tierwise.insight.cross_selling import association, hit_rate, recommendations
from tierwise.insight.plans import achievement, regional, visit_compliance
from tierwise.insight.retention import EVERYONE, regain_rates, retention

DAY = timedelta(days=1)


def test_retention_is_of_the_customers_who_ordered_before_and_of_their_sales() -> None:
    last_year, this_year = AS_OF - timedelta(days=400), AS_OF
    sold = [
        ("stays", last_year, 100),
        ("stays", this_year, 150),
        ("leaves", last_year, 50),
        ("new", this_year, 900),
    ]
    facts = tables(
        customers=customers(["stays", "leaves", "new", "never"]),
        order_lines=[{"customer_code": c, "order_date": d, "amount_ex_tax": a} for c, d, a in sold],
    )
    rows = metrics(facts, "orders", "orders_before", "net_sales", "net_sales_before").values()
    got = retention(pa.Table.from_pylist(list(rows)))[EVERYONE]
    assert (got.base, got.kept, got.retention_pct, got.churn_pct) == (2, 1, 50, 50)
    assert got.net_revenue_pct == 100


def test_nobody_before_has_no_retention() -> None:
    got = retention([])[EVERYONE]
    assert (got.base, got.retention_pct, got.churn_pct, got.net_revenue_pct) == (0, None, None, None)


def lost(on: date, back: date | None = None, *, contacted: bool = True) -> dict[str, Any]:
    return {"lost_on": on, "regained_on": back, "contacted": contacted}


def test_coming_back_counts_up_to_the_same_day_a_year_later_and_once_it_is_known() -> None:
    on = date(2024, 1, 15)
    rows = [lost(on, date(2025, 1, 15)), lost(on, date(2025, 1, 16)), lost(on), lost(date(2025, 8, 1))]
    got = regain_rates(rows, date(2025, 6, 30))
    assert list(got) == [date(2024, 1, 31)]
    assert (got[date(2024, 1, 31)].lost, got[date(2024, 1, 31)].regained) == (3, 1)
    assert regain_rates(rows, date(2025, 1, 14))[date(2024, 1, 31)].regained == 0


def test_a_cohort_is_open_until_all_of_its_customers_had_a_year() -> None:
    rows = [lost(date(2024, 6, 3))]
    assert regain_rates(rows, date(2025, 6, 29))[date(2024, 6, 30)].open
    assert not regain_rates(rows, date(2025, 6, 30))[date(2024, 6, 30)].open


def test_who_came_back_uncalled_is_not_of_the_contacted() -> None:
    got = regain_rates([lost(AS_OF, AS_OF, contacted=False), lost(AS_OF)], AS_OF)[AS_OF]
    assert (got.of_lost_pct, got.of_contacted_pct) == (50, 0)


def touch(campaign: str, on: date, number: str = "1", **more: Any) -> dict[str, Any]:
    return {"customer_code": "K", "campaign_code": campaign, "date": on, "number": number} | more


def order(number: str, on: date, margin: int = 10) -> dict[str, Any]:
    return {"order_number": number, "customer_code": "K", "date": on, "margin": Decimal(margin)}


def test_an_order_belongs_to_the_last_touch_of_thirty_days_unless_a_touch_names_it() -> None:
    touches = [
        touch("early", AS_OF - 30 * DAY),
        touch("same day, first", AS_OF, "1"),
        touch("same day, last", AS_OF, "2"),
        touch("later", AS_OF + DAY),
        touch("named", AS_OF - 90 * DAY, order_number="O4"),
    ]
    orders = [order("O1", AS_OF), order("O2", AS_OF - DAY), order("O3", AS_OF - 31 * DAY), order("O4", AS_OF)]
    assert attributed(touches, orders) == {"O1": "same day, last", "O2": "early", "O4": "named"}


def test_the_return_of_a_campaign_is_margin_less_cost_over_cost() -> None:
    orders = [order("O1", AS_OF, 70), order("O2", AS_OF, 80)]
    got = campaign_returns(
        [touch("M", AS_OF)], orders, {"M": Decimal(100), "idle": Decimal(40), "free": Decimal(0)}
    )
    assert (got["M"].orders, got["M"].margin, got["M"].return_pct) == (2, 150, 50)
    assert (got["idle"].return_pct, got["free"].return_pct) == (-100, None)


def test_reach_is_told_by_channel() -> None:
    rows = [
        {"channel": c, "response": r} for c, r in (("web", "none"), ("web", "order"), ("store", "opened"))
    ]
    got = reach(rows)
    assert (got["web"].touches, got["web"].responses, got["web"].orders, got["web"].response_pct) == (
        2,
        1,
        1,
        50,
    )
    assert got["store"].response_pct == 0


def test_mentions_are_per_active_customer_and_year() -> None:
    referrals = [
        {"referrer_code": "K", "referred_code": "N", "date": AS_OF, "converted_on": AS_OF},
        {"referrer_code": "L", "referred_code": "M", "date": AS_OF},
    ]
    lines = [{"customer_code": "K", "order_date": AS_OF, "amount_ex_tax": 1}]
    facts = tables(customers=customers(["K", "L"]), order_lines=lines, referrals=referrals)
    names = ("orders_6m", "referrals_given_6m", "referrals_converted_6m")
    got = mentions(metrics(facts, *names).values(), months=6)
    assert (got.active, got.given, got.converted, got.per_active, got.conversion_pct) == (1, 2, 1, 4, 50)


def test_a_customer_without_peers_gets_no_recommendation_and_no_lift_comes_from_nothing() -> None:
    assert recommendations({"K": {"a"}}, {"b": Decimal(1)}) == {"K": []}
    rule = association({"K": {"a"}}, "b", "a")
    assert (rule.support_pct, rule.confidence_pct, rule.lift) == (0, None, None)
    assert association({}, "a", "b").support_pct is None


def test_the_hit_rate_counts_each_recommendation_once() -> None:
    assert hit_rate([("K", "a"), ("K", "a"), ("L", "b")], [("K", "a"), ("M", "b")]) == 50
    assert hit_rate([], [("K", "a")]) is None


def test_lights_turn_at_ninety_and_a_hundred_percent_and_need_a_plan() -> None:
    lights = [achievement(Decimal(1000), Decimal(actual)).light for actual in (1000, 999, 900, 899)]
    assert lights == ["green", "amber", "amber", "red"]
    unplanned = regional({}, {"North": Decimal(5)})["North"]
    assert (unplanned.achievement_pct, unplanned.light, unplanned.gap) == (None, None, 5)


def test_a_visit_made_after_its_day_is_no_compliance_and_a_future_one_is_not_asked() -> None:
    visits = [(AS_OF, AS_OF), (AS_OF, AS_OF + DAY), (AS_OF - DAY, None), (AS_OF + DAY, None)]
    assert visit_compliance(visits, AS_OF) == Fraction(100, 3)
    assert visit_compliance([], AS_OF) is None


def test_a_grade_of_whatever_name_stands_beside_all_customers() -> None:
    """A policy may call a grade ALL: it once took the place of all customers."""
    one = {"orders_12m": 1, "orders_before_12m": 1, "net_sales_12m": 5, "net_sales_before_12m": 10}
    got = retention([one | {"grade": "ALL"}, one | {"grade": None, "orders_12m": 0, "net_sales_12m": 0}])
    assert (got["ALL"].base, got["ALL"].kept) == (1, 1)
    assert (got[EVERYONE].base, got[EVERYONE].kept) == (2, 1)
