"""Pages of the second factor: asked for at sign-in, turned on and off by oneself, taken away by an administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

import segno
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from markupsafe import Markup

from tierwise.kernel.errors import TierwiseError
from tierwise_web.audit.services import record, record_once
from tierwise_web.common.allowing import needs, only_sent, public, signed_in
from tierwise_web.common.going_on import next_of
from tierwise_web.common.words import language
from tierwise_web.people import attempts, second
from tierwise_web.people.coming_in import BACKEND
from tierwise_web.people.forms import Code
from tierwise_web.people.models import User
from tierwise_web.people.passkeys import place_of
from tierwise_web.people.roles import MANAGE_PEOPLE

WAITING, SECRET = "half-signed-in", "secret-not-confirmed"
PATIENCE_SECONDS = 600
Made = TypeVar("Made")


def ask(request: HttpRequest, user: User, by: str, wanted: str | None = None) -> HttpResponse:
    """Whose password (or company sign-in) was right is asked for the code; nobody is signed in yet.

    How the first step was made is kept with it: what a session holds beside it ends where somebody else was signed in.
    """
    request.session.cycle_key()
    now = int(timezone.now().timestamp())
    request.session[WAITING] = [user.pk, now, user.get_session_auth_hash(), by]
    return redirect(f"{reverse('people:code')}?{urlencode({'next': wanted or next_of(request)})}")


def waiting(request: HttpRequest) -> User | None:
    """Whose password was right a moment ago in this browser, and is the same still."""
    number, at, digest, _ = request.session.get(WAITING, (0, 0, "", ""))
    if timezone.now().timestamp() - at > PATIENCE_SECONDS:
        return None
    user = User.objects.filter(pk=number, is_active=True).first()
    same = user is not None and constant_time_compare(digest, user.get_session_auth_hash())
    return user if same else None


def finish(request: HttpRequest, user: User) -> None:
    """Signs in whose second step was right too."""
    by = request.session.pop(WAITING)[-1]
    login(request, user, backend=BACKEND)
    request.session[by] = True


def _guesses(user: User) -> str:
    """Under what wrong codes are counted: no name that anybody can type."""
    return f"\0code of {user.username}"


def _with_code(request: HttpRequest, user: User, form: Code, act: Callable[[str], Made]) -> Made | None:
    """Does what needs a code; counts wrong ones, also of who sits at somebody else's open session."""
    name = _guesses(user)
    if not form.is_valid():
        return None
    if not attempts.take(name, at=timezone.now()):
        attempts.note_blocked(request, user, at=timezone.now())
        form.add_error("code", attempts.WAIT_WORDS.in_lang(language()))
        return None
    try:
        made = act(form.cleaned_data["code"])
    except TierwiseError as error:
        record_once("people.code-wrong", user=user, at=timezone.now(), address=attempts.sender_of(request))
        form.refuse(error)
        return None
    attempts.forget(name)
    return made


@public
def code(request: HttpRequest) -> HttpResponse:
    """Asks for the code."""
    user = waiting(request)
    if user is None:
        return redirect("people:sign-in")
    form = Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = _guesses(user)
        now = timezone.now()
        allowed = attempts.take(name, at=now)
        if allowed and second.let_in(user, form.cleaned_data["code"], at=now):
            attempts.forget(name)
            finish(request, user)
            record("people.signed-in", user=user, at=now, second_factor=True)
            return redirect(next_of(request))
        if allowed:
            record_once("people.code-wrong", user=user, at=now, address=attempts.sender_of(request))
        else:
            attempts.note_blocked(request, user, at=now)
        lang = language()
        form.add_error("code", second.wrong(lang) if allowed else attempts.WAIT_WORDS.in_lang(lang))
    keys = user.passkeys.exists() and place_of(request) is not None
    words = {"form": form, "next": next_of(request), "passkeys": keys}
    return render(request, "people/code.html", words, status=422 if form.errors else 200)


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """My second factor: how to turn it on, or that it is on."""
    user = cast(User, request.user)
    if request.method != "POST" or second.has_app(user):
        return _page(request, user, Code())
    form = Code(request.POST)
    secret = str(request.session.get(SECRET, ""))
    if form.is_valid() and secret:
        try:
            codes = second.turn_on(user, secret, form.cleaned_data["code"], at=timezone.now())
        except TierwiseError as error:
            form.refuse(error)
        else:
            del request.session[SECRET]
            return _page(request, user, Code(), codes)
    return _page(request, user, form)


@signed_in
@only_sent
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes."""
    user, form = cast(User, request.user), Code(request.POST)
    made = _with_code(request, user, form, lambda code: second.new_codes(user, code, at=timezone.now()))
    return _page(request, user, form if form.errors else Code(), made)


@signed_in
@only_sent
def off(request: HttpRequest) -> HttpResponse:
    """Turns it off, with a code."""
    user, form = cast(User, request.user), Code(request.POST)
    _with_code(request, user, form, lambda code: second.turn_off(user, code, at=timezone.now()))
    return _page(request, user, form) if form.errors else redirect("people:second-factor")


@needs(MANAGE_PEOPLE)
@only_sent
def take_away(request: HttpRequest, number: int) -> HttpResponse:
    """Helps somebody who lost app and codes."""
    user = get_object_or_404(User, pk=number)
    second.take_away(user, actor=cast(User, request.user), at=timezone.now())
    return redirect("people:person", number)


def _page(request: HttpRequest, user: User, form: Code, codes: list[str] | None = None) -> HttpResponse:
    on = second.has_app(user)
    words: dict[str, Any] = {
        "form": form, "on": on, "codes": codes or [], "required": second.is_required(user),
        "lacking": second.is_required(user) and not second.has_one(user), "left": user.recovery_codes.count(), "secret": "", "picture": "",
    }  # fmt: skip
    if not on:
        secret = request.session.setdefault(SECRET, second.new_secret())
        words |= {"secret": secret, "picture": _picture(second.address_of(user, secret))}
    return render(request, "people/second_factor.html", words, status=422 if form.errors else 200)


def _picture(address: str) -> Markup:
    """The address as a picture for a phone, dark on light in every theme; drawn by the library, never from text."""
    return Markup(segno.make(address, micro=False).svg_inline(scale=5, border=2, dark="#000", light="#fff"))
