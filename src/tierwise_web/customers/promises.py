"""What was promised to customers, across all of them: what is due, what is overdue, what was done. Source: spec 4.2.

A promise stands in the record of the visit or call in which it was made. It is kept, put off and taken up again by
ordinary changes of that record; these reach the book with the next run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tierwise import api
from tierwise.book.rows import rows_filled
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise_web.customers.speaking import ends_on
from tierwise_web.customers.unmet import fresh
from tierwise_web.editing.keeping import Draft, keep
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.records import seen, standing
from tierwise_web.editing.services import take_back
from tierwise_web.people.models import User
from tierwise_web.people.roles import LOG_WORK, SEE_CONTACTS
from tierwise_web.people.scope import Scope
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading

TABLE = "interactions"
COLUMNS = "number customer_code date kind by promise promise_due_on promise_state".split()
STEPS = ("promise_due_on", "promise_state")
"""The columns that say what becomes of a promise."""
SOON_DAYS = 14
PARTS: dict[str, Text] = {
    "overdue": Text("Overdue", "已逾期"),
    "due": Text("Due within two weeks", "两周内到期"),
    "later": Text("Later", "以后"),
    "done": Text("Done", "已了结"),
}
OPEN_PARTS = ("overdue", "due", "later")
WHOSE: dict[str, Text] = {"mine": Text("Mine", "我的"), "all": Text("All within reach", "可见范围内全部")}
_KNOWN: dict[tuple[str, int], pa.Table] = {}
"""The promises of a book at a version: it never changes."""


@dataclass(frozen=True, slots=True)
class Promises:
    """The promises that somebody sees, part by part, in the order in which they are due; done ones newest first."""

    parts: Mapping[str, pa.Table]

    def count(self, part: str) -> int:
        """How many there are of a part."""
        return int(self.parts[part].num_rows)

    def some(self, part: str, start: int, size: int) -> list[dict[str, Any]]:
        """A page of a part."""
        found: list[dict[str, Any]] = self.parts[part].slice(start, size).to_pylist()
        return found


def promises(
    book: api.Book, edition: Edition, user: User, whose: str, today: date, *, need: str = SEE_CONTACTS
) -> Promises:
    """The promises to customers within one's reach; ``mine``: to one's own customers, or made by oneself.

    ``need``: what is to be done with them; the roles that allow it say how far that is.
    """
    table = _with_waiting(_of_book(book))
    reading, ends = Reading(edition, user.scope_for(need)), ends_on(book, today)
    if reading.scope.reach != "all":
        table = table.filter(_to(table, reading, ends))
    if whose == "mine":
        own = Reading(edition, Scope("own", owners=(user.staff_name,) if user.staff_name else ()))
        by_me = pc.is_in(
            table["by"], pa.array([name for name in (user.staff_name, user.name) if name], pa.string())
        )
        table = table.filter(pc.or_(by_me, _to(table, own, ends)))
    return Promises(_parted(table, today))


def may_have_promises(user: User) -> bool:
    """Whether promises of one's own are possible: to own customers, or made by oneself."""
    return bool(user.staff_name) or user.may(LOG_WORK)


def _to(table: pa.Table, reading: Reading, ends: Mapping[str, str]) -> pa.Array:
    """Which promises are to customers within reach: those that no run has met, and those that go on in them, too."""
    codes = {*reading.codes(), *(row["code"] for row in fresh(reading))}
    merged = [code for code, end in ends.items() if end in codes]
    return pc.is_in(table["customer_code"], pa.array([*sorted(codes), *merged], pa.string()))


def _of_book(book: api.Book) -> pa.Table:
    version = book.current()
    asked = (str(book.path), version.number)
    found = _KNOWN.get(asked)
    if found is None:
        found = rows_filled(book, version, TABLE, "promise", COLUMNS)
        _KNOWN.clear()
        _KNOWN[asked] = found
    return found


def _with_waiting(table: pa.Table) -> pa.Table:
    """The promises of the book under what people wrote since."""
    waiting: dict[str, dict[str, str | None]] = {}
    for one in Change.objects.filter(table=TABLE, state=WAITING).order_by("id"):
        waiting[one.key] = waiting.get(one.key, {}) | one.values
    if not waiting:
        return table
    kept = table.filter(pc.invert(pc.is_in(table["number"], pa.array(list(waiting), pa.string()))))
    rows = [{name: one.get(name) for name in COLUMNS} for one in waiting.values() if one.get("promise")]
    return pa.concat_tables([kept, pa.Table.from_pylist(rows, kept.schema)])


def _parted(table: pa.Table, today: date) -> dict[str, pa.Table]:
    state, due = table["promise_state"].fill_null("open"), table["promise_due_on"].fill_null("9999-12-31")
    is_open = pc.equal(state, "open")
    late = pc.less(due, today.isoformat())
    soon = pc.less_equal(due, (today + timedelta(days=SOON_DAYS)).isoformat())
    asked = {
        "overdue": pc.and_(is_open, late),
        "due": pc.and_(is_open, pc.and_(pc.invert(late), soon)),
        "later": pc.and_(is_open, pc.invert(soon)),
        "done": pc.invert(is_open),
    }
    order = {"done": [("date", "descending"), ("number", "ascending")]}
    usual = [("promise_due_on", "ascending"), ("number", "ascending")]
    return {part: table.filter(mask).sort_by(order.get(part, usual)) for part, mask in asked.items()}


def seen_of(row: Mapping[str, Any]) -> str:
    """Tells whether a promise is still what somebody saw."""
    return seen(row, STEPS)


def kept_words(row: Mapping[str, Any], today: date) -> str:
    """The state of a promise that is kept today: kept, or kept late."""
    return "late" if (row.get("promise_due_on") or "9999") < today.isoformat() else "kept"


def step(
    book: api.Book, number: str, customer: str, given: Mapping[str, str], *, seen_before: str, today: date, actor: User,
    at: datetime,
) -> Change | None:  # fmt: skip
    """Keeps what became of a promise; ``None`` where it is so already.

    **Raises** ``edit.no-record``, ``web.changed-meanwhile``; a day that is no day at its field.
    """
    draft = Draft(TABLE, number, customer, STEPS, given, seen_before)
    return keep(book, draft, on=today, today=today, actor=actor, at=at)


def put_off(
    book: api.Book,
    number: str,
    customer: str,
    until: str,
    *,
    seen_before: str,
    today: date,
    actor: User,
    at: datetime,
) -> Change | None:
    """Gives a promise another day. **Raises** ``promise.day`` for one that is missing or over."""
    try:
        over = date.fromisoformat(until) < today
    except ValueError:
        over = True
    if over:
        words = Text("choose the new day, today or later", "请选择新的到期日（今天或以后）")
        raise TierwiseError([Problem("promise.day", words, column="promise_due_on")])
    given = {"promise_due_on": until, "promise_state": "open"}
    return step(book, number, customer, given, seen_before=seen_before, today=today, actor=actor, at=at)


def undo(book: api.Book, change: Change, *, today: date, actor: User, at: datetime) -> None:
    """Puts a promise as it stood before one's own step: what waits is taken back, what is in the book is said again.

    **Raises** ``edit.not-yours``; ``web.changed-meanwhile`` where somebody went on with it since.
    """
    if change.actor != actor.username:
        raise fail("edit.not-yours", "somebody else changed this", "此变更由他人提出")
    now = standing(book, TABLE, change.key, today)
    if now is None or any(now.get(name) != change.values.get(name) for name in STEPS):
        raise fail("web.changed-meanwhile", "this was changed meanwhile", "该记录已被更改")
    if change.state == WAITING and change.handover_id is None:
        take_back(change.pk, actor=actor, at=at)
        return
    given = {name: change.before.get(name) or "" for name in STEPS}
    step(book, change.key, change.customer, given, seen_before=seen_of(now), today=today, actor=actor, at=at)


def codes_of(rows: Sequence[Mapping[str, Any]], ends: Mapping[str, str]) -> list[str]:
    """The customers of some promises, with those in which they go on."""
    codes = dict.fromkeys(str(row["customer_code"]) for row in rows)
    return list(codes | dict.fromkeys(ends[code] for code in codes if code in ends))
