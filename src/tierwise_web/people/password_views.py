"""The page on which one changes one's own password."""

from __future__ import annotations

from typing import cast

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from tierwise.kernel.errors import TierwiseError
from tierwise_web.common.allowing import signed_in
from tierwise_web.common.going_on import next_of
from tierwise_web.common.words import language
from tierwise_web.people import attempts, passwords
from tierwise_web.people.forms import PasswordForm
from tierwise_web.people.models import User

DONE = "password-changed"
"""In the session until the next page tells it."""


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """My password; whom an administrator gave one is led here before anything else."""
    user = cast(User, request.user)
    form = PasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not user.has_usable_password():
            form.add_error(None, passwords.no_password().problems[0].say(language()))
        elif form.is_valid() and _changed(request, user, form):
            request.session[DONE] = True
            return redirect(next_of(request) if request.POST.get("next") else "people:me")
    words = {
        "form": form, "given": user.password_given, "has": user.has_usable_password(),
        "next": next_of(request) if "next" in request.GET or "next" in request.POST else "",
    }  # fmt: skip
    return render(request, "people/password.html", words, status=422 if form.errors else 200)


def _changed(request: HttpRequest, user: User, form: PasswordForm) -> bool:
    """Changes it, and keeps this session; a wrong present one counts like a wrong sign-in."""
    now = timezone.now()
    if not attempts.take(user.username, at=now):
        attempts.note_blocked(request, user, at=now)
        form.add_error("present", attempts.WAIT_WORDS.in_lang(language()))
        return False
    try:
        passwords.change_own(user, form.cleaned_data["present"], form.cleaned_data["password"], at=now)
    except TierwiseError as error:
        form.refuse(error)
        if error.code == "web.wrong-password":
            attempts.note_wrong(request, user, at=now)
        else:
            attempts.forget(user.username)
        return False
    attempts.forget(user.username)
    update_session_auth_hash(request, user)
    return True
