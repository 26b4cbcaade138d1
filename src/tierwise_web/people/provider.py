"""The company's own sign-in (OpenID Connect), as the environment declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.people.roles import ROLES

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has a value in a claim has a role, or belongs to a unit."""

    claim: str
    value: str
    gives: str
    """``role`` or ``unit``."""
    code: str

    def fits(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claims have the value: alone or in a list."""
        said = claims.get(self.claim)
        return self.value in (said if isinstance(said, list) else [said])


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people of the company sign in, and what follows from what is said of them."""

    issuer: str
    client: str
    secret: str
    title: str
    username: str
    """The claim that is the user name here, when somebody comes for the first time."""
    rules: tuple[Rule, ...]
    makes_people: bool
    """Whether somebody unknown becomes a user."""


def provider(environ: Mapping[str, str]) -> Provider | None:
    """What ``TIERWISE_OIDC_…`` says; none where there is no issuer. **Raises** ``web.oidc``."""
    issuer = environ.get("TIERWISE_OIDC_ISSUER", "").rstrip("/")
    if not issuer:
        return None
    client = environ.get("TIERWISE_OIDC_CLIENT_ID", "")
    if not safe(issuer) or not client:
        raise _wrong("TIERWISE_OIDC_ISSUER=https://… TIERWISE_OIDC_CLIENT_ID=…")
    return Provider(
        issuer,
        client,
        environ.get("TIERWISE_OIDC_CLIENT_SECRET", ""),
        environ.get("TIERWISE_OIDC_TITLE") or (urlsplit(issuer).hostname or issuer),
        environ.get("TIERWISE_OIDC_USERNAME", "preferred_username"),
        tuple(
            _rule(word.strip()) for word in environ.get("TIERWISE_OIDC_MAP", "").split(",") if word.strip()
        ),
        environ.get("TIERWISE_OIDC_NEW") == "1",
    )


def safe(address: str) -> bool:
    """Whether an address is encrypted, or of this machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


def _rule(word: str) -> Rule:
    """``claim:value=role:code`` or ``claim:value=unit:code``; what would divide it is written as in an address (%3A)."""
    said, _, given = word.rpartition("=")
    claim, value = (unquote(part) for part in said.partition(":")[::2])
    gives, _, code = given.partition(":")
    if (
        not (claim and value and code)
        or gives not in ("role", "unit")
        or (gives == "role" and code not in ROLES)
    ):
        raise _wrong(
            f"TIERWISE_OIDC_MAP=groups:sales=role:account_manager,department:East=unit:east ({word})"
        )
    return Rule(claim, value, gives, code)


def _wrong(example: str) -> TierwiseError:
    return fail(
        "web.oidc",
        "the settings of the company sign-in cannot be understood; they look like {example}",
        "公司统一登录的设置无法识别，应形如 {example}",
        example=example,
    )
