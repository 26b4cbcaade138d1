"""The second factor: asked for after the password, no code twice, codes for a lost phone, needed by role."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.web.conftest import AT, PASSWORD, MakeUser
from tierwise.kernel.errors import TierwiseError
from tierwise_web.audit.models import Event
from tierwise_web.config.environment import second_factor_roles, session_seconds
from tierwise_web.people import second
from tierwise_web.people.attempts import ALLOWED
from tierwise_web.people.models import RecoveryCode, SecondFactor, User
from tierwise_web.people.services import set_up

FORM = {"username": "anna", "password": PASSWORD, "next": "/me"}
Browser = Callable[[User | None], Client]


def now_of(secret: str, at: datetime, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(at + timedelta(seconds=30 * steps))


@pytest.fixture
def anna() -> User:
    return set_up(username="anna", name="Anna", password=PASSWORD, language="en", at=AT)


@pytest.fixture
def secret(anna: User) -> str:
    """The key of Anna's app; the code of a minute ago turned it on."""
    key, then = second.new_secret(), timezone.now() - timedelta(minutes=1)
    second.turn_on(anna, key, now_of(key, then), at=then)
    return key


def test_a_person_turns_it_on_with_the_picture_and_a_code_and_gets_ten_recovery_codes(
    anna: User, as_user: Browser
):
    client = as_user(anna)
    page = client.get("/me/second-factor").content.decode()
    key = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert key
    assert "<svg" in page
    assert "style=" not in page.split("<main")[1]
    assert client.post("/me/second-factor", {"code": "000000"}).status_code == 422
    assert not second.has_one(anna)
    done = client.post("/me/second-factor", {"code": now_of(key[1], timezone.now())}).content.decode()
    codes = re.findall(r"<code>([0-9a-f]{5}-[0-9a-f]{5})</code>", done)
    assert len(set(codes)) == 10
    assert second.has_one(anna)
    kept = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not kept & set(codes)
    assert codes[0] not in client.get("/me/second-factor").content.decode()
    assert key[1] not in client.get("/me/second-factor").content.decode()


def test_the_password_alone_no_longer_lets_in(anna: User, secret: str, client: Client):
    asked = client.post("/sign-in", FORM)
    assert asked.headers["Location"] == "/sign-in/code?next=%2Fme"
    assert client.get("/me").status_code == 302
    assert client.post("/sign-in/code", {"code": "000000", "next": "/me"}).status_code == 422
    assert client.get("/me").status_code == 302
    done = client.post("/sign-in/code", {"code": now_of(secret, timezone.now()), "next": "/me"})
    assert done.headers["Location"] == "/me"
    assert client.get("/me").status_code == 200
    assert Event.objects.filter(code="people.signed-in").latest("id").slots["second_factor"] is True


def test_the_page_for_the_code_is_not_there_without_the_password(anna: User, secret: str, client: Client):
    assert client.get("/sign-in/code").headers["Location"] == "/sign-in"
    assert (
        client.post("/sign-in/code", {"code": now_of(secret, timezone.now())}).headers["Location"]
        == "/sign-in"
    )
    client.post("/sign-in", FORM)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert client.get("/sign-in/code").headers["Location"] == "/sign-in"


def test_no_code_lets_in_twice_nor_one_of_long_ago(anna: User, secret: str):
    at = timezone.now()
    code = now_of(secret, at)
    assert second.let_in(anna, code, at=at)
    assert not second.let_in(anna, code, at=at)
    assert not second.let_in(anna, now_of(secret, at, -1), at=at), "older than the last that let in"
    assert second.let_in(anna, now_of(secret, at, 1), at=at), "a phone may be half a minute ahead"
    assert not second.let_in(anna, now_of(secret, at, 4), at=at)


def test_a_recovery_code_lets_in_once_however_it_is_typed(anna: User, secret: str):
    at = timezone.now()
    code, other, *_ = second.new_codes(anna, now_of(secret, at), at=at)
    assert second.let_in(anna, f" {code.replace('-', '').upper()} ", at=at)
    assert not second.let_in(anna, code, at=at)
    assert second.let_in(anna, other, at=at)
    assert anna.recovery_codes.count() == 8


def test_who_guesses_codes_has_to_wait_even_with_the_right_one(anna: User, secret: str, client: Client):
    client.post("/sign-in", FORM)
    for _ in range(ALLOWED):
        client.post("/sign-in/code", {"code": "000000"})
    late = client.post("/sign-in/code", {"code": now_of(secret, timezone.now())})
    assert late.status_code == 422
    assert "quarter of an hour" in late.content.decode()


def test_it_is_turned_off_with_a_code_only(anna: User, secret: str, as_user: Browser):
    client = as_user(anna)
    assert client.post("/me/second-factor/off", {"code": "000000"}).status_code == 422
    assert second.has_one(anna)
    client.post("/me/second-factor/off", {"code": now_of(secret, timezone.now())})
    assert not second.has_one(anna)
    assert not RecoveryCode.objects.exists()


def test_who_sits_at_an_open_session_cannot_guess_codes_either(anna: User, secret: str, as_user: Browser):
    client = as_user(anna)
    for _ in range(ALLOWED // 2):
        client.post("/me/second-factor/off", {"code": "000000"})
        client.post("/me/second-factor/codes", {"code": "000000"})
    for address in ("/me/second-factor/off", "/me/second-factor/codes"):
        late = client.post(address, {"code": now_of(secret, timezone.now())})
        assert late.status_code == 422
        assert "quarter of an hour" in late.content.decode()
    assert second.has_one(anna)


def test_nobody_else_but_an_administrator_takes_it_away_and_it_is_noted(
    anna: User, secret: str, as_user: Browser, make_user: MakeUser
):
    address = f"/people/{anna.pk}/second-factor/off"
    assert as_user(make_user("charlie", "analyst")).post(address).status_code == 403
    assert second.has_one(anna)
    helper = as_user(make_user("helper", "admin"))
    assert "Take the second factor away" in helper.get(f"/people/{anna.pk}").content.decode()
    helper.post(address)
    assert not second.has_one(anna)
    assert Event.objects.get(code="people.second-factor-taken-away").actor == "helper"


def test_roles_that_need_it_see_nothing_before_it_is_on(
    anna: User, as_user: Browser, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "SECOND_FACTOR_ROLES", ["admin"])
    client = as_user(anna)
    assert client.get("/people").headers["Location"] == "/me/second-factor"
    assert client.get("/").headers["Location"] == "/me/second-factor"
    assert "Your roles need a second factor" in client.get("/me/second-factor").content.decode()
    other = as_user(make_user("bob", "analyst"))
    assert other.get("/").status_code == 200
    at = timezone.now()
    key = second.new_secret()
    second.turn_on(anna, key, now_of(key, at), at=at)
    assert client.get("/people").status_code == 200
    with pytest.raises(TierwiseError, match="cannot be turned off"):
        second.turn_off(anna, now_of(key, at, 1), at=at)


def test_the_secret_never_leaves_once_it_is_confirmed(anna: User, secret: str, as_user: Browser):
    page = as_user(anna).get("/me/second-factor").content.decode()
    assert SecondFactor.objects.get(user=anna).secret not in page


def test_settings_that_make_no_sense_are_refused_with_what_would():
    assert second_factor_roles({"TIERWISE_SECOND_FACTOR": "admin, approver"}) == ["admin", "approver"]
    with pytest.raises(TierwiseError, match="there is no role boss"):
        second_factor_roles({"TIERWISE_SECOND_FACTOR": "boss"})
    assert session_seconds({}) == 12 * 3600
    with pytest.raises(TierwiseError, match="1 to 720"):
        session_seconds({"TIERWISE_SESSION_HOURS": "0"})
