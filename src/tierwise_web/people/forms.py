"""Forms of people, with labels and mistakes in both languages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator

from tierwise.kernel.text import Text
from tierwise_web.common.words import language
from tierwise_web.people.models import User

REQUIRED = Text("Please fill this in.", "请填写此项。")
PLAIN_NAME = Text("Letters, digits and . _ - @ only.", "只能使用字母、数字和 . _ - @。")


class Plain(forms.Form):
    """A form whose mistakes speak the language of the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = REQUIRED.in_lang(language())


class SignIn(Plain):
    """Name and password."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(strip=False, max_length=1000)


class SetUp(Plain):
    """The first administrator."""

    code = forms.CharField(max_length=100)
    name = forms.CharField(max_length=150)
    username = forms.CharField(max_length=150)
    password = forms.CharField(strip=False, max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check = RegexValidator(r"^[\w.@-]+\Z", PLAIN_NAME.in_lang(language()))
        self.fields["username"].validators.append(check)

    def clean_password(self) -> str:
        """The password, unless it is too short or too common."""
        password = str(self.cleaned_data["password"])
        names = {name: self.cleaned_data.get(name, "") for name in ("username", "name")}
        validate_password(password, User(**names))
        return password
