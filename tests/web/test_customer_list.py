"""The customer list: everybody once, in order, found by words and filters, and nobody beyond the scope."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.http import QueryDict
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.web.conftest import AT, MakeUser
from tierwise_web.audit.models import Event
from tierwise_web.customers import files, queries
from tierwise_web.customers.choosing import SORTS, Choice, choice_of, cursor_of
from tierwise_web.people.models import User
from tierwise_web.people.scope import Scope
from tierwise_web.published.editions import folder
from tierwise_web.published.models import Current, Edition
from tierwise_web.published.reading import Reading
from tierwise_web.published.shape import LEAST

ALL = Scope("all", profit=True)
Browser = Callable[[User | None], Client]


@pytest.fixture
def reading(edition: Edition) -> Reading:
    return Reading(edition, ALL)


def asked(address: str, *, profit: bool = True) -> Choice:
    return choice_of(QueryDict(address), profit=profit)


def codes(page: str) -> list[str]:
    return re.findall(r'c-code"[^>]*>(C\d+)<', page)


@pytest.mark.parametrize("sort", [f"{up}{sort}" for sort in SORTS for up in ("", "up-")])
def test_paging_forth_and_back_meets_everybody_once_in_the_order_asked_for(reading: Reading, sort: str):
    choice = asked(f"sort={sort}")
    forth = [queries.page(reading, choice, 7)]
    while forth[-1].after:
        forth.append(queries.page(reading, asked(f"sort={sort}&at={forth[-1].after}"), 7))
    back = [forth[-1]]
    while back[-1].before:
        back.append(queries.page(reading, asked(f"sort={sort}&at={back[-1].before}"), 7))
    seen = [row["code"] for page in forth for row in page.rows]
    assert [row["code"] for page in reversed(back) for row in page.rows] == seen
    assert len(seen) == len(set(seen)) == reading.rows("SELECT count(*) AS n FROM customers")[0]["n"]
    keys = [
        row["id" if choice.sort == "best" else f"{choice.sort}_key"] for page in forth for row in page.rows
    ]
    if choice.up and choice.sort != "best":  # of whom it is not known stands last, also worst first
        assert keys == sorted(keys, key=lambda key: (key == LEAST, key))
    else:
        assert keys == sorted(keys, reverse=(choice.sort != "best") != choice.up)
    if choice.sort == "credit":
        assert LEAST in keys


def test_codes_stand_in_their_order(reading: Reading):
    rows = list(queries.every_row(reading, asked("sort=code"), 11))
    assert [row["code"] for row in rows] == sorted(row["code"] for row in rows)


def test_a_list_of_all_rows_is_the_pages_together(reading: Reading):
    assert [r["id"] for r in queries.every_row(reading, asked(""), 9)] == list(
        range(1, reading.edition.customers + 1)
    )


def test_filters_join_with_and_and_their_values_with_or(reading: Reading):
    rows = list(queries.every_row(reading, asked("grade=A&grade=B&region=华东&region=华南")))
    assert {row["grade"] for row in rows} <= {"A", "B"}
    assert {row["region"] for row in rows} <= {"华东", "华南"}
    expected = "SELECT code FROM customers WHERE grade IN ('A','B') AND region IN ('华东','华南')"
    assert {row["code"] for row in rows} == {row["code"] for row in reading.rows(expected)}


def test_those_without_a_value_can_be_asked_for(reading: Reading):
    rows = list(queries.every_row(reading, asked("grade=-")))
    assert rows
    assert {row["grade"] for row in rows} == {None}


def test_the_count_stops_at_its_cap(reading: Reading, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queries, "CAP", 10)
    assert queries.counted(reading, asked("")) == 11


@pytest.mark.parametrize(
    "wrong", ["1", "a.after.1.1", "1.aside.1.1", "1.after.1.99999999999999999999", "1.after.x.1"]
)
def test_a_mistaken_place_is_the_beginning(wrong: str):
    assert cursor_of(wrong) is None


def test_who_may_not_see_profit_cannot_sort_by_it_and_does_not_get_it(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    agent = as_user(make_user("agent", "service_agent"))
    assert asked("sort=profit", profit=False).sort == "best"
    page = agent.get("/customers?sort=profit").content.decode()
    assert codes(page)
    assert "Customer profit" not in page
    assert "sort=profit" not in page.split("<main", 1)[1]


def test_everybody_sees_own_customers_only(edition: Edition, make_user: MakeUser, as_user: Browser):
    owner = Reading(edition, ALL).rows("SELECT owner FROM customers WHERE owner IS NOT NULL LIMIT 1")[0][
        "owner"
    ]
    of_owner = {
        r["code"] for r in Reading(edition, ALL).rows("SELECT code FROM customers WHERE owner = %s", [owner])
    }
    alice = as_user(make_user("alice", "account_manager", staff_name=owner))
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    assert set(codes(alice.get("/customers").content.decode())) == of_owner
    assert alice.get("/customers/count").content.decode() == str(len(of_owner))
    assert codes(charlie.get("/customers").content.decode()) == []
    assert codes(charlie.get(f"/customers?owner={owner}").content.decode()) == []
    assert codes(charlie.get("/customers?q=C0000").content.decode()) == []
    assert charlie.get("/customers/count").content.decode() == "0"


def test_filters_offer_nothing_from_beyond_the_scope(edition: Edition, make_user: MakeUser, as_user: Browser):
    rows = Reading(edition, ALL).rows("SELECT DISTINCT owner FROM customers WHERE owner IS NOT NULL")
    mine, *others = sorted(row["owner"] for row in rows)
    page = as_user(make_user("alice", "account_manager", staff_name=mine)).get("/customers").content.decode()
    assert [name for name in others if f'value="{name}"' in page] == []


def test_a_file_has_what_the_person_sees_and_is_noted(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    analyst = as_user(make_user("ann", "analyst"))
    answer = analyst.get("/customers/export.csv?grade=A&sort=code")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    expected = list(queries.every_row(Reading(edition, ALL), asked("grade=A&sort=code")))
    assert [row["Code"] for row in rows] == [row["code"] for row in expected]
    assert float(rows[0]["Net sales, 12 months"]) == float(expected[0]["sales"])
    event = Event.objects.get(code="customers.exported")
    assert (event.actor, event.slots["rows"]) == ("ann", len(rows))


def test_an_excel_file_has_chinese_titles_for_a_chinese_reader(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    answer = as_user(make_user("ann", "analyst", language="zh")).get("/customers/export.xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.getvalue())).get_sheet_by_index(0).to_python()
    assert sheet[0][:3] == ["编号", "客户", "等级"]
    assert len(sheet) == edition.customers + 1


def test_a_file_for_who_may_not_see_profit_has_no_profit(edition: Edition, reading: Reading, tmp_path: Path):
    from tierwise_web.customers.views import seen_columns

    hidden = Reading(edition, Scope("all"))
    target = tmp_path / "list.csv"
    files.write(hidden, Choice(), seen_columns(hidden), target)
    assert "profit" not in target.read_text(encoding="utf-8-sig").splitlines()[0].lower()


def test_too_many_rows_are_refused_with_what_to_do(
    edition: Edition, make_user: MakeUser, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "MOST_ROWS", 5)
    answer = as_user(make_user("ann", "analyst")).get("/customers/export.csv")
    assert answer.status_code == 413
    assert "more than 5 rows" in answer.content.decode()
    assert 'action="/customers/export"' in answer.content.decode()


def test_whoever_pages_goes_on_in_the_edition_in_which_paging_began(
    edition: Edition, make_user: MakeUser, as_user: Browser
):
    analyst = as_user(make_user("ann", "analyst"))
    first = analyst.get("/customers").content.decode()
    address = re.search(r'rel="next" href="([^"]+)"', first)
    assert address
    shutil.copy(folder() / edition.file, folder() / "newer.sqlite3")
    newer = Edition.objects.create(
        run_id="run-000009", policy_code="x", as_of=edition.as_of, digest="0", file="newer.sqlite3",
        customers=1, in_force=False, made_at=AT,
    )  # fmt: skip
    Current.objects.update(edition=newer)
    at = address[1].replace("&amp;", "&")
    second = analyst.get(at).content.decode()
    assert not set(codes(first)) & set(codes(second))
    (folder() / edition.file).unlink()
    assert codes(analyst.get(at).content.decode()) == codes(first)


def test_without_a_run_the_page_says_what_comes_first(make_user: MakeUser, as_user: Browser):
    page = as_user(make_user("ann", "analyst")).get("/customers")
    assert page.status_code == 200
    assert "tierwise grade" in page.content.decode()


def test_nobody_fits_leads_back_to_everybody(edition: Edition, make_user: MakeUser, as_user: Browser):
    page = as_user(make_user("ann", "analyst")).get("/customers?q=%20%28%29&grade=A").content.decode()
    assert "Nobody fits" in page
    assert 'href="/customers"' in page


def test_an_open_page_gets_the_part_that_changes(edition: Edition, make_user: MakeUser, as_user: Browser):
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    part = as_user(make_user("ann", "analyst")).get("/customers?grade=A", headers=headers).content.decode()
    assert part.lstrip().startswith('<div id="list"')
    assert "<html" not in part


def test_script_in_words_and_filters_stays_text(edition: Edition, make_user: MakeUser, as_user: Browser):
    address = "/customers?q=%3Cscript%3Ealert(1)%3C/script%3E&region=%22%3E%3Cimg%20src%3Dx%3E"
    page = as_user(make_user("ann", "analyst")).get(address).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page


def test_grades_are_offered_best_first_and_none_last(edition: Edition, make_user: MakeUser, as_user: Browser):
    page = as_user(make_user("ann", "analyst")).get("/customers").content.decode()
    offered = re.findall(r'name="grade" value="([^"]+)"', page)
    scale = list(Reading(edition, Scope("all")).about.scale)
    assert [grade for grade in offered if grade != "-"] == [grade for grade in scale if grade in offered]
    assert offered[-1] == "-"
