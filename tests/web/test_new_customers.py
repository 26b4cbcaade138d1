"""New customers made by people: seen at once, in the book with the next run, never twice, never for somebody without right."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.book.rows import rows_of
from tierwise_web.config.starting import publish_newest
from tierwise_web.customers import creating
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import IN_BOOK, TAKEN_BACK, Change
from tierwise_web.editing.records import standing
from tierwise_web.pages.steps_kept import keep_counted
from tierwise_web.people.models import OrgUnit, User

Browser = Callable[[User | None], Client]
NEW = {
    "name": "苏州新星 New Star",
    "kind": "prospect",
    "source": "trade fair",
    "first_contact_on": "2026-11-02",
    "whom": "me",
}


@pytest.fixture
def alice(own_book: api.Book, make_user: MakeUser, as_user: Browser, tree: dict[str, OrgUnit]) -> Client:
    return as_user(make_user("alice", "account_manager", staff_name="Alice", org_unit=tree["north"]))


def record(book: api.Book, code: str) -> dict[str, str | None]:
    found = standing(book, "customers", code, date.max)
    assert found is not None
    return found


def text(answer: object) -> str:
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]


def test_days_and_signs_that_the_book_does_not_take_are_refused_by_the_form(alice: Client):
    for field, value, said in (
        ("first_contact_on", "0002-01-01", "a day of the years 1900 to 9999"),
        ("name", "测试\u202e号", "plain characters"),
    ):
        answer = alice.post("/customers/new", NEW | {field: value})
        assert answer.status_code == 422
        assert said in text(answer)
    assert not Change.objects.exists()


def test_a_new_customer_is_seen_at_once_by_who_made_it_and_graded_with_the_next_run(
    own_book: api.Book, alice: Client
):
    answer = alice.post("/customers/new", NEW)
    code = Change.objects.get().key
    assert answer.headers["Location"] == f"/customer/{code}"
    page = text(alice.get(f"/customer/{code}"))
    assert "waits for the next run" in page
    assert "trade fair" in page
    assert code in text(alice.get("/prospects"))
    assert "1 new customer waits for the next run" in text(alice.get("/customers"))
    hand_over(own_book, actor=User.objects.get(username="alice"), at=timezone.now())
    assert Change.objects.get().state == IN_BOOK, Change.objects.get().why
    found = record(own_book, code)
    assert (found["name"], found["owner"], found["team"]) == (NEW["name"], "Alice", "north")
    assert found["valid_from"] == timezone.localdate().isoformat()
    assert code in text(alice.get("/customers")), "it is in the book, and no run of its day was published yet"
    for day in (date(2026, 9, 30), date(2026, 10, 31), timezone.localdate()):
        api.grade(own_book, "abc_sales", as_of=day, actor="ann", at=AT)
    publish_newest()
    assert "waits for the next run" not in text(alice.get("/customers"))
    assert f'href="/customer/{code}' in text(alice.get("/customers"))


def test_it_can_be_corrected_followed_up_and_assessed_before_any_run(own_book: api.Book, alice: Client):
    alice.post("/customers/new", NEW)
    code = Change.objects.get().key
    for address in ("edit", "timeline", "contacts/new", "dealings/new", "work", "group", "place"):
        assert alice.get(f"/customer/{code}/{address}").status_code == 200, address
    contact = {"key": f"W-{'0' * 16}", "name": "Ms Lin", "seen": ""}
    assert alice.post(f"/customer/{code}/contacts/new", contact).status_code == 302
    hand_over(own_book, actor=User.objects.get(username="alice"), at=timezone.now())
    assert set(Change.objects.values_list("state", flat=True)) == {IN_BOOK}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " "}, "fill this in"),
        ({"source": ""}, "fill this in"),
        ({"kind": "emperor"}, "one of the list"),
        ({"first_contact_on": "2999-01-01"}, "not come yet"),
        ({"first_contact_on": "soon"}, "2026-10-31"),
        ({"whom": ""}, "choose who looks after it"),
        ({"whom": "other", "owner": "Bob"}, "choose who looks after it"),
        ({"code": "../x"}, "letters, digits"),
        ({"code": "C000001"}, "this code is taken"),
        ({"code": "c000001"}, "this code is taken"),
        ({"total_assets": "much"}, "write a number"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_kept_but_the_form(alice: Client, change: dict[str, str], said: str):
    answer = alice.post("/customers/new", NEW | {"expectations": "<b>my words"} | change)
    assert answer.status_code == 422
    assert said in text(answer)
    assert "&lt;b&gt;my words" in answer.content.decode()
    assert not Change.objects.exists()


def test_a_name_that_is_known_asks_whether_this_is_another_one_and_names_nobody_foreign(
    own_book: api.Book, alice: Client, sam: Client
):
    name = str(record(own_book, "C000003")["name"])
    told = alice.post("/customers/new", NEW | {"name": name})
    assert told.status_code == 422
    assert "not within your reach" in text(told)
    assert "C000003" not in text(told)
    summary = told.content.decode().partition('class="refused"')[2].partition("</ul>")[0]
    assert '<a href="#f-sure">This is another customer' in " ".join(summary.split())
    assert "C000003" in text(sam.post("/customers/new", NEW | {"name": name, "whom": "pool"}))
    assert alice.post("/customers/new", NEW | {"name": name, "sure": "yes"}).status_code == 302


def test_a_form_that_is_sent_twice_makes_one_customer(alice: Client):
    sure = NEW | {"sure": "yes"}
    first = alice.post("/customers/new", sure)
    assert first.status_code == 302
    assert alice.post("/customers/new", sure).headers["Location"] == first.headers["Location"]
    assert alice.post("/customers/new", NEW).headers["Location"] == first.headers["Location"]
    assert Change.objects.count() == 1
    assert alice.post("/customers/new", NEW | {"source": "a friend"}).status_code == 422, "another form"


def test_the_funnel_of_who_made_a_customer_counts_it_before_a_run_has_met_it(
    own_book: api.Book, alice: Client, sam: Client
):
    alice.post("/customers/new", NEW | {"first_contact_on": timezone.localdate().isoformat()})
    hand_over(own_book, actor=User.objects.get(username="sam"), at=timezone.now())
    keep_counted(timezone.now())
    page = text(alice.get("/prospects/funnel?step=entered"))
    assert f'<a href="/customer/{Change.objects.get().key}">' in page


def test_numbers_follow_each_other_and_none_is_used_twice(alice: Client):
    start = f"N{timezone.localdate():%y%m%d}-"
    for n in (1, 2):
        alice.post("/customers/new", NEW | {"name": f"New {n}"})
    first = Change.objects.order_by("id")[0]
    alice.post(f"/customer/{first.key}/changes/{first.pk}/take-back")
    alice.post("/customers/new", NEW | {"name": "New 3"})
    assert list(Change.objects.order_by("id").values_list("key", flat=True)) == [
        f"{start}0{n}" for n in (1, 2, 3)
    ]


def test_the_book_is_asked_once_for_a_free_number(alice: Client, monkeypatch: pytest.MonkeyPatch):
    asked: list[list[str]] = []

    def counted(book: api.Book, version: object, table: str, column: str, values: list[str]) -> object:
        asked.append(values)
        return rows_of(book, book.current(), table, column, values)

    monkeypatch.setattr(creating, "rows_of", counted)
    assert alice.post("/customers/new", NEW).status_code == 302
    assert len(asked) == 1


def test_what_was_taken_back_is_gone_and_more_that_was_written_is_taken_back_first(alice: Client):
    alice.post("/customers/new", NEW)
    made = Change.objects.get()
    back = f"/customer/{made.key}/changes/{made.pk}/take-back"
    alice.post(f"/customer/{made.key}/contacts/new", {"key": f"W-{'0' * 16}", "name": "Ms Lin", "seen": ""})
    assert alice.post(back).status_code == 409
    contact = Change.objects.get(table="contacts")
    assert alice.post(f"/customer/{made.key}/changes/{contact.pk}/take-back").status_code == 302
    alice.post(back)
    made.refresh_from_db()
    assert made.state == TAKEN_BACK
    assert alice.get(f"/customer/{made.key}").status_code == 404


def test_charlie_sees_no_new_customer_of_alice(alice: Client, make_user: MakeUser, as_user: Browser):
    alice.post("/customers/new", NEW)
    code = Change.objects.get().key
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    for address in ("", "/work", "/edit", "/timeline", "/group", "/place", "/contacts/new"):
        assert charlie.get(f"/customer/{code}{address}").status_code == 404, address
    assert code not in text(charlie.get("/customers")) + text(charlie.get("/prospects"))


def test_who_may_name_others_names_somebody_who_is_there_or_nobody(own_book: api.Book, sam: Client):
    owner = str(record(own_book, "C000003")["owner"])
    assert "nobody here is called" in text(
        sam.post("/customers/new", NEW | {"whom": "other", "owner": "Nobody"})
    )
    assert sam.post("/customers/new", NEW | {"whom": "other", "owner": owner}).status_code == 302
    assert sam.post("/customers/new", NEW | {"name": "Two", "whom": "pool"}).status_code == 302
    first, second = Change.objects.order_by("id")
    assert first.values["owner"] == owner
    assert "owner" not in second.values
    assert 'value="me"' not in sam.get("/customers/new").content.decode()


def test_who_may_not_see_profit_is_not_asked_what_the_customer_cost(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    dim = as_user(make_user("dim", "service_agent", "account_manager", staff_name="Dim"))
    assert 'name="acquisition_cost"' not in dim.get("/customers/new").content.decode()
    dim.post("/customers/new", NEW | {"acquisition_cost": "1"})
    assert "acquisition_cost" not in Change.objects.get().values


@pytest.mark.parametrize("code", ["c000003", "Ｃ０００００３", " C000003 "])
def test_a_code_that_differs_by_case_width_or_blanks_alone_is_taken(alice: Client, code: str):
    told = alice.post("/customers/new", NEW | {"code": code})
    assert told.status_code == 422
    assert "this code is taken" in text(told)


@pytest.mark.parametrize(
    "said", ["91320000ma1abcde0x", "９１３２００００MA1ABCDE0X", "9132 0000 MA1A BCDE 0X"]
)
def test_a_credit_code_that_differs_by_case_width_or_blanks_alone_is_asked_about(
    own_book: api.Book, alice: Client, tmp_path: Path, said: str
):
    file = tmp_path / "credit.csv"
    file.write_text(
        "code,name,unified_credit_code,valid_from\nC000003,x,91320000MA1ABCDE0X,2026-10-01\n",
        encoding="utf-8",
    )
    api.import_files(own_book, "customers", [file], actor="erp", at=AT)
    told = alice.post("/customers/new", NEW | {"unified_credit_code": said})
    assert told.status_code == 422
    assert "with this name or credit code" in text(told)


def test_lists_read_the_book_once_for_new_customers_not_on_every_page(
    own_book: api.Book, alice: Client, monkeypatch: pytest.MonkeyPatch
):
    made = alice.post("/customers/new", NEW)
    hand_over(own_book, actor=User.objects.get(username="alice"), at=timezone.now())
    assert NEW["name"] in text(alice.get("/customers"))
    asked: list[object] = []
    monkeypatch.setattr("tierwise_web.editing.records.rows_of", lambda *said: asked.append(said) or [])
    assert NEW["name"] in text(alice.get("/customers"))
    assert asked == []
    code = made.headers["Location"].split("/")[-1]
    Change.objects.create(
        table="customers", key=code, customer=code, values={"name": "Renamed"}, effective_on=timezone.localdate(),
        actor="alice", made_at=timezone.now(),
    )  # fmt: skip
    assert "Renamed" in text(alice.get("/customers")), "what waits is seen all the same"
