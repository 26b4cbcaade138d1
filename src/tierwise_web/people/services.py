"""What is done with people: the first administrator, adding and changing people and units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.audit.models import Event
from tierwise_web.audit.services import record
from tierwise_web.people.models import Grant, Installation, OrgUnit, User, name_of_person
from tierwise_web.people.roles import ROLES

FIRST_ROLES = ("admin", "analyst")
"""Who sets the installation up can add people and grade; publishing takes a second person."""


@transaction.atomic
def set_up(*, username: str, name: str, password: str, language: str, at: datetime) -> User:
    """The first administrator. **Raises** ``web.set-up-done`` where anybody exists."""
    installation(demo=False, at=at)
    # the row is locked by the write above, so that of two first visitors one comes first
    if User.objects.exists():
        raise fail("web.set-up-done", "this installation has been set up already", "系统已完成初始设置")
    user = User(username=username, name=name, language=language)
    user.set_password(password)
    user.save()
    grant(user, FIRST_ROLES, by=username, at=at)
    record("people.set-up", user=user, at=at, roles=sorted(FIRST_ROLES))
    return user


def installation(*, demo: bool, at: datetime) -> Installation:
    """The one row about this database, made now if it is missing; what it says is never changed."""
    Installation.objects.bulk_create([Installation(id=1, demo=demo, created_at=at)], ignore_conflicts=True)
    return Installation.objects.select_for_update().get(id=1)


def grant(user: User, roles: Iterable[str], *, by: str, at: datetime) -> None:
    """Gives roles to a user; those that are there stay as they are."""
    rows = [Grant(user=user, role=role, granted_by=by, granted_at=at) for role in roles]
    Grant.objects.bulk_create(rows, ignore_conflicts=True)


def unit_of(code: str, *, column: str) -> OrgUnit | None:
    """The unit of a code that was chosen in a field, held until all is written. **Raises** ``web.unit-unknown``."""
    found = OrgUnit.objects.select_for_update().filter(code=code).first()
    if code and found is None:
        raise no_unit(code, column=column)
    return found


def no_unit(code: str, *, column: str) -> TierwiseError:
    """What was chosen is no unit, or is none any more."""
    return fail("web.unit-unknown", "there is no unit {unit}", "没有单位 {unit}", column=column, unit=code)


def unit(code: str, name: str, kind: str, parent: OrgUnit | None) -> OrgUnit:
    """The organisation unit of a code, made now if it is missing."""
    found = OrgUnit.objects.filter(code=code).first()
    if found is not None:
        return found
    made = OrgUnit.objects.create(code=code, name=name, kind=kind, parent=parent, path="")
    made.path = f"{parent.path if parent else ''}{made.pk}/"
    made.save(update_fields=["path"])
    return made


@dataclass(frozen=True, slots=True)
class Person:
    """What an administrator says about somebody."""

    username: str
    name: str
    roles: frozenset[str]
    unit: str = ""
    staff_name: str = ""
    agent_code: str = ""
    active: bool = True

    def digest(self) -> str:
        """Tells whether somebody else changed the person meanwhile."""
        said = repr(
            (
                self.username,
                self.name,
                sorted(self.roles),
                self.unit,
                self.staff_name,
                self.agent_code,
                self.active,
            )
        )
        return sha256(said.encode()).hexdigest()[:16]


def person_of(user: User) -> Person:
    """A user as an administrator sees it."""
    code = user.org_unit.code if user.org_unit else ""
    roles = frozenset(user.granted.values_list("role", flat=True))
    return Person(user.username, user.name, roles, code, user.staff_name, user.agent_code, user.is_active)


@transaction.atomic
def add_person(person: Person, password: str, *, actor: User, at: datetime) -> User:
    """A new user. **Raises** ``web.user-taken``, ``web.unit-unknown``."""
    if User.objects.filter(username__iexact=person.username).exists():
        raise fail(
            "web.user-taken",
            "{name} is taken",
            "用户名 {name} 已被使用",
            column="username",
            name=person.username,
        )
    user = User(username=person.username, password_given=True)
    user.set_password(password)
    _write(user, person, actor=actor, at=at)
    record(
        "people.added", user=actor, at=at, username=person.username, name=person.name, roles=sorted(person.roles),
        unit=person.unit, staff_name=person.staff_name, agent_code=person.agent_code, active=person.active,
    )  # fmt: skip
    return user


@transaction.atomic
def change_person(user: User, person: Person, *, seen: str, password: str, actor: User, at: datetime) -> None:
    """Changes a user. **Raises** ``web.changed-meanwhile``, ``web.last-administrator``, ``web.unit-unknown``,
    ``web.own-password``."""
    user = User.objects.select_for_update().get(pk=user.pk)
    before = person_of(user)
    if before.digest() != seen:
        raise fail(
            "web.changed-meanwhile",
            "{name} was changed meanwhile (last by {who}); what stands there now is shown beside yours, "
            "and yours is kept but for a password",
            "{name} 已被更改（最近一次：{who}）；旁边显示现有内容，您填写的内容（密码除外）仍保留",
            name=before.name, who=_last_actor(user),
        )  # fmt: skip
    _refuse_last(user, person)
    if password and user.pk == actor.pk:
        raise fail(
            "web.own-password",
            "your own password is changed under “My roles”, where the present one is asked for",
            "本人密码请在“我的角色”页面修改，需验证当前密码",
            column="password",
        )
    if password:
        user.set_password(password)
        user.password_given = True
    _write(user, person, actor=actor, at=at)
    roles = {"roles": sorted(person.roles), "before": sorted(before.roles)}
    fields = _different({
        "name": person.name, "name_before": before.name,
        "unit": person.unit, "unit_before": before.unit,
        "staff_name": person.staff_name, "staff_name_before": before.staff_name,
        "agent_code": person.agent_code, "agent_code_before": before.agent_code,
        "active": person.active, "active_before": before.active,
    })  # fmt: skip
    record(
        "people.changed",
        user=actor,
        at=at,
        username=user.username,
        password=bool(password),
        **roles,
        **fields,
    )


def _different(said: dict[str, Any]) -> dict[str, Any]:
    """Of values and those before them what is not as it was."""
    names = [name for name in said if f"{name}_before" in said and said[name] != said[f"{name}_before"]]
    return {key: said[key] for name in names for key in (name, f"{name}_before")}


def _last_actor(user: User) -> str:
    """Whoever changed somebody last, as the log says."""
    last = Event.objects.filter(code="people.changed", slots__username=user.username).first()
    return name_of_person(last.actor) if last else "–"


def _refuse_last(user: User, person: Person) -> None:
    """Somebody has to be able to let people in."""
    others = User.objects.filter(is_active=True, granted__role="admin").exclude(pk=user.pk)
    if (
        not others.exists()
        and not (person.active and "admin" in person.roles)
        and "admin" in person_of(user).roles
    ):
        raise fail(
            "web.last-administrator",
            "this is the last administrator; make another one first",
            "这是最后一位系统管理员，请先设置另一位",
        )


def _write(user: User, person: Person, *, actor: User, at: datetime) -> None:
    user.name, user.is_active = person.name, person.active
    user.staff_name, user.agent_code = person.staff_name, person.agent_code
    user.org_unit = unit_of(person.unit, column="unit")
    user.save()
    user.granted.exclude(role__in=person.roles).delete()
    grant(user, sorted(person.roles & ROLES.keys()), by=actor.username, at=at)
