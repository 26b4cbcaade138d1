"""Hours, calls, complaints and answers of the sample company agree with its stories and with each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from statistics import mean, median

import pytest

from tests.unit.demo.reading import latest, net_sales, rates_of, rows_of
from tierwise.demo.company import effort, voices, write_company

YEAR = "2025-11-01"


@pytest.fixture(scope="module")
def year_hours(company):
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(company, "time_logs"):
        if row["date"] >= YEAR:
            found[row["customer_code"]] += Decimal(row["minutes"]) / 60
    return found


@pytest.fixture(scope="module")
def asked(company):
    """Complaints per order of every customer."""
    orders: dict[str, set[str]] = defaultdict(set)
    for line in rows_of(company, "order_lines"):
        orders[line["customer_code"]].add(line["order_number"])
    complaints = Counter(row["customer_code"] for row in rows_of(company, "complaints"))

    def rate(codes):
        return sum(complaints[code] for code in codes) / sum(len(orders[code]) for code in codes)

    return rate


def test_they_draw_from_streams_of_their_own(tmp_path, monkeypatch):
    with_them = write_company(tmp_path / "with", customers=40)
    monkeypatch.setattr(effort, "time_rows", lambda *_: ())
    monkeypatch.setattr(effort, "call_rows", lambda *_: ())
    monkeypatch.setattr(voices, "complaints_of", lambda *_: [])
    monkeypatch.setattr(voices, "survey_rows", lambda *_: ())
    without = write_company(tmp_path / "without", customers=40)
    changed = [
        table
        for table, paths in with_them.tables.items()
        if [path.read_bytes() for path in paths] != [path.read_bytes() for path in without.tables[table]]
    ]
    assert changed == ["time_logs", "calls", "complaints", "surveys"]


def test_nobody_works_more_than_a_day_in_a_record_nor_more_than_a_year_in_a_year(company):
    worked: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(company, "time_logs"):
        assert 15 <= int(row["minutes"]) <= 480
        if row["date"] >= YEAR:
            worked[row["user"]] += Decimal(row["minutes"]) / 60
    assert len(worked) > 25
    assert max(worked.values()) < 2200


def test_time_is_not_spent_where_the_sales_are(company, year_hours):
    """The sales of the best fifth are four fifths, their hours are not: what the pyramid is to show."""
    lines = [line for line in rows_of(company, "order_lines") if line["posting_date"] >= YEAR]
    sales = net_sales(lines, rates_of(rows_of(company, "fx_rates")))
    best = sorted(sales, key=lambda code: -sales[code])[: len(sales) // 5]
    assert sum(year_hours[code] for code in best) / sum(year_hours.values()) < Decimal("0.78")
    heavy = company.stories["big_but_unprofitable"]
    assert sum(year_hours[c] for c in heavy) / sum(sales[c] for c in heavy) > 2 * sum(
        year_hours.values()
    ) / sum(sales.values())


def test_prospects_cost_hours_before_they_bring_an_order(company, year_hours):
    hot = company.stories["hot_prospect"]
    kinds = {code: row["kind"] for code, row in latest(rows_of(company, "customers")).items()}
    others = [code for code, kind in kinds.items() if kind == "prospect" and code not in hot]
    assert mean(year_hours[code] for code in hot) > 4 * mean(year_hours[code] for code in others)
    assert sum(year_hours[code] for code in others) > 0


def test_calls_end_in_one_way_and_wait_accordingly(company):
    rows = rows_of(company, "calls")
    ends = Counter(row["left_reason"] for row in rows)
    assert set(ends) == {"answered", "abandoned", "rejected_busy"}
    assert 0.8 < ends["answered"] / len(rows) < 0.95
    for row in rows:
        assert bool(row["talk_seconds"]) == bool(row["agent"]) == (row["left_reason"] == "answered")
        assert (row["wait_seconds"] == "0") or row["left_reason"] != "rejected_busy"


def test_complaints_follow_the_stories(company, asked):
    everyone = asked([row["code"] for row in rows_of(company, "customers")])
    assert asked(company.stories["late_payer_excused"]) > 4 * everyone
    assert asked(company.stories["big_but_unprofitable"]) > 1.5 * everyone
    assert asked(company.stories["rising_star"]) < everyone
    excused = set(company.stories["late_payer_excused"])
    matters = {row["category"] for row in rows_of(company, "complaints") if row["customer_code"] in excused}
    assert matters == {"交期", "开票"}


def test_a_complaint_is_answered_before_it_is_resolved_and_open_ones_have_no_end(company):
    rows = {row["number"]: row for row in rows_of(company, "complaints")}
    for row in rows.values():
        done = bool(row["resolved_on"])
        assert done == bool(row["resolution_hours"]) == bool(row["satisfied"]) == bool(row["root_cause"])
        if done:
            assert Decimal(row["first_response_hours"]) <= Decimal(row["resolution_hours"])
            assert row["received_on"] <= row["resolved_on"] <= "2026-10-31"
        if row["repeat_of"]:
            first = rows[row["repeat_of"]]
            assert (first["customer_code"], first["category"]) == (row["customer_code"], row["category"])
            assert first["received_on"] <= row["received_on"]
    assert any(row["repeat_of"] for row in rows.values())
    assert any(not row["resolved_on"] for row in rows.values())


def test_severe_complaints_are_answered_sooner(company):
    hours = defaultdict(list)
    for row in rows_of(company, "complaints"):
        if row["first_response_hours"]:
            hours[row["severity"]].append(Decimal(row["first_response_hours"]))
    assert median(hours["4"]) < median(hours["3"]) < median(hours["1"])


def test_answers_agree_with_each_other_and_with_the_stories(company):
    rows = rows_of(company, "surveys")
    by_score = {s: mean(int(r["nps"]) for r in rows if r["csat"] == s) for s in "2345"}
    assert sorted(by_score, key=by_score.get) == ["2", "3", "4", "5"]
    assert all(row["sent_on"] <= row["answered_on"] for row in rows)

    def satisfaction(story):
        codes = set(company.stories[story])
        return mean(int(row["csat"]) for row in rows if row["customer_code"] in codes)

    assert satisfaction("rising_star") > satisfaction("fading") + 1
    assert satisfaction("small_but_perfect_payer") > satisfaction("late_payer_excused") + 1
