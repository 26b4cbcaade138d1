"""Changing a record, and taking a change back. Services say what they refuse; views show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from tierwise.book.contract import TABLES
from tierwise.book.surviving import MERGES
from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.audit.services import record as note_event
from tierwise_web.editing.models import ENDED, IN_BOOK, TAKEN_BACK, WAITING, Change, Record
from tierwise_web.editing.reasons import CREATED

CORRECTED = "customers"
"""The table whose changes are corrections that can be ended; other records are changed again instead."""
DECIDED = "assessments"
"""The table whose changes two people decided: nobody takes one back alone."""
NAMING = sorted({c.name for table in TABLES.values() for c in table.columns if c.refers_to == "customers"})
"""The columns that name a customer."""
ENDING = "ended"
"""The reason of the change that ends a correction: it is put once and does not hold against later files."""


def came_with(merge: int) -> str:
    """What the corrections that came with a merge (the number of its change) are marked with."""
    return f"merge:{merge}"


class Actor(Protocol):
    """Whoever edits."""

    username: str


def lock(table: str, key: str) -> None:
    """Makes everybody else who changes this record wait until the transaction ends."""
    Record.objects.bulk_create([Record(table=table, key=key)], ignore_conflicts=True)
    Record.objects.select_for_update().get(table=table, key=key)


def lock_all(table: str, keys: Sequence[str]) -> None:
    """The same for several records, always in the same order, so that two who lock some never wait for each other."""
    wanted = sorted(keys)
    Record.objects.bulk_create([Record(table=table, key=key) for key in wanted], ignore_conflicts=True)
    list(Record.objects.select_for_update().filter(table=table, key__in=wanted).order_by("key"))


def digest(values: Mapping[str, str | None]) -> str:
    """Tells whether a record is still what somebody saw."""
    return sha256(repr(sorted(values.items())).encode()).hexdigest()[:16]


@transaction.atomic
def change(
    table: str,
    key: str,
    *,
    customer: str,
    values: Mapping[str, str | None],
    before: Mapping[str, str | None],
    effective_on: date,
    actor: Actor,
    at: datetime,
    reason: str = "",
    note: str = "",
) -> Change:
    """Keeps what somebody changed; the next run reads it. The caller holds the lock of the record."""
    made = Change.objects.create(
        table=table, key=key, customer=customer, values=dict(values), before=dict(before),
        effective_on=effective_on, reason=reason, note=note, actor=actor.username, made_at=at,
    )  # fmt: skip
    columns = sorted(name for name, value in values.items() if value != before.get(name))
    note_event("edits.made", user=actor, at=at, change=made.pk, table=table, record=key, columns=columns)
    return made


@transaction.atomic
def take_back(number: int, *, actor: Actor, at: datetime, whole: bool = False) -> Change:
    """Takes a change back that has not reached the book. ``whole``: the caller takes back all that belongs to it.

    **Raises** ``edit.on-its-way``; ``edit.begun``; ``edit.decided`` for what two people decided: a new one supersedes it;
    ``edit.merged`` for a merge that is not taken back whole.
    """
    if not whole and Change.objects.filter(pk=number, table=MERGES).exists():
        raise fail(
            "edit.merged",
            "a merge is taken back on the page of merged customers, with all that it filled",
            "请在“已合并客户”页面撤销合并，补全的内容将一并撤销",
        )
    if Change.objects.filter(pk=number, table=DECIDED).exists():
        raise fail(
            "edit.decided",
            "an accepted assessment is not taken back; a new one supersedes it",
            "已接受的评估不可撤回，请以新的评估取代",
        )
    _refuse_begun(number)
    taken = Change.objects.filter(pk=number, state=WAITING, handover=None).update(state=TAKEN_BACK)
    found = Change.objects.get(pk=number)
    if not taken:
        raise fail(
            "edit.on-its-way",
            "this change is on its way to the book or there already; change the record again instead",
            "该变更已在入账途中或已入账簿；请改为再次修改该记录",
        )
    note_event("edits.taken-back", user=actor, at=at, change=number, table=found.table, record=found.key)
    return found


def _refuse_begun(number: int) -> None:
    """**Raises** ``edit.begun`` for a new customer about whom something else was written meanwhile, or whom that names."""
    made = Change.objects.filter(pk=number, table=CORRECTED, reason=CREATED).first()
    if made is None:
        return
    about = Q(customer=made.key)
    for name in NAMING:
        about |= Q(**{f"values__{name}": made.key})
    if Change.objects.filter(about, state=WAITING).exclude(pk=number).exists():
        raise fail(
            "edit.begun",
            "more was written about this new customer; take that back first",
            "该新客户已有其他变更，请先撤回这些变更",
        )


@transaction.atomic
def end(number: int, *, today: date, actor: Actor, at: datetime) -> Change | None:
    """Ends a correction: what files say otherwise speaks again from today on; else what stood before.

    What is ended is not put again after later imports; what a later correction says stays. **Raises**
    ``edit.not-standing``.
    """
    found = Change.objects.select_for_update().get(pk=number)
    if found.state != IN_BOOK or found.table != CORRECTED:
        raise _not_standing()
    lock(found.table, found.key)
    Change.objects.filter(pk=number).update(state=ENDED)
    note_event("edits.ended", user=actor, at=at, change=number, table=found.table, record=found.key)
    names = found.values.keys() - _said_later(found)
    if not names:
        return None
    back = {name: found.file_says.get(name, found.before.get(name)) for name in names}
    return change(
        found.table, found.key, customer=found.customer, values=back, before={name: found.values[name] for name in back},
        effective_on=max(today, found.effective_on), actor=actor, at=at, reason=ENDING,
    )  # fmt: skip


def _said_later(found: Change) -> set[str]:
    """The columns of which a later correction of the record speaks."""
    others = Change.objects.filter(table=found.table, key=found.key, state__in=(IN_BOOK, WAITING))
    mine = (found.effective_on, found.pk)
    return {name for one in others if (one.effective_on, one.pk) > mine for name in one.values}


def _not_standing() -> TierwiseError:
    return fail(
        "edit.not-standing",
        "only a change that is in the book can be ended",
        "只有已入账簿的变更可以终止",
    )


def refuse_closed(day: date, first_open: date | None, today: date) -> None:
    """**Raises** ``edit.closed`` for a day in the closed period, ``edit.future`` for one that is not there yet."""
    if first_open is not None and day < first_open:
        raise fail(
            "edit.closed",
            "{day} lies in the closed period; choose {first} or later",
            "{day} 属于已结账期间，请选择 {first} 或之后的日期",
            column="effective_on", day=day, first=first_open,
        )  # fmt: skip
    if day > today:
        raise fail("edit.future", "{day} has not come yet", "{day} 尚未到来", column="effective_on", day=day)
