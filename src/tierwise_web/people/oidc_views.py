"""Going to the company's own sign-in and coming back."""

from __future__ import annotations

from dataclasses import astuple

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Text
from tierwise_web.audit.services import record
from tierwise_web.common.allowing import public
from tierwise_web.common.going_on import next_of
from tierwise_web.common.mistakes import page as mistake
from tierwise_web.people import oidc, second, second_views
from tierwise_web.people.coming_in import BACKEND, BY_COMPANY, BY_PASSWORD
from tierwise_web.people.identities import person_of
from tierwise_web.people.models import User
from tierwise_web.people.provider import Provider

ASKED = "company-sign-in"
PATIENCE_SECONDS = 600


@public
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Sends the browser to the company's sign-in; before the first administrator is there, nobody comes in."""
    provider, asked = _provider(), oidc.ask()
    if not User.objects.exists():
        return redirect("people:set-up")
    try:
        address = oidc.address(provider, asked, _back(request))
    except TierwiseError as error:
        return _refused(request, error)
    request.session[ASKED] = [*astuple(asked), next_of(request), int(timezone.now().timestamp())]
    return redirect(address)


@public
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Lets in whom the company's sign-in names, if the browser comes back with what it left with."""
    provider, now = _provider(), timezone.now()
    *asked, wanted, at = request.session.pop(ASKED, ["", "", "", "/", 0])
    state, said = asked[0], request.GET
    late = now.timestamp() - at > PATIENCE_SECONDS
    if late or not state or not constant_time_compare(said.get("state", ""), state):
        return _refused(request, oidc.refused())
    if said.get("iss", provider.issuer).rstrip("/") != provider.issuer or not said.get("code"):
        return _refused(request, oidc.refused())
    try:
        claims = oidc.claims_of(provider, oidc.Asked(*asked), said["code"], _back(request))
        user = person_of(provider, claims, at=now)
    except TierwiseError as error:
        return _refused(request, error)
    request.session.pop(BY_PASSWORD, None)
    if second.has_one(user):
        return second_views.ask(request, user, BY_COMPANY, wanted)
    login(request, user, backend=BACKEND)
    request.session[BY_COMPANY] = True
    record("people.signed-in", user=user, at=now, company=True)
    return redirect(wanted)


@public
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Says that the sign-in here has ended, and where that of the company is ended."""
    provider = _provider()
    end = oidc.address_of_end(provider, request.build_absolute_uri(reverse("people:sign-in")))
    return render(request, "people/signed_out.html", {"title": provider.title, "end": end})


def _provider() -> Provider:
    if settings.OIDC is None:
        raise Http404
    found: Provider = settings.OIDC
    return found


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("people:company-back"))


def _refused(request: HttpRequest, error: TierwiseError) -> HttpResponse:
    (problem,) = error.problems
    return mistake(request, 422, Text(problem.say("en"), problem.say("zh")))
