"""From a criterion to the assessment or the rows behind it, and what drove any step of the history."""

from __future__ import annotations

import csv
import html
import re
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest
from django.conf import settings
from django.test import Client

from tests.web.conftest import AT, LAST_MONTH, MakeUser
from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.grading.run import read_some
from tierwise.grading.wording import metric_value, number
from tierwise.movement.drivers import columns_read, drivers
from tierwise.policy.load import parse_policy
from tierwise_web.config.starting import publish_newest
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.editions import current_edition, publish
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading

Browser = Callable[[User | None], Client]
CARD = "realestate_scorecard"
DAYS = (date(2026, 8, 31), date(2026, 9, 30), LAST_MONTH)


@pytest.fixture(scope="module")
def graded(book: api.Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy graded by a scorecard at three month ends; no test writes to it."""
    place = tmp_path_factory.mktemp("graded") / "own"
    shutil.copytree(book.path, place)
    own = api.open_book(place)
    for day in DAYS:
        api.grade(own, CARD, as_of=day, actor="ann", at=AT)
    return place


@pytest.fixture
def judged(graded: Path, edition: Edition) -> api.Book:
    """That copy, shown on the pages."""
    settings.BOOK = graded
    publish_newest()
    return api.open_book(graded)


@pytest.fixture
def customer(judged: api.Book) -> str:
    """A customer that somebody judged, with a score."""
    run = api.list_runs(judged)[-1]
    rows = judged.read("assessments", judged.current()).to_pylist()
    codes = sorted({row["customer_code"] for row in rows if row["template"] == CARD})
    scored = read_some(judged, run, codes, ["score"])
    return next(code for code in codes if scored.get(code, {}).get("score"))


def links(client: Client, address: str) -> set[str]:
    page = html.unescape(client.get(address).content.decode())
    return set(re.findall(r'href="(/customer/[^"]*/rows\?of=[^"]+)"', page))


def test_every_number_that_leads_somewhere_leads_to_rows_that_speak_of_it(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    found = links(ann, f"/customer/{customer}")
    criteria = {address.split("of=")[1] for address in found if "." in address.split("of=")[1]}
    policy = api.load_policy(CARD).policy
    expected = {f"{m.id}.{c.code}" for m in policy.methods for c in getattr(m, "criteria", ())}
    assert criteria == expected
    for address in sorted(found):
        answer = ann.get(address)
        assert answer.status_code == 200, address


def test_all_rows_are_there_page_by_page(
    edition: Edition, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    ann = as_user(make_user("ann", "analyst"))
    code = Reading(edition, Scope("all")).rows("SELECT code FROM customers ORDER BY id LIMIT 1")[0]["code"]
    address = f"/customer/{code}/rows?of=net_sales_12m"

    def places(page: str) -> list[str]:
        return re.findall(r'<td class="l wide"[^>]*>([^<]+:\d+)', page)

    whole = places(ann.get(address).content.decode())
    assert len(whole) > 6
    monkeypatch.setattr("tierwise_web.pages.rows.MOST_ROWS", 4)
    seen: list[str] = []
    page, asked = "", address
    for at in range(-(-len(whole) // 4)):
        page = html.unescape(ann.get(asked).content.decode())
        seen += places(page)
        first, last = at * 4 + 1, min(at * 4 + 4, len(whole))
        assert f"{first} to {last} of {len(whole)}" in page
        asked = f"/customer/{code}/rows" + "".join(re.findall(r'rel="next" href="([^"]+)"', page))
    assert seen == whole
    assert 'rel="next"' not in page
    for nonsense in ("0", "x", "-1", "999999999999"):
        assert ann.get(f"{address}&page={nonsense}").status_code == 200


def test_a_criterion_leads_to_its_assessments_and_to_no_other(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    rows = [
        r for r in judged.read("assessments", judged.current()).to_pylist() if r["customer_code"] == customer
    ]
    mine = [
        r for r in rows if r["template"] == CARD and r["criterion"] == "nature" and r["as_of"] <= LAST_MONTH
    ]
    page = ann.get(f"/customer/{customer}/rows?of=scorecard.nature").content.decode()
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    assert body.count("<tr") == len(mine) > 0
    assert all(">nature<" in line for line in body.split("</tr>")[:-1])


def test_who_judged_and_why_is_read_by_those_alone_who_may_see_assessments(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    address = f"/customer/{customer}/rows?of=scorecard.nature"
    heads = [TABLES["assessments"].column(name).label.en for name in ("assessor", "evidence")]
    page = as_user(make_user("ann", "analyst")).get(address).content.decode()
    assert all(f">{head}</th>" in page for head in heads)
    served = as_user(make_user("ser", "service_agent")).get(address)
    assert served.status_code == 200
    assert not any(f">{head}</th>" in served.content.decode() for head in heads)


@pytest.mark.parametrize("of", ["", "scorecard", "scorecard.nothing", "nothing.nature", "scorecard.", "../x"])
def test_what_is_no_number_of_this_customer_is_not_found(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser, of: str
):
    assert (
        as_user(make_user("ann", "analyst")).get(f"/customer/{customer}/rows", {"of": of}).status_code == 404
    )


def test_a_criterion_that_tells_profit_is_withheld_with_its_rows(
    book: api.Book, edition: Edition, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    shutil.copytree(book.path, tmp_path / "own")
    settings.BOOK = tmp_path / "own"
    own = api.open_book(settings.BOOK)
    for day in DAYS:
        api.grade(own, "five_indicator_composite", as_of=day, actor="ann", at=AT)
    publish_newest()
    method = api.load_policy("five_indicator_composite").policy.leading
    code = next(c.code for c in method.criteria if "profit" in (getattr(c.source, "metric", None) or ""))  # type: ignore[union-attr]
    shown = current_edition()
    assert shown is not None
    one = Reading(shown, Scope("all", profit=True)).codes()[0]
    address = f"/customer/{one}/rows?of={method.id}.{code}"
    assert as_user(make_user("ann", "analyst")).get(address).status_code == 200
    assert as_user(make_user("ser", "service_agent")).get(address).status_code == 404


def told(page: str) -> list[tuple[str, str]]:
    """Name and share of the drivers of a page."""
    body = re.sub(r"</?a[^>]*>", "", html.unescape(page))
    return re.findall(r"<li><span>([^<]*?): [^<]*</span><span class=\"end muted\">([^<]*)<", body)


def test_any_two_month_ends_are_set_against_each_other_as_their_runs_stored_them(
    judged: api.Book, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    runs = [run for run in api.list_runs(judged) if run.policy_code == CARD]
    policy = parse_policy(runs[0].policy_text, "x")
    columns = columns_read(policy)
    shown = current_edition()
    assert shown is not None
    codes = Reading(shown, Scope("all", profit=True)).codes()
    was, now = (read_some(judged, run, codes, columns) for run in (runs[0], runs[2]))
    both = [code for code in codes if code in was and code in now]
    code = next(c for c in both if drivers(policy, was[c], now[c]))
    asked = {"from": runs[0].run_id, "to": runs[2].run_id}
    page = ann.get(f"/customer/{code}/drivers", asked).content.decode()
    expected = [one.title(policy, "en") for one in drivers(policy, was[code], now[code])]
    assert [name for name, _ in told(page)] == expected
    same = next(c for c in both if not drivers(policy, was[c], now[c]))
    assert (
        "Nothing that the leading method reads changed"
        in ann.get(f"/customer/{same}/drivers", asked).content.decode()
    )


def test_the_form_offers_every_month_end_and_refuses_the_wrong_order(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    ann = as_user(make_user("ann", "analyst"))
    runs = [run.run_id for run in api.list_runs(judged) if run.policy_code == CARD]
    page = ann.get(f"/customer/{customer}").content.decode()
    assert all(page.count(f'value="{run}"') == 2 for run in runs)
    back = ann.get(f"/customer/{customer}/drivers", {"from": runs[2], "to": runs[0]}).content.decode()
    assert "Choose an earlier day first" in back
    foreign = ann.get(f"/customer/{customer}/drivers", {"from": "run-000001", "to": "../x"})
    assert foreign.status_code == 200


def test_charlie_is_told_nothing_of_a_foreign_customer(
    judged: api.Book, customer: str, make_user: MakeUser, as_user: Browser
):
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    assert charlie.get(f"/customer/{customer}/drivers").status_code == 404
    assert charlie.get(f"/customer/{customer}/rows?of=scorecard.nature").status_code == 404


class Loose(HTMLParser):
    """The words of a page that lead nowhere, without its controls and drawings."""

    ASIDE: ClassVar = {"a", "svg", "option", "time", "summary", "h1", "label", "nav"}

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("path", "rect", "text", "meta", "link", "input", "br", "img"):
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self.ASIDE.intersection(self._within):
            self.words.append(data)


NO_NUMBERS = (
    r"\b[RFM] [1-5](?=[:：])",  # a score of RFM, told by the value behind it, which leads to its rows
    r"[2-5]:\s[<≤≥]\s(CNY\s)?-?[\d,.]+",  # the limits of scores that the customer did not reach
    r"[2-5]:\s(?=[<≤≥])",
    r"\d{4}-\d\d-\d\d", r"\bv\d+", r"\b[CG]\d{5,}\b",  # days, versions of the policy, codes
    r"\(\d+ months?\)", r"（近 \d+ 个月）", r"of (100|15|5)\b", r"满分 \d+",  # windows, what a method gives at most
    r"\b[A-Z]{3}\s",
)  # fmt: skip


def loose_numbers(page: str) -> list[str]:
    """What looks like a number outside of every link, but for what the policy or the calendar says."""
    reader = Loose()
    reader.feed(page.split("<main")[1].split('<div class="work"')[0].split(">", 1)[1])
    found = []
    for words in reader.words:
        for known in NO_NUMBERS:
            words = re.sub(known, " ", words)
        found += [words.strip()] if re.search(r"\d", words) else []
    return found


def columns_of_the_policy(page: str) -> str:
    """A page without the months and weights of its table of figures: the policy says them, no row does."""
    return re.sub(r'(<td class="r">)[\d.]+ ?%?(</td>)', r"\1\2", page)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("shows", ["edition", "judged"])
def test_every_number_of_the_page_leads_somewhere_and_that_is_there(
    request: pytest.FixtureRequest, make_user: MakeUser, as_user: Browser, shows: str, lang: str
):
    request.getfixturevalue(shows)
    shown = current_edition()
    assert shown is not None
    reading = Reading(shown, Scope("all", profit=True))
    names = [name for (name,) in reading.rows("SELECT name FROM customers") if name]
    one_of_each = "SELECT min(code) AS code FROM customers GROUP BY grade, result, unit = code, movement"
    ann, followed = as_user(make_user("ann", "analyst", language=lang)), set()
    for row in reading.rows(one_of_each):
        page = html.unescape(ann.get(f"/customer/{row['code']}").content.decode())
        for name in names:
            page = page.replace(name, "")
        seen = re.sub(r"<[^>]*>", "", page.split("<main")[1].split("<details")[0])
        assert not re.search(r"CNY [-−]?\d", seen), "kept together at the end of a line"
        assert loose_numbers(columns_of_the_policy(page)) == [], row["code"]
        main = page.split("<main")[1]
        assert 'href="#figures"' not in main or 'id="figures"' in main
        for address in set(re.findall(r'class="num" href="(/[^"]+)"', main)) - followed:
            assert ann.get(address).status_code == 200, address
            followed.add(address)
    assert any("rows?of=" in address for address in followed)
    assert any("grade=" in address for address in followed)


def test_the_value_of_an_earlier_month_end_leads_to_the_rows_that_its_run_read(
    book: api.Book, edition: Edition, make_user: MakeUser, as_user: Browser
):
    ann, (first, last) = as_user(make_user("ann", "analyst")), api.list_runs(book)
    codes = Reading(edition, Scope("all", profit=True)).codes()
    scores = {run.run_id: read_some(book, run, codes, ["score"]) for run in (first, last)}
    code = next(
        c for c in codes if c in scores[first.run_id] and len({s[c]["score"] for s in scores.values()}) == 2
    )
    page = html.unescape(ann.get(f"/customer/{code}").content.decode())
    address = f"/customer/{code}/rows?of=net_sales_12m&run={first.run_id}"
    assert address in page
    rows = html.unescape(ann.get(address).content.decode())
    value = metric_value("net_sales_12m", scores[first.run_id][code]["score"], "en", "CNY")
    assert f": {value}</h1>" in rows
    assert f"As the run of {first.as_of} read them." in rows
    assert not [
        day for day in re.findall(r">(\d{4}-\d\d-\d\d)<", rows) if date.fromisoformat(day) > first.as_of
    ]
    for foreign in ("run-000099", "../x"):
        same = ann.get(f"/customer/{code}/rows", {"of": "net_sales_12m", "run": foreign})
        assert "As the run of" not in same.content.decode()


def test_a_member_is_told_its_own_number_with_its_rows_and_the_way_to_those_of_its_unit(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    for day in DAYS:
        api.grade(own_book, "abc_group", as_of=day, actor="ann", at=AT)
    publish_newest()
    shown = current_edition()
    assert shown is not None
    found = Reading(shown, Scope("all", profit=True)).rows(
        "SELECT code, unit FROM customers WHERE unit <> code"
    )
    sales = read_some(
        own_book, api.list_runs(own_book)[-1], [c for row in found for c in row], ["net_sales_12m"]
    )
    code, unit = next((c, u) for c, u in found if sales[c]["net_sales_12m"])
    ann = as_user(make_user("ann", "analyst"))
    rows = html.unescape(ann.get(f"/customer/{code}/rows?of=net_sales_12m").content.decode())
    own, whole = (
        metric_value("net_sales_12m", sales[one]["net_sales_12m"], "en", "CNY") for one in (code, unit)
    )
    assert own != whole
    assert f": {own}</h1>" in rows
    assert leads(rows, whole) == f"/customer/{unit}/rows?of=net_sales_12m"
    first = api.list_runs(own_book)[-len(DAYS)]
    then = read_some(own_book, first, [code, unit], ["net_sales_12m"])
    own, before = (
        metric_value("net_sales_12m", then[one]["net_sales_12m"], "en", "CNY") for one in (code, unit)
    )
    rows = html.unescape(
        ann.get(f"/customer/{code}/rows?of=net_sales_12m&run={first.run_id}").content.decode()
    )
    assert before != whole
    assert f": {own}</h1>" in rows
    assert leads(rows, before) == f"/customer/{unit}/rows?of=net_sales_12m&run={first.run_id}"


def test_the_points_by_which_customers_are_graded_stand_in_the_list(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    """Not for who may not see profit, where points rest on it."""
    for day in DAYS:
        api.grade(own_book, "five_indicator_composite", as_of=day, actor="ann", at=AT)
    publish_newest()
    rows = Reading(edition_shown(), Scope("all")).rows("SELECT code, score FROM customers WHERE score <> ''")
    run = api.list_runs(own_book)[-1]
    stored = read_some(own_book, run, [row["code"] for row in rows], ["score"])
    assert {row["code"]: Decimal(row["score"]) for row in rows} == {c: r["score"] for c, r in stored.items()}
    ann, ser = as_user(make_user("ann", "analyst")), as_user(make_user("ser", "service_agent"))
    best = f"{max(row['score'] for row in stored.values()):,.1f}"
    for address in ("/customers", "/customers?col=score&col=grade"):
        assert f'data-label="Points">{best}</td>' in ann.get(address).content.decode()
        assert "Points" not in ser.get(address).content.decode()
    assert "Points" in ann.get("/customers/export.csv").getvalue().decode("utf-8-sig").splitlines()[0]


def leads(page: str, value: str) -> str | None:
    """Where a number of a page leads."""
    words = value.replace("CNY ", "CNY\xa0")
    found = re.search(rf'<a class="num" href="([^"]+)"[^>]*>{re.escape(words)}</a>', page)
    return found[1] if found else None


def test_what_an_earlier_version_of_the_policy_told_of_profit_stays_withheld(
    own_book: api.Book, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    source = "{kind: rank_score, metric: customer_profit}"
    first = api.load_policy("five_indicator_composite").text
    assert source in first
    for at, (day, text) in enumerate(
        zip(DAYS[1:], (first, first.replace(source, "{kind: assessment}")), strict=True)
    ):
        file = tmp_path / f"{at}.yaml"
        file.write_text(
            text.replace("version: 1", f"version: {at + 1}").replace(
                "weight_pct: 30\n  t", "weight_pct: 50\n  t"
            ),
            encoding="utf-8",
        )
        api.grade(own_book, str(file), as_of=day, actor="ann", at=AT)
    publish_newest()
    was, now = api.list_runs(own_book)[-2:]
    stored = read_some(
        own_book, was, Reading(edition_shown(), Scope("all")).codes(), ["score", "composite_profit_score"]
    )
    code, told = next((c, row) for c, row in stored.items() if row["score"] and row["composite_profit_score"])
    ann, ser = as_user(make_user("ann", "analyst")), as_user(make_user("ser", "service_agent"))

    def seen(client: Client, address: str) -> str:
        return html.unescape(client.get(f"/customer/{code}{address}").content.decode())

    steps = f"/drivers?from={was.run_id}&to={now.run_id}"
    rows = f"/rows?of=composite.profit&run={was.run_id}"
    for address, said in (
        ("", number(told["score"])),
        (steps, "profit contribution"),
        (rows, f": {number(told['composite_profit_score'])}</h1>"),
    ):
        assert said in seen(ann, address), address
        assert said not in seen(ser, address), address


def edition_shown() -> Edition:
    """The edition that pages read."""
    shown = current_edition()
    assert shown is not None
    return shown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_link_says_to_who_only_hears_it_where_it_leads(
    edition: Edition, make_user: MakeUser, as_user: Browser, lang: str
):
    reading = Reading(edition, Scope("all", profit=True))
    ann = as_user(make_user("ann", "analyst", language=lang))
    said = set()
    for row in reading.rows("SELECT min(code) AS code FROM customers WHERE grade IS NOT NULL GROUP BY grade"):
        page = html.unescape(ann.get(f"/customer/{row['code']}").content.decode())
        why = page.split("为什么是这个等级" if lang == "zh" else "Why this grade")[1].split("<details")[0]
        for label, words in re.findall(
            r'<a class="num" href="[^"]*"(?: aria-label="([^"]*)")?>([^<]*)</a>', why
        ):
            assert label.replace(" ", "\xa0").startswith(words.replace(" ", "\xa0")), words
            assert len(label) > len(words) + 2, words
            said.add(re.split("[:：]", label, maxsplit=1)[1].strip())
        advice = next(line for line in why.split("<li>") if "RFM" in line or re.search(r"R [1-5]", line))
        assert 3 <= advice.count('class="num"') <= 12
    words = {"en": ("all of grade A", "source rows of"), "zh": ("全部 A 级客户", "的原始行")}[lang]
    assert all(any(one in label for label in said) for one in words)


def as_file(row: dict[str, object], place: Path) -> Path:
    """A record of a customer as a file that can be imported."""
    columns = [c.name for c in TABLES["customers"].file_columns if row.get(c.name) is not None]
    with place.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerows([columns, [row[name] for name in columns]])
    return place


def test_the_rows_of_an_earlier_run_are_those_of_the_members_that_it_had(
    own_book: api.Book, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    first = api.grade(own_book, "abc_group", as_of=DAYS[1], actor="ann", at=AT).record
    units = {row["customer_id"]: row["unit"] for row in api.read_results(own_book, first).to_pylist()}
    sales = read_some(own_book, first, list(units), ["net_sales_12m"])
    member, unit = next((c, u) for c, u in units.items() if c != u and sales[c]["net_sales_12m"])
    record = max(
        (r for r in own_book.read("customers", own_book.current()).to_pylist() if r["code"] == member),
        key=lambda r: r["valid_from"],
    )
    gone = as_file(record | {"parent_code": None, "valid_from": date(2026, 10, 10)}, tmp_path / "gone.csv")
    api.import_files(own_book, "customers", [gone], actor="erp", at=AT)
    api.grade(own_book, "abc_group", as_of=LAST_MONTH, actor="ann", at=AT)
    publish_newest()
    ann = as_user(make_user("ann", "analyst"))

    def count(run: str) -> tuple[str, set[str]]:
        page = html.unescape(ann.get(f"/customer/{unit}/rows?of=net_sales_12m{run}").content.decode())
        return page, set(re.findall(r"<td[^>]*>(SO[^<]+|O[^<]+|S[^<]+)</td>", page))

    then, now = count(f"&run={first.run_id}"), count("")
    lines = own_book.read("order_lines", own_book.current()).to_pylist()
    theirs = {row["order_number"] for row in lines if row["customer_code"] == member}
    assert theirs
    assert "members of the unit are among them" in then[0] or "1 member" in then[0]
    assert any(f">{number}<" in then[0] for number in theirs)
    assert not any(f">{number}<" in now[0] for number in theirs)
    page = html.unescape(
        ann.get(f"/customer/{member}/rows?of=net_sales_12m&run={first.run_id}").content.decode()
    )
    whole = metric_value("net_sales_12m", sales[unit]["net_sales_12m"], "en", "CNY") if unit in sales else ""
    assert leads(page, whole) == f"/customer/{unit}/rows?of=net_sales_12m&run={first.run_id}", (
        "its unit of then"
    )


def test_a_month_end_that_another_metric_led_is_told_as_that_one(
    own_book: api.Book, tmp_path: Path, make_user: MakeUser, as_user: Browser
):
    text = api.load_policy("abc_sales").text
    assert "value: net_sales" in text
    later = tmp_path / "by_orders.yaml"
    later.write_text(
        text.replace("version: 1", "version: 2").replace("value: net_sales", "value: orders"),
        encoding="utf-8",
    )
    first = api.grade(own_book, "abc_sales", as_of=DAYS[0], actor="ann", at=AT).record
    api.grade(own_book, "abc_sales", as_of=DAYS[1], actor="ann", at=AT)
    last = api.grade(own_book, str(later), as_of=LAST_MONTH, actor="ann", at=AT).record
    assert publish(own_book, last, at=AT).run_id == last.run_id
    code = Reading(edition_shown(), Scope("all")).codes()[0]
    then = read_some(own_book, first, [code], ["score"])[code]["score"]
    now = read_some(own_book, last, [code], ["score"])[code]["score"]
    page = html.unescape(as_user(make_user("ann", "analyst")).get(f"/customer/{code}").content.decode())
    told = page.split("Grades over time", 1)[1]
    assert f"{metric_value('net_sales_12m', then, 'en', 'CNY')} · net sales" in told
    assert f"of=net_sales_12m&run={first.run_id}" in told
    assert f'rows?of=orders_12m">{metric_value("orders_12m", now, "en", "CNY")}<' in told
