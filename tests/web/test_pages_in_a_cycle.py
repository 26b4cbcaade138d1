"""A company whose months are published: grades in force beside computed ones, overrides, drivers, policy changes."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings as web_settings
from django.test import Client

from tests.web.conftest import MakeUser
from tierwise import api
from tierwise.demo.company import write_company
from tierwise.policy.load import PolicyDocument, load_policy
from tierwise_web.pages.overview import Overview
from tierwise_web.pages.record import record_of
from tierwise_web.pages.record_charts import trail
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.causes import parts_of, split
from tierwise_web.published.editions import prospects_to_show, publish, to_show
from tierwise_web.published.reading import Reading

Browser = Callable[[User | None], Client]
ALL = Scope("all", profit=True)
LAST = date(2026, 10, 31)


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, tzinfo=UTC)


def _september(folder: Path) -> tuple[api.Book, PolicyDocument]:
    """A sample company, its first month published, and the policy of that."""
    company = write_company(folder / "files", customers=80, seed=4, last_month=LAST)
    book = api.create_book(folder / "book", name="x", actor="ann", at=at(10, 1), base_currency="CNY")
    items = [api.ImportItem(table, files) for table, files in company.tables.items()]
    api.import_batch(book, items, strict=True, actor="ann", at=at(10, 1))
    first = load_policy("customer_value")
    _month(book, first, "2026-09", at(10, 2))
    return book, first


@pytest.fixture(scope="module")
def monthly(tmp_path_factory: pytest.TempPathFactory) -> tuple[api.Book, str]:
    """Two published months; version 2 of the policy in the second; one customer lifted to A by an override."""
    folder = tmp_path_factory.mktemp("monthly")
    book, first = _september(folder)
    lifted = next(
        row["customer_id"] for row in api.grades_of_period(book, api.published_run(book, None, None)).to_pylist()
        if row["effective"] == "C"
    )  # fmt: skip
    wish = api.Request(
        lifted, "A", "strategic", "enters our main market", date(2026, 10, 1), date(2027, 3, 31), "letter"
    )
    asked = api.request_override(book, first.policy, wish, actor="mia", at=at(10, 5))
    api.approve_override(book, asked.override_id, actor="bo", at=at(10, 5))
    file = folder / "second.yaml"
    file.write_text(first.text.replace("version: 1", "version: 2"), encoding="utf-8")
    _month(book, load_policy(file), "2026-10", at(11, 2))
    return book, lifted


def _month(book: api.Book, document: PolicyDocument, period: str, when: datetime) -> None:
    run = api.run_cycle(book, document, api.Period.of(period), actor="ann", at=when).run
    api.approve_run(book, run.run_id, actor="bo", at=when)
    api.publish_run(book, run.run_id, actor="cy", at=when)


@pytest.fixture
def reading(monthly: tuple[api.Book, str]) -> Reading:
    book = monthly[0]
    web_settings.BOOK = Path(book.path)
    record = to_show(book)
    assert record is not None
    return Reading(publish(book, record, at=at(11, 3)), ALL)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["in force", "computed", "by override", "until 2027-03-31"]), ("zh", ["生效等级", "计算等级", "人工调整"])]
)  # fmt: skip
def test_grade_in_force_computed_and_overridden_stand_side_by_side(
    monthly: tuple[api.Book, str],
    reading: Reading,
    as_user: Browser,
    make_user: MakeUser,
    lang: str,
    words: list[str],
):
    page = as_user(make_user("ann", "analyst", language=lang)).get(f"/customer/{monthly[1]}").content.decode()
    sides = page.partition('class="sides"')[2].partition("</dl>")[0]
    assert all(word in html.unescape(sides) for word in words)
    assert "grade-A" in sides
    assert "grade-C" in sides


def test_whose_grades_agree_has_no_sides(reading: Reading, as_user: Browser, make_user: MakeUser):
    code = reading.rows("SELECT code FROM customers WHERE grade = computed AND override_id IS NULL LIMIT 1")[
        0
    ][0]
    page = as_user(make_user("ann", "analyst")).get(f"/customer/{code}").content.decode()
    assert 'class="sides"' not in page


def test_the_timeline_tells_the_override_and_the_change_of_the_policy(
    monthly: tuple[api.Book, str], reading: Reading, as_user: Browser, make_user: MakeUser
):
    client = as_user(make_user("ann", "analyst", language="en"))
    page = html.unescape(client.get(f"/customer/{monthly[1]}").content.decode())
    line = page.partition('<ol class="past">')[2].partition("</ol>")[0]
    assert "C → A · policy v2" in line
    assert "override: A to 2027-03-31, strategic importance" in line


def test_the_line_of_grades_marks_where_the_policy_changed(monthly: tuple[api.Book, str], reading: Reading):
    record = record_of(reading, monthly[1])
    assert record is not None
    chart = trail(record)
    assert chart is not None
    assert chart.data["marks"] == [[1, "v2"]]
    assert [point["grade"] for point in chart.data["points"]] == ["C", "A"]


def test_what_drove_a_step_is_told_from_the_events(reading: Reading, as_user: Browser, make_user: MakeUser):
    rows = reading.rows("SELECT code FROM drivers")
    assert rows
    record = record_of(reading, rows[0]["code"])
    assert record is not None
    assert record.drivers()[0].code == "net_sales_12m"
    page = (
        as_user(make_user("ann", "analyst", language="en"))
        .get(f"/customer/{rows[0]['code']}")
        .content.decode()
    )
    assert "What drove the last step" in page


def test_runs_are_compared_by_grades_in_force_of_both(monthly: tuple[api.Book, str], reading: Reading):
    book = monthly[0]
    before, now = Overview(reading, {}).trend()
    for run, period in ((before, "2026-09"), (now, "2026-10")):
        grades = api.grades_of_period(book, api.published_run(book, None, api.Period.of(period))).to_pylist()
        units = {row["code"] for row in reading.rows("SELECT code FROM customers WHERE unit = code")}
        for level in run.levels:
            mine = [r for r in grades if r["effective"] == level.grade and r["customer_id"] in units]
            assert level.customers == len(mine)


def test_the_tiles_and_the_pyramid_count_the_same_customers(reading: Reading):
    overview = Overview(reading, {})
    assert [level.customers for level in overview.trend()[-1].levels] == [
        level.customers for level in overview.levels() if level.grade
    ]


def test_causes_of_the_cycle_stand_behind_the_migration(reading: Reading):
    causes = {cause for flow in Overview(reading, {}).flows() for cause, _ in flow.causes}
    assert "override" in causes


def test_the_customers_behind_a_flow_include_who_was_lifted(monthly: tuple[api.Book, str], reading: Reading):
    flow = next(f for f in Overview(reading, {}).flows() if (f.before, f.after) == ("C", "A"))
    assert ("override", 1) in flow.causes


def test_a_published_month_of_prospects_takes_no_page_away_from_those_who_buy(
    monthly: tuple[api.Book, str], tmp_path: Path
):
    shutil.copytree(monthly[0].path, tmp_path / "own")
    book = api.open_book(tmp_path / "own")
    _month(book, load_policy("prospect_scorecard"), "2026-10", at(11, 2))
    shown, prospects = to_show(book), prospects_to_show(book)
    assert shown is not None
    assert prospects is not None
    assert (shown.policy_code, prospects.policy_code) == ("customer_value", "prospect_scorecard")


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> api.Book:
    """Two published months; the second by a version that gives better grades to more customers."""
    folder = tmp_path_factory.mktemp("wider")
    book, first = _september(folder)
    file = folder / "second.yaml"
    text = first.text.replace("version: 1", "version: 2")
    file.write_text(text.replace("shares_pct: {A: 5, B: 20}", "shares_pct: {A: 15, B: 40}"), encoding="utf-8")
    _month(book, load_policy(file), "2026-10", at(11, 2))
    return book


@pytest.mark.parametrize(
    ("lang", "rules", "policy", "own"),
    [
        (
            "en",
            "The rules changed between the two days: policy v1, then v2.",
            "policy change",
            "Of its own facts",
        ),
        ("zh", "两日之间规则已变更：策略由 v1 改为 v2。", "策略变更", "其中自身变化"),
    ],
)
def test_a_step_that_the_rules_made_is_not_put_down_to_a_metric(
    wider: api.Book, as_user: Browser, make_user: MakeUser, lang: str, rules: str, policy: str, own: str
):
    web_settings.BOOK = Path(wider.path)
    record = to_show(wider)
    assert record is not None
    reading = Reading(publish(wider, record, at=at(11, 3)), ALL)
    client = as_user(make_user("ann", "analyst", language=lang))

    def told(code: str) -> str:
        page = html.unescape(client.get(f"/customer/{code}").content.decode())
        step = {"en": "What drove the last step", "zh": "最近变动的原因"}[lang]
        return page.partition(f"<h2>{step}</h2>")[2].partition("<h2>")[0].partition("<details")[0]

    driven = [row["code"] for row in reading.rows("SELECT code FROM drivers ORDER BY code")]
    assert driven
    for code in driven:
        assert rules in told(code)
        assert own in told(code)
    split(wider, reading.edition, progress=lambda stage: None)
    parts = {code: parts_of(reading.edition, code) for code in driven}
    by_rules = [code for code, found in parts.items() if found is not None and set(found) == {"policy"}]
    assert by_rules
    for code in by_rules:
        assert f"<span>{policy}</span>" in told(code)
        assert own not in told(code)
        assert "100" not in told(code)
