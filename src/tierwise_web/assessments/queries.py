"""Assessments as people look at them: what is in force, what is due, what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db.models import QuerySet

from tierwise import api
from tierwise.book.rows import rows_of
from tierwise.insight.assessing import Due, ending, unassessed
from tierwise.kernel.text import Lang, Text
from tierwise.policy.forms import Form
from tierwise_web.assessments.models import DRAFT, REJECTED, SUBMITTED, Assessment
from tierwise_web.common.batches import batched
from tierwise_web.editing.models import IN_BOOK, REFUSED, TAKEN_BACK, UNDONE, WAITING, Change
from tierwise_web.people.models import User
from tierwise_web.published.reading import Reading

SOON_DAYS = 60
MOST = 100
"""Rows of a list; the rest follows when these are done."""


def in_force(book: api.Book, customer: str, template: str) -> dict[str, dict[str, Any]]:
    """The latest answer of each criterion in the book: criterion -> row."""
    rows = rows_of(book, book.current(), "assessments", "customer_code", [customer])
    return {row["criterion"]: row for row in rows if row["template"] == template}


def mine(user: User) -> QuerySet[Assessment]:
    """What a person began, has to mend, or waits for."""
    return Assessment.objects.filter(assessor=user.username, state__in=(DRAFT, REJECTED, SUBMITTED))


def to_decide(user: User) -> QuerySet[Assessment]:
    """What others submitted, the oldest first."""
    found = Assessment.objects.filter(state=SUBMITTED).exclude(assessor=user.username)
    return found.order_by("submitted_at", "id")


def of_customer(customer: str) -> QuerySet[Assessment]:
    """All that was ever written about a customer, the newest first."""
    return Assessment.objects.filter(customer=customer)


def within(reading: Reading, found: Iterable[Assessment], user: User) -> list[Assessment]:
    """Those of customers that the person sees, as many as a list bears; drafts are their writer's alone."""
    seen = _named(reading, (one for one in found if _open_to(one, user)))
    return [one for one, _ in islice(seen, MOST)]


Of = TypeVar("Of", Assessment, Due)


def _named(reading: Reading, found: Iterable[Of]) -> Iterator[tuple[Of, str]]:
    """Those of customers that the person sees, with their names; no more are asked for than somebody takes."""
    for some in batched(found, MOST):
        names = reading.names_of([one.customer for one in some])
        yield from ((one, names[one.customer]) for one in some if one.customer in names)


@dataclass(frozen=True, slots=True)
class Way:
    """Where the answers of an accepted assessment are on their way to the book."""

    words: Text
    lost: bool = False
    """Whether some will not arrive."""
    why: str = ""


WAYS = {
    REFUSED: Text("The importer refused some of it:", "部分内容被导入程序拒收："),
    UNDONE: Text("Its import was undone, so that it does not count.", "其导入已被撤销，不再计入。"),
    TAKEN_BACK: Text("Some of it was taken back before it reached the book.", "部分内容在入账簿前已撤回。"),
    WAITING: Text("It reaches the next run.", "将进入下次运行。"),
    IN_BOOK: Text("It is in the book.", "已入账簿。"),
}
"""What is told first."""


def way_of(one: Assessment, lang: Lang) -> Way:
    """How far the answers came; the worst that happened to one of them."""
    sent = Change.objects.filter(table="assessments", customer=one.customer, note=f"#{one.pk}")
    states = {change.state: change.refusal(lang) for change in sent}
    state = next((state for state in WAYS if state in states), WAITING)
    return Way(WAYS[state], state not in (WAITING, IN_BOOK), states.get(state, ""))


def _open_to(one: Assessment, user: User) -> bool:
    return one.state != DRAFT or one.assessor == user.username


def due(book: api.Book, form: Form, reading: Reading, *, today: date, never: bool) -> list[tuple[Due, str]]:
    """Customers within the reach whose assessment is due, with their names; as many as a list bears."""
    among = None if reading.scope.reach == "all" else reading.codes()
    if never:
        found = unassessed(book, form.template, form.kinds, on=today, among=among)
    else:
        criteria = [item.criterion for item in form.items]
        until = today + timedelta(days=SOON_DAYS)
        found = ending(book, form.template, criteria, on=today, until=until, among=among)
    return list(islice(_named(reading, found), MOST))
