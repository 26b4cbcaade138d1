"""The language and the look of a request: the person's choice, then the cookie, then the browser."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tierwise.kernel.text import Lang
from tierwise_web.common.going_on import LANGUAGE_COOKIE, THEMES, kept_theme
from tierwise_web.common.words import as_lang, speaking
from tierwise_web.people.models import User


class Language:
    """Answers in the language that the person reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with speaking(language_of(request)):
            return self._get_response(request)


def language_of(request: HttpRequest) -> Lang:
    """The chosen language, else the first of ours that the browser names, else English."""
    user = getattr(request, "user", None)
    chosen = user.language if isinstance(user, User) else ""
    return as_lang(chosen) or as_lang(request.COOKIES.get(LANGUAGE_COOKIE)) or _of_browser(request)


def _of_browser(request: HttpRequest) -> Lang:
    for part in request.headers.get("Accept-Language", "").lower().split(","):
        found = as_lang(part.strip()[:2])
        if found:
            return found
    return "en"


def theme_of(request: HttpRequest) -> str:
    """``light``, ``dark`` or ``auto``: as the system says."""
    user = getattr(request, "user", None)
    chosen = user.theme if isinstance(user, User) else ""
    return chosen if chosen in THEMES else kept_theme(request)
