"""Contacts, dealings and private notes: kept by people, in the book at the next run, read by those whom they concern."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import MakeUser
from tierwise import api
from tierwise_web.audit.models import Event
from tierwise_web.customers.models import PrivateNote
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import Change
from tierwise_web.editing.records import of_customers
from tierwise_web.people.models import User

Browser = Callable[[User | None], Client]
CODE = "C000003"
CONTACT = {"name": "林志远", "title": "采购总监", "level": "2", "phone": "021-5555 0101", "active": "true"}
DAY = "2026-11-12"


@pytest.fixture
def owner(own_book: api.Book, make_user: MakeUser, as_user: Browser) -> Client:
    """The customer's account manager."""
    rows = own_book.read("customers", own_book.current()).to_pylist()
    name = next(row["owner"] for row in rows if row["code"] == CODE)
    return as_user(make_user("owner", "account_manager", staff_name=name))


@pytest.fixture
def sue(own_book: api.Book, make_user: MakeUser, as_user: Browser) -> Client:
    """A service agent: sees all customers, belongs to no account team."""
    return as_user(make_user("sue", "service_agent"))


def added(client: Client, **more: str) -> str:
    """Adds a contact; its code."""
    answer = client.post(f"/customer/{CODE}/contacts/new", CONTACT | more)
    assert answer.status_code == 302, answer.content.decode()
    made = Change.objects.filter(table="contacts").first()
    assert made is not None
    return made.key


def seen(client: Client, address: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(address).content.decode())
    assert found
    return found[1]


def taken(book: api.Book) -> None:
    hand_over(book, actor=User.objects.all()[0], at=timezone.now())
    assert not Change.objects.exclude(state="in-book").exists(), list(Change.objects.values("state", "why"))


def test_a_contact_is_known_at_once_and_in_the_book_at_the_next_run(own_book: api.Book, owner: Client):
    key = added(owner)
    assert "林志远" in owner.get(f"/customer/{CODE}/timeline").content.decode()
    assert "林志远" in owner.get(f"/customer/{CODE}/work").content.decode()
    taken(own_book)
    (one,) = [c for c in of_customers(own_book, "contacts", [CODE], timezone.localdate()) if c["code"] == key]
    assert (one["name"], one["level"], one["customer_code"]) == ("林志远", "2", CODE)
    address = f"/customer/{CODE}/contacts/{key}"
    owner.post(address, CONTACT | {"title": "副总经理", "seen": seen(owner, address)})
    assert Change.objects.filter(state="waiting").get().values == {"title": "副总经理"}
    taken(own_book)
    (one,) = [c for c in of_customers(own_book, "contacts", [CODE], timezone.localdate()) if c["code"] == key]
    assert one["title"] == "副总经理"


def _signals_of_people(book: api.Book) -> list[dict[str, Any]]:
    return [r for r in book.read("signals", book.current()).to_pylist() if not r["number"].startswith("DX")]


def test_a_signal_stands_on_the_page_until_it_is_closed_and_reaches_the_book(
    own_book: api.Book, owner: Client, make_user: MakeUser, as_user: Browser
):
    form = {
        "seen_on": DAY,
        "kind": "personnel_change",
        "severity": "3",
        "text": "采购总监离职",
        "state": "new",
    }
    assert owner.post(f"/customer/{CODE}/signals/new", form).status_code == 302
    for page in ("timeline", "work"):
        text = owner.get(f"/customer/{CODE}/{page}").content.decode()
        assert "采购总监离职" in text
        assert 'class="tagged warn"' in text
    taken(own_book)
    (mine,) = _signals_of_people(own_book)
    assert (mine["customer_code"], mine["seen_on"].isoformat(), mine["severity"]) == (CODE, DAY, 3)
    address = f"/customer/{CODE}/signals/{mine['number']}"
    closed = form | {"state": "closed", "action": "已拜访继任者", "seen": seen(owner, address)}
    assert owner.post(address, closed).status_code == 302
    taken(own_book)
    (mine,) = _signals_of_people(own_book)
    assert (mine["state"], mine["action"]) == ("closed", "已拜访继任者")
    assert 'class="tagged warn"' not in owner.get(f"/customer/{CODE}/timeline").content.decode()
    assert as_user(make_user("bob", "account_manager", staff_name="Nobody")).get(address).status_code == 404
    assert as_user(make_user("eva", "executive")).get(address).status_code == 403


def test_a_signal_of_another_customer_or_without_a_kind_is_refused_at_its_field(
    own_book: api.Book, owner: Client
):
    form = {"seen_on": DAY, "kind": "policy", "severity": "9", "note-text": "x", "note-basis": "y"}
    answer = owner.post(f"/customer/{CODE}/signals/new", form)
    assert answer.status_code == 422
    assert 'name="severity"' in answer.content.decode()
    assert (
        owner.post(f"/customer/{CODE}/signals/new", form | {"kind": "", "severity": "1"}).status_code == 422
    )
    assert owner.post(f"/customer/{CODE}/signals/new", form | {"severity": "1"}).status_code == 302
    assert not PrivateNote.objects.exists()
    key = Change.objects.get(table="signals").key
    foreign = own_book.read("customers", own_book.current()).column("code").to_pylist()
    other = next(code for code in foreign if code != CODE)
    assert owner.get(f"/customer/{other}/signals/{key}").status_code == 404


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "nobody here is called 陈佳祺; there is 陈佳琪"),
        ("zh", "没有名为 陈佳祺 的人员；相近的有 陈佳琪"),
    ],
)
def test_the_owner_of_a_signal_is_somebody_who_is_here(
    own_book: api.Book, owner: Client, make_user: MakeUser, lang: str, said: str
):
    make_user("chen", "account_manager", name="Chen", staff_name="陈佳琪")
    User.objects.filter(username="owner").update(language=lang)
    address = f"/customer/{CODE}/signals/new"
    form = {"seen_on": DAY, "kind": "policy", "severity": "1", "text": "新政策"}
    answer = owner.post(address, form | {"owner": "陈佳祺"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert 'aria-describedby="h-owner"' in answer.content.decode()
    assert owner.post(address, form | {"owner": "zzz"}).status_code == 422
    assert not Change.objects.exists()
    for name in ("陈佳琪", "Chen", ""):
        assert owner.post(address, form | {"owner": name}).status_code == 302
    proposed = re.search(r'value="([^"]*)"[^>]* name="owner"', owner.get(address).content.decode())
    assert proposed
    assert owner.post(address, form | {"owner": proposed[1]}).status_code == 302


def test_an_owner_whom_a_file_brought_and_nobody_changed_hinders_nothing(own_book: api.Book, owner: Client):
    Change.objects.create(
        table="signals", key="S-1", customer=CODE, effective_on=date.fromisoformat(DAY), actor="x", made_at=timezone.now(),
        values={"number": "S-1", "customer_code": CODE, "seen_on": DAY, "kind": "policy", "owner": "long gone", "state": "new"},
    )  # fmt: skip
    address = f"/customer/{CODE}/signals/S-1"
    form = {
        "seen_on": DAY,
        "kind": "policy",
        "owner": "long gone",
        "state": "closed",
        "seen": seen(owner, address),
    }
    assert owner.post(address, form).status_code == 302


def test_a_visit_with_its_promise_stands_in_the_timeline_and_reaches_the_book(
    own_book: api.Book, owner: Client
):
    form = {"date": DAY, "kind": "visit", "direction": "out", "minutes": "45", "summary": "谈年度框架", "next_step": "报价",
            "promise": "周五前报价", "promise_due_on": "2026-11-13", "promise_state": "open"}  # fmt: skip
    assert owner.post(f"/customer/{CODE}/dealings/new", form).status_code == 302
    page = owner.get(f"/customer/{CODE}/timeline").content.decode()
    assert "谈年度框架" in page
    assert 'class="tagged warn"' in page or timezone.localdate() <= date(2026, 11, 13)
    taken(own_book)
    rows = [
        r for r in own_book.read("interactions", own_book.current()).to_pylist() if r["customer_code"] == CODE
    ]
    (mine,) = [r for r in rows if r["summary"] == "谈年度框架"]
    assert (mine["date"].isoformat(), mine["minutes"], mine["promise_state"]) == (DAY, 45, "open")
    address = f"/customer/{CODE}/dealings/{mine['number']}"
    owner.post(address, form | {"promise_state": "kept", "seen": seen(owner, address)})
    taken(own_book)
    rows = own_book.read("interactions", own_book.current()).to_pylist()
    assert [r["promise_state"] for r in rows if r["number"] == mine["number"]] == ["kept"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"date": DAY}, "fill this in"),
        ({"date": "", "kind": "visit"}, "fill this in"),
        ({"date": "2999-01-01", "kind": "visit"}, "has not come yet"),
        ({"date": DAY, "kind": "seance"}, "one of the list"),
        ({"date": DAY, "kind": "visit", "minutes": "long"}, "write a number"),
        ({"date": DAY, "kind": "visit", "minutes": "-30"}, "not below 0"),
        ({"date": DAY, "kind": "visit", "contact_code": "NOPE"}, "one of the list"),
        ({"date": DAY, "kind": "visit", "promise_due_on": DAY}, "say what was promised"),
        ({"date": "0001-01-01", "kind": "visit"}, "a day of the years 1900 to 9999"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_the_words_are_kept(
    owner: Client, form: dict[str, str], said: str
):
    answer = owner.post(f"/customer/{CODE}/dealings/new", form | {"summary": "kept words"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "kept words" in page
    assert not Change.objects.exists()


def test_two_people_at_one_contact_overwrite_nothing(owner: Client, sue: Client):
    key = added(owner)
    address = f"/customer/{CODE}/contacts/{key}"
    mine, theirs = seen(owner, address), seen(sue, address)
    assert owner.post(address, CONTACT | {"title": "A", "seen": mine}).status_code == 302
    late = sue.post(address, CONTACT | {"title": "B", "seen": theirs})
    assert late.status_code == 422
    assert "now: A" in late.content.decode()
    assert 'value="B"' in late.content.decode()


def test_who_decides_on_purchases_is_read_by_account_manager_and_sponsor_alone_and_reading_is_noted(
    own_book: api.Book, owner: Client, sue: Client, make_user: MakeUser, as_user: Browser
):
    key = added(owner, stance="-2", influence="5", roles="decision_maker")
    address = f"/customer/{CODE}/contacts/{key}"
    assert Change.objects.get().values["roles"] == "decision_maker"
    assert 'name="stance"' in owner.get(address).content.decode()
    assert Event.objects.filter(code="contacts.insight-read", slots__contact=key).count() == 1
    page = sue.get(address).content.decode()
    assert 'name="stance"' not in page
    assert "decision_maker" not in page
    sue.post(address, CONTACT | {"stance": "2", "title": "x", "seen": seen(sue, address)})
    assert Change.objects.filter(values__stance="2").count() == 0
    steward = as_user(make_user("sam", "data_steward"))
    assert "decision_maker" not in steward.get("/changes").content.decode()


def test_private_notes_are_read_by_the_account_team_alone_for_their_time_and_never_reach_the_book(
    own_book: api.Book, owner: Client, sue: Client
):
    key = added(owner, **{"note-text": "<b>likes tea</b>", "note-basis": "told us at lunch"})
    address = f"/customer/{CODE}/contacts/{key}"
    page = owner.get(address).content.decode()
    assert "&lt;b&gt;likes tea" in page
    assert "likes tea" not in sue.get(address).content.decode()
    assert "likes tea" not in str(list(Change.objects.values())) + str(list(Event.objects.values()))
    note = PrivateNote.objects.get()
    assert sue.post(f"/customer/{CODE}/notes/{note.pk}/forget").status_code == 404, (
        "nor is she told that it is there"
    )
    PrivateNote.objects.update(keep_until=timezone.localdate() - timedelta(days=1))
    assert "likes tea" not in owner.get(address).content.decode()
    assert owner.post(f"/customer/{CODE}/notes/{note.pk}/forget").status_code == 302
    assert not PrivateNote.objects.exists()
    assert Event.objects.filter(code="notes.deleted").exists()


def test_a_private_note_needs_its_lawful_basis_and_the_account_team(owner: Client, sue: Client):
    answer = owner.post(f"/customer/{CODE}/contacts/new", CONTACT | {"note-text": "secret"})
    assert answer.status_code == 422
    assert "secret" in answer.content.decode()
    assert not Change.objects.exists()
    assert (
        sue.post(
            f"/customer/{CODE}/contacts/new", CONTACT | {"note-text": "x", "note-basis": "y"}
        ).status_code
        == 422
    )
    assert not PrivateNote.objects.exists()


def test_charlie_and_another_customers_contact(owner: Client, make_user: MakeUser, as_user: Browser):
    key = added(owner)
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    for address in ("timeline", "contacts/new", f"contacts/{key}", "dealings/new"):
        assert charlie.get(f"/customer/{CODE}/{address}").status_code == 404
    agent = as_user(make_user("agent", "service_agent", "agent_user"))
    assert agent.get(f"/customer/C000004/contacts/{key}").status_code == 404
    assert agent.post(f"/customer/C000004/contacts/{key}", CONTACT | {"seen": "x"}).status_code == 404


def test_script_in_every_field_stays_text(owner: Client):
    evil = "<script>alert(1)</script>"
    key = added(owner, name=evil, title=evil, department=evil, phone=evil, location=evil)
    form = {"date": DAY, "kind": "call", "summary": evil, "outcome": evil, "next_step": evil, "promise": evil}
    owner.post(f"/customer/{CODE}/dealings/new", form)
    for address in ("timeline", "work", f"contacts/{key}", "dealings/new"):
        assert evil not in owner.get(f"/customer/{CODE}/{address}").content.decode()


def test_a_mail_address_that_is_none_is_refused(owner: Client):
    page = owner.post(f"/customer/{CODE}/contacts/new", CONTACT | {"email": "no mail", "level": "7"})
    assert page.status_code == 422
    assert "this is no e-mail address" in page.content.decode()
    assert not Change.objects.exists()


def test_a_promise_is_due_on_no_day_before_it_was_made(owner: Client):
    form = {"date": DAY, "kind": "call", "summary": "prices", "promise": "an offer"}
    early = (date.fromisoformat(DAY) - timedelta(days=1)).isoformat()
    page = owner.post(f"/customer/{CODE}/dealings/new", form | {"promise_due_on": early})
    assert page.status_code == 422
    assert f"this is before {DAY}, when it was promised" in page.content.decode()
    assert owner.post(f"/customer/{CODE}/dealings/new", form | {"promise_due_on": DAY}).status_code == 302


def test_a_form_that_is_sent_twice_keeps_one_record_and_one_note(owner: Client):
    page = owner.get(f"/customer/{CODE}/contacts/new").content.decode()
    key = re.search(r'name="key" value="(W-[0-9a-f]{16})"', page)
    assert key
    form = CONTACT | {"key": key[1], "seen": "", "note-text": "tea", "note-basis": "told us"}
    for _ in range(2):
        assert owner.post(f"/customer/{CODE}/contacts/new", form).status_code == 302
    assert Change.objects.filter(table="contacts").count() == 1
    assert PrivateNote.objects.count() == 1
    late = owner.post(f"/customer/{CODE}/contacts/new", form | {"title": "other"})
    assert late.status_code == 422
    assert "changed meanwhile" in late.content.decode()


def test_a_form_that_does_not_say_what_was_seen_overwrites_nothing(owner: Client):
    address = f"/customer/{CODE}/contacts/{added(owner)}"
    for form in (CONTACT | {"title": "B", "seen": ""}, CONTACT | {"title": "B"}, CONTACT | {"name": ""}):
        answer = owner.post(address, form)
        assert answer.status_code == 422
        assert "changed meanwhile" in answer.content.decode()
    assert Change.objects.count() == 1


def test_what_is_left_of_a_contact_whose_first_change_was_taken_back_breaks_no_page(
    own_book: api.Book, owner: Client, make_user: MakeUser, as_user: Browser
):
    key = added(owner)
    address = f"/customer/{CODE}/contacts/{key}"
    owner.post(address, CONTACT | {"title": "B", "seen": seen(owner, address)})
    first = Change.objects.order_by("id")[0]
    steward = as_user(make_user("sam", "data_steward"))
    assert steward.post(f"/changes/{first.pk}/take-back").status_code == 302
    for part in ("timeline", "work", "dealings/new"):
        assert owner.get(f"/customer/{CODE}/{part}").status_code == 200


def test_keys_of_other_systems_may_hold_a_slash(own_book: api.Book, owner: Client, tmp_path: Path):
    file = tmp_path / "contacts.csv"
    file.write_text(
        f"code,customer_code,name,valid_from\nK/2026/1,{CODE},Slash,2026-01-01\n", encoding="utf-8"
    )
    api.import_files(own_book, "contacts", [file], actor="erp", at=timezone.now())
    assert "Slash" in owner.get(f"/customer/{CODE}/timeline").content.decode()
    assert owner.get(f"/customer/{CODE}/contacts/K/2026/1").status_code == 200
