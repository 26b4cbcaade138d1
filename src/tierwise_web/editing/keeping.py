"""Writing one record of a table that people keep: contacts, interactions. Decision 0019."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.text import Text
from tierwise_web.editing.models import Change
from tierwise_web.editing.naming import no_person
from tierwise_web.editing.records import Values, read_form, seen, standing
from tierwise_web.editing.services import Actor, change, lock, refuse_closed
from tierwise_web.people.models import name_of_person

BECOMES = {
    "interactions": frozenset({"promise_due_on", "promise_state"}),
    "signals": frozenset({"state", "owner", "action"}),
}
"""What becomes of a record later: it is of the day on which it is said, so that a closed period is no hindrance."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as somebody wrote it. ``seen`` is empty for a new one; one that was sent twice is kept once."""

    table: str
    key: str
    customer: str
    names: Sequence[str]
    """The columns that this person may write."""
    given: Mapping[str, str]
    seen: str = ""
    people: Collection[str] | None = None
    """Who may be named as the owner; null where the record names none."""


@transaction.atomic
def keep(book: api.Book, draft: Draft, *, on: date, today: date, actor: Actor, at: datetime) -> Change | None:
    """Keeps a new or changed record; ``None`` where nothing differs.

    A dated table takes the changed columns from ``on``; a versioned one the whole row, whose day is its own.
    **Raises** with every mistake at its field; ``web.changed-meanwhile``; ``edit.no-record`` for another customer's.
    """
    lock(draft.table, draft.key)
    table = TABLES[draft.table]
    now = standing(book, draft.table, draft.key, today)
    if draft.seen if now is None else now.get("customer_code") != draft.customer:
        raise fail("edit.no-record", "there is no such record", "没有该记录")
    asked = {} if draft.seen else dict.fromkeys(draft.names, "")
    said = read_form(draft.table, draft.names, asked | dict(draft.given))
    known = now or {table.key[0]: draft.key, "customer_code": draft.customer}
    changed = {name: value for name, value in said.values.items() if value != known.get(name)}
    wanted = bool(changed or said.problems)
    if wanted and now is not None and seen(now, draft.names) != draft.seen:
        raise meanwhile(draft.table, draft.key)
    day = on if table.history == "dated" else _day_of(table.effective_on, known | changed, today)
    if now is not None and changed.keys() <= BECOMES.get(draft.table, frozenset()):
        day = today
    problems = [*said.problems, *_closed(book, day, today, table.effective_on)]
    problems += _implausible(draft.table, changed, known | changed)
    if (contact := changed.get("contact_code")) and draft.table == "interactions":
        problems += _no_contact(book, contact, draft.customer, today)
    if draft.people is not None and (owner := changed.get("owner")) and owner not in draft.people:
        problems.append(no_person("owner", owner, draft.people))
    if problems:
        raise TierwiseError(problems)
    if not changed:
        return None
    whole = table.history != "dated" or now is None
    values = {
        name: (known | changed).get(name)
        for name in ([c.name for c in table.file_columns] if whole else changed)
    }
    values.pop("valid_from", None)
    return change(
        draft.table, draft.key, customer=draft.customer, values=values,
        before={name: (now or {}).get(name) for name in values}, effective_on=day, actor=actor, at=at,
    )  # fmt: skip


def _no_contact(book: api.Book, contact: str, customer: str, today: date) -> list[Problem]:
    found = standing(book, "contacts", contact, today)
    if found is not None and found.get("customer_code") == customer:
        return []
    return [Problem("edit.choice", Text("choose one of the list", "请从列表中选择"), column="contact_code")]


def _implausible(table: str, changed: Values, row: Values) -> list[Problem]:
    """What nobody means to write. A file may have brought it, so that only what the person wrote is looked at."""
    found: list[Problem] = []
    if table == "contacts" and (email := changed.get("email")):
        try:
            validate_email(email)
        except ValidationError:
            words = Text("this is no e-mail address", "不是有效的电子邮件地址")
            found.append(Problem("edit.email", words, column="email"))
    if table == "interactions" and changed.keys() & {"date", "promise_due_on"}:
        made, due = row.get("date"), row.get("promise_due_on")
        if due and not row.get("promise"):
            words = Text("say what was promised", "请填写承诺内容")
            found.append(Problem("edit.promise", words, column="promise"))
        if made and due and due < made:
            words = Text("this is before {day}, when it was promised", "早于承诺当日 {day}")
            found.append(Problem("edit.promise-day", words, {"day": made}, column="promise_due_on"))
    return found


def _day_of(column: str, values: Values, today: date) -> date:
    text = values.get(column)
    return date.fromisoformat(text) if text else today


def _closed(book: api.Book, day: date, today: date, column: str) -> list[Problem]:
    try:
        refuse_closed(day, book.upcoming().settings.first_open_day, today)
    except TierwiseError as error:
        return [Problem(p.code, p.text, p.slots, column=column) for p in error.problems]
    return []


def meanwhile(table: str, key: str) -> TierwiseError:
    """Somebody else, or a file, changed the record after the person looked."""
    last = Change.objects.filter(table=table, key=key).first()
    return fail(
        "web.changed-meanwhile",
        "This record was changed meanwhile (last by {who}); what stands there now is shown beside yours, and yours is kept",
        "该记录已被更改（最近一次：{who}）；旁边显示现有内容，您填写的内容仍保留",
        who=name_of_person(last.actor) if last else "–",
    )
