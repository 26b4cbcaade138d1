"""What waits for the next run among the customers of a list: changes of their records, merges and unmerges."""

from __future__ import annotations

from typing import Any

from tierwise.book.contract import TABLES
from tierwise.kernel.text import Lang
from tierwise_web.customers.correcting import OF_COST
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.services import MERGED
from tierwise_web.editing.values import shown
from tierwise_web.people.models import User
from tierwise_web.people.roles import EDIT_CUSTOMERS, SEE_DUPLICATES

Rows = list[dict[str, Any]]


def waiting_among(user: User, rows: Rows, lang: Lang) -> dict[str, str]:
    """Code -> what changes, in words, of those rows where something waits that this person hears about."""
    found = _records(user, rows, lang) if user.may(EDIT_CUSTOMERS) else {}
    if user.may(EDIT_CUSTOMERS) or user.may(SEE_DUPLICATES):
        found = dict.fromkeys(_merging(rows), "") | found
    return found


def _records(user: User, rows: Rows, lang: Lang) -> dict[str, str]:
    """Those whose record people changed: column and new value, the last word of each."""
    asked = Change.objects.filter(table="customers", state=WAITING, key__in=[row["code"] for row in rows])
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
    waiting = Change.objects.filter(table=MERGED, state=WAITING).values_list("key", "values", "before")
    named = {
        code for key, *said in waiting for code in (key, *(one.get("survivor_code") for one in said))
    }  # fmt: skip
    return [row["code"] for row in rows if row["code"] in named]
