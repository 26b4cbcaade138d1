"""The customer that an address of these pages names, as far as the person may see it."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest

from tierwise_web.pages.record import Record, record_of
from tierwise_web.people.models import User
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading


def reading_for(request: HttpRequest) -> Reading:
    """The edition as the person sees it."""
    edition = current_edition()
    if edition is None:
        raise Http404
    return Reading(edition, cast(User, request.user).scope)


def record_for(request: HttpRequest, code: str) -> Record:
    """The record of a customer that the person may see."""
    found = record_of(reading_for(request), code)
    if found is None:
        raise Http404
    return found
