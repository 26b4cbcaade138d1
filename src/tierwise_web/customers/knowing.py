"""Who may read what about the people of a customer. Source: spec 10.8, 12.5, 12.6."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.periods import add_months
from tierwise.kernel.text import Text
from tierwise_web.audit.services import record
from tierwise_web.customers.models import PrivateNote
from tierwise_web.people.models import User

INSIGHT = ("roles", "stance", "influence")
"""Who decides on purchase and budget, and how they stand to us: information of level 4."""
TEAM_ROLES = frozenset({"regional_kam", "national_kam", "sales_manager"})
SPONSOR = frozenset({"executive_sponsor"})
KEPT_MONTHS = 24


def reads_insight(user: User, row: Mapping[str, Any]) -> bool:
    """Whether a person may read level 4 of a customer: its account manager, the stand-in, the sponsor."""
    mine = bool(user.staff_name) and user.staff_name in (row["owner"], row["backup"])
    return mine or user.reaches(row, SPONSOR)


def in_team(user: User, row: Mapping[str, Any]) -> bool:
    """Whether a person belongs to the account team of a customer that it sees: level 3 and private notes."""
    return reads_insight(user, row) or user.reaches(row, TEAM_ROLES)


def notes_about(user: User, row: Mapping[str, Any], about: str, today: date) -> list[PrivateNote]:
    """The private notes that a person may read; none outside the account team, and none after their time."""
    if not in_team(user, row):
        return []
    return list(PrivateNote.objects.filter(customer=row["code"], about=about, keep_until__gte=today))


@transaction.atomic
def note(
    row: Mapping[str, Any], about: str, text: str, basis: str, *, today: date, actor: User, at: datetime
) -> PrivateNote:
    """Keeps a private note. **Raises** with what is missing; ``note.not-yours`` outside the account team."""
    if not in_team(actor, row):
        raise fail("note.not-yours", "only the account team keeps private notes", "仅客户团队可填写私密备注")
    needed = Text("please fill this in", "请填写此项")
    problems = [
        Problem("edit.required", needed, column=name)
        for name, said in (("text", text), ("basis", basis))
        if not said.strip()
    ]
    if problems:
        raise TierwiseError(problems)
    said = {"customer": row["code"], "about": about, "text": text.strip()[:2000], "basis": basis.strip()[:300],
            "author": actor.username}  # fmt: skip
    known = PrivateNote.objects.filter(**said).first()
    if known is not None:  # the same form, sent twice
        return known
    made = PrivateNote.objects.create(
        **said, author_name=actor.name, made_at=at, keep_until=add_months(today, KEPT_MONTHS),
    )  # fmt: skip
    record("notes.made", user=actor, at=at, note=made.pk, customer=row["code"], about=about)
    return made


@dataclass(slots=True)
class _Rule:
    """Who deletes notes past their time: nobody, but the rule."""

    username: str = "rule"


@transaction.atomic
def forget_expired(at: datetime) -> None:
    """Deletes the private notes whose time is over: a regular duty of the worker. How many they were is noted."""
    gone, _ = PrivateNote.objects.filter(keep_until__lt=timezone.localdate(at)).delete()
    if gone:
        record("notes.expired", user=_Rule(), at=at, notes=gone)


@transaction.atomic
def forget(found: PrivateNote, *, actor: User, at: datetime) -> None:
    """Deletes a private note for good; that it existed stays in the log, what it said does not."""
    if found.author != actor.username:
        raise fail("note.not-author", "only who wrote it deletes it", "仅作者可以删除")
    record("notes.deleted", user=actor, at=at, note=found.pk, customer=found.customer, about=found.about)
    found.delete()
