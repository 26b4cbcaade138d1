"""Stands before every view: who may come in is said beside the view, and checked here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tierwise_web.audit.services import record_once
from tierwise_web.common.allowing import PUBLIC, SIGNED_IN, need_of
from tierwise_web.common.going_on import ASKED, page_of
from tierwise_web.people.coming_in import BY_PASSWORD
from tierwise_web.people.models import User
from tierwise_web.people.second import has_one, is_required

GO_THERE = "HX-Redirect"
LEAVE = "people:sign-out"
"""Whoever wants to leave after the session ended is out already."""
PASSWORD = "people:password"
WITHOUT = (
    "people:second-factor", "people:passkeys", "people:passkey-start", "people:passkey-add", LEAVE, "people:me",
    PASSWORD,
)  # fmt: skip


class Door:
    """Refuses whoever may not: strangers go to the sign-in page, others get 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Notes whom a view refused."""
        if isinstance(exception, PermissionDenied) and isinstance(request.user, User):
            _note_refusal(request, request.user)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Lets in, sends to the sign-in page, or refuses."""
        need = need_of(view)
        if need is None:
            raise PermissionDenied("the view does not say who may ask for it")
        if need == PUBLIC:
            return None
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return _to_sign_in(request)
        if need != SIGNED_IN and not user.may(need):
            _note_refusal(request, user)
            raise PermissionDenied(need)
        if _has_given_password(request, user):
            there = f"{reverse(PASSWORD)}?{urlencode({'next': page_of(request)}, safe='/')}"
            return _as_whole(request, redirect(there))
        if _lacks_second_factor(request, user):
            return _as_whole(request, redirect("people:second-factor"))
        return None


def _note_refusal(request: HttpRequest, user: User) -> None:
    """Who was refused which page, by its name: what was asked of it stays out of the log."""
    match = request.resolver_match
    record_once("people.refused", user=user, at=timezone.now(), page=match.view_name if match else "")


def _has_given_password(request: HttpRequest, user: User) -> bool:
    """Who came in with a password that an administrator knows chooses another before anything else, or leaves."""
    if not user.password_given or not request.session.get(BY_PASSWORD):
        return False
    match = request.resolver_match
    return match is None or match.view_name not in (PASSWORD, LEAVE)


def _lacks_second_factor(request: HttpRequest, user: User) -> bool:
    """Whose roles need a second factor sees nothing but the page that turns it on, and may leave."""
    match = request.resolver_match
    open_ = match is not None and match.view_name in WITHOUT
    return not open_ and bool(settings.SECOND_FACTOR_ROLES) and is_required(user) and not has_one(user)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, which says so where something was sent, and leads back to the page that somebody sat at."""
    if not User.objects.exists():
        return redirect("people:set-up")
    leaves = request.resolver_match is not None and request.resolver_match.view_name == LEAVE
    unsent = "" if leaves or request.method in ASKED else "?unsent=1"
    back = reverse("home") if leaves else page_of(request)
    return _as_whole(request, redirect_to_login(back, reverse("people:sign-in") + unsent))


def _as_whole(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """A part of a page cannot become another page: the browser goes there as a whole."""
    if request.headers.get("HX-Request") != "true":
        return answer
    whole = HttpResponse(status=204)
    whole.headers[GO_THERE] = answer.headers["Location"]
    return whole
