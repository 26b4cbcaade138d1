"""Every number that the dashboard or a customer's page tells of customers is that of the list to which it leads."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as web_settings
from django.http import QueryDict
from django.test import Client

from tests.web.conftest import AT, LAST_MONTH, MakeUser
from tierwise import api
from tierwise.demo.company import write_company
from tierwise.kernel.text import Lang
from tierwise.policy.load import load_policy
from tierwise.report.facts import gather
from tierwise.report.figures import Figures
from tierwise_web.common.charts import brief
from tierwise_web.common.words import speaking
from tierwise_web.customers import queries
from tierwise_web.customers.choosing import choice_of
from tierwise_web.pages.customer import _events
from tierwise_web.pages.home import _sum, _with_profit
from tierwise_web.pages.overview import Level, Overview, Then
from tierwise_web.pages.record import record_of
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.causes import split
from tierwise_web.published.editions import folder, publish, to_show
from tierwise_web.published.reading import Reading

Browser = Callable[[User | None], Client]
ALL = Scope("all", profit=True)
MONTHS = (date(2026, 9, 30), LAST_MONTH)
STATES = ("computed", "published")
Told = tuple[str, str]
"""An address of a list, and the number that stands where it leads from."""


@pytest.fixture(scope="module")
def with_members(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose branches are sites, graded with their account at two month ends."""
    folder = tmp_path_factory.mktemp("members")
    company = write_company(folder / "files", customers=120, seed=3, last_month=LAST_MONTH)
    for file in company.tables["customers"]:
        text = Path(file).read_text(encoding="utf-8-sig").replace(",branch,", ",site,")
        Path(file).write_text(text, encoding="utf-8")
    book = api.create_book(folder / "computed", name="x", actor="ann", at=AT, base_currency="CNY")
    items = [api.ImportItem(table, files) for table, files in company.tables.items()]
    api.import_batch(book, items, strict=True, actor="ann", at=AT)
    for day in MONTHS:
        api.grade(book, "customer_value", as_of=day, actor="ann", at=AT)
    shutil.copytree(folder / "computed", folder / "published")
    monthly = api.open_book(folder / "published")
    for period in ("2026-09", "2026-10"):
        document = load_policy("customer_value")
        run = api.run_cycle(monthly, document, api.Period.of(period), actor="ann", at=AT).run
        api.approve_run(monthly, run.run_id, actor="bo", at=AT)
        api.publish_run(monthly, run.run_id, actor="cy", at=AT)
    return folder


@pytest.fixture(scope="module")
def made() -> dict[str, tuple[str, bytes]]:
    """The finished read models by the name of the state."""
    return {}


@pytest.fixture(params=STATES)
def reading(request: Any, with_members: Path) -> Reading:
    """The read model of the company before and after its months were published."""
    return read(with_members / request.param)


@pytest.fixture
def published(with_members: Path) -> Reading:
    return read(with_members / "published")


def read(place: Path) -> Reading:
    web_settings.BOOK = place
    book = api.open_book(place)
    record = to_show(book)
    assert record is not None
    kept = place.parent / f"{place.name}-read"
    if kept.exists():
        shutil.copytree(kept, folder(), dirs_exist_ok=True)
    found = Reading(publish(book, record, at=AT), ALL)
    shutil.copytree(folder(), kept, dirs_exist_ok=True)
    return found


def number(text: str) -> str:
    """The last number of some words."""
    return re.findall(r"[\d,]+", text)[-1]


def drawn(page: str) -> Iterator[Told]:
    """What charts tell at their parts."""
    customers: list[str] = []
    for found in re.findall(r'data-chart="([^"]*)"', page):
        chart = json.loads(html.unescape(found))
        match chart["kind"]:
            case "pyramid":  # the first is that of customers; the others lead to the same lists
                customers = customers or [f"{level['value']:,.0f}" for level in chart["levels"]]
                yield from zip([level["url"] for level in chart["levels"]], customers, strict=True)
            case "curve":
                yield chart["url"], chart["points"][-1][2]
            case "sankey":
                yield from ((node["url"], number(node["label"])) for node in chart["nodes"])
                yield from ((link["url"], f"{link['value']:,}") for link in chart["links"])
            case "stack":
                yield from ((one["url"], one["tips"][-1]) for one in chart["series"])


def written(page: str) -> Iterator[Told]:
    """What tables, tiles and words tell beside their links."""
    for url, _, rest in re.findall(
        r'<tr>\s*<th[^>]*><a href="(/customers\?[^"]*)"[^>]*>(.*?)</th>(.*?)</tr>', page, re.S
    ):
        yield url, number(re.findall(r"<td[^>]*>(.*?)</td>", rest, re.S)[0])
    outside = re.sub(r"<table.*?</table>", "", page, flags=re.S)
    for url, words in re.findall(r'<a[^>]* href="(/customers\?[^"]*)"[^>]*>(.*?)</a>', outside, re.S):
        yield url, re.sub(r"<[^>]*>", " ", words)


def found_by(client: Client, address: str) -> str:
    """What the list says that it found."""
    return client.get(address.replace("/customers?", "/customers/count?", 1)).content.decode()


def test_every_link_of_the_dashboard_finds_as_many_as_it_tells(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    client = as_user(make_user("eve", "analyst", language="en"))
    page = client.get("/").content.decode()
    told = [*drawn(page)]
    graded = f"{sum(int(n) for url, n in told[:3]):,}"
    for raw, words in written(page):
        url, n = html.unescape(raw), number(words) if re.search(r"\d", words) else ""
        of_tile = "Net sales" in words or "Customer profit" in words
        best = "Sales share of A" in words
        told.append((url, graded if of_tile else told[0][1] if best else n))
    assert len(told) > 40
    links = {html.unescape(url) for url in re.findall(r'href="(/customers\?[^"]*)"', page)}
    assert links <= {url for url, _ in told}
    wrong = [(url, n, found) for url, n in told if (found := found_by(client, url)) != n]
    assert not wrong


def test_a_filter_of_the_list_finds_as_many_as_it_offers(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    client = as_user(make_user("eve", "analyst", language="en"))
    page = client.get("/customers").content.decode()
    offered = re.findall(r'name="(\w+)" value="([^"]*)"[^>]*> [^<]*<span class="muted">([\d,]+)</span>', page)
    assert {name for name, _, _ in offered} > {"grade", "movement", "measured", "owner"}
    for name, value, n in offered:
        assert client.get("/customers/count", {name: html.unescape(value)}).content.decode() == n, (
            name,
            value,
        )


def test_whom_a_chart_counts_is_a_chip_that_can_be_taken_away(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    eve, wei = (
        as_user(make_user(name, "analyst", language=lang)) for name, lang in (("eve", "en"), ("wei", "zh"))
    )
    page = eve.get("/customers?grade=C&measured=own").content.decode()
    assert re.search(r'<li><a href="/customers\?grade=C">Counted: by itself', page)
    assert "统计口径：自身计" in wei.get("/customers?measured=own").content.decode()
    members = eve.get("/customers?measured=member").content.decode()
    assert int(found_by(eve, "/customers?measured=member")) == members.count('class="l c-name"') > 0


def test_whoever_sees_no_profit_cannot_ask_of_whom_it_is_known(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    agent = as_user(make_user("serving", "service_agent", language="en"))
    assert found_by(agent, "/customers?measured=profit") == found_by(agent, "/customers?")


def test_the_customers_among_whom_one_is_ranked_are_those_of_the_list(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    client = as_user(make_user("eve", "analyst", language="en"))
    (row,) = reading.rows("SELECT code FROM customers WHERE rank = 2 AND unit = code")
    page = client.get(f"/customer/{row['code']}").content.decode()
    told = re.findall(
        r'<a[^>]* href="(/customers\?sort=sales&amp;[^"]*measured=graded)"[^>]*>([\d,]+)</a>', page
    )
    among = [(url, n) for url, n in told if n != "2"]
    assert len(told) > len(among) >= 1
    for url, n in among:
        assert found_by(client, html.unescape(url)) == n
    for url in {url for url, n in told if n == "2"}:  # the list opens at the customer, and goes on both ways
        rows = client.get(html.unescape(url)).content.decode().partition("<tbody>")[2]
        assert re.search(r'href="/customer/([^"?]+)', rows)[1] == row["code"]  # type: ignore[index]
        assert 'rel="prev"' in rows


@pytest.mark.parametrize(("lang", "words"), [("en", ("lost", "reactivated")), ("zh", ("流失", "重新激活"))])
def test_who_stopped_or_began_to_buy_again_has_that_in_the_timeline(
    published: Reading, lang: Lang, words: tuple[str, str]
):
    (one,) = published.rows("SELECT code FROM customers WHERE movement = 'stable' LIMIT 1")
    record = record_of(published, one["code"])
    assert record is not None
    with speaking(lang):
        assert not {word for _, word, _ in _events(record, lang)} & set(words)
        for movement, word in zip(("lost", "reactivated"), words, strict=True):
            record.row["movement"] = movement
            assert (f"{LAST_MONTH}", word, "") in _events(record, lang)


def test_curves_and_the_report_of_the_run_give_the_same_figures(reading: Reading):
    book = api.open_book(web_settings.BOOK)
    runs = sorted((run for run in api.list_runs(book)), key=lambda run: run.run_id)[-2:]
    assert runs[-1].run_id == reading.about.record.run_id
    told, overview = Figures(gather(book, runs)), Overview(reading, {})
    for curve, report in ((overview.curve("profit"), told.whale), (overview.curve("sales"), told.pareto)):
        assert curve is not None
        assert (curve.customers, curve.total) == (report.customers, report.total)
        assert curve.peak == (report.peak_customers, report.peak)
    assert overview.curve("sales").customers == len(told.graded)


def test_tile_pyramid_and_curve_say_whom_they_count(reading: Reading, as_user: Browser, make_user: MakeUser):
    overview = Overview(reading, {})
    graded = [level for level in overview.levels() if level.grade]
    n, by_run = sum(level.customers for level in graded), sum(overview.graded().values())
    known = sum(level.with_profit for level in graded)
    eve, wei = (
        as_user(make_user(name, "analyst", language=lang)).get("/").content.decode()
        for name, lang in (("eve", "en"), ("wei", "zh"))
    )
    whale = overview.curve("profit")
    assert whale is not None
    assert f"{by_run} customers graded by this run" in eve
    assert f"{whale.customers} of {by_run} customers graded by this run: those with known profit" in eve
    assert f"本次运行评级的 {by_run} 家客户中利润已知的 {whale.customers} 家" in wei
    assert f"known of {known} of {n}" in eve
    if n == by_run:
        assert "not graded by this run" not in eve
    else:
        assert f"{n - by_run} of them not graded by this run" in eve
        assert f"其中 {n - by_run} 家本次运行未评级" in wei
    without = sum(level.customers for level in overview.levels() if not level.grade)
    assert without
    assert f"{without} more without a grade" in eve
    assert f"另有 {without} 家无等级" in wei
    total = sum(level.sales for level in graded)
    sales = overview.curve("sales")
    assert sales is not None
    assert sales.total == total


def test_data_health_says_which_grade_stays_in_force_for_whom_the_run_graded_not(
    reading: Reading, as_user: Browser, make_user: MakeUser
):
    kept = reading.rows(
        "SELECT count(*) AS n FROM customers WHERE unit = code AND computed IS NULL AND grade = 'C'"
    )[0]["n"]
    eve, wei = (
        as_user(make_user(name, "analyst", language=lang)).get("/").content.decode()
        for name, lang in (("eve", "en"), ("wei", "zh"))
    )
    assert (
        (f"in force: C {kept}" in eve)
        == (f"生效等级：C {kept}" in wei)
        == reading.about.in_cycle
        == (kept > 0)
    )


def test_causes_add_up_to_the_migration_that_the_chart_shows(reading: Reading):
    split(api.open_book(web_settings.BOOK), reading.edition, progress=lambda stage: None)
    overview = Overview(reading, {})
    moved = [flow for flow in overview.flows() if flow.before != flow.after]
    assert len(moved) > 2
    for flow in moved:
        assert sum(n for _, n in flow.causes) == flow.customers
    places = {None: 0, "C": 1, "B": 2, "A": 3}
    steps = sum(flow.customers * (places[flow.after] - places[flow.before]) for flow in moved)
    why = overview.why()
    assert why is not None
    assert sum(one.main for one in why) == sum(flow.customers for flow in moved)
    assert sum(one.up - one.down for one in why) == steps


def test_the_tile_of_profit_is_that_of_the_pyramid_also_where_the_policy_stores_none(
    with_members: Path, tmp_path: Path, as_user: Browser, make_user: MakeUser
):
    shutil.copytree(with_members / "computed", tmp_path / "own")
    web_settings.BOOK = tmp_path / "own"
    book = api.open_book(web_settings.BOOK)
    for day in MONTHS:
        run = api.grade(book, "abc_sales", as_of=day, actor="ann", at=AT)
    assert "customer_profit_12m" not in book.schema(f"results/{run.record.run_id}")
    overview = Overview(Reading(publish(book, run.record, at=AT), ALL), {})
    page = as_user(make_user("eve", "analyst", language="en")).get("/").content.decode()
    tile = page.partition('<span class="name">Customer profit</span>')[2].partition("</li>")[0]
    profit = sum(level.profit or 0 for level in overview.levels() if level.grade)
    assert profit > 0
    assert f'<span class="big">{brief(profit)}</span>' in tile


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "no customer’s profit is known"), ("zh", "没有客户的利润数据")]
)
def test_profit_that_is_known_of_nobody_is_a_dash_with_its_reason(lang: Lang, words: str):
    nobody = Then(LAST_MONTH, 1, (Level("A", 2, Decimal(5), None, Decimal(0), 0),))
    assert brief(_sum(nobody, "profit")) == "–"
    assert _sum(nobody, "sales") == 5
    with speaking(lang):
        assert _with_profit(nobody) == words


def test_members_under_other_filters_are_found_from_their_own_index(reading: Reading):
    for more in ("", "&grade=C", "&grade=C&sort=sales"):
        choice = choice_of(QueryDict(f"measured=member{more}"), profit=True)
        found = queries.codes(reading, choice, 500)
        mine = [
            row
            for row in queries.every_row(reading, choice_of(QueryDict(more), profit=True))
            if row["unit"] != row["code"]
        ]
        assert queries.counted(reading, choice) == len(found) == len(mine)
        assert mine or more
        source, conditions, values = queries._conditions(reading, choice)
        plan = reading.rows(f"EXPLAIN QUERY PLAN SELECT 1 FROM {source} WHERE {conditions}", values)
        assert "by_member" in plan[0]["detail"]
