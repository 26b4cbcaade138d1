"""Where a form leads when it is done, the way back to the page it stood on, and small choices that a browser remembers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from tierwise_web.common.addresses import parts_of
from tierwise_web.common.allowing import gives_page

YEAR_SECONDS = 31_536_000
HANDED = "handed-over"
"""In the session: the name of the customer that somebody gave away out of the own reach, to be told once."""
LANGUAGE_COOKIE, THEME_COOKIE = "tierwise_language", "tierwise_theme"
THEMES = ("light", "dark", "auto")
ASKED, NOT_ALLOWED = ("GET", "HEAD"), 405


def next_of(request: HttpRequest) -> str:
    """Where to go on: a page of ours, else the first one."""
    wanted = str(request.POST.get("next") or request.GET.get("next") or "/")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


def page_of(request: HttpRequest) -> str:
    """The page at which somebody sits: what is asked for, or where the form or the part of a page stands."""
    part = request.headers.get("HX-Request") == "true"
    stands = parts_of(request.headers.get("HX-Current-URL" if part else "Referer", ""))
    if stands.netloc != request.get_host() or not url_has_allowed_host_and_scheme(stands.path, None):
        return request.get_full_path()
    match = request.resolver_match
    if stands.path == request.path if part else match is None or gives_page(match.func):
        return request.get_full_path()
    return f"{stands.path}?{stands.query}" if stands.query else stands.path


def page_above(path: str) -> str:
    """The nearest page above an address that takes only what a form sends."""
    route = _route(path) or ""
    while "/" in route:
        route, path = route.rpartition("/")[0], path.rpartition("/")[0]
        if _route(path) == route:
            return path
    return "/"


def _route(path: str) -> str | None:
    try:
        return resolve(path).route
    except Resolver404:
        return None


class OpenedAsPage:
    """Leads whoever opens the address of a form as a page to the page above: a reload, a choice of language, a sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code == NOT_ALLOWED and request.method in ASKED:
            return redirect(page_above(request.path))
        return response


def kept_theme(request: HttpRequest) -> str:
    """The look that this browser remembers: ``light``, ``dark`` or ``auto``, as the system says."""
    found = request.COOKIES.get(THEME_COOKIE, "")
    return found if found in THEMES else "auto"


def remember(request: HttpRequest, response: HttpResponse, cookie: str, value: str) -> None:
    """Keeps a choice in the browser for a year."""
    response.set_cookie(
        cookie, value, max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure()
    )
