"""A session that ended, a form of an earlier sign-in, the address of a form opened as a page: told, and led on."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.web.conftest import MakeUser
from tests.web.objects import world
from tests.web.test_who_may import TABLE
from tierwise_web.people.models import User
from tierwise_web.published.models import Edition

Browser = Callable[[User | None], Client]
HOST = "http://testserver"
SENT = {name: row for name, row in TABLE.items() if row[0] == "post"}
"""The addresses that take only what a form sends."""


def next_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["next"][0]


def test_the_address_of_a_form_opened_as_a_page_leads_to_the_page_above(
    edition: Edition, make_user: MakeUser
):
    people = world(edition, make_user)
    assert len(SENT) > 30
    for name, (_, pattern, who, *things) in SENT.items():
        may = set(who) if isinstance(who, frozenset) else {"executive"}
        role = min((may & things[0][0].reached_by if things else may) or may)
        browser = Client()
        browser.force_login(people.people[role])
        address = people.address(things[0][0].address, role) if things else pattern
        answer = browser.get(address, follow=True)
        assert answer.redirect_chain, name
        assert answer.status_code == 200, (name, answer.redirect_chain)
        way = [urlsplit(step).path for step, _ in answer.redirect_chain]
        assert address.startswith(way[-1]) or name == "people:demo-sign-in", (name, way)


@pytest.mark.parametrize("name", SENT)
def test_whoever_sends_after_the_session_ended_is_told_so_and_comes_back_to_the_form(
    name: str, make_user: MakeUser, client: Client
):
    _, address, who, *_ = SENT[name]
    if who == "public" or name == "people:sign-out":
        return
    make_user("ann")
    answer = client.post(address, headers={"Referer": f"{HOST}/customers?grade=A&sort=sales"})
    assert next_of(answer.headers["Location"]) == "/customers?grade=A&sort=sales"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "what you sent last was not carried out" in page
    assert 'name="next" value="/customers?grade=A&amp;sort=sales"' in page
    assert (
        "刚才的提交未执行"
        in client.get(answer.headers["Location"], headers={"Accept-Language": "zh-CN"}).content.decode()
    )


def test_who_only_asked_for_a_page_is_not_told_that_something_was_not_carried_out(
    client: Client, make_user: MakeUser
):
    make_user("ann")
    answer = client.get("/customers?grade=A", headers={"Referer": f"{HOST}/pool"})
    assert next_of(answer.headers["Location"]) == "/customers?grade=A"
    assert "carried out" not in client.get(answer.headers["Location"]).content.decode()


@pytest.mark.parametrize(
    "said", ["https://evil.example/customers", "", "javascript:alert(1)", "//evil.example"]
)
def test_the_way_back_never_leads_elsewhere(said: str, client: Client, make_user: MakeUser):
    make_user("ann")
    answer = client.post("/segments/new", headers={"Referer": said})
    assert next_of(answer.headers["Location"]) == "/segments/new"


def test_a_part_of_a_page_leads_back_to_its_page(client: Client, make_user: MakeUser):
    make_user("ann")
    asked = {"HX-Request": "true", "HX-Current-URL": f"{HOST}/customers?grade=A"}
    for part, page in (
        ("/customers/count?grade=A", "/customers?grade=A"),
        ("/customer/C000016/edit-here", "/customers?grade=A"),
        ("/customers?grade=A&grade=B", "/customers?grade=A&grade=B"),
    ):
        answer = client.get(part, headers=asked)
        assert answer.status_code == 204
        assert next_of(answer.headers["HX-Redirect"]) == page


@pytest.mark.parametrize(("lang", "said"), [("en", "Nothing was changed"), ("zh", "未作任何更改")])
def test_a_form_of_an_earlier_sign_in_says_that_nothing_was_changed_and_how_to_go_on(
    lang: str, said: str, make_user: MakeUser
):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("ann", "data_steward", language=lang))
    browser.cookies["csrftoken"] = "b" * 32
    answer = browser.post(
        "/duplicates/look", {"csrfmiddlewaretoken": "a" * 64}, headers={"Referer": f"{HOST}/duplicates"}
    )
    page = answer.content.decode()
    assert answer.status_code == 403
    assert said in page
    assert "CSRF verification" not in page
    assert "DEBUG" not in page
    assert '<a class="btn btn-primary" href="/duplicates">' in page
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "said", ["http://[", "http://[::1", f"{HOST}//evil.example/x", f"{HOST}/\\evil.example/x"]
)
def test_what_is_no_address_of_ours_leads_nowhere_else(said: str, make_user: MakeUser):
    sam = make_user("sam", "data_steward")
    ended = Client().post("/segments/new", headers={"Referer": said})
    assert next_of(ended.headers["Location"]) == "/segments/new"
    part = {"HX-Request": "true", "HX-Current-URL": said}
    led = Client().get("/customers/count", headers=part).headers["HX-Redirect"]
    assert next_of(led) == "/customers/count"
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(sam)
    answer = browser.post("/segments/new", {"csrfmiddlewaretoken": "a" * 64}, headers={"Referer": said})
    assert answer.status_code == 403
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_form_without_a_cookie_or_from_elsewhere_says_what_helps(lang: str):
    browser = Client(enforce_csrf_checks=True, headers={"Accept-Language": lang})
    said = {"username": "ann", "password": "x", "csrfmiddlewaretoken": "a" * 32}
    page = browser.post("/sign-in", said).content.decode()
    assert {"en": "Allow cookies", "zh": "允许此地址使用 Cookie"}[lang] in page
    assert '<a class="btn btn-primary" href="/sign-in">' in page
    browser.cookies["csrftoken"] = "a" * 32
    page = browser.post("/sign-in", said, headers={"Origin": "https://other.example"}).content.decode()
    assert "TIERWISE_HOSTS" in page
    assert {"en": "does not help", "zh": "重新打开无法解决"}[lang] in page
    assert 'href="/sign-in"' not in page.split("data-unsaved")[1]
    assert "last sign-in" not in page


def test_who_leaves_after_the_session_ended_is_not_asked_to_send_that_once_more(
    client: Client, make_user: MakeUser
):
    make_user("ann")
    answer = client.post("/sign-out", headers={"Referer": f"{HOST}/customers"})
    assert answer.headers["Location"] == "/sign-in?next=/"


def test_who_may_not_send_a_form_is_told_that_nothing_was_changed(make_user: MakeUser, as_user: Browser):
    client = as_user(make_user("eve", "executive"))
    sent = client.post("/runs/trial", {"policy": "customer_value", "as_of": "2026-10-30"})
    assert sent.status_code == 403
    assert "Nothing was changed." in sent.content.decode()
    looked = client.get("/people")
    assert looked.status_code == 403
    assert "Nothing was changed." not in looked.content.decode()
