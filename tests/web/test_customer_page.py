"""The page of a customer: the stored explanation, what it rests on, and nothing that one may not see."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from tests.web.conftest import MakeUser
from tierwise import api
from tierwise.grading.withholding import tells_cost
from tierwise_web.common.words import signed
from tierwise_web.customers.choosing import choice_of
from tierwise_web.pages.record import record_of
from tierwise_web.pages.record_charts import trail, waterfall
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading

Browser = Callable[[User | None], Client]
ALL = Scope("all", profit=True)


@pytest.fixture
def reading(edition: Edition) -> Reading:
    return Reading(edition, ALL)


@pytest.fixture
def best(reading: Reading) -> str:
    return str(reading.rows("SELECT code FROM customers ORDER BY id LIMIT 1")[0]["code"])


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_what_the_stored_explanation_says(
    book: api.Book, edition: Edition, best: str, as_user: Browser, make_user: MakeUser, lang: str
):
    page = text_of(as_user(make_user("ann", "analyst", language=lang)), f"/customer/{best}")
    page = re.sub(r'<a class="num"[^>]*>([^<]*)</a>', r"\1", page).replace("\xa0", " ")
    told = api.explain(book, best, run=edition.run_id)
    for sentence in told.sentences("zh" if lang == "zh" else "en", advisory=False):
        assert signed(sentence) in page
    for _, sentence in told.advisory("zh" if lang == "zh" else "en"):
        assert signed(sentence) in page


def test_every_number_that_comes_from_rows_leads_to_them(
    reading: Reading, best: str, as_user: Browser, make_user: MakeUser
):
    client = as_user(make_user("ann", "analyst"))
    page = text_of(client, f"/customer/{best}")
    columns = set(re.findall(rf"/customer/{best}/rows\?of=(\w+)", page))
    told = {"net_sales_12m", "cost_to_serve_12m", "customer_profit_12m", "receivable", "unallocated_receipts"}
    assert told <= columns
    for column in columns:
        rows = text_of(client, f"/customer/{best}/rows?of={column}")
        assert re.search(r'wide"[^>]*>[\w.-]+\.(csv|xlsx|parquet|jsonl|gz):\d+', rows)


def test_the_source_rows_of_sales_add_up_to_the_number(
    book: api.Book, reading: Reading, best: str, as_user: Browser, make_user: MakeUser
):
    page = text_of(as_user(make_user("ann", "analyst")), f"/customer/{best}/rows?of=net_sales_12m")
    rows = re.findall(r"<tr( class=\"outside\")?>(.*?)</tr>", page, re.S)[1:]
    orders = {cell for outside, row in rows if not outside for cell in re.findall(r">(SO[\w-]+)<", row)}
    lines = [r for r in api.explain(book, best, lines=True).source_lines if r["table"] == "order_lines"]
    start = date(2025, 11, 1)
    assert orders == {
        r["order_number"] for r in lines if r["posting_date"] >= start and "SO" in r["order_number"]
    }


def test_whoever_may_not_see_profit_finds_none_of_it_on_the_page(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    client = as_user(make_user("serving", "service_agent", language="en"))
    losing = reading.rows("SELECT code FROM customers WHERE flags LIKE '%loss_making%' LIMIT 3")
    assert losing
    for row in losing:
        page = text_of(client, f"/customer/{row['code']}")
        assert not re.search(
            r"profit|loss-making|margin|cost of goods|cost to serve", page.split("<main")[1], re.I
        )
        assert client.get(f"/customer/{row['code']}/rows?of=customer_profit_12m").status_code == 404
        assert client.get(f"/customer/{row['code']}/rows?of=cost_to_serve_12m").status_code == 404
        orders = text_of(client, f"/customer/{row['code']}/rows?of=net_sales_12m")
        assert "cost" not in orders.split("<main")[1].lower()


def test_charlie_gets_no_page_and_no_rows(best: str, as_user: Browser, make_user: MakeUser):
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    assert charlie.get(f"/customer/{best}").status_code == 404
    assert charlie.get(f"/customer/{best}/rows?of=net_sales_12m").status_code == 404


def test_an_account_manager_sees_own_customers_and_only_own_branches(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    row = reading.rows("SELECT code, owner FROM customers WHERE owner IS NOT NULL ORDER BY id LIMIT 1")[0]
    mine = as_user(make_user("alice", "account_manager", staff_name=row["owner"]))
    page = text_of(mine, f"/customer/{row['code']}")
    shown = set(re.findall(r'href="/customer/(C\d+)', page))
    own = {r["code"] for r in reading.rows("SELECT code FROM customers WHERE owner = %s OR backup = %s",
                                           [row["owner"], row["owner"]])}  # fmt: skip
    assert shown <= own


def test_previous_and_next_walk_through_the_list_from_which_one_came(reading: Reading):
    for query in ("grade=C&sort=sales", "sort=up-orders", "q=有限"):
        choice = choice_of(_query(query), profit=True)
        code, walked = _first(reading, query), []
        while code:
            record = record_of(reading, code)
            assert record is not None
            before, after = record.beside(choice)
            assert before == (walked[-1] if walked else None)
            walked.append(code)
            code = after
        assert walked == _listed(reading, query)
        assert len(walked) > 2


def _query(text: str):
    from django.http import QueryDict

    return QueryDict(text)


def _listed(reading: Reading, query: str) -> list[str]:
    from tierwise_web.customers.queries import every_row

    return [row["code"] for row in every_row(reading, choice_of(_query(query), profit=True))]


def _first(reading: Reading, query: str) -> str | None:
    return next(iter(_listed(reading, query)), None)


def test_the_waterfall_ends_at_the_stored_profit(reading: Reading):
    for row in reading.rows(
        "SELECT code, profit FROM customers WHERE profit IS NOT NULL AND unit = code LIMIT 20"
    ):
        record = record_of(reading, row["code"])
        assert record is not None
        chart = waterfall(record)
        assert chart is not None
        steps = chart.data["steps"]
        assert steps[-1]["to"] == pytest.approx(float(row["profit"]), abs=0.001)
        assert steps[1]["to"] == pytest.approx(steps[2]["to"])


def test_the_line_of_grades_has_every_month_end(reading: Reading, best: str):
    record = record_of(reading, best)
    assert record is not None
    chart = trail(record)
    assert chart is not None
    assert [point["month"] for point in chart.data["points"]] == ["2026-09", "2026-10"]
    assert [point["grade"] for point in chart.data["points"]] == ["A", "A"]


def test_no_chart_of_who_may_not_see_profit_draws_it(edition: Edition, best: str):
    record = record_of(Reading(edition, Scope("all")), best)
    assert record is not None
    assert waterfall(record) is None
    assert all(not tells_cost(row.code) for row in record.told.components("en"))
    assert [column for column, _, _ in record.metrics(["net_sales", "gross_profit"])] == ["net_sales_12m"]


def test_the_scale_says_where_the_customer_stands(reading: Reading):
    rows = reading.rows("SELECT code, grade FROM customers WHERE grade IS NOT NULL AND unit = code")
    for row in rows:
        record = record_of(reading, row["code"])
        assert record is not None
        scale = record.scale()
        assert scale is not None
        (here,) = [part.grade for part in scale.segments if part.start <= scale.place < part.end]
        assert here == row["grade"]
        assert scale.segments[-1].end == 100


def test_a_customer_that_does_not_exist_is_not_found(edition: Edition, as_user: Browser, make_user: MakeUser):
    client = as_user(make_user("ann", "analyst"))
    for address in ("/customer/nobody", "/customer/' OR 1=1", "/customer/C000001/rows?of=no_metric"):
        assert client.get(address).status_code == 404


def test_before_the_first_run_there_is_no_page_and_no_error(as_user: Browser, make_user: MakeUser):
    assert as_user(make_user("ann", "analyst")).get("/customer/C000001").status_code == 404
