"""Pages of passkeys: one's own, and coming in with one."""

from __future__ import annotations

from typing import cast

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.audit.services import Stranger, record, record_once
from tierwise_web.common.allowing import only_sent, public, signed_in
from tierwise_web.common.going_on import next_of
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.common.words import language
from tierwise_web.people import attempts, passkeys, second
from tierwise_web.people.coming_in import BACKEND, BY_PASSWORD
from tierwise_web.people.forms import PasskeyForm
from tierwise_web.people.models import Passkey, User
from tierwise_web.people.second_views import WAITING, finish, waiting

MAKING, SHOWING = "passkey-making", "passkey-showing"
PATIENCE_SECONDS = 300
WRONG = Text("This is not your password.", "密码不正确。")
REFUSED = Text("This passkey was not accepted. Try again.", "该通行密钥未被接受，请重试。")


@signed_in
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """My passkeys."""
    return _page(request)


def _page(
    request: HttpRequest, refused: TierwiseError | None = None, codes: list[str] | None = None
) -> HttpResponse:
    user = cast(User, request.user)
    words = {
        "keys": user.passkeys.all(), "form": PasskeyForm(), "possible": passkeys.place_of(request) is not None,
        "password": user.has_usable_password(), "codes": codes or [],
        "refused": [problem.say(language()) for problem in refused.problems] if refused else [],
        "lacking": second.is_required(user) and not second.has_one(user),
    }  # fmt: skip
    return render(request, "people/passkeys.html", words, status=422 if refused else 200)


@signed_in
@only_sent
def start(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a key: for who knows the password, so that an open screen is not enough."""
    user, place = cast(User, request.user), passkeys.place_of(request)
    if place is None:
        return _told(REFUSED)
    if user.has_usable_password():
        now = timezone.now()
        if not attempts.take(user.username, at=now):
            attempts.note_blocked(request, user, at=now)
            return _told(attempts.WAIT_WORDS)
        if not user.check_password(request.POST.get("password", "")):
            attempts.note_wrong(request, user, at=now)
            return _told(WRONG)
        attempts.forget(user.username)
    options, challenge, handle = passkeys.asked_to_make(user, place)
    _keep(request, MAKING, challenge, bytes_to_base64url(handle))
    return HttpResponse(options, content_type="application/json")


@signed_in
@only_sent
def add(request: HttpRequest) -> HttpResponse:
    """Keeps the key that the browser made."""
    user, place, asked = cast(User, request.user), passkeys.place_of(request), _kept(request, MAKING)
    if place is None or asked is None:
        return _page(request, passkeys.refused())
    challenge, handle = asked
    answer, name = request.POST.get("credential", ""), request.POST.get("name", "")
    try:
        codes = passkeys.add(user, answer, challenge, place, handle=handle, name=name, at=timezone.now())
    except TierwiseError as error:
        return _page(request, error)
    return _page(request, codes=codes)


@signed_in
@only_sent
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Forgets a key of one's own; those of others are not there."""
    user = cast(User, request.user)
    try:
        passkeys.remove(user, get_object_or_404(Passkey, pk=number, user=user), at=timezone.now())
    except TierwiseError as error:
        return _page(request, error)
    return redirect("people:passkeys")


@public
@only_sent
def ask(request: HttpRequest) -> HttpResponse:
    """What the browser needs to show a key; after a password, one of that person."""
    place, user = passkeys.place_of(request), waiting(request) if "second" in request.POST else None
    if place is None or (user is None and "second" in request.POST):
        return _told(REFUSED)
    options, challenge = passkeys.asked_to_show(place, user)
    _keep(request, SHOWING, challenge, str(user.pk) if user else "")
    return HttpResponse(options, content_type="application/json")


@public
@only_sent
def use(request: HttpRequest) -> HttpResponse:
    """Lets in whose key answered."""
    place, asked, now = passkeys.place_of(request), _kept(request, SHOWING), timezone.now()
    if place is None or asked is None:
        return mistake(request, 422, REFUSED)
    challenge, who = asked
    after = waiting(request) if who else None
    if who and (after is None or str(after.pk) != who):
        return mistake(request, 422, REFUSED)
    user = passkeys.let_in(request.POST.get("credential", ""), challenge, place, at=now, user=after)
    if user is None:
        record_once(
            "people.passkey-refused", user=after or Stranger(), at=now, address=attempts.sender_of(request)
        )
        return mistake(request, 422, REFUSED)
    if after is None:
        request.session.pop(WAITING, None)
        request.session.pop(BY_PASSWORD, None)
        login(request, user, backend=BACKEND)
    else:
        finish(request, user)
    record("people.signed-in", user=user, at=now, passkey=True)
    return redirect(next_of(request))


def _keep(request: HttpRequest, what: str, challenge: bytes, beside: str) -> None:
    request.session[what] = [bytes_to_base64url(challenge), beside, int(timezone.now().timestamp())]


def _kept(request: HttpRequest, what: str) -> tuple[bytes, str] | None:
    """The challenge of a moment ago and what was kept beside it: for one answer."""
    challenge, beside, at = request.session.pop(what, ("", "", 0))
    if timezone.now().timestamp() - at > PATIENCE_SECONDS:
        return None
    return base64url_to_bytes(challenge), beside


def _told(said: Text) -> JsonResponse:
    return JsonResponse({"told": said.in_lang(language())}, status=422)
