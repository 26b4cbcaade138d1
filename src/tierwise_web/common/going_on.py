"""Where a form leads when it is done, and small choices that a browser remembers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

YEAR_SECONDS = 31_536_000


def next_of(request: HttpRequest) -> str:
    """Where to go on: a page of ours, else the first one."""
    wanted = str(request.POST.get("next") or request.GET.get("next") or "/")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"


def remember(request: HttpRequest, response: HttpResponse, cookie: str, value: str) -> None:
    """Keeps a choice in the browser for a year."""
    response.set_cookie(
        cookie, value, max_age=YEAR_SECONDS, samesite="Lax", httponly=True, secure=request.is_secure()
    )
