"""Groups and branches: the tree as it stands today, moved by corrections that reach the next run, undone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, LAST_MONTH, MakeUser
from tierwise import api
from tierwise.policy.load import load_policy
from tierwise_web.config.starting import publish_newest
from tierwise_web.customers.group_views import declared
from tierwise_web.editing.handing import hand_over
from tierwise_web.editing.models import IN_BOOK, TAKEN_BACK, Change
from tierwise_web.editing.records import standing
from tierwise_web.people.models import User
from tierwise_web.published.models import Edition

Browser = Callable[[User | None], Client]
DAY = {"effective_on": "2026-11-10", "reason": "changed", "note": ""}
TOP, MEMBER, OTHER = "C000010", "C000011", "C000012"


def tree(client: Client, code: str) -> list[tuple[str, int]]:
    """The codes of the page of a group with how deep each stands."""
    page = client.get(f"/customer/{code}/group").content.decode()
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    return [
        (code, int(deep))
        for deep, code in re.findall(r'deep-(\d)".*?<span class="muted">([^<]+)</span>', body, re.S)
    ]


def put(client: Client, code: str, parent: str, node: str, **more: str) -> tuple[int, str]:
    """Sends the form of a customer's place; status and page."""
    page = client.get(f"/customer/{code}/place").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    said = {"parent_code": parent, "hierarchy_node": node, "seen": seen[1], **DAY, **more}
    answer = client.post(f"/customer/{code}/place", said)
    return answer.status_code, html.unescape(answer.content.decode())


def parent_in(form: str) -> str:
    found = re.search(r'value="([^"]*)"[^>]*name="parent_code"', form)
    assert found
    return found[1]


def place_of(book: api.Book, code: str) -> tuple[str | None, str | None]:
    found = standing(book, "customers", code, date.max)
    assert found
    return found["parent_code"], found["hierarchy_node"]


def taken(book: api.Book) -> None:
    hand_over(book, actor=User.objects.get(username="sam"), at=timezone.now())


def alone(book: api.Book, *codes: str) -> None:
    for code in codes:
        assert place_of(book, code)[0] is None, "these tests need customers that stand alone"


def test_the_whole_tree_is_shown_from_every_place_of_it(own_book: api.Book, sam: Client):
    alone(own_book, TOP, MEMBER, OTHER)
    assert tree(sam, TOP) == [(TOP, 0)]
    put(sam, MEMBER, TOP, "branch")
    put(sam, OTHER, MEMBER, "site")
    expected = [(TOP, 0), (MEMBER, 1), (OTHER, 2)]
    assert [tree(sam, code) for code in (TOP, MEMBER, OTHER)] == [expected] * 3
    taken(own_book)
    assert tree(sam, OTHER) == expected


def test_the_demo_company_has_groups_and_their_figures_are_those_of_the_list(
    own_book: api.Book, edition: Edition, sam: Client
):
    rows = own_book.read("customers", own_book.current()).to_pylist()
    parents = {row["code"]: row["parent_code"] for row in rows if row["parent_code"]}
    child, parent = next(iter(sorted(parents.items())))
    shown = dict(tree(sam, child))
    assert parent in shown
    assert shown[child] == shown[parent] + 1
    page = sam.get(f"/customer/{child}/group").content.decode()
    assert f'href="/customer/{child}/rows?of=net_sales_12m"' in page


def test_a_member_is_added_moved_and_taken_out_and_the_next_run_grades_the_group_so(
    own_book: api.Book, sam: Client
):
    assert put(sam, MEMBER, TOP, "branch")[0] == 302
    change = Change.objects.get()
    assert (change.values, change.reason) == ({"parent_code": TOP, "hierarchy_node": "branch"}, "changed")
    taken(own_book)
    assert place_of(own_book, MEMBER) == (TOP, "branch")
    assert units(own_book)[MEMBER] == TOP
    assert put(sam, MEMBER, OTHER, "branch")[0] == 302
    taken(own_book)
    assert units(own_book)[MEMBER] == OTHER
    assert put(sam, MEMBER, "", "standalone")[0] == 302
    taken(own_book)
    assert units(own_book)[MEMBER] == MEMBER


def test_two_people_at_one_place_overwrite_nothing_and_the_other_change_is_shown(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    kim = as_user(make_user("kim", "data_steward"))
    first = re.search(r'name="seen" value="(\w+)"', kim.get(f"/customer/{MEMBER}/place").content.decode())
    assert first
    assert put(sam, MEMBER, TOP, "branch")[0] == 302
    status, page = put(kim, MEMBER, OTHER, "site", seen=first[1], note="kept note")
    assert status == 422
    assert "Sam" in page
    assert f"now: {TOP}" in page
    assert (OTHER in page, "kept note" in page) == (True, True)
    assert Change.objects.count() == 1
    assert put(kim, MEMBER, OTHER, "site")[0] == 302  # who has seen both decides


def units(book: api.Book) -> dict[str, str]:
    """Customer -> the unit with which a run by groups grades it."""
    run = api.grade(book, "abc_group", as_of=date(2026, 11, 20), actor="ann", at=AT)
    return {row["customer_id"]: row["unit"] for row in api.read_results(book, run.record).to_pylist()}


@pytest.mark.parametrize(
    ("parent", "node", "more", "said"),
    [
        (MEMBER, "branch", {}, "no customer belongs to itself"),
        ("C999999", "branch", {}, "no customer C999999"),
        (OTHER, "standalone", {}, "a headquarters, a branch or a site"),
        ("", "branch", {}, "stands below another customer"),
        (OTHER, "branch", {"effective_on": "2999-01-01"}, "has not come yet"),
        (OTHER, "branch", {"reason": ""}, "say why"),
        (OTHER, "emperor", {}, "one of the list"),
    ],
)
def test_a_wrong_place_is_told_at_its_field_and_nothing_is_kept(
    sam: Client, parent: str, node: str, more: dict[str, str], said: str
):
    status, page = put(sam, MEMBER, parent, node, **more)
    assert status == 422
    assert said in page
    assert not Change.objects.exists()


def test_nobody_comes_below_its_own_branch_not_even_while_that_waits(own_book: api.Book, sam: Client):
    put(sam, MEMBER, TOP, "branch")
    put(sam, OTHER, MEMBER, "site")
    status, page = put(sam, TOP, OTHER, "branch")
    assert status == 422
    assert f"{OTHER} stands below this customer" in page
    assert Change.objects.count() == 2


def test_what_waits_is_taken_back_and_what_is_in_the_book_is_put_back(own_book: api.Book, sam: Client):
    before = place_of(own_book, MEMBER)
    put(sam, MEMBER, TOP, "branch")
    number = Change.objects.get().pk
    page = sam.get(f"/customer/{TOP}/group").content.decode()
    assert "place waits for the next run" in page
    back = sam.post(f"/customer/{MEMBER}/changes/{number}/take-back", {"next": f"/customer/{TOP}/group"})
    assert back.headers["Location"] == f"/customer/{TOP}/group"
    assert Change.objects.get().state == TAKEN_BACK
    assert tree(sam, TOP) == [(TOP, 0)]
    put(sam, MEMBER, TOP, "branch")
    taken(own_book)
    last = Change.objects.first()
    assert last is not None
    assert last.state == IN_BOOK
    address = f"/customer/{MEMBER}/place?back={last.pk}"
    assert address in html.unescape(sam.get(f"/customer/{TOP}/group").content.decode())
    form = sam.get(address).content.decode()
    assert parent_in(form) == (before[0] or "")
    assert f'value="{before[1]}" selected' in form


def test_a_member_is_found_by_name_and_put_below_from_there(own_book: api.Book, sam: Client):
    name = str(standing(own_book, "customers", MEMBER, date.max)["name"])  # type: ignore[index]
    page = sam.get(f"/customer/{TOP}/group", {"find": name}).content.decode()
    assert f'href="/customer/{MEMBER}/place?under={TOP}"' in page
    form = sam.get(f"/customer/{MEMBER}/place?under={TOP}").content.decode()
    assert parent_in(form) == TOP
    assert 'value="branch" selected' in form


def test_one_customer_is_not_called_customers(own_book: api.Book, sam: Client):
    assert "· 1 customer within your reach" in sam.get(f"/customer/{TOP}/group").content.decode()
    assert put(sam, MEMBER, TOP, "branch")[0] == 302
    assert "· 2 customers within your reach" in sam.get(f"/customer/{TOP}/group").content.decode()


def test_charlie_sees_no_group_and_changes_none(own_book: api.Book, make_user: MakeUser, as_user: Browser):
    charlie = as_user(make_user("charlie", "account_manager", staff_name="Charlie"))
    for address in (f"/customer/{TOP}/group", f"/customer/{TOP}/place"):
        assert charlie.get(address).status_code == 404
    assert charlie.post(f"/customer/{TOP}/place", DAY | {"parent_code": OTHER}).status_code == 404


def owner_of(book: api.Book, code: str) -> str:
    found = standing(book, "customers", code, date.max)
    assert found
    return str(found["owner"])


def others_of(book: api.Book, mine: str) -> list[str]:
    rows = book.read("customers", book.current()).to_pylist()
    last = {row["code"]: row for row in sorted(rows, key=lambda row: str(row["valid_from"]))}
    return sorted(
        c for c, row in last.items() if mine not in (row["owner"], row["backup"]) and not row["parent_code"]
    )


def test_foreign_members_and_a_foreign_head_are_neither_shown_nor_named_nor_chosen(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    mine = owner_of(own_book, MEMBER)
    head, branch = others_of(own_book, mine)[:2]
    put(sam, MEMBER, head, "branch")
    put(sam, branch, MEMBER, "site")
    alice = as_user(make_user("alice", "account_manager", staff_name=mine))
    page = alice.get(f"/customer/{MEMBER}/group").content.decode()
    assert tree(alice, MEMBER) == [(MEMBER, 0)]
    assert branch not in page
    assert head not in page
    assert "below another customer" in page
    taken(own_book)
    status, told = put(alice, MEMBER, others_of(own_book, mine)[2], "branch")
    assert status == 422
    assert "no customer" in told
    assert alice.get(f"/customer/{branch}/place").status_code == 404


def test_a_branch_below_a_foreign_place_stands_below_the_nearest_that_may_be_seen(
    own_book: api.Book, sam: Client, make_user: MakeUser, as_user: Browser
):
    rows = own_book.read("customers", own_book.current()).to_pylist()
    mine = owner_of(own_book, MEMBER)
    second = next(
        r["code"] for r in rows if r["owner"] == mine and r["code"] != MEMBER and not r["parent_code"]
    )
    between = others_of(own_book, mine)[0]
    put(sam, between, MEMBER, "branch")
    put(sam, second, between, "site")
    alice = as_user(make_user("alice", "account_manager", staff_name=mine))
    assert tree(alice, second) == [(second, 0)]
    assert (second, 1) in tree(alice, MEMBER)
    assert between not in dict(tree(alice, MEMBER))


@pytest.mark.parametrize(
    ("level", "said"),
    [("site", "by itself"), ("account", "an account with its sites"), ("group", "a group as one customer")],
)
def test_what_the_policy_says_of_inheritance_is_told(level: str, said: str):
    policy = load_policy("customer_value").policy
    population = policy.population.model_copy(update={"level": level})
    assert said in declared(policy.model_copy(update={"population": population}), "en")


def test_who_inherits_is_told_beside_each_place(own_book: api.Book, sam: Client):
    put(sam, MEMBER, TOP, "branch")
    taken(own_book)
    api.grade(own_book, "abc_group", as_of=date(2026, 11, 20), actor="ann", at=AT)
    api.grade(own_book, "abc_group", as_of=LAST_MONTH, actor="ann", at=AT)
    api.grade(own_book, "abc_group", as_of=date(2026, 9, 30), actor="ann", at=AT)
    publish_newest()
    page = sam.get(f"/customer/{TOP}/group").content.decode()
    line = page.split("<tbody>")[1].split(f">{MEMBER}</span>")[1].split("</tr>")[0]
    name = standing(own_book, "customers", TOP, date.max)
    assert name
    assert f"of {name['name']}" in html.unescape(line)
    assert "with its members" in page
