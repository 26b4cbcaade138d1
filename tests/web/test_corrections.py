"""Corrections of a customer's record: with a reason, from a day on, in the book at the next run, stronger than files."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Manager
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tests.web.forms import forms_of
from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.audit.models import Event
from tierwise_web.config.starting import publish_newest
from tierwise_web.editing import handing
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.merging import Step, dated_rows
from tierwise_web.editing.models import ENDED, IN_BOOK, TAKEN_BACK, UNDONE, WAITING, Change, Handover
from tierwise_web.editing.records import standing, with_waiting
from tierwise_web.editing.values import with_separators
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.people.services import unit
from tierwise_web.published.editions import leading
from tierwise_web.published.models import Edition, Moved
from tierwise_web.published.moving import settled_again

Browser = Callable[[User | None], Client]
CODE = "C000003"
EDIT = f"/customer/{CODE}/edit"
FACTS = {"effective_on": "2026-11-10", "reason": "wrong_in_file", "note": ""}


def shown(client: Client) -> dict[str, str]:
    """The form as it stands: every field with its value."""
    page = client.get(EDIT).content.decode()
    found = {}
    for one in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="(\w+)"', one), re.search(r'value="([^"]*)"', one)
        if name and value:
            found[name[1]] = value[1]
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page, re.S):
        found[name] = text
    return {k: v for k, v in found.items() if k not in ("csrfmiddlewaretoken", "next", "q")}


def record(book: api.Book, day: date = date(2026, 11, 20)) -> dict[str, str | None]:
    found = standing(book, "customers", CODE, day)
    assert found is not None
    return found


def taken(book: api.Book) -> None:
    hand_over(book, actor=User.objects.get(username="sam"), at=timezone.now())


def test_a_correction_reaches_the_book_from_its_day_on_and_leaves_the_rest_of_the_record(
    own_book: api.Book, sam: Client
):
    before = record(own_book, date(2026, 11, 1))
    answer = sam.post(
        EDIT, shown(sam) | FACTS | {"name": "华源新名", "industry": "医药", "total_assets": "1,250,000.50"}
    )
    assert answer.status_code == 302, answer.content.decode()
    assert Change.objects.get().values == {
        "name": "华源新名",
        "industry": "医药",
        "total_assets": "1250000.5",
    }
    taken(own_book)
    assert Change.objects.get().state == IN_BOOK
    assert record(own_book) == before | {
        "name": "华源新名", "industry": "医药", "total_assets": "1250000.5", "valid_from": "2026-11-10",
    }  # fmt: skip
    assert record(own_book, date(2026, 11, 9)) == before
    assert Event.objects.filter(code="edits.made", slots__record=CODE).exists()


def test_a_later_file_does_not_overwrite_a_correction_and_is_told(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "医药"})
    taken(own_book)
    file = tmp_path / "customers.csv"
    file.write_text(f"code,name,industry,valid_from\n{CODE},后来的文件,化工,2026-11-15\n", encoding="utf-8")
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    assert record(own_book)["industry"] == "化工"
    taken(own_book)
    assert record(own_book)["industry"] == "医药"
    assert record(own_book)["name"] == "后来的文件"
    change = Change.objects.get()
    assert change.file_says == {"industry": "化工"}
    assert "a file says otherwise since" in sam.get("/changes").content.decode()
    assert sam.post(f"/changes/{change.pk}/end").status_code == 302
    taken(own_book)
    change.refresh_from_db()
    assert change.state == ENDED
    assert record(own_book, timezone.localdate())["industry"] == "化工"
    file.write_text(
        f"code,name,industry,valid_from\n{CODE},x,造纸,{timezone.localdate()}\n", encoding="utf-8"
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    taken(own_book)
    assert record(own_book, timezone.localdate())["industry"] == "造纸"


def test_two_people_at_one_record_overwrite_nothing_and_the_other_change_is_shown(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    kim = as_user(make_user("kim", "national_kam", "analyst", org_unit=company))
    mine, theirs = shown(sam), shown(kim)
    assert sam.post(EDIT, mine | FACTS | {"name": "Sam's name"}).status_code == 302
    late = kim.post(EDIT, theirs | FACTS | {"name": "Kim's name", "note": "kept note"})
    page = late.content.decode()
    assert late.status_code == 422
    assert "now: Sam&#39;s name" in page
    assert "Kim&#39;s name" in page
    assert "kept note" in page
    assert Change.objects.count() == 1
    again = shown_of(page) | FACTS | {"name": "Kim's name"}
    assert kim.post(EDIT, theirs | again).status_code == 302
    taken(own_book)
    assert record(own_book)["name"] == "Kim's name"


def shown_of(page: str) -> dict[str, str]:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return {"seen": found[1]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " "}, "fill this in"),
        ({"total_assets": "a lot"}, "write a number"),
        ({"total_assets": "1,5"}, "write a number"),
        ({"total_assets": "0,125"}, "write a number"),
        ({"total_assets": "12,34,567"}, "write a number"),
        ({"total_assets": "1e5"}, "write a number"),
        ({"total_assets": "1" + "0" * 30}, "no larger number"),
        ({"employees": "1.5"}, "0 decimals"),
        ({"kind": "emperor"}, "one of the list"),
        ({"parent_code": "C999999"}, "no customer C999999"),
        ({"parent_code": CODE}, "no customer belongs to itself"),
        ({"effective_on": "2999-01-01", "name": "x"}, "has not come yet"),
        ({"effective_on": "soon", "name": "x"}, "2026-10-31"),
        ({"reason": "", "name": "x"}, "say why"),
        ({"reason": "other", "name": "x"}, "what the reason is"),
        ({}, "nothing was changed"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_kept_but_the_form(
    sam: Client, change: dict[str, str], said: str
):
    answer = sam.post(
        EDIT, shown(sam) | FACTS | {"source": "my words"} | change if change else shown(sam) | FACTS
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "my words" in page or not change
    assert not Change.objects.exists()


def test_who_has_no_business_with_the_customer_cannot_correct_it(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    assert charlie.get(EDIT).status_code == 404
    assert charlie.post(EDIT, FACTS | {"name": "mine"}).status_code == 404
    assert charlie.post(f"/customer/{CODE}/changes/1/take-back").status_code == 404


def test_who_may_not_see_profit_neither_sees_nor_changes_what_the_acquisition_cost(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    assert 'name="acquisition_cost"' in sam.get(EDIT).content.decode()
    dim = as_user(
        make_user("dim", "service_agent", "account_manager", staff_name=str(record(own_book)["owner"]))
    )
    assert 'name="acquisition_cost"' not in dim.get(EDIT).content.decode()
    dim.post(EDIT, shown(dim) | FACTS | {"acquisition_cost": "1"})
    assert not Change.objects.exists()


def test_what_waits_is_on_the_customers_page_and_taken_back_by_who_made_it(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser, company: OrgUnit
):
    kim = as_user(make_user("kim", "service_supervisor", "national_kam", org_unit=company))
    sam.post(EDIT, shown(sam) | FACTS | {"name": "<script>alert(1)</script>"})
    number = Change.objects.get().pk
    page = sam.get(f"/customer/{CODE}/work").content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert f"/changes/{number}/take-back" in page
    assert kim.post(f"/customer/{CODE}/changes/{number}/take-back").status_code == 409
    assert sam.post(f"/customer/{CODE}/changes/{number}/take-back").status_code == 302
    assert Change.objects.get().state == TAKEN_BACK
    assert "<script>alert" not in sam.get("/changes").content.decode()


def test_a_row_that_the_importer_refuses_is_told_and_the_rest_is_taken(own_book: api.Book, sam: Client):
    sam.post(EDIT, shown(sam) | FACTS | {"name": "good"})
    Change.objects.create(
        table="customers", key="C000004", customer="C000004", values={"first_contact_on": "the day before"},
        effective_on=date(2026, 11, 10), actor="sam", made_at=timezone.now(), state=WAITING,
    )  # fmt: skip
    taken(own_book)
    states = dict(Change.objects.values_list("key", "state"))
    assert states == {CODE: IN_BOOK, "C000004": "refused"}
    assert "the day before" in sam.get("/changes?state=refused").content.decode()


TRANSFER = f"/customer/{CODE}/transfer"


def test_a_transfer_names_somebody_who_is_there_and_changes_hands_with_the_next_run(
    own_book: api.Book, sam: Client, make_user: MakeUser
):
    make_user("new", "account_manager", staff_name="新客户经理")
    before = record(own_book)
    form = FACTS | {
        "reason": "reorganised",
        "owner": "新客户经理",
        "backup": before["owner"] or "",
        "team": before["team"] or "",
    }
    stranger = sam.post(TRANSFER, form | shown_of(sam.get(TRANSFER).content.decode()) | {"owner": "Nobody"})
    assert stranger.status_code == 422
    assert "nobody here is called Nobody" in stranger.content.decode()
    near = sam.post(TRANSFER, form | shown_of(sam.get(TRANSFER).content.decode()) | {"owner": "新客户经埋"})
    assert "there is 新客户经理" in near.content.decode()
    nowhere = sam.post(TRANSFER, form | shown_of(sam.get(TRANSFER).content.decode()) | {"team": "华东1部"})
    assert nowhere.status_code == 422
    assert "there is no team 华东1部" in nowhere.content.decode()
    assert sam.post(TRANSFER, form | shown_of(sam.get(TRANSFER).content.decode())).status_code == 302
    assert set(Change.objects.get().values) == {"owner", "backup"}
    taken(own_book)
    after = record(own_book)
    assert (after["owner"], after["backup"], after["name"]) == ("新客户经理", before["owner"], before["name"])


def test_who_gives_a_customer_away_out_of_the_own_reach_is_told_so_on_the_next_page(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    before = record(own_book)
    unit(str(before["team"]), "Mine", "team", None)
    unit("elsewhere", "Elsewhere", "team", None)
    make_user("new", "account_manager", staff_name="新客户经理")
    lead = make_user("lead", "sales_manager", org_unit=OrgUnit.objects.get(code=before["team"]))
    boss = as_user(lead)
    form = FACTS | {"reason": "reorganised", "owner": "新客户经理", "backup": "", "team": "elsewhere"}
    answer = boss.post(TRANSFER, form | shown_of(boss.get(TRANSFER).content.decode()))
    assert answer.headers["Location"] == "/customers"
    page = boss.get("/customers").content.decode()
    assert f"{before['name']} is transferred." in html.unescape(page)
    assert "is transferred." not in boss.get("/customers").content.decode()
    assert boss.get(f"/customer/{CODE}").status_code == 404


def test_a_record_is_merged_on_the_page_of_duplicates_alone_and_nobody_refers_itself(
    own_book: api.Book, sam: Client
):
    form = shown(sam) | FACTS | {"status": "merged", "referred_by": CODE, "employees": "-3"}
    answer = sam.post(EDIT, form)
    page = answer.content.decode()
    assert answer.status_code == 422
    for said in ("customers are merged under Duplicates", "nobody refers itself", "not below 0"):
        assert said in page
    assert 'value="merged"' not in sam.get(EDIT).content.decode()
    assert not Change.objects.exists()


def test_two_people_who_transfer_one_customer_overwrite_nothing(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    kim = as_user(make_user("kim", "data_steward"))
    for name in ("新客户经理", "另一客户经理"):
        make_user(f"new-{name}", "account_manager", staff_name=name)
    before = record(own_book)
    asked = FACTS | {"reason": "reorganised", "backup": before["backup"] or "", "team": before["team"] or ""}
    seen = {browser: shown_of(browser.get(TRANSFER).content.decode()) for browser in (sam, kim)}
    assert sam.post(TRANSFER, asked | seen[sam] | {"owner": "新客户经理"}).status_code == 302
    late = kim.post(TRANSFER, asked | seen[kim] | {"owner": "另一客户经理", "note": "kept note"})
    page = late.content.decode()
    assert late.status_code == 422
    assert "last by Sam" in page
    assert "now: 新客户经理" in page
    assert 'value="另一客户经理"' in page
    assert "kept note" in page
    assert Change.objects.count() == 1


def test_a_transfer_changes_no_other_column_and_a_correction_no_account_manager(sam: Client):
    assert (
        sam.post(TRANSFER, FACTS | {"name": "x"} | shown_of(sam.get(TRANSFER).content.decode())).status_code
        == 422
    )
    assert sam.post(EDIT, shown(sam) | FACTS | {"owner": "somebody"}).status_code == 422
    assert not Change.objects.exists()


def test_charlie_transfers_nothing(own_book: api.Book, make_user: MakeUser, as_user: Browser):
    charlie = as_user(make_user("charlie", "sales_manager", staff_name="Charlie"))
    assert charlie.get(TRANSFER).status_code == 404


def row(day: str, **values: str) -> dict[str, str | None]:
    return {"code": "X", "name": "old", "industry": "steel", "valid_from": day, "known_on": day} | values


def put(held: list[dict[str, str | None]], *steps: Step) -> dict[str, tuple[str | None, str | None]]:
    merged = dated_rows(TABLES["customers"], held, steps, "X")
    return {str(r["valid_from"]): (r["name"], r["industry"]) for r in merged.rows}


def test_the_earlier_day_is_kept_and_the_later_rows_give_way():
    held = [row("1900-01-01"), row("2026-05-01", industry="glass")]
    step = Step(1, date(2026, 3, 1), {"name": "new"})
    assert put(held, step) == {"2026-03-01": ("new", "steel"), "2026-05-01": ("new", "glass")}


def test_a_later_change_of_the_same_column_wins_from_its_day_on_in_whatever_order_they_were_written():
    held = [row("1900-01-01")]
    steps = [Step(1, date(2026, 6, 1), {"name": "June"}), Step(2, date(2026, 3, 1), {"name": "March"})]
    assert put(held, *steps) == {"2026-03-01": ("March", "steel"), "2026-06-01": ("June", "steel")}
    assert put(held, *reversed(steps)) == put(held, *steps)


def test_what_the_book_says_already_is_not_put_again():
    step = Step(1, date(2026, 3, 1), {"name": "new"})
    assert put([row("1900-01-01"), row("2026-03-01", name="new")], step) == {}


def test_a_new_record_has_what_was_said_of_it():
    assert put([], Step(1, date(2026, 3, 1), {"name": "new", "industry": None})) == {
        "2026-03-01": ("new", None)
    }


def test_who_leads_one_customer_cannot_hang_it_under_another_whose_figures_it_may_not_see(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    rows = own_book.read("customers", own_book.current()).to_pylist()
    mine = str(record(own_book)["owner"])
    led = {r["code"] for r in rows if mine in (r["owner"], r["backup"])}
    foreign = min(
        {r["code"] for r in rows} - led - {CODE, record(own_book)["parent_code"]}
    )  # on no day its own
    own = as_user(make_user("own", "account_manager", staff_name=mine))
    answer = own.post(EDIT, shown(own) | FACTS | {"parent_code": foreign})
    assert answer.status_code == 422
    assert f"no customer {foreign}" in answer.content.decode()
    assert sam.post(EDIT, shown(sam) | FACTS | {"parent_code": foreign}).status_code == 302


def test_what_was_changed_after_an_interrupted_hand_over_reaches_the_same_run(
    own_book: api.Book, sam: Client, monkeypatch: pytest.MonkeyPatch
):
    sam.post(EDIT, shown(sam) | FACTS | {"name": "before"})

    def busy(*_: object, **__: object) -> None:
        raise fail("book.busy", "busy", "忙")

    with monkeypatch.context() as other:
        other.setattr(handing, "import_rows", busy)
        with pytest.raises(TierwiseError):
            taken(own_book)
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "医药"})
    taken(own_book)
    assert set(Change.objects.values_list("state", flat=True)) == {IN_BOOK}
    assert (record(own_book)["name"], record(own_book)["industry"]) == ("before", "医药")


def test_a_correction_whose_import_the_command_line_undid_is_not_put_again(own_book: api.Book, sam: Client):
    before = record(own_book)
    sam.post(EDIT, shown(sam) | FACTS | {"name": "undone"})
    taken(own_book)
    made = Handover.objects.get()
    api.undo_import(own_book, made.batches["customers"], actor="ann", at=AT)
    taken(own_book)
    assert Change.objects.get().state == UNDONE
    assert record(own_book) == before


def test_ending_a_correction_leaves_what_a_later_one_says(own_book: api.Book, sam: Client):
    for name in ("first", "second"):
        sam.post(EDIT, shown(sam) | FACTS | {"name": name})
        taken(own_book)
    first, second = Change.objects.order_by("id")
    assert sam.post(f"/changes/{first.pk}/end").status_code == 302
    taken(own_book)
    assert record(own_book, timezone.localdate())["name"] == "second"
    assert sam.post(f"/changes/{second.pk}/end").status_code == 302
    taken(own_book)
    assert record(own_book, timezone.localdate())["name"] == "first"


def test_only_corrections_of_customers_can_be_ended(own_book: api.Book, sam: Client):
    one = Change.objects.create(
        table="interactions", key="V1", customer=CODE, values={"number": "V1"}, actor="sam", state=IN_BOOK,
        effective_on=date(2026, 11, 10), made_at=timezone.now(),
    )  # fmt: skip
    assert sam.post(f"/changes/{one.pk}/end").status_code == 422
    assert Change.objects.get().state == IN_BOOK


def test_a_number_of_an_import_that_is_no_number_shows_all(own_book: api.Book, sam: Client):
    for number in ("9" * 30, "x", "-1"):
        assert sam.get(f"/changes?handover={number}").status_code == 200


def test_a_character_that_no_database_takes_is_refused(sam: Client):
    answer = sam.post(EDIT, shown(sam) | FACTS | {"name": "x", "note": "a\0b"})
    assert answer.status_code == 400
    assert not Change.objects.exists()


def test_what_a_later_file_says_of_the_very_day_is_told_and_speaks_again_when_the_correction_ends(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "医药", "region": "西北"})
    taken(own_book)
    file = tmp_path / "customers.csv"
    for column, value in (("industry", "化工"), ("region", "华南")):
        file.write_text(f"code,name,{column},valid_from\n{CODE},x,{value},2026-11-10\n", encoding="utf-8")
        api.import_files(own_book, "customers", [file], actor="erp", at=AT)
        taken(own_book)
    change = Change.objects.get()
    assert change.file_says == {"industry": "化工", "region": "华南"}
    assert (record(own_book)["industry"], record(own_book)["region"]) == ("医药", "西北")
    sam.post(f"/changes/{change.pk}/end")
    taken(own_book)
    today = record(own_book, timezone.localdate())
    assert (today["industry"], today["region"]) == ("化工", "华南")


def test_what_people_said_of_another_day_is_not_what_a_file_said(own_book: api.Book, sam: Client):
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "医药"})
    taken(own_book)
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "化工", "effective_on": "2026-11-12"})
    taken(own_book)
    sam.post(EDIT, shown(sam) | FACTS | {"name": "again", "effective_on": "2026-11-13"})
    taken(own_book)
    assert list(Change.objects.values_list("file_says", flat=True)) == [{}, {}, {}]


def brought(book: api.Book, folder: Path, **row: str) -> None:
    file = folder / "customers.csv"
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    api.import_files(book, "customers", [file], actor="erp", at=AT)


def test_a_file_for_an_earlier_day_reaches_through_a_correction_to_all_columns_that_it_did_not_say(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "医药"})
    taken(own_book)
    brought(
        own_book,
        tmp_path,
        code=CODE,
        name="早到的名称",
        industry="化工",
        region="西北",
        valid_from="2026-11-05",
    )
    assert record(own_book)["name"] != "早到的名称"
    taken(own_book)
    after = record(own_book)
    assert (after["name"], after["region"], after["industry"]) == ("早到的名称", "西北", "医药")
    assert record(own_book, date(2026, 11, 9))["industry"] == "化工"
    assert Change.objects.get().file_says == {}
    taken(own_book)
    assert Handover.objects.count() == 2, "there is nothing to put a third time"


def test_what_a_file_said_on_the_day_of_a_correction_stays_where_an_earlier_file_comes_later(
    own_book: api.Book, sam: Client, tmp_path: Path
):
    brought(own_book, tmp_path, code=CODE, name="当日文件", region="华南", valid_from="2026-11-10")
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "医药"})
    taken(own_book)
    brought(own_book, tmp_path, code=CODE, name="早到的名称", region="西北", valid_from="2026-11-05")
    taken(own_book)
    after = record(own_book)
    assert (after["name"], after["region"], after["industry"]) == ("当日文件", "华南", "医药")


def test_what_ended_a_correction_freezes_no_other_column(own_book: api.Book, sam: Client, tmp_path: Path):
    sam.post(EDIT, shown(sam) | FACTS | {"industry": "医药"})
    taken(own_book)
    sam.post(f"/changes/{Change.objects.get().pk}/end")
    taken(own_book)
    brought(own_book, tmp_path, code=CODE, name="早到的名称", industry="化工", valid_from="2026-11-05")
    taken(own_book)
    after = record(own_book, timezone.localdate())
    assert after["name"] == "早到的名称"
    assert record(own_book, date(2026, 11, 12))["industry"] == "医药"


def test_a_row_of_people_alone_follows_the_row_before_it_in_what_they_did_not_say():
    held = [row("1900-01-01"), row("2026-01-01", name="file"), row("2026-05-01", industry="glass")]
    step = Step(1, date(2026, 5, 1), {"industry": "glass"}, stands=True)
    merged = dated_rows(TABLES["customers"], held, [step], "X", {"2026-05-01": {"industry"}})
    assert [(r["valid_from"], r["name"], r["industry"]) for r in merged.rows] == [
        ("2026-05-01", "file", "glass")
    ]


def test_a_transfer_is_seen_at_once_by_the_new_one_and_no_more_by_the_old(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    before = record(own_book)
    old = as_user(make_user("old", "account_manager", staff_name=str(before["owner"])))
    new = as_user(make_user("new", "account_manager", staff_name="新客户经理"))
    assert (old.get(f"/customer/{CODE}").status_code, new.get(f"/customer/{CODE}").status_code) == (200, 404)
    form = FACTS | {
        "reason": "reorganised",
        "owner": "新客户经理",
        "backup": "",
        "team": before["team"] or "",
    }
    assert sam.post(TRANSFER, form | shown_of(sam.get(TRANSFER).content.decode())).status_code == 302
    assert (old.get(f"/customer/{CODE}").status_code, new.get(f"/customer/{CODE}").status_code) == (404, 200)
    assert CODE in new.get("/customers").content.decode()
    assert new.get("/customers/count").content == b"1"
    assert CODE not in old.get("/customers").content.decode()
    assert CODE in sam.get("/customers?owner=新客户经理").content.decode()
    assert CODE not in sam.get(f"/customers?owner={before['owner']}").content.decode()
    assert "新客户经理" in sam.get(f"/customers?q={CODE}").content.decode()
    assert new.post(EDIT, shown(new) | FACTS | {"name": "mine now"}).status_code == 302
    taken(own_book)
    assert new.get(f"/customer/{CODE}").status_code == 200
    number = Change.objects.get(values__has_key="owner").pk
    sam.post(f"/changes/{number}/end")
    assert (old.get(f"/customer/{CODE}").status_code, new.get(f"/customer/{CODE}").status_code) == (200, 404)
    assert not Moved.objects.exists()


def test_a_transfer_that_is_taken_back_or_undone_gives_the_customer_back_at_once(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    before = record(own_book)
    new = as_user(make_user("new", "account_manager", staff_name="新客户经理"))
    form = FACTS | {
        "reason": "reorganised",
        "owner": "新客户经理",
        "backup": "",
        "team": before["team"] or "",
    }

    def transferred() -> Change:
        assert sam.post(TRANSFER, form | shown_of(sam.get(TRANSFER).content.decode())).status_code == 302
        assert new.get(f"/customer/{CODE}").status_code == 200
        found = Change.objects.first()
        assert found is not None
        return found

    assert sam.post(f"/customer/{CODE}/changes/{transferred().pk}/take-back").status_code == 302
    assert new.get(f"/customer/{CODE}").status_code == 404
    assert sam.post(f"/changes/{transferred().pk}/take-back").status_code == 302
    assert new.get(f"/customer/{CODE}").status_code == 404
    transferred()
    taken(own_book)
    assert (
        sam.post(
            f"/imports/{Handover.objects.get().batches['customers']}/undo", {"reason": "by mistake"}
        ).status_code
        == 302
    )
    assert new.get(f"/customer/{CODE}").status_code == 404


def test_an_edition_that_says_who_looks_after_a_customer_needs_nothing_laid_over_it():
    Moved.objects.create(code="A", owner="new", was_owner="old")
    Moved.objects.create(code="B", owner="new", was_owner="old")
    nobody = {"backup": None, "team": None, "agent_code": None}
    settled_again({"A": {"owner": "new", **nobody}, "B": {"owner": "third", **nobody}})
    assert [(one.code, one.owner, one.was_owner) for one in Moved.objects.all()] == [("B", "new", "third")]


def test_what_is_laid_over_the_pages_follows_what_the_book_says_since(own_book: api.Book, edition: Edition):
    was = leading(edition, [CODE])[CODE]
    before = {f"was_{name}": value for name, value in was.items()}
    Moved.objects.create(code=CODE, **(was | {"team": "a team that a file changed since"}), **before)
    publish_newest()
    assert not Moved.objects.exists()


def test_nobody_loses_a_customer_to_whoever_pulls_the_plug(monkeypatch: pytest.MonkeyPatch):
    for code in ("A", "B"):
        Moved.objects.create(code=code, owner="new", was_owner="old")

    def unplugged(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    nobody = {"backup": None, "team": None, "agent_code": None}
    with monkeypatch.context() as other:
        other.setattr(Manager, "bulk_create", unplugged)
        with pytest.raises(KeyboardInterrupt):
            settled_again({"A": {"owner": "new", **nobody}, "B": {"owner": "third", **nobody}})
    assert set(Moved.objects.values_list("code", flat=True)) == {"A", "B"}


def test_who_may_not_see_profit_does_not_read_either_what_a_file_said_of_the_cost(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    Change.objects.create(
        table="customers", key=CODE, customer=CODE, actor="sam", made_at=AT, effective_on=date(2026, 11, 10), state=IN_BOOK,
        values={"name": "x", "acquisition_cost": "100"}, file_says={"name": "y", "acquisition_cost": "98765"},
    )  # fmt: skip
    roles = ("service_agent", "account_manager")
    both = as_user(make_user("both", *roles, staff_name=str(record(own_book)["owner"])))
    work = f"/customer/{CODE}/work"
    assert "98765" in sam.get(work).content.decode()
    page = both.get(work).content.decode()
    assert "a file says otherwise since: y" in page
    assert "98765" not in page


def test_more_changes_at_once_than_a_database_takes_values_are_handed_over(
    own_book: api.Book, make_user: MakeUser
):
    sam, at = make_user("sam", "data_steward"), timezone.now()
    connection.ensure_connection()
    most = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    one = Change.objects.create(
        table="customers", key=CODE, customer=CODE, values={"name": "A"}, effective_on=AT.date(), actor="sam", made_at=at
    )  # fmt: skip
    many = [*(f"none-{n}" for n in range(most)), CODE]
    assert with_waiting({}, "customers", many, at.date()) == {CODE: {"name": "A"}}
    handover = Handover.objects.create(number=1, actor="sam", begun_at=at)
    otherwise = {-n: {} for n in range(most)} | {one.pk: {"name": "B"}}
    handing._finish(own_book, handover, {}, [], otherwise, actor=sam, at=at)
    one.refresh_from_db()
    assert one.file_says == {"name": "B"}


def test_amounts_stand_in_the_form_as_on_every_page_and_are_read_both_ways(
    own_book: api.Book, edition: Edition, make_user: MakeUser, as_user: Browser
):
    sam = as_user(make_user("sam", "data_steward"))
    address = f"/customer/{CODE}/edit"

    def filled(**typed: str) -> dict[str, str]:
        (form,) = [
            f
            for f in forms_of(sam.get(address).content.decode(), address)
            if "registered_capital" in f.values
        ]
        return {name: values[-1] for name, values in form.values.items()} | typed

    reason = {"reason": "wrong_in_file", "name": "Another name"}
    for typed in ("12345678.5", "12,345,678.50"):
        answer = sam.post(address, filled(**reason, registered_capital=typed))
        assert answer.status_code == 302, answer.content.decode()
        assert Change.objects.latest("id").values["registered_capital"] == "12345678.5"
        assert filled()["registered_capital"] == "12,345,678.5"
        sam.post(address, filled(**reason, registered_capital="1"))
    sam.post(address, filled(reason="wrong_in_file", short_name="x"))
    assert Change.objects.latest("id").values == {"short_name": "x"}  # what was not touched is not changed


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("-1234.50", "-1,234.50"),
        ("-0.5", "-0.5"),
        ("999", "999"),
        ("", ""),
        ("12 34", "12 34"),
        ("1,234", "1,234"),
    ],
)
def test_what_is_no_plain_number_stays_as_it_was_typed(typed: str, shown: str):
    column = TABLES["customers"].column("registered_capital")
    assert with_separators(column, typed) == shown
    assert with_separators(TABLES["customers"].column("name"), "1234") == "1234"
