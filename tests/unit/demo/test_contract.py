"""Every row of the sample company satisfies the contract of its table and refers to rows that exist."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.unit.demo.reading import latest, rows_of
from tierwise.book.contract import TABLES
from tierwise.book.contract.model import Column

END = "2026-10-31"
MADE = (
    "customers products order_lines invoices payments allocations late_reasons service_costs fx_rates assessments"
    " time_logs calls complaints surveys contacts interactions signals"
).split()
"""The tables that the sample company has."""

PATTERNS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "money": re.compile(r"-?\d+(\.\d{1,2})?"),
    "quantity": re.compile(r"-?\d+(\.\d)?"),
    "rate": re.compile(r"\d+(\.\d{1,8})?"),
    "percent": re.compile(r"-?\d+(\.\d{1,4})?"),
    "integer": re.compile(r"-?\d+"),
    "flag": re.compile(r"true|false"),
    "text": re.compile(r"\S(.*\S)?"),
}


def wrong(column: Column, value: str) -> bool:
    if not value:
        return column.required
    if column.kind == "choice":
        return value not in {choice.code for choice in column.choices}
    return PATTERNS[column.kind].fullmatch(value) is None


def test_the_company_has_these_tables_and_no_others(company):
    assert set(company.tables) == set(MADE)


@pytest.mark.parametrize("table", MADE)
def test_every_value_has_the_declared_type(company, table):
    rows = rows_of(company, table)
    declared = {column.name: column for column in TABLES[table].file_columns}
    assert set(rows[0]) <= set(declared) | {"known_on"}
    assert {name for name, column in declared.items() if column.required} <= set(rows[0])
    for name in set(rows[0]) & set(declared):
        bad = {value for value in {row[name] for row in rows} if wrong(declared[name], value)}
        assert bad == set(), name


@pytest.mark.parametrize("table", MADE)
def test_keys_are_unique(company, table):
    counts = Counter(tuple(row[column] for column in TABLES[table].key) for row in rows_of(company, table))
    assert [key for key, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("table", MADE)
def test_references_exist(company, table):
    rows = rows_of(company, table)
    for column in TABLES[table].file_columns:
        if column.refers_to and column.name in rows[0]:
            target = TABLES[column.refers_to].key[0]
            known = {row[target] for row in rows_of(company, column.refers_to)} | {""}
            assert {row[column.name] for row in rows} <= known, column.name


@pytest.mark.parametrize("table", MADE)
def test_nothing_is_dated_after_the_last_day(company, table):
    business_day = TABLES[table].effective_on
    assert max(row[business_day] for row in rows_of(company, table)) <= END


def test_no_customer_is_its_own_ancestor_and_parents_exist(company):
    parents = {code: row["parent_code"] for code, row in latest(rows_of(company, "customers")).items()}
    for code in parents:
        seen = {code}
        while code := parents[code]:
            assert code not in seen
            seen.add(code)


def test_internal_kind_and_internal_relation_go_together(company):
    for row in rows_of(company, "customers"):
        assert (row["kind"] == "internal") == (row["relation_type"] == "internal")


def test_each_foreign_line_and_invoice_finds_a_rate_at_most_ten_days_old(company):
    quoted = {(row["currency"], row["date"]) for row in rows_of(company, "fx_rates")}
    needed = {(r["currency"], r["posting_date"]) for r in rows_of(company, "order_lines")}
    needed |= {(r["currency"], r["issue_date"]) for r in rows_of(company, "invoices")}
    needed |= {(r["currency"], r["date"]) for r in rows_of(company, "payments")}
    for currency, day in needed:
        past = [(date.fromisoformat(day) - timedelta(days=n)).isoformat() for n in range(11)]
        assert currency == "CNY" or any((currency, before) in quoted for before in past)
    assert {currency for currency, _ in needed} == {"CNY", "USD", "EUR", "JPY"}


def test_quotations_stop_at_weekends_and_for_nine_days_at_most(company):
    days = sorted({date.fromisoformat(row["date"]) for row in rows_of(company, "fx_rates")})
    assert all(day.weekday() < 5 for day in days)
    gaps = [(later - day).days - 1 for day, later in pairwise(days)]
    assert max(gaps) == 9


def test_yen_have_no_decimals(company):
    for table, column in (
        ("order_lines", "amount_ex_tax"),
        ("invoices", "amount"),
        ("allocations", "amount"),
    ):
        for row in rows_of(company, table):
            assert row.get("currency") != "JPY" or row[column].endswith(".00")


def test_scores_lie_inside_their_levels_in_steps_of_a_half(company):
    tops = {"nature": 15, "strength": 15, "growth": 15, "profit_contribution": 15}
    for row in rows_of(company, "assessments"):
        score = float(row["score"])
        top = tops.get(row["criterion"], 20) if row["template"] == "realestate_scorecard" else 100
        assert 0 <= score <= top
        assert score * 2 == int(score * 2)


def test_some_assessments_are_expired_and_some_scorecards_are_incomplete(company):
    rows = rows_of(company, "assessments")
    assert any(row["valid_until"] < END for row in rows)
    counts = Counter(row["customer_code"] for row in rows if row["template"] == "realestate_scorecard")
    assert set(counts.values()) == {5, 6}
    assert 90 <= len(counts) <= 130
    assert {row["criterion"] for row in rows if row["template"] == "prospect_scorecard"} == {
        "potential_demand"
    }
    assert sum(row["template"] == "five_indicator" for row in rows) > 1000
