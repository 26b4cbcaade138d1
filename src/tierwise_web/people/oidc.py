"""Signing in with the company's own sign-in: OpenID Connect, authorization code with PKCE.

Nothing that a browser brings is believed: the token comes from the provider itself, over its own connection, and its
signature, issuer, audience, time and nonce are checked. RFC 6749, 7636, 9207; OpenID Connect Core 3.1.
"""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.core.cache import cache
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.people.provider import Provider, safe

SIGNED_BY = ["RS256", "PS256", "ES256"]
"""Signatures with a key of which the provider alone has the secret half; never ``none``, never a shared secret."""
PATIENCE_SECONDS, AWAY_SECONDS, KEPT_SECONDS, TOLERATED_SECONDS = 3, 15, 600, 60
"""A provider has so long for an answer, and who was away is not asked again for a while: few threads serve everybody."""
MOST_BYTES, PIECE_BYTES = 1 << 20, 1 << 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What this browser was sent away with, and has to come back with."""

    state: str
    nonce: str
    verifier: str


def ask() -> Asked:
    """New secrets for one sign-in."""
    return Asked(*(secrets.token_urlsafe(32) for _ in range(3)))


def address(provider: Provider, asked: Asked, back: str) -> str:
    """Where the browser goes. **Raises** ``web.oidc-away``."""
    said = {
        "response_type": "code",
        "client_id": provider.client,
        "redirect_uri": back,
        "scope": "openid profile email",
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": urlsafe_b64encode(sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{_about(provider)['authorization_endpoint']}?{urlencode(said)}"


def address_of_end(provider: Provider, back: str) -> str | None:
    """Where a browser signs out of the provider, too; none where there is no such place, or it is away."""
    try:
        end = _about(provider).get("end_session_endpoint")
    except TierwiseError:
        return None
    said = {"client_id": provider.client, "post_logout_redirect_uri": back}
    return f"{end}?{urlencode(said)}" if isinstance(end, str) and safe(end) else None


def claims_of(provider: Provider, asked: Asked, code: str, back: str) -> dict[str, Any]:
    """What the provider says of who signed in. **Raises** ``web.oidc-away``, ``web.oidc-refused``."""
    said = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": provider.client,
        "code_verifier": asked.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if provider.secret:
        pair = f"{quote(provider.client, safe='')}:{quote(provider.secret, safe='')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    answer = _fetched(provider, str(_about(provider)["token_endpoint"]), urlencode(said).encode(), headers)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise refused()
    return _checked(provider, asked, token)


def _checked(provider: Provider, asked: Asked, token: str) -> dict[str, Any]:
    try:
        claims = _decoded(provider, token)
        registry = jwt.JWTClaimsRegistry(
            leeway=TOLERATED_SECONDS,
            iss={"essential": True, "value": str(_about(provider)["issuer"])},
            aud={"essential": True, "value": provider.client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True},
        )
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise refused() from None
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    meant = claims.get("azp") == provider.client if others or "azp" in claims else True
    if not (
        meant and constant_time_compare(str(claims["nonce"]), asked.nonce) and isinstance(claims["sub"], str)
    ):
        raise refused()
    return claims


def _decoded(provider: Provider, token: str) -> dict[str, Any]:
    """The claims of a token that a key of the provider signed; keys that are newer than ours are fetched once."""
    try:
        return dict(jwt.decode(token, _keys(provider), algorithms=SIGNED_BY).claims)
    except InvalidKeyIdError:
        cache.delete(_name("keys", provider))
        return dict(jwt.decode(token, _keys(provider), algorithms=SIGNED_BY).claims)


def _keys(provider: Provider) -> KeySet:
    found = cache.get(_name("keys", provider))
    if found is None:
        found = _fetched(provider, str(_about(provider)["jwks_uri"]))
        cache.set(_name("keys", provider), found, KEPT_SECONDS)
    # keys of kinds that we do not take (shared secrets above all) are not there
    return KeySet.import_key_set({"keys": [key for key in found["keys"] if key.get("kty") in ("RSA", "EC")]})


def _about(provider: Provider) -> dict[str, Any]:
    """What the provider says of itself; asked once in a while."""
    found: dict[str, Any] | None = cache.get(_name("about", provider))
    if found is None:
        found = _fetched(provider, f"{provider.issuer}/.well-known/openid-configuration")
        ends = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if str(found.get("issuer", "")).rstrip("/") != provider.issuer or not all(
            isinstance(end, str) and safe(end) for end in ends
        ):
            raise away()
        cache.set(_name("about", provider), found, KEPT_SECONDS)
    return found


def _name(what: str, provider: Provider) -> str:
    return f"oidc-{what}-{sha256(provider.issuer.encode()).hexdigest()}"


class _Stay(HTTPRedirectHandler):
    """Secrets do not follow a provider elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        """Goes nowhere."""


_OPENER = build_opener(_Stay)


def _fetched(
    provider: Provider, place: str, data: bytes | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address of the provider; who was away a moment ago is not waited for again.

    **Raises** ``web.oidc-away``, ``web.oidc-refused``.
    """
    if cache.get(_name("away", provider)):
        raise away()
    request = Request(place, data=data, headers={"Accept": "application/json", **(headers or {})})
    try:
        found = json.loads(_read(request))
        if isinstance(found, dict):
            return found
    except HTTPError as error:
        if data and error.code < 500:
            raise refused() from None
    except (OSError, HTTPException, ValueError):
        pass
    cache.set(_name("away", provider), True, AWAY_SECONDS)
    raise away()


def _read(request: Request) -> bytes:
    """An answer that comes in time and is not too long; the timeout of a connection is that of each piece alone."""
    until, found = time.monotonic() + PATIENCE_SECONDS, b""
    with _OPENER.open(request, timeout=PATIENCE_SECONDS) as answer:
        while piece := answer.read1(PIECE_BYTES):
            found += piece
            if time.monotonic() > until or len(found) > MOST_BYTES:
                raise TimeoutError
    return found


def away() -> TierwiseError:
    """The provider does not answer, or not as one."""
    return fail(
        "web.oidc-away",
        "the company sign-in does not answer as it should; try again, or sign in with name and password",
        "公司统一登录未正常响应，请重试或使用用户名和密码登录",
    )


def refused() -> TierwiseError:
    """What came back proves nothing."""
    return fail(
        "web.oidc-refused",
        "the company sign-in was not accepted; begin again",
        "公司统一登录未被接受，请重新开始",
    )
