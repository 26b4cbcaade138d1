"""The sample company is believable: concentration, a profit whale, and the stories planted in it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.unit.demo.reading import counted, latest, net_sales, profits, rates_of, rows_of
from tierwise.demo.company import write_company

YEAR = ("2025-11-01", "2026-10-31")
YEAR_BEFORE = ("2024-11-01", "2025-10-31")
QUARTER, QUARTER_BEFORE = ("2026-08-01", "2026-10-31"), ("2026-05-01", "2026-07-31")


@pytest.fixture(scope="module")
def lines(company):
    return rows_of(company, "order_lines")


@pytest.fixture(scope="module")
def sales(company, lines):
    rates = rates_of(rows_of(company, "fx_rates"))
    internal = set(company.stories["internal_unit"])

    def between(since, until):
        found = net_sales(counted(lines, since, until), rates)
        return {code: amount for code, amount in found.items() if code not in internal}

    return between


def cut(values, share_pct):
    ranked = sorted(values, reverse=True)
    return ranked[-(-len(ranked) * share_pct // 100) - 1]


def test_a_fifth_of_the_customers_brings_about_four_fifths_of_the_sales(sales):
    ranked = sorted(sales(*YEAR).values(), reverse=True)
    top = sum(ranked[: -(-len(ranked) // 5)])
    assert Decimal("0.74") < top / sum(ranked) < Decimal("0.86")


@pytest.mark.parametrize("window", [YEAR, YEAR_BEFORE])
def test_the_profit_whale_curve_peaks_well_above_the_total(company, window):
    amounts = sorted(profits(company, *window).values(), reverse=True)
    peak = sum(amount for amount in amounts if amount > 0) / sum(amounts)
    assert Decimal("1.30") < peak < Decimal("1.90")
    losing = sum(amount < 0 for amount in amounts) / len(amounts)
    assert 0.22 < losing < 0.36


def test_about_a_tenth_of_the_existing_customers_is_inactive(company, sales):
    kinds = {code: row["kind"] for code, row in latest(rows_of(company, "customers")).items()}
    existing = [code for code, kind in kinds.items() if kind == "existing"]
    active = sales(*YEAR)
    assert 0.05 < sum(code not in active for code in existing) / len(existing) < 0.2


def test_spring_festival_dips(sales):
    february, march = sales("2025-02-01", "2025-02-28"), sales("2025-03-01", "2025-03-31")
    assert sum(february.values()) < Decimal("0.75") * sum(march.values())


def test_every_story_is_told_already_by_a_company_of_twenty_two(tmp_path):
    told = write_company(tmp_path, customers=22)
    assert all(told.stories.values())
    assert set(told.stories) == set(told.notes)
    assert all(note.en and note.zh for note in told.notes.values())


def test_the_group_is_an_a_only_together(company, sales):
    year, members = sales(*YEAR), company.stories["group_only_together_a"]
    a, b = cut(year.values(), 5), cut(year.values(), 20)
    assert len(members) == 7
    assert all(year[code] < a for code in members)
    assert sum(year[code] >= b for code in members) >= 5
    assert sum(year[code] for code in members) > a
    parents = {row["code"]: row["parent_code"] for row in rows_of(company, "customers")}
    assert {parents[code] for code in members[1:]} == {members[0]}


def test_rising_stars_rise_and_fading_customers_fade(company, sales):
    now, before = sales(*QUARTER), sales(*QUARTER_BEFORE)
    rising, fading = company.stories["rising_star"], company.stories["fading"]
    assert sum(now[code] >= Decimal("1.2") * before[code] for code in rising) >= len(rising) * 0.7
    year, year_before = sales(*YEAR), sales(*YEAR_BEFORE)
    assert all(year[code] > Decimal("1.3") * year_before[code] for code in rising)
    assert all(year[code] < Decimal("0.7") * year_before[code] for code in fading)


def test_lost_key_customers_were_an_a_and_stopped(company, sales):
    before = sales(*YEAR_BEFORE)
    a = cut(before.values(), 5)
    now = sales("2026-06-01", "2026-10-31")
    lost = company.stories["lost_key"]
    assert sum(before[code] >= a for code in lost) >= len(lost) * 0.7
    assert all(now.get(code, 0) <= 0 for code in lost)


def test_regained_customers_paused_for_most_of_a_year(company, lines):
    for code in company.stories["regained"]:
        days = sorted(
            {r["order_date"] for r in lines if r["customer_code"] == code and r["line_type"] == "sale"}
        )
        dates = [date.fromisoformat(day) for day in days]
        pause = max(later - day for day, later in pairwise(dates))
        assert pause > timedelta(days=240)
        assert days[-1] >= "2026-08-01"


def test_one_huge_order_makes_up_most_of_the_year(company, lines):
    for code in company.stories["single_huge_order"]:
        orders: dict[str, Decimal] = defaultdict(Decimal)
        for line in counted(lines, *YEAR):
            if line["customer_code"] == code:
                orders[line["order_number"]] += Decimal(line["amount_ex_tax"])
        assert max(orders.values()) > Decimal("0.8") * sum(orders.values())


def test_the_big_but_unprofitable_are_big_and_lose_money(company, sales):
    year, profit = sales(*YEAR), profits(company, *YEAR)
    a = cut(year.values(), 8)
    assert all(profit[code] < 0 for code in company.stories["big_but_unprofitable"])
    assert sum(year[code] > a for code in company.stories["big_but_unprofitable"]) >= 8


def test_the_small_but_perfect_payers_are_never_late(company):
    invoices = {row["number"]: row for row in rows_of(company, "invoices")}
    perfect, seen = set(company.stories["small_but_perfect_payer"]), set()
    for row in rows_of(company, "allocations"):
        invoice = invoices[row["invoice_number"]]
        if invoice["customer_code"] in perfect:
            seen.add(invoice["customer_code"])
            assert row["allocated_on"] <= invoice["due_date"]
    assert seen == perfect


@pytest.mark.parametrize(
    ("story", "excused"), [("late_payer_own_fault", "false"), ("late_payer_excused", "true")]
)
def test_late_payers_have_reasons_of_their_kind(company, story, excused):
    owner = {row["number"]: row["customer_code"] for row in rows_of(company, "invoices")}
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(company, "late_reasons"):
        reasons[owner[row["invoice_number"]]].append(row["excused"] or "true")
    for code in company.stories[story]:
        assert len(reasons[code]) >= 3
        assert set(reasons[code]) == {excused}


def test_seasonal_customers_buy_from_september_to_january_only(company, lines):
    seasonal = set(company.stories["seasonal"])
    months = {
        r["order_date"][5:7] for r in lines if r["customer_code"] in seasonal and r["line_type"] == "sale"
    }
    assert months <= {"09", "10", "11", "12", "01"}


def test_the_cost_of_one_off_goods_is_missing(company, lines):
    for code in company.stories["missing_cost"]:
        sold = [r for r in counted(lines, *YEAR) if r["customer_code"] == code and r["line_type"] == "sale"]
        unknown = sum(Decimal(r["amount_ex_tax"]) for r in sold if not r["product_code"])
        assert unknown > Decimal("0.05") * sum(Decimal(r["amount_ex_tax"]) for r in sold)


def test_hot_prospects_have_no_counted_order_and_a_judged_need(company, lines):
    hot = set(company.stories["hot_prospect"])
    assert not [line for line in counted(lines) if line["customer_code"] in hot]
    judged = {
        r["customer_code"]: int(r["score"])
        for r in rows_of(company, "assessments")
        if r["customer_code"] in hot
    }
    assert set(judged) == hot
    assert min(judged.values()) >= 85
