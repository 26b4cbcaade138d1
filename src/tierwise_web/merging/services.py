"""Merging two customers, taking it back, and keeping that they are two. Spec 3.3, 12.3; decision 0022."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from tierwise import api
from tierwise.book.surviving import MERGES, ends_of
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise.merging.candidates import DIFFERENT, pair_of
from tierwise.merging.deciding import (
    ALWAYS,
    no_customer,
    not_merged,
    refuse_above,
    refuse_beside,
    refuse_out_of_use,
    refuse_pair,
)
from tierwise_web.audit.services import record
from tierwise_web.customers.correcting import TABLE, above
from tierwise_web.editing import services as editing
from tierwise_web.editing.models import IN_BOOK, WAITING, Change
from tierwise_web.editing.reasons import given_reason
from tierwise_web.editing.records import Values, standings
from tierwise_web.editing.services import came_with, change, digest, lock, lock_all
from tierwise_web.merging.models import Candidate
from tierwise_web.merging.queries import Standing, standing_merges
from tierwise_web.people.models import User

EVERY = "*"
"""The record that is locked while anything is merged: two merges at once could close a circle."""
TAKEN = "name short_name unified_credit_code industry region country segment ownership_nature registered_capital " \
    "total_assets annual_turnover development_speed_pct potential_need employees land_area_m2 listed source " \
    "first_contact_on expectations credit_standing_note tags".split()  # fmt: skip
"""Columns that the survivor may take over where it has nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody decided on the page of a pair."""

    merged: str
    survivor: str
    reason: str
    since: str
    """The first day; empty: they always were one."""
    take: Collection[str]
    """Columns that the survivor takes over from the merged customer, where it has nothing."""
    seen: str
    """What both records said when the person looked."""


def seen_of(records: dict[str, Values], one: str, other: str) -> str:
    """Tells whether both records are still what somebody saw."""
    both = (records[code] for code in pair_of(one, other))
    return digest({f"{at}{name}": value for at, values in enumerate(both) for name, value in values.items()})


@transaction.atomic
def merge(book: api.Book, wish: Wish, *, today: date, actor: User, at: datetime) -> Change:
    """Lets a customer go on in another with the next run; gaps that are ticked are filled as corrections.

    **Raises** ``merge.…`` for what cannot be, ``web.changed-meanwhile``, and with mistakes at their fields.
    """
    lock(MERGES, EVERY)
    lock_all(TABLE, [wish.merged, wish.survivor])
    records = standings(book, TABLE, [wish.merged, wish.survivor], today)
    for code in (wish.merged, wish.survivor):
        if code not in records:
            raise no_customer(code)
    held = {code: one.survivor for code, one in standing_merges(book).items()}
    refuse_out_of_use(wish.survivor, records[wish.survivor].get("status") or "active")
    refuse_beside(held, wish.merged, wish.survivor)
    refuse_above(above(book, wish.survivor, ends=ends_of(held)), wish.merged, wish.survivor)
    if seen_of(records, wish.merged, wish.survivor) != wish.seen:
        raise fail(
            "web.changed-meanwhile",
            "one of the records was changed meanwhile; look at both again",
            "其中一份档案已被更改，请重新核对",
        )
    reason, since = given_reason(wish.reason), _since(wish.since, today)
    made = _say(wish.merged, wish.survivor, None, since, reason, why="duplicate", actor=actor, at=at)
    _fill(made, records, wish, today=today, actor=actor, at=at)
    Candidate.objects.filter(Q(first=wish.merged) | Q(second=wish.merged)).delete()
    record("customers.merged", user=actor, at=at, merged=wish.merged, survivor=wish.survivor)
    return made


def _say(
    merged: str, survivor: str | None, before: str | None, since: date, reason: str, *, why: str, actor: User, at: datetime
) -> Change:  # fmt: skip
    """Says it from a day on; the last decision speaks, also on later days of which something was said (``dated_rows``)."""
    return change(
        MERGES, merged, customer=merged,
        values={"merged_code": merged, "survivor_code": survivor, "reason": reason},
        before={"survivor_code": before}, effective_on=since, actor=actor, at=at, reason=why, note=reason,
    )  # fmt: skip


def _since(text: str, today: date) -> date:
    if not text.strip():
        return ALWAYS
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        words = Text("write the day as 2026-10-31", "日期请写成 2026-10-31")
        raise TierwiseError([Problem("edit.day", words, column="since")]) from None
    if day > today:
        raise TierwiseError(
            [Problem("edit.future", Text("it has not come yet", "该日尚未到来"), column="since")]
        )
    return day


def _fill(
    made: Change, records: dict[str, Values], wish: Wish, *, today: date, actor: User, at: datetime
) -> None:
    """What the survivor lacks and the merged customer has, as far as it was ticked: a correction of its own."""
    ours, theirs = records[wish.survivor], records[wish.merged]
    names = [name for name in TAKEN if name in wish.take and not ours.get(name) and theirs.get(name)]
    if not names:
        return
    filled = change(
        TABLE, wish.survivor, customer=wish.survivor, values={name: theirs[name] for name in names},
        before=dict.fromkeys(names), effective_on=today, actor=actor, at=at, reason="duplicate",
        note=wish.merged,
    )  # fmt: skip
    Change.objects.filter(pk=filled.pk).update(group=came_with(made.pk))


@transaction.atomic
def unmerge(
    book: api.Book, merged: str, *, survivor: str, reason: str, today: date, actor: User, at: datetime
) -> None:
    """Takes a merge back, with the gaps that it filled: at once where no run has read it, else with the next run.

    **Raises** ``merge.none`` where there is none (any more) into that survivor, ``edit.required`` without a reason,
    ``merge.on-its-way`` while it is handed over: what it fills could not be emptied.
    """
    lock(MERGES, EVERY)
    held = standing_merges(book).get(merged)
    if held is None or held.survivor != survivor:
        raise not_merged(merged)
    said = given_reason(reason)
    if held.waits and held.change is not None:
        if held.change.handover_id is not None:
            raise _on_its_way()
        editing.take_back(held.change.pk, actor=actor, at=at, whole=True)
    else:
        _say(merged, None, survivor, held.since, said, why="undone", actor=actor, at=at)
    _empty_again(held, today=today, actor=actor, at=at)
    record("customers.unmerged", user=actor, at=at, merged=merged, survivor=survivor)


def _on_its_way() -> TierwiseError:
    return fail(
        "merge.on-its-way",
        "this merge is just on its way to the book; take it back in a moment",
        "该合并正在入账，请稍后再撤销",
    )


def _empty_again(held: Standing, *, today: date, actor: User, at: datetime) -> None:
    """Ends what was filled with the merge, where it still stands."""
    if held.change is None:
        return
    for one in Change.objects.filter(group=came_with(held.change.pk), state__in=(WAITING, IN_BOOK)):
        if one.state == WAITING:
            editing.take_back(one.pk, actor=actor, at=at, whole=True)
        else:
            editing.end(one.pk, today=today, actor=actor, at=at)


@transaction.atomic
def keep_apart(
    book: api.Book, one: str, other: str, *, reason: str, today: date, actor: User, at: datetime
) -> Change:
    """Keeps that two customers are not the same; they are proposed no more.

    **Raises** ``merge.same`` for two codes of one customer, ``edit.required`` without a reason.
    """
    refuse_pair({code: held.survivor for code, held in standing_merges(book).items()}, one, other)
    first, second = pair_of(one, other)
    key = f"{first} / {second}"
    lock(DIFFERENT, key)
    said = given_reason(reason)
    values = {"first_code": first, "second_code": second, "different": "true", "reason": said,
              "decided_on": today.isoformat()}  # fmt: skip
    made = change(
        DIFFERENT, key, customer=first, values=values, before={}, effective_on=today, actor=actor, at=at,
        note=said,
    )  # fmt: skip
    Candidate.objects.filter(first=first, second=second).delete()
    record("customers.kept-apart", user=actor, at=at, first=first, second=second)
    return made
