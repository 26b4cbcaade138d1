"""Passkeys: keys that a device keeps and lets out after a look at finger, face or PIN. Source: spec 12.5.

One lets in alone, because it is a thing one has and the device asked who holds it; after a password it is the second
factor. Only its public half is known here. W3C Web Authentication, through ``webauthn``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

import webauthn
from django.db import transaction
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.audit.services import record
from tierwise_web.people.models import Passkey, User
from tierwise_web.people.second import codes_if_none, forget_codes, is_required

if TYPE_CHECKING:
    from django.http import HttpRequest

NAME = "Tierwise"
MOST = 20
ALWAYS = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Place:
    """Where keys belong to: the name under which the application was asked for, and what browsers say of it."""

    name: str
    origins: list[str]


def place_of(request: HttpRequest) -> Place | None:
    """The place of a request; none where browsers have no passkeys: under a bare number."""
    host = request.get_host()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and ":" in host else host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        # a proxy may end the encryption without telling; browsers refuse passkeys on unencrypted pages of other machines
        return Place(name, [f"https://{host}", *([f"http://{host}"] if name == "localhost" else [])])
    return None


def asked_to_make(user: User, place: Place) -> tuple[str, bytes, bytes]:
    """What a browser is told to make a key, as JSON; the challenge that the answer has to carry; the person's handle."""
    known = list(user.passkeys.all())
    options = webauthn.generate_registration_options(
        rp_id=place.name,
        rp_name=NAME,
        user_name=user.username,
        user_display_name=user.name,
        user_id=base64url_to_bytes(known[0].handle) if known else secrets.token_bytes(32),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=ALWAYS
        ),
        exclude_credentials=_described(known),
    )
    return webauthn.options_to_json(options), options.challenge, options.user.id


def asked_to_show(place: Place, user: User | None = None) -> tuple[str, bytes]:
    """What a browser is told to show a key: one of a person's, or any that it has for this place."""
    known = _described(list(user.passkeys.all())) if user else None
    options = webauthn.generate_authentication_options(
        rp_id=place.name, allow_credentials=known, user_verification=ALWAYS
    )
    return webauthn.options_to_json(options), options.challenge


def _described(keys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential)) for key in keys]


@transaction.atomic
def add(
    user: User, answer: str, challenge: bytes, place: Place, *, handle: str, name: str, at: datetime
) -> list[str]:
    """Keeps a new key; recovery codes, where the person has none. **Raises** ``web.passkey-refused``, ``web.many-passkeys``."""
    if user.passkeys.count() >= MOST:
        raise fail("web.many-passkeys", "remove a passkey first", "请先删除一个通行密钥")
    try:
        made = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=place.name, expected_origin=place.origins,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise refused() from None
    credential = bytes_to_base64url(made.credential_id)
    if Passkey.objects.filter(credential=credential).exists():
        raise refused()
    Passkey.objects.create(
        user=user, credential=credential, public_key=bytes_to_base64url(made.credential_public_key), handle=handle,
        sign_count=made.sign_count, name=" ".join(name.split())[:100] or place.name, made_at=at,
    )  # fmt: skip
    record("people.passkey-added", user=user, at=at, username=user.username)
    return codes_if_none(user)


@transaction.atomic
def let_in(
    answer: str, challenge: bytes, place: Place, *, at: datetime, user: User | None = None
) -> User | None:
    """Whose key answered, if it answered rightly; with ``user``, nobody else's will do."""
    try:
        shown = parse_authentication_credential_json(answer)
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    keys = Passkey.objects.select_for_update().select_related("user").filter(user__is_active=True)
    key = keys.filter(credential=bytes_to_base64url(shown.raw_id)).first()
    if key is None or (user is not None and key.user_id != user.pk):
        return None
    handle = shown.response.user_handle
    if handle and bytes_to_base64url(handle) != key.handle:
        return None
    try:
        proved = webauthn.verify_authentication_response(
            credential=shown, expected_challenge=challenge, expected_rp_id=place.name, expected_origin=place.origins,
            credential_public_key=base64url_to_bytes(key.public_key), credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    key.sign_count, key.used_at = proved.new_sign_count, at
    key.save(update_fields=["sign_count", "used_at"])
    return key.user


@transaction.atomic
def remove(user: User, key: Passkey, *, at: datetime) -> None:
    """Forgets a key of one's own. **Raises** ``web.second-factor-needed`` for the last factor of who needs one."""
    others = user.passkeys.exclude(pk=key.pk).exists() or hasattr(user, "second_factor")
    if is_required(user) and not others:
        raise fail(
            "web.second-factor-needed",
            "your roles need a second factor; add another one first",
            "您的角色必须使用两步验证，请先添加另一种方式",
        )
    record("people.passkey-removed", user=user, at=at, username=user.username)
    key.delete()
    if not others:
        forget_codes(user)


def refused() -> TierwiseError:
    """The refusal of a key that does not prove what it should."""
    return fail(
        "web.passkey-refused",
        "this passkey was not accepted; try again",
        "该通行密钥未被接受，请重试",
    )
