"""Several roles of one person: what one of them allows reaches no further than that one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import MakeUser
from tierwise import api
from tierwise_web.assessments.models import SUBMITTED, Assessment
from tierwise_web.customers.models import PrivateNote
from tierwise_web.editing.models import Change
from tierwise_web.people.models import OrgUnit, User

Browser = Callable[[User | None], Client]
CODE = "C000003"
CARD = "realestate_scorecard"


@pytest.fixture
def submitted() -> Assessment:
    """Somebody else's assessment."""
    today = timezone.localdate()
    return Assessment.objects.create(
        customer=CODE, template=CARD, policy=CARD, policy_version=1, assessor="ann", assessor_name="Ann", as_of=today,
        valid_until=today, answers={}, state=SUBMITTED, changed_at=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("narrow", "address"),
    [
        ("account_manager", f"/customer/{CODE}/edit"),
        ("sales_manager", f"/customer/{CODE}/transfer"),
        ("regional_kam", f"/customer/{CODE}/assess/{CARD}"),
    ],
)
def test_who_sees_all_customers_by_one_role_changes_by_the_other_only_those_of_that_one(
    own_book: api.Book,
    make_user: MakeUser,
    as_user: Browser,
    tree: dict[str, OrgUnit],
    narrow: str,
    address: str,
):
    both = as_user(make_user("both", narrow, "service_agent", staff_name="Both", org_unit=tree["north"]))
    assert both.get(f"/customer/{CODE}").status_code == 200
    assert both.get(address).status_code == 404
    assert both.post(address, {"name": "mine"}).status_code == 404
    work = both.get(f"/customer/{CODE}/work").content.decode()
    assert address not in work
    assert not Change.objects.exists()


def test_assessments_are_seen_and_decided_as_far_as_the_role_that_allows_it(
    own_book: api.Book,
    make_user: MakeUser,
    as_user: Browser,
    tree: dict[str, OrgUnit],
    submitted: Assessment,
):
    both = as_user(make_user("both", "sales_manager", "service_agent", org_unit=tree["north"]))
    assert CODE not in both.get("/assessments?show=accept").content.decode()
    assert CODE not in both.get("/assessments?show=all").content.decode()
    assert both.get(f"/assessments/{submitted.pk}").status_code == 404
    decided = both.post(f"/assessments/{submitted.pk}/decide", {"do": "accept", "version": "1"})
    assert decided.status_code == 404
    submitted.refresh_from_db()
    assert submitted.state == SUBMITTED
    bob = as_user(make_user("bob", "approver"))
    assert CODE in bob.get("/assessments?show=accept").content.decode()


def test_private_notes_stay_with_the_account_team_whatever_else_somebody_is(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, tree: dict[str, OrgUnit]
):
    rows = own_book.read("customers", own_book.current()).to_pylist()
    name = next(row["owner"] for row in rows if row["code"] == CODE)
    owner = as_user(make_user("owner", "account_manager", staff_name=name))
    contact = {
        "name": "Lin",
        "level": "2",
        "active": "true",
        "note-text": "likes tea",
        "note-basis": "told us",
    }
    assert owner.post(f"/customer/{CODE}/contacts/new", contact | {"stance": "2"}).status_code == 302
    address = f"/customer/{CODE}/contacts/{PrivateNote.objects.get().about}"
    assert "likes tea" in owner.get(address).content.decode()
    for narrow in ("regional_kam", "executive_sponsor"):
        both = as_user(make_user(narrow, narrow, "service_supervisor", org_unit=tree["north"]))
        page = both.get(address)
        assert page.status_code == 200
        assert "likes tea" not in page.content.decode()
        assert 'name="stance"' not in page.content.decode()


def test_files_hold_the_customers_of_the_role_that_exports(
    own_book: api.Book, make_user: MakeUser, as_user: Browser
):
    both = as_user(make_user("both", "account_manager", "service_agent", staff_name="Both"))
    assert both.get("/customers/count").content == b"80"
    file = b"".join(both.get("/customers/export.csv").streaming_content)  # type: ignore[attr-defined]
    assert b"C0000" not in file


def test_figures_of_the_whole_company_are_for_who_may_see_them_there(
    own_book: api.Book, make_user: MakeUser, as_user: Browser, tree: dict[str, OrgUnit]
):
    alone = as_user(make_user("all", "finance"))
    both = as_user(make_user("both", "sales_manager", "service_agent", org_unit=tree["north"]))
    told = "Concentration of sales"
    pages = [client.get("/").content.decode() for client in (alone, both)]
    assert [told in page for page in pages] == [True, False]
