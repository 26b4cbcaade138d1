"""What waits for the next run among the customers of a list: changes of their records, merges and unmerges."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from tierwise.book.contract import TABLES
from tierwise.book.surviving import MERGES
from tierwise.kernel.text import Lang
from tierwise_web.customers.correcting import OF_COST
from tierwise_web.editing.models import IN_BOOK, WAITING, Change
from tierwise_web.editing.values import shown
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_CUSTOMERS, SEE_DUPLICATES

Rows = list[dict[str, Any]]


def waiting_among(user: User, rows: Rows, lang: Lang, *, last_import: int) -> dict[str, str]:
    """Code -> what changes, in words, of those rows where something waits that this person hears about.

    ``last_import``: what came into the book by a later one, the run that is shown has not read either.
    """
    found = _records(user, rows, lang, last_import) if user.may(EDIT_CUSTOMERS) else {}
    if user.may(EDIT_CUSTOMERS) or user.may(SEE_DUPLICATES):
        found = dict.fromkeys(_merging(rows), "") | found
    return found


def _records(user: User, rows: Rows, lang: Lang, last_import: int) -> dict[str, str]:
    """Those whose record people changed: column and new value, the last word of each."""
    unread = Q(state=WAITING) | Q(state=IN_BOOK, handover__batches__customers__gt=last_import)
    asked = Change.objects.filter(unread, table="customers", key__in=[row["code"] for row in rows])
    told: dict[str, dict[str, str]] = {}
    for key, values in asked.order_by("id").values_list("key", "values"):
        seen = {name: value for name, value in values.items() if user.scope.profit or name not in OF_COST}
        told.setdefault(key, {}).update({n: shown("customers", n, v, lang) or "–" for n, v in seen.items()})
    colon, comma = ("：", "；") if lang == "zh" else (": ", "; ")
    labels = {
        name: TABLES["customers"].column(name).label.in_lang(lang) for some in told.values() for name in some
    }
    return {
        key: comma.join(f"{labels[name]}{colon}{value}" for name, value in some.items())
        for key, some in told.items()
    }


def _merging(rows: Rows) -> list[str]:
    """Those that are merged, or taken apart again: of both customers."""
    named = {code for merged, survivor, _ in merge_steps() for code in (merged, survivor)}
    return [row["code"] for row in rows if row["code"] in named]


def merge_steps() -> list[tuple[str, str, bool]]:
    """What the next run merges and takes apart: merged code, survivor, whether they are taken apart.

    A customer that goes from one survivor to another leaves the one and joins the other.
    """
    first: dict[str, str | None] = {}
    last: dict[str, str | None] = {}
    asked = Change.objects.filter(table=MERGES, state=WAITING).order_by("id")
    for key, values, before in asked.values_list("key", "values", "before"):
        first.setdefault(key, before.get("survivor_code"))
        last[key] = values.get("survivor_code")
    return [
        (key, survivor, apart)
        for key in last
        for survivor, apart in ((first[key], True), (last[key], False))
        if survivor and first[key] != last[key]
    ]
