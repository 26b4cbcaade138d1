"""Coming in, going out, and how one likes the pages."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.http import require_safe

from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.audit.services import Stranger, record, record_once
from tierwise_web.common.allowing import only_sent, public, signed_in
from tierwise_web.common.going_on import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, next_of, remember
from tierwise_web.common.words import as_lang, language
from tierwise_web.people import attempts, demo, second, second_views, services
from tierwise_web.people.coming_in import BACKEND, BY_COMPANY, BY_PASSWORD
from tierwise_web.people.forms import SetUp, SignIn
from tierwise_web.people.models import Passkey, User
from tierwise_web.people.passkeys import place_of
from tierwise_web.people.roles import ROLES

SHOWN = 2
"""So many letters of a name that nobody has stand in the log."""
WRONG = Text("Name and password do not fit together.", "用户名与密码不匹配。")
WRONG_CODE = Text(
    "This is not the set-up code. The terminal that runs “tierwise serve” shows the right address.",
    "初始设置码不正确。运行 tierwise serve 的终端显示正确的地址。",
)


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """The page, and the attempt."""
    if not User.objects.exists():
        return redirect("people:set-up")
    if isinstance(request.user, User):
        return redirect(next_of(request))
    form = SignIn(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name, now = form.cleaned_data["username"], timezone.now()
        allowed = attempts.take(name, at=now)
        user = authenticate(request, **form.cleaned_data) if allowed else None
        if user is not None:
            attempts.forget(name)
            if second.has_one(user):
                return second_views.ask(request, user, BY_PASSWORD)
            login(request, user)
            request.session[BY_PASSWORD] = True
            record("people.signed-in", user=user, at=now)
            return redirect(next_of(request))
        _note_wrong(request, name, allowed=allowed, at=now)
        form.add_error(None, (WRONG if allowed else attempts.WAIT_WORDS).in_lang(language()))
    words = {
        "form": form,
        "next": next_of(request),
        "unsent": "unsent" in request.GET,
        "ready": _ready_sign_ins(),
        "company": settings.OIDC.title if settings.OIDC else "",
        "passkeys": _has_passkeys(request),
    }
    return render(request, "people/sign_in.html", words, status=200 if not form.errors else 422)


def _note_wrong(request: HttpRequest, name: str, *, allowed: bool, at: datetime) -> None:
    """A name that is nobody's is noted by its beginning alone: people type passwords into the wrong field."""
    known = User.objects.filter(username__iexact=name).first()
    who = known or Stranger()
    said = {"address": attempts.sender_of(request)}
    if known is None:
        said["username"] = f"{name[:SHOWN]}…"
    if allowed:
        record_once("people.password-wrong", user=who, at=at, **said)
    else:
        record_once("people.attempt-blocked", user=who, at=at, **said)


def _has_passkeys(request: HttpRequest) -> bool:
    """Whether anybody here has one that this browser could show."""
    return place_of(request) is not None and Passkey.objects.exists()


def _ready_sign_ins() -> list[tuple[User, list[Text]]]:
    """The demo's people with their roles; nobody elsewhere."""
    if not demo.is_demo():
        return []
    people = (
        User.objects.filter(granted__granted_by="demo").prefetch_related("granted").order_by("pk").distinct()
    )
    return [(user, [ROLES[g.role].title for g in user.granted.all() if g.role in ROLES]) for user in people]


@public
@only_sent
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in as one of the demo's people; does not exist anywhere else."""
    if not demo.is_demo():
        raise Http404
    user = get_object_or_404(User, username=request.POST.get("username", ""), granted__granted_by="demo")
    login(request, user, backend=BACKEND)
    record("people.signed-in", user=user, at=timezone.now(), demo=True)
    return redirect(next_of(request))


@signed_in
@only_sent
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session here; who came in with the company's sign-in is told where to end that."""
    by_company = request.session.get(BY_COMPANY) and settings.OIDC is not None
    record("people.signed-out", user=cast(User, request.user), at=timezone.now())
    logout(request)
    return redirect("people:signed-out" if by_company else "people:sign-in")


def set_up_code() -> str:
    """What whoever started the server knows and a passer-by does not."""
    return salted_hmac("tierwise.people.set-up", "first administrator", algorithm="sha256").hexdigest()[:24]


@public
def set_up(request: HttpRequest) -> HttpResponse:
    """The first visit: makes the first administrator, and is gone afterwards."""
    if User.objects.exists():
        raise Http404
    form = SetUp(request.POST or None, initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        del fields["again"]
        if constant_time_compare(fields.pop("code"), set_up_code()):
            return _first_administrator(request, fields)
        form.add_error("code", WRONG_CODE.in_lang(language()))
    return render(request, "people/set_up.html", {"form": form}, status=200 if not form.errors else 422)


def _first_administrator(request: HttpRequest, fields: dict[str, str]) -> HttpResponse:
    try:
        user = services.set_up(**fields, language=language(), at=timezone.now())
    except TierwiseError:
        raise Http404 from None
    login(request, user, backend=BACKEND)
    return redirect("home")


@public
@only_sent
def set_language(request: HttpRequest) -> HttpResponse:
    """Changes the language and comes back to the same page."""
    lang = as_lang(request.POST.get("language"))
    response = HttpResponseRedirect(next_of(request))
    if lang is not None:
        _remember(request, response, LANGUAGE_COOKIE, "language", lang)
    return response


@public
@only_sent
def set_theme(request: HttpRequest) -> HttpResponse:
    """Changes light and dark and comes back to the same page."""
    theme = request.POST.get("theme", "")
    response = HttpResponseRedirect(next_of(request))
    if theme in THEMES:
        _remember(request, response, THEME_COOKIE, "theme", theme)
    return response


def _remember(request: HttpRequest, response: HttpResponse, cookie: str, field: str, value: str) -> None:
    remember(request, response, cookie, value)
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(**{field: value})


@signed_in
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Who I am here: roles, and what they let me see."""
    user = cast(User, request.user)
    return render(request, "people/me.html", {"roles": [ROLES[code].title for code in sorted(user.roles)]})
