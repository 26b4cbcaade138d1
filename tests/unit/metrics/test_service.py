"""Surveys, complaints, calls, shipments, promises, hours, marketing: edges of their metrics. Spec 5.8, 5.9."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support import AS_OF, customers, metrics, policy, tables
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.memory import register_tables
from tierwise.metrics.catalogue import METRICS, use_of
from tierwise.metrics.compute import compute_metrics
from tierwise.metrics.scene import Scene
from tierwise.policy.fingerprint import rules_of, uses_of

EVENTS = [
    m.name for m in METRICS.values() if m.id[:3] in ("CDV", "SAT", "SVC", "MKT", "KAM") or m.id == "SAL-21"
]


def seen(*names: str, as_of: date = AS_OF, **rows: Any) -> dict[str, Any]:
    named = {name: [{"customer_code": "K"} | row for row in some] for name, some in rows.items()}
    return metrics(tables(customers=customers(["K"]), **named), *names, as_of=as_of)["K"]


def test_without_facts_counts_are_zero_and_all_else_is_null_with_a_status() -> None:
    got = metrics(tables(customers=customers(["K"])), *EVENTS)["K"]
    for name in EVENTS:
        column = use_of(name, 12).column
        if METRICS[name].statuses:
            assert got[column] is None, name
            assert got[f"{column}_status"] in METRICS[name].statuses, name
        else:
            assert got[column] == 0, name


def answers(**columns: list[int | None]) -> list[dict[str, Any]]:
    size = max(map(len, columns.values()))
    return [
        {"answered_on": AS_OF, "number": f"S{i}"} | {name: values[i] for name, values in columns.items()}
        for i in range(size)
    ]


def test_satisfaction_counts_only_answers_to_the_question_on_the_scale() -> None:
    rows = answers(csat=[5, 4, 3, None, 9], expectation_met=[-2, 1, None, None, None], nps=[10, 9, 8, 6, 0])
    got = seen("satisfaction_score", "satisfied_pct", "expectation_gap", "net_promoter_score", surveys=rows)
    assert (got["satisfaction_score_12m"], round(got["satisfied_pct_12m"], 2)) == (4, Decimal("66.67"))
    assert (got["expectation_gap_12m"], got["net_promoter_score_12m"]) == (Decimal("-0.5"), 0)


def test_more_detractors_than_promoters_are_a_negative_score() -> None:
    assert seen("net_promoter_score", surveys=answers(nps=[0, 6, 7]))["net_promoter_score_12m"] < -66


@pytest.mark.parametrize(
    ("hours", "median", "p90"),
    [
        (["4"], "4", "4"),
        (["1", "2"], "1.5", "1.9"),
        (["10", "2", "4"], "4", "8.8"),
        (["1", "1", "1", "9"], "1", "6.6"),
        ([str(n) for n in range(1, 12)], "6", "10"),
    ],
)
def test_hours_of_complaints_have_their_median_and_ninetieth_percentile(
    hours: list[str], median: str, p90: str
) -> None:
    rows = [{"received_on": AS_OF, "first_response_hours": Decimal(h)} for h in [*hours]]
    outside = [{"received_on": AS_OF - timedelta(days=400), "first_response_hours": Decimal(999)}]
    silent = [{"received_on": AS_OF}]
    got = seen(
        "first_response_hours", "first_response_hours_p90", "complaints", complaints=rows + outside + silent
    )
    assert got["first_response_hours_12m"] == Decimal(median)
    assert got["first_response_hours_p90_12m"] == Decimal(p90)
    assert got["complaints_12m"] == len(hours) + 1


def test_complaints_without_times_say_so() -> None:
    got = seen(
        "resolution_hours", "repeat_complaints_pct", complaints=[{"received_on": AS_OF, "repeat_of": "X"}]
    )
    assert (got["resolution_hours_12m"], got["resolution_hours_12m_status"]) == (None, "no_times")
    assert got["repeat_complaints_pct_12m"] == 100


def test_a_complaint_is_open_until_the_day_on_which_it_is_resolved() -> None:
    rows = [{"received_on": date(2023, 1, 1), "resolved_on": AS_OF}, {"received_on": date(2023, 1, 1)}]
    assert seen("open_complaints", complaints=rows)["open_complaints"] == 1
    before = AS_OF - timedelta(days=1)
    assert seen("open_complaints", complaints=rows, as_of=before)["open_complaints"] == 2


def test_complaints_per_100_orders() -> None:
    orders = [{"order_date": AS_OF, "amount_ex_tax": 10} for _ in range(8)]
    rows = [{"received_on": AS_OF}] * 3
    got = seen("complaints_per_100_orders", order_lines=orders, complaints=rows)
    assert got["complaints_per_100_orders_12m"] == Decimal("37.5")


def test_the_wait_is_the_mean_of_answered_calls_and_abandoned_ones_count_among_all() -> None:
    calls = [
        {"date": AS_OF, "left_reason": "answered", "wait_seconds": Decimal(10)},
        {"date": AS_OF, "left_reason": "answered", "wait_seconds": Decimal("20.5")},
        {"date": AS_OF, "left_reason": "abandoned", "wait_seconds": Decimal(500)},
        {"date": AS_OF, "left_reason": "rejected_busy"},
    ]
    got = seen("average_answer_seconds", "abandon_rate_pct", "calls", calls=calls)
    assert (got["average_answer_seconds_12m"], got["abandon_rate_pct_12m"], got["calls_12m"]) == (
        Decimal("15.25"), 25, 4,
    )  # fmt: skip


def shipment(promised: int, delivered: int | None, ordered: int | None = -5) -> dict[str, Any]:
    """Days counted from the as-of day."""
    days = {"promised_on": promised, "delivered_on": delivered, "ordered_on": ordered}
    return {name: None if n is None else AS_OF + timedelta(days=n) for name, n in days.items()}


def test_a_shipment_that_is_due_today_and_not_delivered_is_not_late_yet() -> None:
    assert seen("on_time_delivery_pct", shipments=[shipment(0, None)])["on_time_delivery_pct_12m"] is None
    assert seen("on_time_delivery_pct", shipments=[shipment(-1, None)])["on_time_delivery_pct_12m"] == 0


def test_what_is_delivered_tomorrow_is_not_known_today() -> None:
    rows = [shipment(-1, 1), shipment(-2, -2), shipment(-2, -1, None)]
    got = seen("on_time_delivery_pct", "lead_time_days", shipments=rows)
    assert round(got["on_time_delivery_pct_12m"], 2) == Decimal("33.33")
    assert got["lead_time_days_12m"] == 3


def test_open_and_withdrawn_promises_are_not_judged() -> None:
    rows = [
        {"date": AS_OF, "promise_state": s} for s in ("kept", "late", "broken", "open", "withdrawn", None)
    ]
    got = seen("promises_kept_pct", "visits", "last_visit_on", interactions=rows)
    assert round(got["promises_kept_pct_12m"], 2) == Decimal("33.33")
    assert (got["visits_12m"], got["last_visit_on"]) == (6, AS_OF)


def test_sales_per_hour_are_exact_also_for_odd_minutes() -> None:
    logs = [{"date": AS_OF, "minutes": Decimal(100)}, {"date": AS_OF, "minutes": Decimal("0.5")}]
    lines = [{"order_date": AS_OF, "amount_ex_tax": 1000}]
    got = seen("sales_per_hour", "hours", order_lines=lines, time_logs=logs)
    assert got["sales_per_hour_12m"] == Decimal("597.0149")
    assert round(got["hours_12m"], 6) == Decimal("1.675000")
    assert seen("sales_per_hour", order_lines=lines)["sales_per_hour_12m_status"] == "no_hours"


def test_a_message_that_was_only_opened_is_no_response() -> None:
    rows = [{"date": AS_OF, "response": r} for r in ("none", "opened", "answered", "lead", "order")]
    got = seen("touches", "responses", "touch_orders", "response_rate_pct", touches=rows)
    assert [got[f"{n}_12m"] for n in ("touches", "responses", "touch_orders", "response_rate_pct")] == [
        5,
        3,
        1,
        60,
    ]


def test_a_referral_counts_for_the_customer_that_gave_it() -> None:
    rows = [
        {"referrer_code": "K", "referred_code": "N", "date": AS_OF, "converted_on": AS_OF},
        {
            "referrer_code": "K",
            "referred_code": "M",
            "date": AS_OF,
            "converted_on": AS_OF + timedelta(days=1),
        },
    ]
    got = metrics(
        tables(customers=customers(["K", "N"]), referrals=rows), "referrals_given", "referral_conversion_pct"
    )
    assert (got["K"]["referrals_given_12m"], got["K"]["referral_conversion_pct_12m"]) == (2, 50)
    assert got["N"]["referrals_given_12m"] == 0


def score(criterion: str, value: int, as_of: date = AS_OF, **more: Any) -> dict[str, Any]:
    return {"template": "delivered_value", "criterion": criterion, "score": value, "as_of": as_of} | more


VALUES = ("product_value", "service_value", "personnel_value", "image_value")


def test_the_newest_score_of_each_value_counts_and_an_expired_one_is_missing() -> None:
    old, expired = date(2025, 1, 1), date(2024, 6, 30)
    rows = [*(score(v, 10) for v in VALUES), *(score(v, 99, old) for v in VALUES)]
    assert seen("total_customer_value", assessments=rows)["total_customer_value"] == 40
    stale = [*(score(v, 10) for v in VALUES[1:]), score(VALUES[0], 10, expired)]
    got = seen("total_customer_value", assessments=stale)
    assert (got["total_customer_value"], got["total_customer_value_status"]) == (None, "incomplete")
    lasting = [*stale[:3], score(VALUES[0], 10, expired, valid_until=AS_OF)]
    assert seen("total_customer_value", assessments=lasting)["total_customer_value"] == 40


def test_a_cost_of_zero_has_no_ratio() -> None:
    costs = ("monetary_cost", "time_cost", "energy_cost", "psychic_cost")
    rows = [*(score(v, 10) for v in VALUES), *(score(c, 0) for c in costs)]
    got = seen("value_cost_ratio", "delivered_value", assessments=rows)
    assert (got["value_cost_ratio"], got["value_cost_ratio_status"], got["delivered_value"]) == (
        None,
        "no_cost",
        40,
    )


def test_the_share_of_wallet_is_of_the_categories_whose_spending_is_known() -> None:
    facts = tables(
        customers=customers(["K"]),
        products=[{"code": "p", "category": "pumps"}, {"code": "v", "category": "valves"}],
        order_lines=[
            {"customer_code": "K", "order_date": AS_OF, "amount_ex_tax": amount, "product_code": code}
            for code, amount in (("p", 30), ("v", 1000), (None, 7))
        ],
        category_spend=[
            {"customer_code": "K", "category": "pumps", "amount": 120, "year": 2025},
            {"customer_code": "K", "category": "valves", "amount": 9, "year": 2024},
        ],
    )
    got = metrics(facts, "share_of_wallet_pct", "category_spend")["K"]
    assert (got["share_of_wallet_pct_12m"], got["category_spend"]) == (25, 120)


def _of_group(*stated: dict[str, Any]) -> dict[str, Any]:
    """The share of a group whose head bought 10 and whose members bought 30 of pumps and 40 of valves."""
    facts = tables(
        customers=[{"code": "G"}, {"code": "M", "parent_code": "G"}, {"code": "N", "parent_code": "G"}],
        products=[{"code": "p", "category": "pumps"}, {"code": "v", "category": "valves"}],
        order_lines=[
            {"customer_code": code, "order_date": AS_OF, "amount_ex_tax": amount, "product_code": product}
            for code, amount, product in (("G", 10, "p"), ("M", 30, "p"), ("M", 1, "v"), ("N", 40, "v"))
        ],
        category_spend=list(stated),
    )
    names = ("share_of_wallet_pct", "category_spend", "open_potential")
    return metrics(facts, *names, level="group")["G"]


def test_the_spending_of_one_member_as_a_whole_leaves_that_of_the_others_in() -> None:
    got = _of_group(
        {"customer_code": "M", "category": "all", "amount": 100},
        {"customer_code": "N", "category": "valves", "amount": 100, "year": AS_OF.year - 1},
    )
    assert got["category_spend"] == 200
    assert got["share_of_wallet_pct_12m"] == Decimal("35.5")  # 31 of M, 40 of N; nobody spoke for the head
    assert got["open_potential_12m"] == 129


def test_a_member_is_set_against_its_own_purchases_in_its_own_categories() -> None:
    got = _of_group(
        {"customer_code": "M", "category": "pumps", "amount": 60},
        {"customer_code": "N", "category": "pumps", "amount": 40},
    )
    assert (got["category_spend"], got["share_of_wallet_pct_12m"]) == (100, 30)


def test_a_head_that_alone_states_spending_speaks_for_its_group() -> None:
    got = _of_group({"customer_code": "G", "category": "pumps", "amount": 80})
    assert (got["category_spend"], got["share_of_wallet_pct_12m"]) == (80, 50)


def test_members_of_a_group_add_up() -> None:
    facts = tables(
        customers=[{"code": "G"}, {"code": "M", "parent_code": "G"}],
        complaints=[{"customer_code": c, "received_on": AS_OF} for c in ("G", "M", "M")],
        time_logs=[{"customer_code": "M", "date": AS_OF, "minutes": 30}],
    )
    got = metrics(facts, "complaints", "hours", level="group")["G"]
    assert (got["complaints_12m"], got["hours_12m"]) == (3, Decimal("0.5"))


def test_a_policy_that_reads_none_of_them_makes_none_of_their_stages() -> None:
    plain = policy({"method": "abc_rank", "value": "net_sales", "shares_pct": {"A": "5", "B": "20"}})
    with DuckDBEngine() as engine:
        register_tables(engine, tables(customers=customers(["K"])))
        stages, made = Stages(engine), []
        keep = stages.keep
        stages.keep = lambda name, expr: (made.append(name), keep(name, expr))[1]  # type: ignore[method-assign]
        compute_metrics(stages, uses_of(plain), Scene(AS_OF))
    assert made == ["tw_customers", "tw_line_sums", "tw_raw"]
    assert "complaints" not in rules_of(plain)
