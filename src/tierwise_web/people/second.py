"""A second factor at sign-in: codes of an authenticator app, and codes for the day when the phone is gone.

RFC 6238 with the parameters that all apps know: six digits, thirty seconds, one step of tolerance each way.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.text import Lang
from tierwise_web.audit.services import record
from tierwise_web.people.models import RecoveryCode, SecondFactor, User

ISSUER = "Tierwise"
STEP_SECONDS, TOLERATED = 30, 1
CODES, CODE_BYTES = 10, 5
EVERYBODY = "all"


def is_required(user: User) -> bool:
    """Whether one of the person's roles may come in with a second factor only."""
    asked = set(settings.SECOND_FACTOR_ROLES)
    return EVERYBODY in asked or bool(asked & user.roles)


def has_one(user: User) -> bool:
    """Whether the person has a second factor of any kind: an app or a passkey."""
    return has_app(user) or user.passkeys.exists()


def has_app(user: User) -> bool:
    """Whether the person has an authenticator app."""
    return SecondFactor.objects.filter(user=user).exists()


def new_secret() -> str:
    """A key for an app that has none yet."""
    return pyotp.random_base32()


def address_of(user: User, secret: str) -> str:
    """What the picture says that an app photographs."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)


@transaction.atomic
def turn_on(user: User, secret: str, code: str, *, at: datetime) -> list[str]:
    """From now on codes of this key are asked for. Returns the recovery codes. **Raises** ``web.wrong-code``."""
    step = _step_of(secret, code, at, after=0)
    if step is None:
        raise _wrong()
    SecondFactor.objects.filter(user=user).delete()
    SecondFactor.objects.create(user=user, secret=secret, last_step=step, since=at)
    record("people.second-factor-on", user=user, at=at, username=user.username)
    return _codes_of(user)


@transaction.atomic
def let_in(user: User, code: str, *, at: datetime) -> bool:
    """Whether a code of the app or a recovery code lets in; it is used up then."""
    kept = SecondFactor.objects.select_for_update().filter(user=user).first()
    step = _step_of(kept.secret, code, at, after=kept.last_step) if kept else None
    if kept is not None and step is not None:
        kept.last_step = step
        kept.save(update_fields=["last_step"])
        return True
    used, _ = RecoveryCode.objects.filter(user=user, digest=_digest(code)).delete()
    if used:
        record("people.recovery-code-used", user=user, at=at, username=user.username)
    return bool(used)


@transaction.atomic
def new_codes(user: User, code: str, *, at: datetime) -> list[str]:
    """Ten new recovery codes; those before are void. **Raises** ``web.wrong-code``."""
    if not let_in(user, code, at=at):
        raise _wrong()
    record("people.recovery-codes-made", user=user, at=at, username=user.username)
    return _codes_of(user)


@transaction.atomic
def turn_off(user: User, code: str, *, at: datetime) -> None:
    """No code is asked for any more. **Raises** ``web.wrong-code``, ``web.second-factor-needed``."""
    if is_required(user) and not user.passkeys.exists():
        raise fail(
            "web.second-factor-needed",
            "your roles need a second factor; it cannot be turned off",
            "您的角色必须使用两步验证，无法关闭",
        )
    if not let_in(user, code, at=at):
        raise _wrong()
    SecondFactor.objects.filter(user=user).delete()
    if not has_one(user):
        forget_codes(user)
    record("people.second-factor-off", user=user, at=at, username=user.username)


@transaction.atomic
def take_away(user: User, *, actor: User, at: datetime) -> None:
    """An administrator's help for who lost devices and codes: the next sign-in needs the password alone."""
    SecondFactor.objects.filter(user=user).delete()
    user.passkeys.all().delete()
    forget_codes(user)
    record("people.second-factor-taken-away", user=actor, at=at, username=user.username)


def codes_if_none(user: User) -> list[str]:
    """Recovery codes for who has none yet."""
    return [] if user.recovery_codes.exists() else _codes_of(user)


def forget_codes(user: User) -> None:
    """Recovery codes are for who has a second factor."""
    RecoveryCode.objects.filter(user=user).delete()


def _step_of(secret: str, code: str, at: datetime, *, after: int) -> int | None:
    """The step of time whose code this is, if it is one that has not let in yet."""
    asked = "".join(code.split())
    now = int(at.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    for step in range(now - TOLERATED, now + TOLERATED + 1):
        if step > after and secrets.compare_digest(app.generate_otp(step).encode(), asked.encode()):
            return step
    return None


def _codes_of(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [_grouped(secrets.token_hex(CODE_BYTES)) for _ in range(CODES)]
    _keep(user, codes)
    return codes


def _keep(user: User, codes: Iterable[str]) -> None:
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digest(code)) for code in codes])


def _grouped(code: str) -> str:
    return f"{code[:5]}-{code[5:]}"


def _digest(code: str) -> str:
    plain = "".join(c for c in code.lower() if c.isalnum())
    return salted_hmac("tierwise.people.recovery", plain, algorithm="sha256").hexdigest()


def wrong(lang: Lang) -> str:
    """What is said of a code that does not let in."""
    return _wrong().problems[0].say(lang)


def _wrong() -> TierwiseError:
    return fail(
        "web.wrong-code",
        "this code does not fit, or was used already; wait for the next one",
        "验证码不正确或已使用，请等待下一个验证码",
        column="code",
    )
