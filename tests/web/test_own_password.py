"""One's own password: changed by oneself, and at the next sign-in after an administrator set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, PASSWORD, MakeUser
from tierwise_web.audit.models import Event
from tierwise_web.people import second
from tierwise_web.people.attempts import ALLOWED
from tierwise_web.people.models import User
from tierwise_web.people.passwords import change_own
from tierwise_web.people.services import Person, add_person, change_person, person_of, set_up

Browser = Callable[[User | None], Client]
NEW = "another horse battery"
FORM = {"present": PASSWORD, "password": NEW, "again": NEW}


@pytest.fixture
def anna() -> User:
    return set_up(username="anna", name="Anna", password=PASSWORD, language="en", at=AT)


@pytest.fixture
def bob(anna: User) -> User:
    """Somebody whose password is the administrator's."""
    person = Person("bob", "Bob", frozenset({"analyst"}))
    return add_person(person, PASSWORD, actor=anna, at=AT)


def come_in(name: str, password: str, **more: str) -> Client:
    client = Client()
    assert client.post("/sign-in", {"username": name, "password": password} | more).status_code == 302
    return client


def test_somebody_changes_the_password_and_every_other_session_ends(anna: User):
    here, elsewhere = come_in("anna", PASSWORD), come_in("anna", PASSWORD)
    assert "/me/password" in here.get("/me").content.decode()
    assert here.post("/me/password", FORM).headers["Location"] == "/me"
    assert "Your password is changed" in here.get("/me").content.decode()
    assert "Your password is changed" not in here.get("/me").content.decode()
    assert elsewhere.get("/me").headers["Location"].startswith("/sign-in")
    assert Client().post("/sign-in", {"username": "anna", "password": PASSWORD}).status_code == 422
    come_in("anna", NEW)
    event = Event.objects.get(code="people.password-changed")
    assert (event.actor, event.slots) == ("anna", {})


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        ({"present": "wrong"}, "this is not your password", "密码不正确"),
        ({"again": NEW + "!"}, "not what you typed above", "两次输入的密码不一致"),
        ({"password": "short", "again": "short"}, "too short: at least 10", "密码太短，至少 10 个字符"),
        ({"password": "1234567890", "again": "1234567890"}, "too common", "太常见"),
        ({"password": "annabella1", "again": "annabella1"}, "too like the user name", "与用户名过于相似"),
        ({"password": PASSWORD, "again": PASSWORD}, "is your password already", "新密码与当前密码相同"),
        ({"password": ""}, "fill this in", "请填写此项"),
    ],
)
def test_a_mistake_is_told_in_both_languages_and_nothing_is_changed(change: dict[str, str], en: str, zh: str):
    user = set_up(username="annabella", name="Anna", password=PASSWORD, language="en", at=AT)
    client = come_in("annabella", PASSWORD)
    for lang, said in (("en", en), ("zh", zh)):
        client.post("/language", {"language": lang})
        answer = client.post("/me/password", FORM | change)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert NEW not in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert not Event.objects.filter(code="people.password-changed").exists()


def test_who_guesses_the_present_one_has_to_wait_at_the_sign_in_too(anna: User):
    client = come_in("anna", PASSWORD)
    for _ in range(ALLOWED):
        assert client.post("/me/password", FORM | {"present": "guess"}).status_code == 422
    late = client.post("/me/password", FORM)
    assert late.status_code == 422
    assert "quarter of an hour" in late.content.decode()
    assert Client().post("/sign-in", {"username": "anna", "password": PASSWORD}).status_code == 422


def test_who_has_no_password_is_told_why(make_user: MakeUser, as_user: Browser):
    make_user("root", "admin")
    for lang, said in (("en", "You have no password here"), ("zh", "您在此没有密码")):
        client = as_user(make_user(f"eve-{lang}", "analyst", language=lang))
        assert said in client.get("/me/password").content.decode()
        answer = client.post("/me/password", FORM)
        assert answer.status_code == 422
        assert not User.objects.get(username=f"eve-{lang}").has_usable_password()


def test_a_password_of_the_administrator_is_changed_before_anything_else(anna: User, bob: User):
    client = come_in("bob", PASSWORD)
    assert client.get("/runs?x=1").headers["Location"] == "/me/password?next=/runs%3Fx%3D1"
    assert client.get("/me/passkeys").headers["Location"].startswith("/me/password")
    assert "An administrator gave you this password" in client.get("/me/password").content.decode()
    assert client.post("/me/password", FORM | {"next": "/runs"}).headers["Location"] == "/runs"
    assert client.get("/runs").status_code == 200
    assert come_in("bob", NEW).get("/runs").status_code == 200
    change_person(
        User.objects.get(pk=bob.pk), person_of(bob), seen=person_of(bob).digest(), password=PASSWORD, actor=anna, at=AT
    )  # fmt: skip
    assert client.get("/runs").headers["Location"].startswith("/sign-in"), "it was reset"
    assert come_in("bob", PASSWORD).get("/runs").headers["Location"].startswith("/me/password")


def test_who_may_leave_instead(bob: User):
    client = come_in("bob", PASSWORD)
    assert client.post("/sign-out").headers["Location"] == "/sign-in"


def test_the_second_step_does_not_lead_around_it(bob: User):
    key = second.new_secret()
    now = timezone.now()
    second.turn_on(bob, key, pyotp.TOTP(key).at(now - timedelta(seconds=30)), at=now)
    client = come_in("bob", PASSWORD)
    assert client.post("/sign-in/code", {"code": pyotp.TOTP(key).at(timezone.now())}).status_code == 302
    assert client.get("/runs").headers["Location"].startswith("/me/password")


def test_who_came_in_without_it_is_not_asked(bob: User, as_user: Browser):
    assert as_user(bob).get("/runs").status_code == 200


@pytest.fixture
def key(bob: User) -> str:
    """The key of bob's authenticator app."""
    secret, before = second.new_secret(), timezone.now() - timedelta(minutes=1)
    second.turn_on(bob, secret, pyotp.TOTP(secret).at(before), at=before)
    return secret


def test_a_sign_in_of_somebody_else_between_the_steps_does_not_spare_the_new_password(bob: User, key: str):
    client = come_in("bob", PASSWORD)
    client.post("/sign-in", {"username": "anna", "password": PASSWORD})
    assert "Anna" in client.get("/me").content.decode()
    assert client.post("/sign-in/code", {"code": pyotp.TOTP(key).now()}).headers["Location"] == "/"
    assert client.get("/me").headers["Location"] == "/me/password?next=/me"


def test_a_half_sign_in_ends_with_the_password_it_was_made_with(bob: User, key: str):
    client = come_in("bob", PASSWORD)
    change_own(bob, PASSWORD, NEW, at=timezone.now())
    assert client.get("/sign-in/code").headers["Location"] == "/sign-in"
    assert client.post("/sign-in/code", {"code": pyotp.TOTP(key).now()}).headers["Location"] == "/sign-in"
    assert client.get("/me").status_code == 302
    again = come_in("bob", NEW)
    again.post("/sign-in/code", {"code": pyotp.TOTP(key).now()})
    assert again.get("/me").status_code == 200


def test_a_part_of_a_page_leads_the_whole_browser_to_the_change(bob: User):
    client = come_in("bob", PASSWORD)
    part = client.get("/customers/count", headers={"HX-Request": "true"})
    assert part.status_code == 204
    assert part.headers["HX-Redirect"] == "/me/password?next=/customers/count"


def test_a_forced_change_is_told_once_on_the_page_that_was_asked_for(bob: User):
    client = come_in("bob", PASSWORD)
    assert client.post("/me/password", FORM | {"next": "/changes"}).headers["Location"] == "/changes"
    assert "Your password is changed" in client.get("/changes").content.decode()
    for page in ("/changes", "/me"):
        assert "Your password is changed" not in client.get(page).content.decode()
