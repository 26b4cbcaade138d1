"""The dashboard: its sums are those of the customers behind it, under every filter and scope."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.test import Client

from tests.web.conftest import MakeUser
from tierwise import api
from tierwise_web.common.charts import brief, percent
from tierwise_web.common.words import amount, signed, unbroken
from tierwise_web.customers import queries
from tierwise_web.customers.choosing import choice_of
from tierwise_web.pages.overview import Overview
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading
from tierwise_web.published.shape import FEW

Browser = Callable[[User | None], Client]
ALL = Scope("all", profit=True)
UNITS = "SELECT * FROM customers WHERE unit = code AND "


@pytest.fixture
def reading(edition: Edition) -> Reading:
    return Reading(edition, ALL)


def charts_of(page: str) -> list[dict]:
    return [json.loads(html.unescape(found)) for found in re.findall(r'data-chart="([^"]*)"', page)]


def page_of(client: Client, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("dimension", ["region", "industry", "team", "owner"])
def test_every_figure_under_a_filter_is_that_of_its_customers(reading: Reading, dimension: str):
    for value in Overview(reading, {}).options(dimension)[:3]:
        overview = Overview(reading, {dimension: [value]})
        rows = reading.rows(f"{UNITS}{dimension} = %s", [value])
        for level in overview.levels():
            mine = [row for row in rows if row["grade"] == level.grade]
            assert level.customers == len(mine)
            assert level.sales == sum((Decimal(row["sales"] or 0) for row in mine), Decimal(0))
            assert (level.profit or 0) == sum((Decimal(row["profit"] or 0) for row in mine), Decimal(0))
            assert level.with_profit == sum(row["profit"] is not None for row in mine)
            assert (level.profit is None) == (level.with_profit == 0)
        assert overview.movements() == dict(Counter(row["movement"] for row in rows if row["movement"]))


@pytest.mark.parametrize("measure", ["sales", "profit"])
@pytest.mark.parametrize(
    "filters",
    [{}, {"region": ["华东"]}, {"region": ["华东", "华南"], "industry": ["化工", "通用机械", "电子制造"]}],
)
def test_every_point_of_a_curve_is_the_sum_of_the_best_so_many(reading: Reading, measure: str, filters: dict):
    condition = " AND ".join(
        f"{k} IN ({', '.join(repr(v) for v in values)})" for k, values in filters.items()
    )
    asked = f"{UNITS}computed IS NOT NULL AND {measure} IS NOT NULL{' AND ' + condition if condition else ''}"
    values = sorted((Decimal(row[measure]) for row in reading.rows(asked)), reverse=True)
    curve = Overview(reading, filters).curve("profit" if measure == "profit" else "sales")
    assert curve is not None
    for n, total in curve.points:
        assert total == sum(values[:n], Decimal(0))
    assert curve.customers == len(values)
    highest = max(sum(values[:n], Decimal(0)) for n in range(len(values) + 1))
    assert curve.peak[1] == highest


def test_the_page_says_how_many_points_of_a_curve_under_filters_are_exact(
    reading: Reading, make_user: MakeUser, as_user: Callable[[User | None], Client]
):
    eve = as_user(make_user("eve", "executive"))
    assert "straight between them" not in eve.get("/").content.decode()
    region = Overview(reading, {}).options("region")[0]
    curve = Overview(reading, {"region": (region,)}).curve("sales")
    assert curve is not None
    assert f"exact at {len(curve.points) - 1} points" in eve.get("/", {"region": region}).content.decode()


def test_the_steps_of_the_whole_field_are_on_its_stored_curve(edition: Edition):
    whole = Overview(Reading(edition, ALL), {})
    stepped = dict(whole._stepped("profit"))
    stored = dict(whole._stored("profit"))
    both = stepped.keys() & stored.keys()
    assert len(both) > 10
    assert all(stepped[n] == stored[n] for n in both)


def test_the_trend_is_what_the_earlier_runs_stored(book: api.Book, reading: Reading):
    then, now = Overview(reading, {}).trend()
    assert now.levels == tuple(
        replace(level, minutes=Decimal(0)) for level in Overview(reading, {}).levels()[:3]
    )
    run = api.find_run(book, reading.about.earlier[0][0])
    rows = [row for row in api.read_results(book, run).to_pylist() if row["unit"] == row["customer_id"]]
    for level in then.levels:
        mine = [row for row in rows if row["grade"] == level.grade]
        assert level.customers == len(mine) > 0
        assert level.sales == sum(row["net_sales_12m"] for row in mine)
        assert level.profit == sum(row["customer_profit_12m"] or 0 for row in mine)


def test_flows_lead_from_the_grades_before_to_those_of_today(reading: Reading):
    flows = Overview(reading, {}).flows()
    rows = reading.rows(f"{UNITS}1 = 1")
    expected = Counter((row["previous"], row["grade"]) for row in rows)
    assert {(f.before, f.after): f.customers for f in flows} == dict(expected)


def test_a_click_leads_to_the_customers_that_were_counted(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    page = page_of(as_user(make_user("ann", "analyst")))
    sankey = next(chart for chart in charts_of(page) if chart["kind"] == "sankey")
    for link in sankey["links"]:
        choice = choice_of(QueryDict(link["url"].partition("?")[2]), profit=True)
        listed = [row for row in queries.every_row(reading, choice) if row["unit"] == row["code"]]
        assert len(listed) == link["value"]


def test_every_chart_has_its_table_and_everything_drawn_leads_somewhere(
    edition: Edition, as_user: Browser, make_user: MakeUser
):
    page = page_of(as_user(make_user("ann", "analyst")))
    charts = charts_of(page)
    assert [c["kind"] for c in charts] == ["pyramid"] * 4 + ["curve"] * 2 + ["sankey", "stack"]
    assert page.count('<details class="behind">') == len(charts)
    for chart in charts:
        parts = chart.get("levels") or chart.get("nodes") or chart.get("series") or [chart]
        assert all(part["url"].startswith("/customers?") for part in parts)


def test_the_filter_of_the_dashboard_goes_along_with_every_click(
    edition: Edition, as_user: Browser, make_user: MakeUser
):
    page = page_of(as_user(make_user("ann", "analyst")), "/?region=华东")
    for chart in charts_of(page):
        for part in chart.get("levels") or chart.get("links") or chart.get("series") or [chart]:
            assert "region=%E5%8D%8E%E4%B8%9C" in part["url"]


def test_whoever_may_not_see_profit_sees_none_in_any_chart(
    edition: Edition, as_user: Browser, make_user: MakeUser
):
    page = page_of(as_user(make_user("serving", "service_agent", language="en")))
    assert "profit" not in page.split("<main")[1].lower()
    assert len([c for c in charts_of(page) if c["kind"] == "pyramid"]) == 3


def test_charlie_sees_empty_charts_and_nobody_elses_customers(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    page = page_of(as_user(make_user("charlie", "account_manager", staff_name="Charlie")))
    names = [row["name"] for row in reading.rows("SELECT name FROM customers")]
    assert not [name for name in names if name in page]
    assert all(
        level["value"] == 0 for c in charts_of(page) if c["kind"] == "pyramid" for level in c["levels"]
    )


def test_an_account_manager_sees_the_figures_of_own_customers_alone(reading: Reading, edition: Edition):
    owner = reading.rows(
        "SELECT owner FROM customers WHERE owner IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC"
    )[0][0]
    mine = Overview(Reading(edition, Scope("own", owners=(owner,), profit=True)), {})
    rows = reading.rows(f"{UNITS}(owner = %s OR backup = %s)", [owner, owner])
    assert sum(level.customers for level in mine.levels()) == len(rows)
    curve = mine.curve("sales")
    assert curve is not None
    assert curve.total == sum(Decimal(row["sales"]) for row in rows if row["computed"])
    assert not mine.whole


def test_facts_of_the_whole_company_are_for_those_who_see_it_whole(
    edition: Edition, as_user: Browser, make_user: MakeUser, tree: dict
):
    leader = as_user(make_user("lead", "sales_manager", org_unit=tree["north"], language="en"))
    assert "Data health" not in page_of(leader)
    assert "Data health" in page_of(as_user(make_user("ann", "analyst", language="en")))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_before_the_first_run_the_page_says_what_to_do(as_user: Browser, make_user: MakeUser, lang: str):
    page = page_of(as_user(make_user("ann", "analyst", language=lang)))
    assert "tierwise import" in page
    assert "data-chart" not in page


def test_an_administrator_is_told_that_there_are_no_customers_for_the_role(
    edition: Edition, as_user: Browser, make_user: MakeUser
):
    page = page_of(as_user(make_user("root", "admin", language="en")))
    assert "Your roles see no customers" in page
    assert "data-chart" not in page


def test_script_and_nonsense_in_a_filter_stay_text(edition: Edition, as_user: Browser, make_user: MakeUser):
    page = page_of(as_user(make_user("ann", "analyst")), "/?region=<script>alert(1)</script>&owner=%27%22")
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("value", "said"), [(None, "–"), (999, "999"), (12_345, "12.3 k"), (-1_234_567, "−1.2 m"), (0, "0")]
)
def test_amounts_are_short_and_exact_ones_stand_in_the_table(value: int | None, said: str):
    assert brief(value) == said


def test_percentages_have_one_form(reading: Reading):
    assert percent(Decimal("5.25")) == "5.2 %"
    assert percent(Decimal("-0.04"), sign=True) == "0.0 %"
    assert percent(Decimal("3.61"), sign=True) == "+3.6 %"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM customers WHERE customers.movement = ? AND customers.{FEW['movement']} ORDER BY id LIMIT 8",
        f"SELECT * FROM customers WHERE customers.near_cut IN (?, 'both') AND customers.{FEW['near_cut']} ORDER BY id LIMIT 8",
    ],
)
def test_the_few_that_moved_or_are_near_a_cut_are_found_from_their_index(edition: Edition, sql: str):
    plan = " ".join(
        row["detail"] for row in Reading(edition, ALL).rows(f"EXPLAIN QUERY PLAN {sql}", ["upgrade"])
    )
    assert "USING INDEX by_" in plan, plan


def test_filters_of_the_few_and_of_the_many_give_the_same_rows_as_no_index_would(edition: Edition):
    reading = Reading(edition, ALL)
    every = list(queries.every_row(reading, choice_of(QueryDict(""), profit=True)))
    for name in ("movement", "near_cut"):
        values = sorted({row[name] for row in every if row[name]})
        for wanted in ([*([value] for value in values)], values, [*values, "-"]):
            for some in wanted if wanted and isinstance(wanted[0], list) else [wanted]:
                address = "&".join(f"{name}={value}" for value in some)
                found = [
                    row["code"]
                    for row in queries.every_row(reading, choice_of(QueryDict(address), profit=True))
                ]
                assert found == [row["code"] for row in every if (row[name] or "-") in some]


def test_who_has_no_customers_reads_so_and_sees_no_empty_charts(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    nobody = as_user(make_user("new", "account_manager", staff_name="Nobody Else"))
    page = nobody.get("/").content.decode()
    assert "No customers within your reach" in page
    assert 'class="board"' not in page
    everybody = as_user(make_user("ann", "analyst"))
    assert 'class="board"' in everybody.get("/").content.decode()
    page = everybody.get("/?region=nowhere").content.decode()
    assert "Nobody fits" in page
    assert 'class="board"' not in page


@pytest.mark.parametrize(("value", "said"), [("-0", "0"), ("-0.0000", "0"), ("-0.4", "0"), ("-12", "−12")])
def test_nothing_has_no_sign_and_negative_amounts_have_one_sign_everywhere(value: str, said: str):
    assert brief(Decimal(value)) == said
    assert amount(Decimal(value)) == said


def test_words_of_the_core_have_the_sign_of_pages_and_days_and_codes_keep_theirs():
    assert signed("CNY -1,234.50 until 2026-10-31, run-000015; -3 (-4)") == (
        "CNY −1,234.50 until 2026-10-31, run-000015; −3 (−4)"
    )
    assert unbroken("CNY -5") == "CNY\u00a0−5"


def test_lists_have_the_sign_of_pages_and_files_the_plain_one(
    edition: Edition, as_user: Browser, make_user: MakeUser
):
    client = as_user(make_user("ann", "analyst"))
    page = page_of(client, "/customers?sort=up-profit")
    assert re.search(r'c-profit minus"[^>]*>−[\d,]+<', page)
    assert not re.search(r"c-profit[^>]*>-\d", page)
    file = client.get("/customers/export.csv?sort=up-profit").getvalue().decode()
    assert re.search(r",-\d+\.\d+", file)
    assert "−" not in file
