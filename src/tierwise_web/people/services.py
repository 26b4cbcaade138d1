"""What is done with people: the first administrator, the sign-ins of the demo."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from tierwise.kernel.errors import fail
from tierwise_web.people.models import Grant, Installation, OrgUnit, User

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
    return user


def installation(*, demo: bool, at: datetime) -> Installation:
    """The one row about this database, made now if it is missing; what it says is never changed."""
    Installation.objects.bulk_create([Installation(id=1, demo=demo, created_at=at)], ignore_conflicts=True)
    return Installation.objects.select_for_update().get(id=1)


def grant(user: User, roles: Iterable[str], *, by: str, at: datetime) -> None:
    """Gives roles to a user; those that are there stay as they are."""
    rows = [Grant(user=user, role=role, granted_by=by, granted_at=at) for role in roles]
    Grant.objects.bulk_create(rows, ignore_conflicts=True)


def unit(code: str, name: str, kind: str, parent: OrgUnit | None) -> OrgUnit:
    """The organisation unit of a code, made now if it is missing."""
    found = OrgUnit.objects.filter(code=code).first()
    if found is not None:
        return found
    made = OrgUnit.objects.create(code=code, name=name, kind=kind, parent=parent, path="")
    made.path = f"{parent.path if parent else ''}{made.pk}/"
    made.save(update_fields=["path"])
    return made
