"""One thing done to many customers: chosen in the list, confirmed, done in steps that can be done again, taken back.

Who may do it is asked again for every customer when it is done, and a record that somebody else changed after it was
chosen is left alone and listed. Decision 0019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tierwise import api
from tierwise.kernel.errors import fail
from tierwise.kernel.text import Text
from tierwise_web.audit.services import record as note_event
from tierwise_web.common.batches import batched
from tierwise_web.customers.choosing import Choice
from tierwise_web.customers.correcting import TABLE
from tierwise_web.customers.models import (
    CLAIM,
    DONE,
    OPEN,
    RUNNING,
    SEGMENT_IN,
    SEGMENT_OUT,
    TRANSFER,
    UNDONE,
    Bulk,
)
from tierwise_web.customers.pool import pool_choice, pool_reading
from tierwise_web.customers.queries import CAP, codes
from tierwise_web.customers.segments import MEMBERS, key_of, memberships, put_in, take_out, taken_back
from tierwise_web.editing.leading import settle_customers
from tierwise_web.editing.models import IN_BOOK, TAKEN_BACK, WAITING, Change
from tierwise_web.editing.records import seen, standings
from tierwise_web.editing.services import change, end, lock_all
from tierwise_web.people.models import User
from tierwise_web.people.roles import CLAIM_CUSTOMERS, EDIT_SEGMENTS, TRANSFER_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

NEEDED = {
    TRANSFER: TRANSFER_CUSTOMERS,
    CLAIM: CLAIM_CUSTOMERS,
    SEGMENT_IN: EDIT_SEGMENTS,
    SEGMENT_OUT: EDIT_SEGMENTS,
}
LEADS = ("owner", "backup", "team")
AT_ONCE = 200
"""So many are done while somebody waits; more by a job, in steps of so many."""
SKIPPED = {
    "changed": Text("changed meanwhile by somebody else", "期间已被他人更改"),
    "not-yours": Text("not within your reach any more", "已不在您的范围内"),
    "same": Text("it is so already", "原本如此"),
    "in-already": Text("in the segment already", "已在该细分中"),
    "not-in": Text("not in the segment", "不在该细分中"),
    "by-rule": Text("in the segment by its rule", "按规则归入，不可手工移出"),
    "stopped": Text("stopped before it was its turn", "处理前已中止"),
    "on-its-way": Text("on its way to the book; try again shortly", "正在入账途中，请稍后再试"),
}
Progress = Callable[..., None]


def nothing_to_tell(stage: str, done: int = 0, total: int = 0) -> None:
    """Nobody waits for the progress."""


def open_bulk(
    book: api.Book, reading: Reading, choice: Choice, kind: str, *, today: date, actor: User, at: datetime
) -> Bulk:
    """Keeps who was chosen and what stood in their records; the form is filled next.

    **Raises** ``bulk.nobody``, ``bulk.too-many``.
    """
    found = codes(reading, choice, CAP + 1)
    if not found:
        raise fail(
            "bulk.nobody",
            "choose at least one customer for whom your roles allow this",
            "请至少选择一个您有权处理的客户",
        )
    if len(found) > CAP:
        raise fail(
            "bulk.too-many",
            "more than {most} customers at once are too many; narrow the list first",
            "一次最多处理 {most} 个客户，请先缩小范围",
            most=f"{CAP:,}",
        )
    now = standings(book, TABLE, found, today)
    chosen = {code: seen(now[code], LEADS) for code in found if code in now}
    return Bulk.objects.create(kind=kind, actor=actor, opened_at=at, query=choice.address(), chosen=chosen)


def begin(bulk: Bulk, said: Mapping[str, Any], *, actor: User, at: datetime) -> bool:
    """Takes what was said; whether it is to be done now: of a form that was sent twice, the first."""
    if not Bulk.objects.filter(pk=bulk.pk, state=OPEN).update(state=RUNNING, said=said):
        return False
    bulk.refresh_from_db()
    note_event("bulk.begun", user=actor, at=at, bulk=bulk.pk, kind=bulk.kind, customers=len(bulk.chosen))
    return True


def carry_out(
    book: api.Book,
    bulk: Bulk,
    *,
    today: date,
    actor: User,
    at: datetime,
    progress: Progress = nothing_to_tell,
) -> None:
    """Does it to every customer that was chosen; one that was interrupted goes on where it was."""
    for number, some in enumerate(batched(bulk.chosen, AT_ONCE)):
        progress("list", number * AT_ONCE, len(bulk.chosen))
        _step(book, bulk, some, today=today, actor=actor, at=at)
    if Bulk.objects.filter(pk=bulk.pk, state=RUNNING).update(state=DONE):
        note_event("bulk.done", user=actor, at=at, bulk=bulk.pk, kind=bulk.kind, customers=bulk.done)


def stop(bulk: Bulk) -> None:
    """Ends one whose job was cancelled: what was done stays, and can be taken back; the rest is told."""
    bulk.refresh_from_db()
    done = set(Change.objects.filter(group=bulk.group).values_list("customer", flat=True))
    bulk.skipped = dict.fromkeys((c for c in bulk.chosen if c not in done), "stopped") | bulk.skipped
    bulk.state = DONE
    bulk.save(update_fields=["state", "skipped"])


@transaction.atomic
def _step(book: api.Book, bulk: Bulk, some: list[str], *, today: date, actor: User, at: datetime) -> None:
    lock_all(TABLE, some)
    bulk.refresh_from_db(fields=["state", "done", "skipped"])  # another worker may have been here meanwhile
    if bulk.state != RUNNING:
        return
    done = set(Change.objects.filter(group=bulk.group, customer__in=some).values_list("customer", flat=True))
    wanted = [code for code in some if code not in done and code not in bulk.skipped]
    made = (
        _transferred(book, bulk, wanted, today)
        if bulk.kind in (TRANSFER, CLAIM)
        else _grouped(book, bulk, wanted)
    )
    mine = _within(bulk, actor, wanted)
    changes = []
    for code, one in made.items():
        if isinstance(one, str) or code not in mine:
            bulk.skipped[code] = one if isinstance(one, str) and code in mine else "not-yours"
            continue
        one.actor, one.made_at, one.group = actor.username, at, bulk.group
        changes.append(one)
    Change.objects.bulk_create(changes)
    bulk.done += len(changes)
    bulk.save(update_fields=["done", "skipped"])
    if bulk.kind in (TRANSFER, CLAIM):
        settle_customers(book, [one.key for one in changes], today=today)


def _within(bulk: Bulk, actor: User, some: list[str]) -> set[str]:
    """Those of some customers to whom the person may do it now."""
    edition = current_edition()
    if edition is None or not actor.may(NEEDED[bulk.kind]):
        return set()
    if bulk.kind == CLAIM:
        choice = pool_choice(actor, Choice(codes=tuple(some)), CLAIM_CUSTOMERS)
        return set(codes(pool_reading(edition, actor), choice, len(some)))
    return set(Reading(edition, actor.scope_for(NEEDED[bulk.kind])).names_of(some))


def _transferred(book: api.Book, bulk: Bulk, some: list[str], today: date) -> dict[str, Change | str]:
    now, said = standings(book, TABLE, some, today), bulk.said
    found: dict[str, Change | str] = {}
    for code in some:
        mine = now.get(code, {})  # none where the import that brought it was undone meanwhile
        values = {name: v for name, v in said["values"].items() if mine.get(name) != v}
        if not mine or seen(mine, LEADS) != bulk.chosen[code]:
            found[code] = "changed"
        elif not values:
            found[code] = "same"
        else:
            found[code] = Change(
                table=TABLE, key=code, customer=code, values=values, before={n: mine.get(n) for n in values},
                effective_on=date.fromisoformat(said["effective_on"]), reason=said["reason"], note=said["note"],
            )  # fmt: skip
    return found


def _grouped(book: api.Book, bulk: Bulk, some: list[str]) -> dict[str, Change | str]:
    known, said = memberships(book, some), bulk.said
    on, segment = date.fromisoformat(said["effective_on"]), str(said["segment"])
    found: dict[str, Change | str] = {}
    for code in some:
        mine = known.get(code, [])
        put = bulk.kind == SEGMENT_IN
        row = put_in(mine, code, segment, on) if put else take_out(mine, segment, on)
        if isinstance(row, str):
            found[code] = row
            continue
        before = next((one for one in mine if key_of(one) == key_of(row)), {})
        found[code] = Change(
            table=MEMBERS, key=key_of(row), customer=code, values=row, before=before, effective_on=on,
            reason=said["reason"], note=said["note"],
        )  # fmt: skip
    return found


def undo(
    book: api.Book,
    bulk: Bulk,
    *,
    today: date,
    actor: User,
    at: datetime,
    progress: Progress = nothing_to_tell,
) -> None:
    """Takes back all that it did: what waits is taken back, what is in the book is ended or put as it stood before.

    What somebody changed in these records later stays. Whom the person does not reach any more is left alone, and then it
    is not undone as a whole: who reaches the rest takes that back.
    """
    keys = list(Change.objects.filter(group=bulk.group).values_list("customer", flat=True))
    mine, done = _reached(book, bulk, actor, keys, today), set(keys)
    on_its_way: list[str] = []
    for some in batched([code for code in keys if code in mine], AT_ONCE):
        waits = Change.objects.filter(group=bulk.group, state=WAITING, customer__in=some)
        waits.filter(handover=None).update(state=TAKEN_BACK)
        on_its_way += waits.values_list("customer", flat=True)
    arrived = [
        pk
        for pk, code in Change.objects.filter(group=bulk.group, state=IN_BOOK).values_list("pk", "customer")
        if code in mine
    ]
    for number, pk in enumerate(arrived):
        progress("list", number, len(arrived))
        _ended(pk, bulk, today=today, actor=actor, at=at)
    rest = {code: why for code, why in bulk.skipped.items() if code not in done}
    left = dict.fromkeys((code for code in _still(bulk) if code not in mine), "not-yours")
    bulk.skipped = rest | left | dict.fromkeys(on_its_way, "on-its-way")
    bulk.state = DONE if on_its_way or left else UNDONE
    bulk.save(update_fields=["state", "skipped"])
    for some in batched(sorted(mine) if bulk.kind in (TRANSFER, CLAIM) else [], AT_ONCE):
        settle_customers(book, some, today=today)
    note_event("bulk.undone", user=actor, at=at, bulk=bulk.pk, kind=bulk.kind, customers=len(mine))


def _still(bulk: Bulk) -> set[str]:
    """The customers of whom what it did still stands; a membership that was written again does not."""
    stands = Change.objects.filter(group=bulk.group, state__in=(WAITING, IN_BOOK))
    if bulk.kind in (TRANSFER, CLAIM):
        return set(stands.values_list("customer", flat=True))
    found = {key: (pk, code) for key, pk, code in stands.values_list("key", "pk", "customer")}
    for some in batched(sorted(found), AT_ONCE):
        later = Change.objects.filter(table=MEMBERS, key__in=some, state__in=(WAITING, IN_BOOK))
        for key, pk in later.values_list("key", "pk"):
            if key in found and pk > found[key][0]:
                del found[key]
    return {code for _, code in found.values()}


def _reached(book: api.Book, bulk: Bulk, actor: User, keys: list[str], today: date) -> set[str]:
    """Those of some customers whom the person reaches today, as they stand or as they stood before it was done."""
    edition, need = current_edition(), NEEDED[bulk.kind]
    if edition is None or not actor.may(need):
        return set()
    scope = actor.scope_for(need)
    found = set(Reading(edition, scope).names_of(keys))
    if bulk.kind not in (TRANSFER, CLAIM):
        return found
    before = dict(Change.objects.filter(group=bulk.group).values_list("customer", "before"))
    for some in batched(keys, AT_ONCE):
        for code, now in standings(book, TABLE, some, today).items():
            was = now | before[code]
            lead = {name: was.get(name) for name in ("owner", "backup", "team")}
            if scope.covers(**lead, agent=was.get("agent_code")):
                found.add(code)
    return found


@transaction.atomic
def _ended(pk: int, bulk: Bulk, *, today: date, actor: User, at: datetime) -> None:
    """Takes one change back that is in the book: a correction ends, a membership becomes what it was."""
    if bulk.kind in (TRANSFER, CLAIM):
        end(pk, today=today, actor=actor, at=at)
        return
    found = Change.objects.get(pk=pk)
    later = Change.objects.filter(table=MEMBERS, key=found.key, pk__gt=pk, state__in=(WAITING, IN_BOOK))
    if not later.exists():
        change(
            MEMBERS, found.key, customer=found.customer, values=taken_back(found), before=found.values,
            effective_on=found.effective_on, actor=actor, at=at, reason="undone",
        )  # fmt: skip
