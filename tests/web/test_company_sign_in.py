"""The company's own sign-in: who it names comes in, with the roles that follow; what is forged does not."""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as web_settings
from django.core.cache import cache
from django.test import Client
from joserfc.jwk import RSAKey

from tests.web.conftest import AT, MakeUser
from tests.web.issuer import CLIENT, SECRET, Issuer
from tierwise.kernel.errors import TierwiseError
from tierwise_web.audit.models import Event
from tierwise_web.people import identities, oidc
from tierwise_web.people.identities import person_of
from tierwise_web.people.models import Identity, OrgUnit, User
from tierwise_web.people.provider import provider
from tierwise_web.people.second import codes_if_none

RULES = "groups:sales=role:account_manager, groups:boss=role:approver, department:North=unit:north"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    cache.clear()
    made = Issuer()
    yield made
    made.end()


@pytest.fixture
def configured(issuer: Issuer, settings: LazySettings) -> Callable[..., None]:
    def say(**more: str) -> None:
        said = {
            "ISSUER": issuer.address,
            "CLIENT_ID": CLIENT,
            "CLIENT_SECRET": SECRET,
            "TITLE": "Example & Co",
            **more,
        }
        settings.OIDC = provider({f"TIERWISE_OIDC_{name}": value for name, value in said.items()})

    say()
    return say


def come_in(client: Client, issuer: Issuer) -> Any:
    """The way of a browser: away, and back."""
    sent = client.get("/sign-in/company?next=/me")
    assert sent.status_code == 302, sent.content
    back = issuer.authorize(sent.headers["Location"])
    assert back.startswith("http://testserver/sign-in/company/back?")
    return client.get(back.removeprefix("http://testserver"))


@pytest.fixture
def anna(make_user: MakeUser) -> User:
    return make_user("anna", "analyst")


def test_who_the_company_names_comes_in_and_stays_the_same_under_another_name(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    assert "Sign in with Example &amp; Co" in client.get("/sign-in").content.decode()
    assert come_in(client, issuer).headers["Location"] == "/me"
    assert "Anna" in client.get("/me").content.decode()
    assert Event.objects.filter(code="people.signed-in").latest("id").slots["company"] is True
    issuer.person["preferred_username"] = "anna.li"
    other = Client()
    assert come_in(other, issuer).headers["Location"] == "/me"
    assert Identity.objects.get().user == anna
    assert User.objects.count() == 1


def test_at_the_end_one_is_told_that_the_company_still_knows_the_browser(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    come_in(client, issuer)
    assert client.post("/sign-out").headers["Location"] == "/signed-out"
    page = client.get("/signed-out").content.decode()
    assert f"{issuer.address}/end?client_id=tierwise&amp;post_logout_redirect_uri=" in page
    assert client.get("/me").status_code == 302
    client.force_login(anna)
    assert client.post("/sign-out").headers["Location"] == "/sign-in"


def test_a_stranger_is_refused_unless_strangers_are_welcome(
    issuer: Issuer, configured: Callable[..., None], make_user: MakeUser, client: Client
):
    make_user("bob", "admin")
    refused = come_in(client, issuer)
    assert refused.status_code == 422
    assert "ask an administrator" in refused.content.decode()
    assert not User.objects.filter(username="anna").exists()
    configured(NEW="1")
    assert come_in(client, issuer).status_code == 302
    made = User.objects.get(username="anna")
    assert (made.name, made.roles, made.has_usable_password()) == ("安娜 Anna", frozenset(), False)


def test_a_name_that_went_to_somebody_else_does_not_bring_the_rights_of_the_one_before(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    come_in(client, issuer)
    issuer.person["sub"] = "somebody else"
    assert come_in(Client(), issuer).status_code == 422
    User.objects.filter(pk=anna.pk).update(is_active=False)
    issuer.person["sub"] = "7f3"
    assert come_in(Client(), issuer).status_code == 422, "who left"


def test_roles_and_unit_follow_what_the_company_says_and_those_given_by_hand_stay(
    issuer: Issuer, configured: Callable[..., None], anna: User, tree: dict[str, OrgUnit], client: Client
):
    configured(MAP=RULES)
    issuer.person |= {"groups": ["sales", "others"], "department": "North"}
    come_in(client, issuer)
    now = User.objects.get(pk=anna.pk)
    assert (now.roles, now.org_unit) == ({"analyst", "account_manager"}, tree["north"])
    issuer.person["groups"] = "boss"
    come_in(Client(), issuer)
    assert User.objects.get(pk=anna.pk).roles == {"analyst", "approver"}
    issuer.person.pop("groups")
    come_in(Client(), issuer)
    assert User.objects.get(pk=anna.pk).roles == {"analyst"}
    told = Event.objects.filter(code="people.changed").latest("id").slots
    assert (told["before"], told["roles"], told["by"]) == (["approver"], [], "oidc")


def test_an_address_is_believed_only_when_it_was_proved(
    issuer: Issuer, configured: Callable[..., None], make_user: MakeUser, client: Client
):
    make_user("anna@example.com", "analyst")
    configured(USERNAME="email")
    issuer.person["email"] = "anna@example.com"
    assert come_in(client, issuer).status_code == 422
    issuer.person["email_verified"] = True
    assert come_in(client, issuer).status_code == 302


def _moment(value: Any) -> Any:
    """A time from now as the seconds of a claim; made when the test runs, so that its name stays the same."""
    return int(time.time() + value.total_seconds()) if isinstance(value, timedelta) else value


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": timedelta(minutes=-2)},
        {"exp": None},
        {"iat": timedelta(hours=1)},
        {"nbf": timedelta(hours=1)},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
    ],
    ids=lambda claims: "-".join(f"{name}={value}" for name, value in claims.items())[:30],
)
def test_a_token_that_says_something_else_lets_nobody_in(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client, claims: dict[str, Any]
):
    issuer.claims = {name: _moment(value) for name, value in claims.items()}
    assert come_in(client, issuer).status_code == 422
    assert client.get("/me").status_code == 302
    assert not Identity.objects.exists()


def _bare(claims: dict[str, Any], alg: str, secret: bytes = b"") -> str:
    """A token with the signature of a shared secret, or with none."""
    parts = [json.dumps(part).encode() for part in ({"alg": alg, "kid": "one"}, claims)]
    said = ".".join(_text(part) for part in parts)
    return f"{said}.{_text(hmac.digest(secret, said.encode(), 'sha256')) if secret else ''}"


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def test_a_token_that_the_company_did_not_sign_lets_nobody_in(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    thief = RSAKey.generate_key(2048, {"kid": "one"})
    public = issuer.keys[0].as_pem(private=False)  # known to everybody: no secret to sign with
    forged: list[Callable[[dict[str, Any]], str]] = [
        lambda claims: _bare(claims, "none"),
        lambda claims: _bare(claims, "RS256"),
        lambda claims: _bare(claims, "None", b"x"),
        lambda claims: issuer.signed(claims, thief),
        lambda claims: _bare(claims, "HS256", public),
        lambda claims: issuer.signed(claims)[:-6] + "AAAAAA",
        lambda claims: "not a token",
        lambda claims: "",
    ]
    for issuer.forged in forged:
        assert come_in(client, issuer).status_code == 422
        assert client.get("/me").status_code == 302
    issuer.forged = None
    assert come_in(client, issuer).status_code == 302


def test_new_keys_of_the_company_are_fetched_when_a_token_names_one(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    come_in(client, issuer)
    assert issuer.paths.count("/realm/keys") == 1
    issuer.keys = [RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})]
    assert come_in(Client(), issuer).status_code == 302
    assert issuer.paths.count("/realm/keys") == 2


def test_only_the_browser_that_went_away_comes_back_and_once(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    back = issuer.authorize(client.get("/sign-in/company").headers["Location"]).removeprefix(
        "http://testserver"
    )
    assert Client().get(back).status_code == 422, "another browser"
    assert client.get(back.replace("state=", "state=x")).status_code == 422
    assert client.get(back).status_code == 422, "used up by the forged state"
    back = issuer.authorize(client.get("/sign-in/company").headers["Location"]).removeprefix(
        "http://testserver"
    )
    assert client.get(back.replace("iss=", "iss=https://evil.example")).status_code == 422
    assert client.get("/sign-in/company/back?error=access_denied").status_code == 422
    assert client.get("/me").status_code == 302


def test_nobody_is_sent_to_another_site(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    sent = client.get("/sign-in/company?next=//evil.example/")
    back = issuer.authorize(sent.headers["Location"]).removeprefix("http://testserver")
    assert client.get(back).headers["Location"] == "/"


def test_who_has_a_second_factor_here_is_asked_for_it(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    anna.passkeys.create(name="x", credential="x", public_key="x", handle="x", made_at="2026-11-02T00:00:00Z")
    assert come_in(client, issuer).headers["Location"] == "/sign-in/code?next=%2Fme"
    assert client.get("/me").status_code == 302


def test_a_company_sign_in_that_is_away_or_says_nonsense_is_told(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    for about in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/t"},
        {"jwks_uri": 7},
    ):
        issuer.about = about
        page = client.get("/sign-in/company")
        assert page.status_code == 422
        assert "does not answer as it should" in page.content.decode()
    configured(ISSUER="http://127.0.0.1:9/realm")
    assert client.get("/sign-in/company").status_code == 422
    assert client.get("/signed-out").status_code == 200
    assert client.get("/sign-in").status_code == 200


def test_without_settings_there_is_none_and_nothing_is_asked(client: Client, anna: User):
    for address in ("/sign-in/company", "/sign-in/company/back", "/signed-out"):
        assert client.get(address).status_code == 404
    assert "company" not in client.get("/sign-in").content.decode()


@pytest.mark.parametrize(
    "said",
    [
        {"ISSUER": "http://login.example.com", "CLIENT_ID": "x"},
        {"ISSUER": "https://login.example.com"},
        {"ISSUER": "https://login.example.com", "CLIENT_ID": "x", "MAP": "groups:a=role:king"},
        {"ISSUER": "https://login.example.com", "CLIENT_ID": "x", "MAP": "groups=role:admin"},
        {"ISSUER": "https://login.example.com", "CLIENT_ID": "x", "MAP": "groups:a=x:admin"},
    ],
)
def test_settings_that_make_no_sense_are_refused(said: dict[str, str]):
    with pytest.raises(TierwiseError, match="TIERWISE_OIDC_"):
        provider({f"TIERWISE_OIDC_{name}": value for name, value in said.items()})


def test_nobody_comes_in_before_the_first_administrator(
    issuer: Issuer, configured: Callable[..., None], client: Client
):
    configured(NEW="1")
    assert client.get("/sign-in/company").headers["Location"] == "/set-up"
    assert not User.objects.exists()


@pytest.mark.parametrize("name", [" anna", "anna\u3000", "ａｎｎａ"])
def test_nobody_comes_in_under_a_name_that_looks_like_anothers(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client, name: str
):
    configured(NEW="1")
    issuer.person["preferred_username"] = name
    assert come_in(client, issuer).status_code == 422
    assert User.objects.count() == 1


def test_who_came_by_the_company_with_a_second_factor_is_told_at_the_end_as_well(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    anna.passkeys.create(name="x", credential="x", public_key="x", handle="x", made_at="2026-11-02T00:00:00Z")
    code = codes_if_none(anna)[0]
    come_in(client, issuer)
    assert client.post("/sign-in/code", {"code": code}).status_code == 302
    assert client.post("/sign-out").headers["Location"] == "/signed-out"


def test_a_provider_that_is_away_holds_nobody_long_and_is_not_asked_again_at_once(
    configured: Callable[..., None], anna: User, client: Client, slow_issuer: Callable[[bytes], str]
):
    for dripping in (b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"):
        cache.clear()
        configured(ISSUER=slow_issuer(dripping))
        first, again = (_seconds_refused(client) for _ in range(2))  # the server would go on for ever
        assert again < first / 2


def _seconds_refused(client: Client) -> float:
    began = time.monotonic()
    assert client.get("/sign-in/company").status_code == 422
    return time.monotonic() - began


@pytest.fixture
def slow_issuer() -> Iterator[Callable[[bytes], str]]:
    """A server that takes connections and says nothing more, or a little every half second."""
    listening, done = [], threading.Event()

    def answer(server: socket.socket, begin: bytes) -> None:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.sendall(begin)
                while not done.wait(0.5):
                    connection.sendall(b" " if begin else b"")

    def start(begin: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)
        threading.Thread(target=answer, args=(server, begin), daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/realm"

    yield start
    done.set()
    for server in listening:
        server.close()


def test_a_provider_that_is_back_is_asked_again(
    issuer: Issuer,
    configured: Callable[..., None],
    anna: User,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(oidc, "AWAY_SECONDS", 0.2)
    issuer.about = {"jwks_uri": 7}
    assert client.get("/sign-in/company").status_code == 422
    issuer.about = {}
    time.sleep(0.3)
    assert come_in(client, issuer).headers["Location"] == "/me"


def test_a_claim_whose_name_has_a_colon_gives_its_role(
    issuer: Issuer, configured: Callable[..., None], anna: User, client: Client
):
    configured(MAP="https%3A//crm.example/roles:sales%2Ceast=role:account_manager")
    issuer.claims = {"https://crm.example/roles": ["sales,east"]}
    come_in(client, issuer)
    assert User.objects.get(pk=anna.pk).roles == {"analyst", "account_manager"}


@pytest.mark.parametrize("between", ["_linked", "_added"])
def test_two_first_sign_ins_of_one_person_at_one_moment_are_one_person(
    issuer: Issuer, configured: Callable[..., None], anna: User, monkeypatch: pytest.MonkeyPatch, between: str
):
    configured(NEW="1", MAP="groups:sales=role:account_manager")
    claims = {"sub": "9", "preferred_username": "zoe", "groups": ["sales"]}
    real, other = getattr(identities, between), []

    def overtaken(*asked: Any, **more: Any) -> User:
        if not other:  # the other one comes in after this one was looked for, and before it is made
            other.append("zoe")
            person_of(web_settings.OIDC, claims, at=AT)
        return real(*asked, **more)

    monkeypatch.setattr(identities, between, overtaken)
    assert person_of(web_settings.OIDC, claims, at=AT).username == "zoe"
    assert User.objects.filter(username="zoe").count() == 1
    assert User.objects.get(username="zoe").roles == {"account_manager"}
