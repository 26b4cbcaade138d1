"""Forms of people, with labels and mistakes in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator

from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.common.words import language
from tierwise_web.people.models import User
from tierwise_web.people.passwords import NOT_TWICE, refuse_weak
from tierwise_web.people.roles import ROLES
from tierwise_web.people.services import Person

REQUIRED = Text("Please fill this in.", "请填写此项。")
PLAIN_NAME = Text("Letters, digits and . _ - @ only.", "只能使用字母、数字和 . _ - @。")
NO_DAY = Text("This is not a day, such as 2026-10-31.", "日期格式应为 2026-10-31。")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
BEYOND = Text(f"A day from {FIRST_DAY} to {LAST_DAY}, please.", f"日期须在 {FIRST_DAY} 至 {LAST_DAY} 之间。")
"""Calendars end: the moments about the very first and last day are none."""
TYPE_AGAIN = Text(
    "A password is not kept: please type it again. It was not changed.",
    "密码不会保留，请重新输入；密码尚未更改。",
)


class Plain(forms.Form):
    """A form whose mistakes speak the language of the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = REQUIRED.in_lang(language())

    def refuse(self, error: TierwiseError) -> None:
        """Shows a refusal beside its field, or above the form."""
        for problem in error.problems:
            self.add_error(problem.column if problem.column in self.fields else None, problem.say(language()))


def _same(form: Plain) -> str:
    """What was typed twice; where the first was refused, that is said alone."""
    again = str(form.cleaned_data["again"])
    if "password" in form.cleaned_data and again != form.cleaned_data["password"]:
        raise forms.ValidationError(NOT_TWICE.in_lang(language()))
    return again


class SignIn(Plain):
    """Name and password."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(strip=False, max_length=1000)


class PasswordForm(Plain):
    """Another password of one's own."""

    present = forms.CharField(strip=False, max_length=1000)
    password = forms.CharField(strip=False, max_length=1000)
    again = forms.CharField(strip=False, max_length=1000)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password(self) -> str:
        """The password, unless it is too short or too common."""
        password = str(self.cleaned_data["password"])
        refuse_weak(password, self._user)
        return password

    def clean_again(self) -> str:
        """The same once more."""
        return _same(self)


class Code(Plain):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(max_length=40)


class PasskeyForm(Plain):
    """A new passkey: what it is called, and the password of who adds it, if there is one."""

    name = forms.CharField(max_length=100, required=False)
    password = forms.CharField(strip=False, max_length=1000, required=False)


class SetUp(Plain):
    """The first administrator."""

    code = forms.CharField(max_length=100)
    name = forms.CharField(max_length=150)
    username = forms.CharField(max_length=150)
    password = forms.CharField(strip=False, max_length=1000)
    again = forms.CharField(strip=False, max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check = RegexValidator(r"^[\w.@-]+\Z", PLAIN_NAME.in_lang(language()))
        self.fields["username"].validators.append(check)

    def clean_password(self) -> str:
        """The password, unless it is too short or too common."""
        password = str(self.cleaned_data["password"])
        names = {name: self.cleaned_data.get(name, "") for name in ("username", "name")}
        refuse_weak(password, User(**names))
        return password

    def clean_again(self) -> str:
        """The same once more."""
        return _same(self)


class PersonForm(Plain):
    """What an administrator says about somebody; a password only for a new one, or to set another."""

    username = forms.CharField(max_length=150)
    name = forms.CharField(max_length=150)
    password = forms.CharField(strip=False, max_length=1000, required=False)
    unit = forms.CharField(max_length=100, required=False)
    staff_name = forms.CharField(max_length=150, required=False)
    agent_code = forms.CharField(max_length=100, required=False)
    roles = forms.MultipleChoiceField(choices=[(code, code) for code in ROLES], required=False)
    active = forms.BooleanField(required=False)
    seen = forms.CharField(max_length=16, required=False)

    def __init__(self, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = new
        self.fields["username"].validators.append(
            RegexValidator(r"^[\w.@-]+\Z", PLAIN_NAME.in_lang(language()))
        )

    def clean_password(self) -> str:
        """The password, if there is one, unless it is too short or too common."""
        password = str(self.cleaned_data["password"])
        if password:
            refuse_weak(password, User(username=self.cleaned_data.get("username", "")))
        return password

    def ask_password_again(self) -> None:
        """Says that a password is never sent back, where the form is."""
        if self.errors and self.data.get("password") and not self.has_error("password"):
            self.add_error("password", TYPE_AGAIN.in_lang(language()))

    def person(self) -> Person:
        """What was said."""
        said = self.cleaned_data
        return Person(
            said["username"], said["name"], frozenset(said["roles"]), said["unit"], said["staff_name"],
            said["agent_code"], said["active"],
        )  # fmt: skip


class LogForm(Plain):
    """What somebody looks for in the log."""

    who = forms.CharField(max_length=150, required=False)
    code = forms.CharField(max_length=60, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    words = forms.CharField(max_length=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("since", "until"):
            field, beyond = self.fields[name], BEYOND.in_lang(language())
            field.error_messages["invalid"] = NO_DAY.in_lang(language())
            field.validators += [MinValueValidator(FIRST_DAY, beyond), MaxValueValidator(LAST_DAY, beyond)]


class UnitForm(Plain):
    """A unit of the organisation."""

    code = forms.CharField(max_length=100)
    name = forms.CharField(max_length=200, required=False)
    parent = forms.CharField(max_length=100, required=False)


class UnitChange(Plain):
    """Another name or place of a unit; its code stays, because the book speaks of it."""

    name = forms.CharField(max_length=200)
    parent = forms.CharField(max_length=100, required=False)
    seen = forms.CharField(max_length=16, required=False)
