"""Pages of the administrator: who works here, in which unit and roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tierwise.kernel.errors import TierwiseError
from tierwise_web.common.allowing import needs, only_sent
from tierwise_web.common.words import NOTHING, language
from tierwise_web.people import organising, services
from tierwise_web.people.forms import PersonForm, UnitChange, UnitForm
from tierwise_web.people.log_words import NO, YES, role_words
from tierwise_web.people.models import OrgUnit, User
from tierwise_web.people.roles import MANAGE_PEOPLE, ROLES
from tierwise_web.people.second import has_one
from tierwise_web.people.services import person_of


@needs(MANAGE_PEOPLE)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, and the units."""
    return _people(request, UnitForm())


def _people(request: HttpRequest, form: UnitForm) -> HttpResponse:
    users = User.objects.select_related("org_unit").prefetch_related("granted").order_by("name")
    rows = [(user, [ROLES[g.role].title for g in user.granted.all() if g.role in ROLES]) for user in users]
    words = {"rows": rows, "units": _tree(), "form": form}
    return render(request, "people/people.html", words, status=422 if form.errors else 200)


def _tree() -> list[tuple[OrgUnit, int]]:
    """Units from the root down, with their depth."""
    found = sorted(
        OrgUnit.objects.all(), key=lambda unit: [int(part) for part in unit.path.split("/") if part]
    )
    return [(unit, unit.path.count("/") - 1) for unit in found]


@needs(MANAGE_PEOPLE)
@only_sent
def units(request: HttpRequest) -> HttpResponse:
    """Adds a unit."""
    form = UnitForm(request.POST)
    if form.is_valid():
        try:
            organising.add(**form.cleaned_data, actor=cast(User, request.user), at=timezone.now())
        except TierwiseError as error:
            form.refuse(error)
    return _people(request, form) if form.errors else redirect("people:people")


@needs(MANAGE_PEOPLE)
def unit(request: HttpRequest, number: int) -> HttpResponse:
    """Gives a unit another name or another place."""
    found = get_object_or_404(OrgUnit, pk=number)
    first = organising.said_of(found)
    form = UnitChange(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            organising.change(
                found, **form.cleaned_data, actor=cast(User, request.user), at=timezone.now()
            )  # fmt: skip
        except TierwiseError as error:
            form.refuse(error)
        else:
            return redirect("people:people")
    return _unit(request, found, form)


@needs(MANAGE_PEOPLE)
@only_sent
def remove_unit(request: HttpRequest, number: int) -> HttpResponse:
    """Removes a unit in which nobody and nothing is."""
    found = get_object_or_404(OrgUnit, pk=number)
    form = UnitChange(initial=organising.said_of(found))
    try:
        organising.remove(found, actor=cast(User, request.user), at=timezone.now())
    except TierwiseError as error:
        return _unit(request, found, form, [problem.say(language()) for problem in error.problems])
    return redirect("people:people")


def _unit(request: HttpRequest, unit: OrgUnit, form: UnitChange, refused: Sequence[str] = ()) -> HttpResponse:
    words = {
        "form": form, "unit": unit, "refused": refused, "seen": organising.said_of(unit)["seen"],
        "units": [(one, depth) for one, depth in _tree() if not one.path.startswith(unit.path)],
        "holds": organising.held_by(unit),
    }  # fmt: skip
    return render(request, "people/unit.html", words, status=422 if form.errors or refused else 200)


@needs(MANAGE_PEOPLE)
def new(request: HttpRequest) -> HttpResponse:
    """Adds somebody."""
    form = PersonForm(request.POST or None, new=True, initial={"active": True})
    if request.method == "POST" and form.is_valid():
        try:
            password = form.cleaned_data["password"]
            services.add_person(form.person(), password, actor=cast(User, request.user), at=timezone.now())
        except TierwiseError as error:
            form.refuse(error)
        else:
            return redirect("people:people")
    return _form(request, form, None)


@needs(MANAGE_PEOPLE)
def person(request: HttpRequest, number: int) -> HttpResponse:
    """Changes somebody: roles, unit, name in the book, password, and whether the person may come in."""
    user = get_object_or_404(User, pk=number)
    form = PersonForm(request.POST or None, new=False, initial=_said(user))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.change_person(
                user, form.person(), seen=said["seen"], password=said["password"],
                actor=cast(User, request.user), at=timezone.now(),
            )  # fmt: skip
        except TierwiseError as error:
            form.refuse(error)
            return _form(request, form, user, _standing(user, form))
        return redirect("people:people")
    return _form(request, form, user)


def _said(user: User) -> dict[str, Any]:
    person = person_of(user)
    return {
        "username": person.username, "name": person.name, "roles": sorted(person.roles), "unit": person.unit,
        "staff_name": person.staff_name, "agent_code": person.agent_code, "active": person.active,
        "seen": person.digest(),
    }  # fmt: skip


def _standing(user: User, form: PersonForm) -> dict[str, str]:
    """What stands there now where somebody else said otherwise meanwhile; sent again, the form has seen it."""
    now, mine = _said(User.objects.get(pk=user.pk)), form.cleaned_data
    if now["seen"] == mine["seen"]:
        return {}
    sent = cast(QueryDict, form.data).copy()
    sent["seen"], form.data = now.pop("seen"), sent
    mine["roles"] = sorted(mine["roles"])
    return {name: _words(name, now[name]) for name in now if name in mine and now[name] != mine[name]}


def _words(name: str, value: Any) -> str:
    """What somebody said, in words."""
    lang = language()
    if name == "roles":
        return role_words(value)
    if name == "active":
        return (YES if value else NO).in_lang(lang)
    return value or NOTHING


def _form(
    request: HttpRequest, form: PersonForm, user: User | None, now: dict[str, str] | None = None
) -> HttpResponse:
    form.ask_password_again()
    words: dict[str, Any] = {
        "form": form,
        "now": now or {},
        "user": user,
        "roles": ROLES,
        "units": _tree(),
    }
    words["second_factor"] = user is not None and has_one(user)
    return render(request, "people/person.html", words, status=422 if form.errors else 200)
