"""Passkeys: they let in alone or after the password, and only with the right key, place, challenge and person."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client

from tests.web.conftest import AT, PASSWORD, MakeUser
from tests.web.device import PRESENT, Device
from tierwise_web.audit.models import Event
from tierwise_web.people import second
from tierwise_web.people.attempts import ALLOWED
from tierwise_web.people.models import Passkey, User
from tierwise_web.people.services import set_up

Browser = Callable[[User | None], Client]
FORM = {"username": "anna", "password": PASSWORD, "next": "/me"}


@pytest.fixture
def anna() -> User:
    return set_up(username="anna", name="Anna", password=PASSWORD, language="en", at=AT)


def registered(client: Client, device: Device, name: str = "laptop", password: str = PASSWORD) -> Any:
    asked = client.post("/me/passkeys/start", {"password": password})
    assert asked.status_code == 200, asked.content
    return client.post("/me/passkeys/add", {"name": name, "credential": device.make(asked.json())})


@pytest.fixture
def device(anna: User, as_user: Browser) -> Device:
    """Anna's laptop, registered."""
    laptop = Device()
    assert registered(as_user(anna), laptop).status_code == 200
    return laptop


def come_in(client: Client, device: Device, **more: str) -> Any:
    options = client.post("/sign-in/passkey/start", more).json()
    return client.post("/sign-in/passkey", {"credential": device.show(options), "next": "/me"})


def test_a_person_adds_names_and_removes_passkeys_and_gets_recovery_codes_once(anna: User, as_user: Browser):
    client, laptop, phone = as_user(anna), Device(), Device()
    page = registered(client, laptop, "  work   laptop ").content.decode()
    codes = re.findall(r"<code>([0-9a-f]{5}-[0-9a-f]{5})</code>", page)
    assert len(set(codes)) == 10
    again = registered(client, phone, "phone").content.decode()
    assert "<code>" not in again
    assert [key.name for key in anna.passkeys.all()] == ["work laptop", "phone"]
    assert laptop.handle == phone.handle
    first = Passkey.objects.first()
    assert first is not None
    client.post(f"/me/passkeys/{first.pk}/remove")
    assert [key.name for key in anna.passkeys.all()] == ["phone"]
    assert anna.recovery_codes.count() == 10
    client.post(f"/me/passkeys/{Passkey.objects.get().pk}/remove")
    assert not second.has_one(anna)
    assert not anna.recovery_codes.exists()
    told = Event.objects.filter(code__startswith="people.passkey").values_list("code", flat=True)
    assert sorted(told) == ["people.passkey-added"] * 2 + ["people.passkey-removed"] * 2


def test_a_passkey_lets_in_alone(anna: User, device: Device, client: Client):
    assert "Sign in with a passkey" in client.get("/sign-in").content.decode()
    assert come_in(client, device).headers["Location"] == "/me"
    assert "Anna" in client.get("/me").content.decode()
    assert Event.objects.filter(code="people.signed-in").latest("id").slots["passkey"] is True
    key = Passkey.objects.get()
    assert key.sign_count == 1
    assert key.used_at is not None


def test_after_the_password_it_is_the_second_factor(anna: User, device: Device, client: Client):
    assert client.post("/sign-in", FORM).headers["Location"] == "/sign-in/code?next=%2Fme"
    assert client.get("/me").status_code == 302
    assert "data-passkey" in client.get("/sign-in/code").content.decode()
    options = client.post("/sign-in/passkey/start", {"second": "1"}).json()
    assert len(options["allowCredentials"]) == 1
    done = client.post("/sign-in/passkey", {"credential": device.show(options), "next": "/me"})
    assert done.headers["Location"] == "/me"
    assert client.get("/me").status_code == 200


def test_after_the_password_of_one_person_the_key_of_another_does_not_do(
    anna: User, device: Device, client: Client, as_user: Browser, make_user: MakeUser
):
    charlie, his = make_user("charlie", "analyst"), Device()
    registered(as_user(charlie), his, password="")
    client.post("/sign-in", FORM)
    assert come_in(client, his, second="1").status_code == 422
    assert client.get("/me").status_code == 302
    his.handle = device.handle
    assert come_in(client, his).status_code == 422, "says it belongs to another person"


def test_without_a_password_before_it_nobody_is_asked_for_a_second_factor(device: Device, client: Client):
    assert client.post("/sign-in/passkey/start", {"second": "1"}).status_code == 422


def test_a_recovery_code_helps_who_has_only_passkeys(anna: User, as_user: Browser, client: Client):
    page = registered(as_user(anna), Device()).content.decode()
    code = re.findall(r"<code>([0-9a-f]{5}-[0-9a-f]{5})</code>", page)[0]
    client.post("/sign-in", FORM)
    assert client.post("/sign-in/code", {"code": code, "next": "/me"}).headers["Location"] == "/me"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://testserver"},
        {"place": "evil.example"},
        {"flags": PRESENT},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"number": b"another credential"},
    ],
    ids=["origin", "not encrypted", "place", "nobody verified", "key", "unknown"],
)
def test_what_does_not_prove_everything_does_not_let_in(
    device: Device, client: Client, wrong: dict[str, Any]
):
    assert come_in(client, replace(device, **wrong)).status_code == 422
    assert Event.objects.get(code="people.passkey-refused").slots == {"address": "127.0.0.1"}
    assert client.get("/me").status_code == 302
    assert come_in(client, device).status_code == 302


def test_an_answer_lets_in_once_and_for_its_own_challenge(device: Device, client: Client):
    options = client.post("/sign-in/passkey/start").json()
    answer = {"credential": device.show(options)}
    assert Client().post("/sign-in/passkey", answer).status_code == 422, "another browser"
    assert client.post("/sign-in/passkey", answer).status_code == 302
    client.post("/sign-out")
    assert client.post("/sign-in/passkey", answer).status_code == 422, "used up"
    client.post("/sign-in/passkey/start")
    assert client.post("/sign-in/passkey", answer).status_code == 422, "another challenge"


def test_a_copy_of_a_key_is_noticed_by_its_count(device: Device, client: Client):
    come_in(client, device)
    client.post("/sign-out")
    device.count = 0
    assert come_in(client, device).status_code == 422


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"id": 1}', "\N{SNOWMAN}", '{"id": "a", "rawId": "b"}']
)
def test_answers_that_make_no_sense_are_refused(anna: User, as_user: Browser, client: Client, answer: str):
    client.post("/sign-in/passkey/start")
    assert client.post("/sign-in/passkey", {"credential": answer}).status_code == 422
    mine = as_user(anna)
    mine.post("/me/passkeys/start", {"password": PASSWORD})
    assert mine.post("/me/passkeys/add", {"credential": answer}).status_code == 422
    assert not Passkey.objects.exists()


def test_who_sits_at_an_open_session_adds_none_without_the_password(anna: User, as_user: Browser):
    client, device = as_user(anna), Device()
    refused = client.post("/me/passkeys/start", {"password": "no"})
    assert (refused.status_code, refused.json()["told"]) == (422, "This is not your password.")
    assert client.post("/me/passkeys/add", {"credential": device.make(_options())}).status_code == 422
    for _ in range(ALLOWED):
        client.post("/me/passkeys/start", {"password": "no"})
    late = client.post("/me/passkeys/start", {"password": PASSWORD})
    assert "quarter of an hour" in late.json()["told"]


def _options() -> dict[str, Any]:
    return {"user": {"id": "AAAA"}, "challenge": "AAAA"}


def test_a_key_is_kept_once_and_for_one_person(
    anna: User, device: Device, as_user: Browser, make_user: MakeUser
):
    charlie = as_user(make_user("charlie", "analyst"))
    assert registered(charlie, device, password="").status_code == 422
    assert Passkey.objects.get().user == anna
    assert charlie.post(f"/me/passkeys/{Passkey.objects.get().pk}/remove").status_code == 404
    assert Passkey.objects.exists()


def test_who_left_does_not_come_in(anna: User, device: Device, client: Client):
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert come_in(client, device).status_code == 422


def test_a_passkey_is_what_roles_need_and_the_last_factor_stays(
    anna: User, as_user: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "SECOND_FACTOR_ROLES", ["admin"])
    client = as_user(anna)
    assert client.get("/people").headers["Location"] == "/me/second-factor"
    assert "Add a passkey to go on" in client.get("/me/passkeys").content.decode()
    registered(client, Device())
    assert client.get("/people").status_code == 200
    refused = client.post(f"/me/passkeys/{Passkey.objects.get().pk}/remove")
    assert refused.status_code == 422
    assert "add another one first" in refused.content.decode()
    assert second.has_one(anna)


def test_an_administrator_takes_passkeys_away_with_the_rest(
    anna: User, device: Device, as_user: Browser, make_user: MakeUser
):
    as_user(make_user("helper", "admin")).post(f"/people/{anna.pk}/second-factor/off")
    assert not Passkey.objects.exists()
    assert not anna.recovery_codes.exists()


def test_under_a_bare_number_it_is_said_why_there_are_none(anna: User, as_user: Browser, device: Device):
    page = as_user(anna).get("/me/passkeys", headers={"Host": "127.0.0.1:8300"}).content.decode()
    assert "not for a number" in page
    assert "data-passkey" not in page
    here = Client().get("/sign-in", headers={"Host": "127.0.0.1"}).content.decode()
    assert "data-passkey" not in here
