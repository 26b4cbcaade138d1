"""What the importer refuses of somebody's changes is told to its author until it is known or in the book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise_web.assessments.models import ACCEPTED, Assessment
from tierwise_web.audit.models import Event
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import IN_BOOK, REFUSED, WAITING, Change
from tierwise_web.people.models import User
from tierwise_web.published.models import Current

Browser = Callable[[User | None], Client]
CODE = "C000003"
WRONG = {"first_contact_on": "the day before"}


@pytest.fixture
def owner(own_book: api.Book, make_user: MakeUser, as_user: Browser) -> Client:
    """The customer's account manager."""
    rows = own_book.read("customers", own_book.current()).to_pylist()
    name = next(row["owner"] for row in rows if row["code"] == CODE)
    return as_user(make_user("owner", "account_manager", staff_name=name))


def put(values: dict[str, Any], table: str = "customers", key: str = CODE, **more: Any) -> Change:
    """What a form would never let through, on its way to the book."""
    return Change.objects.create(
        **{"table": table, "key": key, "customer": CODE, "values": values, "effective_on": date(2026, 11, 10),
           "actor": "owner", "made_at": timezone.now(), "state": WAITING} | more
    )  # fmt: skip


def taken(book: api.Book) -> None:
    hand_over(book, actor=User.objects.all()[0], at=timezone.now())


def home(client: Client) -> str:
    return client.get("/").content.decode()


@pytest.mark.parametrize(
    ("lang", "title", "label"),
    [("en", "1 of your changes was refused by the importer", "first contact: "),
     ("zh", "您有 1 项变更被导入程序拒收", "首次接触日期：")],
)  # fmt: skip
def test_the_author_is_told_which_value_was_refused_and_why_and_where_to_say_it_again(
    own_book: api.Book, owner: Client, lang: str, title: str, label: str
):
    User.objects.filter(username="owner").update(language=lang)
    put(WRONG)
    assert title not in home(owner)
    taken(own_book)
    page = home(owner)
    assert title in page
    assert label in page
    assert "the day before" in page
    assert str(Change.objects.get().why[lang]) in page.replace("&#39;", "'").replace("&#34;", '"')
    assert f'href="/customer/{CODE}/edit"' in page


def test_nobody_else_is_told_and_nobody_else_says_that_it_is_known(
    own_book: api.Book, owner: Client, make_user: MakeUser, as_user: Browser
):
    number = put(WRONG).pk
    taken(own_book)
    other, eva = (
        as_user(make_user("other", "account_manager", staff_name="x")),
        as_user(make_user("eva", "executive")),
    )
    for client in (other, eva):
        assert "refused by the importer" not in home(client)
        assert client.post(f"/refused/{number}/known").status_code == 404
    assert "refused by the importer" in home(owner)


def test_it_goes_when_the_author_or_the_steward_says_that_it_is_known_and_the_log_keeps_who(
    own_book: api.Book, owner: Client, make_user: MakeUser, as_user: Browser
):
    first, second = put(WRONG).pk, put(WRONG, key="C000004", customer="C000004").pk
    taken(own_book)
    sam = as_user(make_user("sam", "data_steward"))
    assert "2 refused" in sam.get("/changes").content.decode()
    assert "2 of your changes were refused" in home(owner)
    assert owner.post(f"/refused/{first}/known").headers["Location"] == "/"
    assert "1 of your changes was refused" in home(owner)
    assert owner.post(f"/refused/{first}/known").status_code == 404, "it is told no more"
    assert f"/refused/{second}/known" in sam.get("/changes?state=refused").content.decode()
    answer = sam.post(f"/refused/{second}/known", {"next": "/changes?state=refused"})
    assert answer.headers["Location"] == "/changes?state=refused"
    assert "refused by the importer" not in home(owner)
    assert "2 refused" not in sam.get("/changes").content.decode()
    assert {e.actor for e in Event.objects.filter(code="edits.acknowledged")} == {"owner", "sam"}
    assert set(Change.objects.values_list("state", flat=True)) == {REFUSED}, "what happened stays"


def test_it_goes_when_a_later_change_of_the_record_reaches_the_book(own_book: api.Book, owner: Client):
    put(WRONG)
    taken(own_book)
    put({"industry": "x"}, key="C000004", customer="C000004")
    again = put({"first_contact_on": "2020-01-01"})
    assert "refused by the importer" in home(owner), "it waits"
    taken(own_book)
    again.refresh_from_db()
    assert again.state == IN_BOOK
    assert "refused by the importer" not in home(owner)


def test_it_stays_while_only_something_else_of_the_record_reached_the_book(own_book: api.Book, owner: Client):
    put(WRONG)
    taken(own_book)
    put({"industry": "x"}, actor="bob")
    taken(own_book)
    assert "refused by the importer" in home(owner)


def test_a_code_that_somebody_elses_record_has_since_is_out_of_reach(own_book: api.Book, owner: Client):
    name = User.objects.get(username="owner").staff_name
    new = {"code": "C9", "name": "Neu GmbH", "owner": name, "valid_from": "2026-11-10"}
    put(new | WRONG, key="C9", customer="C9")
    taken(own_book)
    page = home(owner)
    assert "Neu GmbH" in page
    assert 'href="/customers/new"' in page
    put(new | {"owner": "somebody else"}, key="C9", customer="C9", actor="bob")
    taken(own_book)
    page = home(owner)
    assert "1 of your changes was refused" in page
    assert "Neu GmbH" not in page


def test_who_lost_the_customer_is_told_the_code_alone(own_book: api.Book, owner: Client):
    put(WRONG)
    taken(own_book)
    User.objects.filter(username="owner").update(staff_name="somebody else")
    page = home(owner)
    assert "1 of your changes was refused" in page
    assert CODE in page
    assert "the day before" not in page
    assert "no longer within your reach" in page
    assert f"/customer/{CODE}" not in page


def test_without_the_right_to_read_contacts_nothing_of_one_is_told(
    own_book: api.Book, owner: Client, make_user: MakeUser, as_user: Browser
):
    values = {
        "code": "K-1",
        "customer_code": CODE,
        "name": "林志远",
        "level": "high",
        "active": "true",
        "roles": "decider",
    }
    put(values, "contacts", "K-1")
    put(values | {"code": "K-2"}, "contacts", "K-2", actor="max")
    taken(own_book)
    page = home(owner)
    assert "林志远" in page
    assert f'href="/customer/{CODE}/contacts/new"' in page
    far = home(as_user(make_user("max", "marketing")))
    assert "decider" not in far, "who decides on purchases is read by account manager and sponsor alone"


def test_what_an_acquisition_cost_is_not_told_to_who_may_not_see_profit(
    own_book: api.Book, owner: Client, make_user: MakeUser, as_user: Browser
):
    put({"acquisition_cost": "123456 or so"}, actor="dim")
    taken(own_book)
    page = home(as_user(make_user("dim", "service_agent")))
    assert "1 of your changes was refused" in page
    assert "123456" not in page


def test_the_assessor_is_told_and_not_only_who_accepted(
    own_book: api.Book, owner: Client, make_user: MakeUser, as_user: Browser
):
    one = Assessment.objects.create(
        customer=CODE, template="realestate_scorecard", policy="realestate_scorecard", policy_version=1,
        assessor="owner", assessor_name="Owner", as_of=date(2026, 11, 2), valid_until=date(2027, 11, 1), state=ACCEPTED,
        changed_at=AT,
    )  # fmt: skip
    row = {"customer_code": CODE, "template": "realestate_scorecard", "criterion": "growth", "score": "lots",
           "assessor": "Owner", "as_of": "2026-11-02"}  # fmt: skip
    put(row, "assessments", f"{CODE}/growth", actor="bob", note=f"#{one.pk}")
    taken(own_book)
    for client in (owner, as_user(make_user("bob", "approver"))):
        assert "lots" in home(client)
    assert f"/customer/{CODE}/assess/realestate_scorecard" in home(owner)


def test_who_sees_no_customers_and_before_the_first_run_it_is_told_all_the_same(
    own_book: api.Book, owner: Client
):
    put(WRONG)
    taken(own_book)
    Current.objects.all().delete()
    page = home(owner)
    assert "1 of your changes was refused" in page
    assert "the day before" not in page


def test_script_in_a_refused_value_stays_text(own_book: api.Book, owner: Client):
    put({"first_contact_on": "<script>alert(1)</script>"})
    taken(own_book)
    assert "<script>alert" not in home(owner)
