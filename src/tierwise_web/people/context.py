"""What every page knows: who looks, in which look, and where one can go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from tierwise.kernel.text import Text
from tierwise_web.common.going_on import HANDED
from tierwise_web.common.navigation import AREAS, Entry
from tierwise_web.people.language import theme_of
from tierwise_web.people.models import User, name_of_person
from tierwise_web.people.password_views import DONE


@dataclass(frozen=True, slots=True)
class Area:
    """A heading of the navigation with the entries that this person may open."""

    code: str
    title: Text
    entries: list[tuple[Entry, str]]
    here: bool


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """For all templates; a part of a page asks for little of it. The hidden field against forged posts is made once for a
    page and not once for a form; people are looked up by ``called`` where they are named, each once for a page."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    return {
        "person": person,
        "theme": theme_of(request),
        "areas": SimpleLazyObject(lambda: _areas(request, person)),
        "here": request.get_full_path(),
        "searching": SimpleLazyObject(lambda: _search(person)),
        "searched": request.GET.get("q", ""),
        "password_changed": SimpleLazyObject(lambda: person is not None and request.session.pop(DONE, False)),
        "handed_over": SimpleLazyObject(lambda: person is not None and request.session.pop(HANDED, "")),
        "called": cache(name_of_person),
        "csrf_input": SimpleLazyObject(lambda: csrf_input(request)),
    }


def _search(person: User | None) -> str | None:
    """Where the search field of the header leads; none for those who see no customers."""
    entry = next(
        (e for app in apps.get_app_configs() for e in getattr(app, "entries", ()) if e.searches), None
    )
    return reverse(entry.view) if entry and person and entry.needs and person.may(entry.needs) else None


def _areas(request: HttpRequest, person: User | None) -> list[Area]:
    """What exists and may be opened; the rest is not there."""
    if person is None:
        return []
    found: list[Area] = []
    entries = [entry for app in apps.get_app_configs() for entry in getattr(app, "entries", ())]
    for code, title in AREAS:
        open_ = [
            (e, reverse(e.view)) for e in entries if e.area == code and (not e.needs or person.may(e.needs))
        ]
        if open_:
            here = any(_under(request.path, address) for _, address in open_)
            found.append(Area(code, title, open_, here))
    return found


def _under(path: str, address: str) -> bool:
    return path == address if address == "/" else path.startswith(address)
