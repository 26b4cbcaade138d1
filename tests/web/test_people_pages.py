"""The administrator adds people, gives roles, keeps the organisation; the auditor reads what was done."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from tests.web.conftest import AT, PASSWORD, MakeUser
from tests.web.forms import forms_of
from tierwise.kernel.errors import TierwiseError
from tierwise_web.audit.models import Event
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.people.services import Person, change_person, person_of, unit

Browser = Callable[[User | None], Client]
NEW = {"username": "bob", "name": "Bob", "password": PASSWORD, "roles": ["sales_manager"], "active": "on"}


@pytest.fixture
def admin(make_user: MakeUser) -> User:
    return make_user("root", "admin")


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def test_somebody_is_added_and_can_come_in_with_the_given_reach(admin: User, as_user: Browser):
    unit("north", "North", "team", None)
    form = {**NEW, "unit": "north", "staff_name": "Bob B"}
    assert as_user(admin).post("/people/new", form).status_code == 302
    bob = User.objects.get(username="bob")
    assert (bob.roles, bob.scope.teams, bob.scope.owners) == (
        {"sales_manager"},
        ("north",),
        ("Bob B", "Bob B"),
    )
    client = Client()
    assert client.post("/sign-in", {"username": "bob", "password": PASSWORD}).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/me/password?next=/"
    assert Event.objects.get(code="people.added").slots["roles"] == ["sales_manager"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"username": "ROOT"}, "is taken"),
        ({"username": "a b"}, "Letters, digits"),
        ({"password": "short"}, "at least 10"),
        ({"password": ""}, "fill this in"),
        ({"roles": ["emperor"]}, "emperor"),
    ],
)
def test_a_mistake_is_told_and_nobody_is_added(
    admin: User, as_user: Browser, change: dict[str, object], said: str
):
    answer = as_user(admin).post("/people/new", NEW | change)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert User.objects.count() == 1


def test_a_role_that_is_taken_away_ends_at_once(admin: User, as_user: Browser, make_user: MakeUser):
    bob = make_user("bob", "analyst")
    his = as_user(bob)
    assert his.get("/runs").status_code == 200
    boss = as_user(admin)
    form = {
        "username": "bob",
        "name": "Bob",
        "active": "on",
        "seen": seen(boss.get(f"/people/{bob.pk}").content.decode()),
    }
    assert boss.post(f"/people/{bob.pk}", form).status_code == 302
    assert his.get("/runs").status_code == 403


def test_who_is_let_go_is_out_at_once(admin: User, as_user: Browser, make_user: MakeUser):
    bob = make_user("bob", "analyst")
    his = as_user(bob)
    change_person(
        bob, Person("bob", "Bob", frozenset({"analyst"}), active=False),
        seen=person_of(bob).digest(), password="", actor=admin, at=AT,
    )  # fmt: skip
    assert his.get("/runs").headers["Location"].startswith("/sign-in")


def test_two_administrators_do_not_overwrite_each_other(admin: User, as_user: Browser, make_user: MakeUser):
    bob = make_user("bob", "analyst")
    boss = as_user(admin)
    first = seen(boss.get(f"/people/{bob.pk}").content.decode())
    form = {"username": "bob", "active": "on", "seen": first, "roles": ["analyst"]}
    assert boss.post(f"/people/{bob.pk}", form | {"name": "Robert"}).status_code == 302
    late = boss.post(f"/people/{bob.pk}", form | {"name": "Bobby", "roles": ["analyst", "finance"]})
    page = late.content.decode()
    assert late.status_code == 422
    assert "was changed meanwhile (last by Root)" in page
    assert ("now: Robert" in page, "now: Grading analyst" in page, page.count("now: ")) == (True, True, 2)
    (kept,) = [form for form in forms_of(page, f"/people/{bob.pk}") if form.action == f"/people/{bob.pk}"]
    assert (kept.values["name"], kept.values["roles"]) == (["Bobby"], ["analyst", "finance"])
    assert User.objects.get(pk=bob.pk).name == "Robert"
    assert boss.post(kept.action, kept.values).status_code == 302  # who has seen both decides
    assert User.objects.get(pk=bob.pk).name == "Bobby"


def test_what_an_administrator_typed_stays_where_it_is_refused(admin: User, as_user: Browser):
    boss, path = as_user(admin), f"/people/{admin.pk}"
    first = seen(boss.get(path).content.decode())
    form = {"username": "root", "name": "Ruth", "active": "on", "seen": first, "roles": ["analyst"]}
    page = boss.post(path, form).content.decode()
    assert "last administrator" in page
    assert 'value="Ruth"' in page
    assert "now: " not in page


@pytest.mark.parametrize(
    ("lang", "again"), [("en", "please type it again"), ("zh", "密码不会保留，请重新输入")]
)
def test_a_password_that_was_not_set_has_to_be_typed_again(
    lang: str, again: str, make_user: MakeUser, as_user: Browser
):
    boss, bob = as_user(make_user("ann", "admin", language=lang)), make_user("bob", "analyst")
    form = {"username": "bob", "name": "Bob", "active": "on", "roles": ["analyst"], "password": PASSWORD}
    for path, said, refused in (
        (f"/people/{bob.pk}", {"seen": "long ago"}, "密码除外" if lang == "zh" else "but for a password"),
        ("/people/new", {}, "用户名 bob 已被使用" if lang == "zh" else "bob is taken"),
    ):
        page = boss.post(path, form | said).content.decode()
        assert refused in page
        assert again in page
        assert PASSWORD not in page
        assert again not in boss.post(path, form | said | {"password": ""}).content.decode()


def test_the_last_administrator_stays_one(admin: User, make_user: MakeUser):
    for left in (
        Person("root", "Root", frozenset({"analyst"})),
        Person("root", "Root", frozenset({"admin"}), active=False),
    ):
        with pytest.raises(TierwiseError, match="last administrator"):
            change_person(admin, left, seen=person_of(admin).digest(), password="", actor=admin, at=AT)
    make_user("second", "admin")
    change_person(admin, left, seen=person_of(admin).digest(), password="", actor=admin, at=AT)


def test_units_form_a_tree(admin: User, as_user: Browser):
    boss = as_user(admin)
    for code, parent in (("hq", ""), ("east", "hq"), ("east-1", "east")):
        assert boss.post("/people/units", {"code": code, "parent": parent}).status_code == 302
    assert {u.code for u in OrgUnit.objects.get(code="east").below()} == {"east", "east-1"}
    assert boss.post("/people/units", {"code": "east"}).status_code == 422


def test_the_log_shows_who_did_what_and_cannot_be_changed(admin: User, as_user: Browser, make_user: MakeUser):
    as_user(admin).post("/people/new", NEW)
    page = as_user(make_user("eve", "auditor")).get("/log").content.decode()
    assert "added a person" in page
    assert "user name: bob" in page
    event = Event.objects.get()
    with pytest.raises(TierwiseError, match="never changed"):
        event.save()
    with pytest.raises(TierwiseError, match="never changed"):
        event.delete()


def test_a_password_never_reaches_the_log(admin: User, as_user: Browser):
    as_user(admin).post("/people/new", NEW)
    assert PASSWORD not in str(list(Event.objects.values()))


def below(code: str) -> set[str]:
    return {one.code for one in OrgUnit.objects.get(code=code).below()}


@pytest.fixture
def hq(admin: User, as_user: Browser) -> Client:
    """The administrator before headquarters, east with east-1, and west."""
    boss = as_user(admin)
    for code, parent in (("hq", ""), ("east", "hq"), ("east-1", "east"), ("west", "hq")):
        boss.post("/people/units", {"code": code, "name": code.title(), "parent": parent})
    return boss


def address(code: str) -> str:
    return f"/people/units/{OrgUnit.objects.get(code=code).pk}"


def test_a_unit_is_renamed_and_moved_with_all_below_it_and_who_leads_sees_it(hq: Client, make_user: MakeUser):
    west = make_user("wanda", "executive_sponsor", org_unit=OrgUnit.objects.get(code="west"))
    assert "/people/units/" in hq.get("/people").content.decode()
    form = {"name": "Far East", "parent": "west", "seen": seen(hq.get(address("east")).content.decode())}
    assert hq.post(address("east"), form).status_code == 302
    assert below("west") == {"west", "east", "east-1"}
    assert below("hq") == {"hq", "west", "east", "east-1"}
    assert OrgUnit.objects.get(code="east").name == "Far East"
    assert set(User.objects.get(pk=west.pk).scope.teams) == {"west", "east", "east-1"}
    event = Event.objects.get(code="people.unit-changed")
    assert event.slots == {
        "unit": "east", "name": "Far East", "name_before": "East", "parent": "west", "parent_before": "hq",
    }  # fmt: skip
    top = {"name": "Far East", "parent": "", "seen": seen(hq.get(address("east")).content.decode())}
    assert hq.post(address("east"), top).status_code == 302
    assert below("east") == {"east", "east-1"}
    assert below("hq") == {"hq", "west"}


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        ({"parent": "east-1"}, "East-1 is East itself or below it", "East-1 就是 East 或在其下级"),
        ({"parent": "east"}, "East is East itself or below it", "East 就是 East 或在其下级"),
        ({"parent": "moon"}, "there is no unit moon", "没有单位 moon"),
        ({"name": ""}, "fill this in", "请填写此项"),
        ({"seen": "long ago"}, "was changed meanwhile", "已被更改"),
    ],
)
def test_a_unit_comes_below_no_circle(hq: Client, change: dict[str, str], en: str, zh: str):
    form = {"name": "East", "parent": "hq", "seen": seen(hq.get(address("east")).content.decode())}
    for lang, said in (("en", en), ("zh", zh)):
        hq.post("/language", {"language": lang})
        answer = hq.post(address("east"), form | change)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert below("hq") == {"hq", "west", "east", "east-1"}


def test_a_unit_is_removed_only_where_nobody_and_nothing_is_in_it(hq: Client, make_user: MakeUser):
    bob = make_user("bob", "analyst", org_unit=OrgUnit.objects.get(code="west"))
    for code, who in (("east", "East-1"), ("west", "Bob")):
        page = hq.post(f"{address(code)}/remove")
        assert page.status_code == 422
        assert f"not empty: {who}" in page.content.decode()
    User.objects.filter(pk=bob.pk).update(org_unit=None)
    assert hq.post(f"{address('west')}/remove").status_code == 302
    assert not OrgUnit.objects.filter(code="west").exists()
    assert Event.objects.get(code="people.unit-removed").slots["unit"] == "west"


def test_the_log_says_what_was_changed_of_a_person_and_what_it_was_before(hq: Client):
    """Unit, name in the book and agent decide which customers somebody sees."""
    hq.post("/people/new", NEW | {"unit": "east", "staff_name": "王伟"})
    assert Event.objects.get(code="people.added").slots == {
        "username": "bob", "name": "Bob", "roles": ["sales_manager"], "unit": "east", "staff_name": "王伟",
        "agent_code": "", "active": True,
    }  # fmt: skip
    bob = User.objects.get(username="bob")
    form = {"username": "bob", "roles": ["sales_manager"], "seen": person_of(bob).digest()}
    more = {"name": "Bobby", "unit": "west", "staff_name": "李娜", "agent_code": "AG9"}
    assert hq.post(f"/people/{bob.pk}", form | more).status_code == 302
    assert Event.objects.filter(code="people.changed").latest("id").slots == {
        "username": "bob", "password": False, "roles": ["sales_manager"], "before": ["sales_manager"],
        "name": "Bobby", "name_before": "Bob", "unit": "west", "unit_before": "east",
        "staff_name": "李娜", "staff_name_before": "王伟", "agent_code": "AG9", "agent_code_before": "",
        "active": False, "active_before": True,
    }  # fmt: skip
    again = form | more | {"seen": person_of(User.objects.get(pk=bob.pk)).digest()}
    assert hq.post(f"/people/{bob.pk}", again).status_code == 302
    last = Event.objects.filter(code="people.changed").latest("id")
    assert last.slots.keys() == {"username", "password", "roles", "before"}


@pytest.mark.parametrize(("lang", "words"), [("en", "there is no unit east-1"), ("zh", "没有单位 east-1")])
def test_a_unit_that_was_removed_meanwhile_is_refused_and_not_taken_for_none(
    hq: Client, make_user: MakeUser, lang: str, words: str
):
    User.objects.update(language=lang)
    bob = make_user("bert", "account_manager", org_unit=OrgUnit.objects.get(code="east"))
    hq.post(f"{address('east-1')}/remove")
    form = {"username": "bert", "name": "Bert", "roles": ["sales_manager"], "active": "on", "unit": "east-1"}
    refused = hq.post(f"/people/{bob.pk}", form | {"seen": person_of(bob).digest()})
    assert refused.status_code == 422
    assert words in refused.content.decode()
    now = User.objects.get(pk=bob.pk)
    assert (now.org_unit, now.roles) == (bob.org_unit, {"account_manager"})
    added = hq.post("/people/new", NEW | {"unit": "east-1"})
    assert (added.status_code, User.objects.filter(username="bob").exists()) == (422, False)
    below = hq.post("/people/units", {"code": "new", "name": "New", "parent": "east-1"})
    assert (below.status_code, OrgUnit.objects.filter(code="new").exists()) == (422, False)
    assert words in below.content.decode()


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "is changed under “My roles”"), ("zh", "本人密码请在“我的角色”页面修改")]
)
def test_an_administrator_s_own_password_is_changed_only_with_the_present_one(
    admin: User, as_user: Browser, lang: str, words: str
):
    User.objects.filter(pk=admin.pk).update(language=lang)
    form = {"username": admin.username, "name": admin.name, "roles": ["admin"], "active": "on"}
    boss, before = as_user(admin), User.objects.get(pk=admin.pk).password
    page = boss.get(f"/people/{admin.pk}").content.decode()
    assert 'name="password"' not in page
    assert 'href="/me/password"' in page
    sent = form | {"password": "whoever sits here", "seen": person_of(admin).digest()}
    refused = boss.post(f"/people/{admin.pk}", sent)
    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert User.objects.get(pk=admin.pk).password == before
