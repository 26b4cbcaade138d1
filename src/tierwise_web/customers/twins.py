"""Customers that a new or renamed one would share its name or credit code with. Decision 0022."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from tierwise import api
from tierwise.book.rows import rows_of
from tierwise.kernel.errors import Problem
from tierwise.kernel.text import Text
from tierwise.merging.deciding import merges
from tierwise.merging.likeness import plain_code
from tierwise.onboarding.duplicates import same_name
from tierwise_web.editing.models import WAITING, Change
from tierwise_web.editing.records import Values, standings
from tierwise_web.people.scope import Scope
from tierwise_web.published.editions import current_edition
from tierwise_web.published.grams import question
from tierwise_web.published.reading import Reading

TABLE = "customers"
LOOKED_AT = ("unified_credit_code", "name")
MOST = 200
TWIN = "edit.twin"


def twins(book: api.Book, values: Mapping[str, str | None], today: date) -> list[Values]:
    """Customers that have the same name or credit code today, those that wait among them; merged ones are left out.

    Width, case, signs and legal form make no other name.
    """
    codes = set(_named_alike(values.get("name") or ""))
    for column in LOOKED_AT:
        said = values.get(column)
        if said:
            forms = [said] if column == "name" else _forms(said)
            codes |= {str(row["code"]) for row in rows_of(book, book.current(), TABLE, column, forms)}
            waiting = Change.objects.filter(table=TABLE, state=WAITING, **{f"values__{column}__in": forms})
            codes |= set(waiting.values_list("key", flat=True))
    merged = {one.merged for one in merges(book)} if codes else set()
    now = standings(book, TABLE, sorted(codes - merged), today).values()
    return [one for one in now if _alike(values, one) and one.get("status") != "merged"]


def _forms(credit_code: str) -> list[str]:
    """How a credit code may be written in the book."""
    plain = plain_code(credit_code)
    return sorted({credit_code, plain, plain.lower()} if plain else ())


def _named_alike(name: str) -> list[str]:
    """Those that pages know by a name that holds this one, its legal form left out."""
    edition, asked = current_edition(), question(same_name(name))
    if edition is None or asked is None:
        return []
    sql = (
        "SELECT customers.code FROM search CROSS JOIN customers ON customers.id = search.rowid "
        f"WHERE search MATCH %s LIMIT {MOST}"
    )
    return [row["code"] for row in Reading(edition, Scope("all")).rows(sql, [asked])]


def _alike(values: Mapping[str, str | None], other: Values) -> bool:
    name, credit = values.get("name"), plain_code(values.get("unified_credit_code") or "")
    return bool(
        (name and same_name(name) == same_name(other.get("name") or ""))
        or (credit and credit == plain_code(other.get("unified_credit_code") or ""))
    )


def asked_sure(found: Sequence[Values]) -> list[Problem]:
    """The question whether it is another customer than those; none where nobody looks like it."""
    words = Text(
        "there is a customer with this name or credit code already; say that this is another one, or go to that one",
        "已有同名或相同信用代码的客户；如确为另一客户请勾选确认，否则请使用已有档案",
    )
    codes = [str(one["code"]) for one in found]
    return [Problem(TWIN, words, column="sure", slots={"codes": codes})] if codes else []
