"""Assessments as people look at them: what is in force, what is due, what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from tierwise import api
from tierwise.book.rows import rows_of
from tierwise.insight.assessing import Due, ending, unassessed
from tierwise.policy.forms import Form
from tierwise_web.assessments.models import DRAFT, REJECTED, SUBMITTED, Assessment
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
    kept: list[Assessment] = []
    some: list[Assessment] = []
    for one in found:
        some.append(one)
        if len(some) == MOST:
            kept += _seen(reading, some, user)
            some = []
        if len(kept) >= MOST:
            break
    return (kept + _seen(reading, some, user))[:MOST]


def _seen(reading: Reading, some: Sequence[Assessment], user: User) -> list[Assessment]:
    seen = reading.names_of([one.customer for one in some])
    return [one for one in some if one.customer in seen and _open_to(one, user)]


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
    kept: list[tuple[Due, str]] = []
    for start in range(0, len(found), 500):
        some = found[start : start + 500]
        names = reading.names_of([one.customer for one in some])
        kept += [(one, names[one.customer]) for one in some if one.customer in names]
        if len(kept) >= MOST:
            break
    return kept[:MOST]
