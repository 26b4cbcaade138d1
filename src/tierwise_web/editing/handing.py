"""Handing over what people changed to the book: one import named after the hand-over, whole or not at all.

It can be done again at any moment: a hand-over that was interrupted goes on under its name, and the register of
imports tells whether its rows arrived. Decision 0019.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from tierwise import api
from tierwise.book.batches import Batch, batches
from tierwise.book.contract import TABLES
from tierwise.book.rows import Refusal, import_rows, rows_of
from tierwise.book.surviving import MERGES
from tierwise_web.audit.services import record as note_event
from tierwise_web.common.batches import batched
from tierwise_web.editing.leading import settle_customers
from tierwise_web.editing.merging import Merged, OwnDays, Row, Step, dated_rows
from tierwise_web.editing.models import (
    BEGUN,
    DONE,
    ENDED,
    IN_BOOK,
    ORIGIN,
    REFUSED,
    UNDONE,
    WAITING,
    Change,
    Handover,
)
from tierwise_web.editing.records import AT_ONCE
from tierwise_web.editing.refused import open_refusals
from tierwise_web.editing.services import ENDING, Actor, came_with, end
from tierwise_web.editing.values import text_of


def hand_over(book: api.Book, *, actor: Actor, at: datetime) -> Handover | None:
    """Brings every waiting change into the book, and corrections again that a later file would have overwritten.

    One that was interrupted is finished first: what was changed since waits outside it.
    ``None`` where there is nothing to do. **Raises** ``book.busy`` where somebody else writes for long.
    """
    _note_undone_elsewhere(book, timezone.localdate(at))
    left = Handover.objects.filter(state=BEGUN).first()
    finished = _carry(book, left, actor=actor, at=at) if left else None
    return _carry(book, _begun(book, actor, at), actor=actor, at=at) or finished


def _carry(book: api.Book, handover: Handover, *, actor: Actor, at: datetime) -> Handover | None:
    """One hand-over, from wherever it stands to its end."""
    sent = list(Change.objects.filter(handover=handover, state=WAITING).order_by("id"))
    rows, otherwise = _rows(book, sent)
    if not sent and not any(rows.values()):
        handover.delete()
        return None
    given = {table: [row for _, row in pairs] for table, pairs in rows.items()}
    _, refusals = import_rows(book, given, origin=handover.origin, actor=actor.username, at=at)
    _finish(book, handover, rows, refusals, otherwise, actor=actor, at=at)
    told = {one.key for one in sent if one.table == "customers"}
    settle_customers(book, sorted(told), today=timezone.localdate(at))
    return handover


def _begun(book: api.Book, actor: Actor, at: datetime) -> Handover:
    """The hand-over under way, with all changes that wait: where somebody else just began one, that one."""
    try:
        with transaction.atomic():
            handover = Handover.objects.create(number=_free_number(book), actor=actor.username, begun_at=at)
            Change.objects.filter(state=WAITING, handover=None).update(handover=handover)
    except IntegrityError:
        return Handover.objects.filter(state=BEGUN).first() or _begun(book, actor, at)
    return handover


def _free_number(book: api.Book) -> int:
    """One more than every hand-over that the book or this database knows."""
    names = [file["name"] for batch in batches(book, book.current()) for file in batch.files]
    told = [name.removeprefix(ORIGIN) for name in names if name.startswith(ORIGIN)]
    known = Handover.objects.aggregate(last=Max("number"))["last"] or 0
    return max([known, *(int(text) for text in told if text.isascii() and text.isdecimal())]) + 1


Pairs = dict[str, list[tuple[list[Change], Row]]]


def _rows(book: api.Book, sent: list[Change]) -> tuple[Pairs, dict[int, Row]]:
    """The rows to import by table, each with the changes that it carries; and what files said otherwise."""
    found: Pairs = {}
    otherwise: dict[int, Row] = {}
    standing = Change.objects.filter(state__in=(IN_BOOK, ENDED), table__in=_DATED)
    for table in sorted({change.table for change in sent} | set(standing.values_list("table", flat=True))):
        mine = [change for change in sent if change.table == table]
        if table in _DATED:
            found[table], said = _dated(book, table, [*standing.filter(table=table), *mine])
            otherwise |= said
        else:
            found[table] = _versioned(mine)
    return found, otherwise


_DATED = [name for name, table in TABLES.items() if table.history == "dated"]


def _versioned(changes: Iterable[Change]) -> list[tuple[list[Change], Row]]:
    """One row for each record: what the last change of it says."""
    by_key: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_key[change.key].append(change)
    return [(some, dict(some[-1].values)) for some in by_key.values()]


def _dated(
    book: api.Book, table: str, changes: list[Change]
) -> tuple[list[tuple[list[Change], Row]], dict[int, Row]]:
    by_key: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_key[change.key].append(change)
    held: dict[str, list[Row]] = defaultdict(list)
    code, ours = TABLES[table].key[0], _batches_of_people(book)
    for row in rows_of(book, book.current(), table, code, list(by_key)):
        held[row[code]].append({name: text_of(value) for name, value in row.items()})
    pairs: list[tuple[list[Change], Row]] = []
    otherwise: dict[int, Row] = {}
    for key, some in by_key.items():
        own = own_days(held[key], some, ours)
        merged = _merged(table, key, held[key], some, own)
        otherwise |= merged.otherwise
        pairs += [([one for one in some if one.state == WAITING], row) for row in merged.rows]
    return pairs, otherwise


def _merged(table: str, key: str, held: list[Row], changes: list[Change], own: OwnDays) -> Merged:
    """What ended, and what ended it, holds no more against files: it only tells which columns of its row people said."""
    steps = [
        Step(change.pk, change.effective_on, change.values, change.state == IN_BOOK)
        for change in changes
        if change.state == WAITING or (change.state == IN_BOOK and change.reason != ENDING)
    ]
    return dated_rows(TABLES[table], held, steps, key, own)


def _batches_of_people(book: api.Book) -> set[int]:
    """The imports that hand-overs made."""
    known = batches(book, book.current())
    return {one.number for one in known if of_people(one)}


def own_days(held: Iterable[Row], changes: Iterable[Change], ours: Collection[int]) -> OwnDays:
    """The days of a record on which people alone spoke, with their columns; what is found is noted at the changes.

    It is noted before the rows go into the book: afterwards a row that a file had brought is told apart from one of
    ours no more.
    """
    made_by = {row["valid_from"]: int(str(row["batch"])) for row in held}
    by_day: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_day[change.effective_on.isoformat()].append(change)
    found: dict[str, set[str]] = {}
    for day, some in by_day.items():
        known = [one.alone for one in some if one.alone is not None]
        alone = day not in made_by or (made_by[day] in ours and bool(known) and all(known))
        for one in some:
            if one.alone is not alone:
                one.alone = alone
                one.save(update_fields=["alone"])
        if alone:
            found[day] = {name for one in some for name in one.values}
    return found


@transaction.atomic
def _finish(
    book: api.Book,
    handover: Handover,
    rows: Pairs,
    refusals: list[Refusal],
    otherwise: dict[int, Row],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Notes what became of each change. A record of which one row was refused is refused as a whole."""
    for refusal in refusals:
        changes, _ = rows[refusal.table][refusal.row]
        why = {"en": refusal.why.en, "zh": refusal.why.zh, "column": refusal.column}
        Change.objects.filter(pk__in=[one.pk for one in changes]).update(state=REFUSED, why=why)
    Change.objects.filter(handover=handover, state=WAITING).update(state=IN_BOOK)
    for some in batched(otherwise, AT_ONCE):
        for change in Change.objects.filter(pk__in=some):
            change.file_says |= otherwise[change.pk]
            change.save(update_fields=["file_says"])
    _end_fillings(handover, actor=actor, at=at)  # what files say otherwise speaks again
    handover.batches = batches_of(book, handover)
    handover.state, handover.done_at = DONE, at
    handover.save()
    note_event(
        "edits.handed-over",
        user=actor,
        at=at,
        handover=handover.pk,
        batches=handover.batches,
        refused=len(refusals),
    )


def _end_fillings(handover: Handover, *, actor: Actor, at: datetime) -> None:
    """Ends what refused merges had filled: the gaps of one customer are not filled from another."""
    merges = Change.objects.filter(handover=handover, table=MERGES, state=REFUSED)
    groups = [came_with(pk) for pk in merges.values_list("pk", flat=True)]
    for one in Change.objects.filter(group__in=groups, state=IN_BOOK).order_by("pk"):
        end(one.pk, today=timezone.localdate(at), actor=actor, at=at)


def batches_of(book: api.Book, handover: Handover) -> dict[str, int]:
    """Table -> number of the batch that the hand-over made."""
    known = batches(book, book.current())
    mine = [batch for batch in known if any(file["name"] == handover.origin for file in batch.files)]
    return {batch.table: batch.number for batch in mine}


@transaction.atomic
def note_undone(book: api.Book, batch: int, table: str, *, today: date) -> int:
    """Marks the changes whose import was undone, so that they are not put again; how many."""
    found = Handover.objects.filter(**{f"batches__{table}": batch}).first()
    if found is None:
        return 0
    changes = Change.objects.filter(handover=found, table=table, state=IN_BOOK)
    keys = sorted(set(changes.values_list("key", flat=True)))
    undone = changes.update(state=UNDONE)
    if table == "customers":
        settle_customers(book, keys, today=today)
    return undone


def of_people(batch: Batch) -> bool:
    """Whether an import came from the pages, and from no file that could be imported again."""
    return any(file["name"].startswith(ORIGIN) for file in batch.files)


def _note_undone_elsewhere(book: api.Book, today: date) -> None:
    """Imports of ours that the command line undid, or whose undoing was not noted here before somebody pulled the plug."""
    for batch in batches(book, book.current()):
        if batch.undone_by is not None and of_people(batch):
            note_undone(book, batch.number, batch.table, today=today)


def waiting() -> dict[str, Any]:
    """How many changes wait, and how many were refused and want a look."""
    return {
        "waiting": Change.objects.filter(state=WAITING).count(),
        "refused": open_refusals().count(),
    }
