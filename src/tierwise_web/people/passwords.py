"""Passwords: which are good enough, in both languages, and how one changes one's own."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import get_default_password_validators
from django.core.exceptions import ValidationError
from django.db import transaction

from tierwise.kernel.errors import TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise_web.audit.services import record
from tierwise_web.common.words import language
from tierwise_web.people.models import User

WEAK = {
    "password_too_short": Text(
        "This password is too short: at least {min_length} characters.",
        "密码太短，至少 {min_length} 个字符。",
    ),
    "password_too_common": Text("This password is too common.", "该密码太常见。"),
    "password_too_similar": Text("This password is too like the user name.", "该密码与用户名过于相似。"),
}
"""What is said of a password, by the codes of Django's validators, whose own words are not all in Chinese."""
NOT_TWICE = Text("This is not what you typed above.", "两次输入的密码不一致。")


def refuse_weak(password: str, user: User) -> None:
    """**Raises** ``ValidationError`` with words for a form where the password is easily guessed."""
    said = []
    for validator in get_default_password_validators():
        try:
            validator.validate(password, user)
        except ValidationError as error:
            said += [WEAK[one.code or ""].fill(language(), **(one.params or {})) for one in error.error_list]
    if said:
        raise ValidationError(said)


@transaction.atomic
def change_own(user: User, present: str, new: str, *, at: datetime) -> None:
    """Sets another password; with it every other session of the person ends. **Raises** ``web.no-password``,
    ``web.wrong-password``, ``web.same-password``."""
    user.refresh_from_db(fields=["password"], from_queryset=User.objects.select_for_update())
    if not user.has_usable_password():
        raise no_password()
    if not user.check_password(present):
        raise fail("web.wrong-password", "this is not your password", "密码不正确", column="present")
    if present == new:
        raise fail(
            "web.same-password", "this is your password already", "新密码与当前密码相同", column="password"
        )
    user.set_password(new)
    user.password_given = False
    user.save(update_fields=["password", "password_given"])
    record("people.password-changed", user=user, at=at)


def no_password() -> TierwiseError:
    """Who comes in without a password has none to change."""
    return fail(
        "web.no-password",
        "you have no password here: you come in with the company's sign-in or a passkey",
        "您在此没有密码：请使用企业账号或通行密钥登录",
    )
