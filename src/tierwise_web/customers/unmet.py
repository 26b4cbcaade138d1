"""Customers that no run has met yet: new ones of people or of files. Their record says who sees them.

Pages of people's work take them as all others; lists and charts of a run have them after the next run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from tierwise import api
from tierwise.book.contract import TABLES
from tierwise_web.common.batches import batched
from tierwise_web.customers.correcting import TABLE
from tierwise_web.editing.models import IN_BOOK, WAITING, Change
from tierwise_web.editing.reasons import CREATED
from tierwise_web.editing.records import Values, in_book, standings, with_waiting
from tierwise_web.published.editions import leading
from tierwise_web.published.reading import Reading

AT_ONCE = 500
Row = dict[str, Any]
_RECORD = [column.name for column in TABLES[TABLE].file_columns]
_KNOWN: dict[tuple[str, int, date, tuple[str, ...]], dict[str, Values]] = {}
"""The records of new customers in a book at a version on a day."""
_OF_A_RUN = ("grade", "sales", "unit", "id", "result", "computed", "movement")


def seen_rows(book: api.Book, reading: Reading, codes: Iterable[str], today: date) -> dict[str, Row]:
    """The rows of those among some customers that may be seen; of one that no run has met its record decides."""
    found: dict[str, Row] = {}
    for some in batched(dict.fromkeys(codes), AT_ONCE):
        condition, values = reading.where()
        places = ", ".join(["%s"] * len(some))
        rows = reading.rows(
            f"SELECT * FROM customers WHERE code IN ({places}) AND {condition}", [*some, *values]
        )
        found |= {row["code"]: row | {"unmet": False} for row in reading.shown(rows)}
        found |= _unmet(book, reading, [code for code in some if code not in found], today)
    return found


def names_in_reach(book: api.Book, reading: Reading, codes: Iterable[str], today: date) -> dict[str, str]:
    """Code -> name of those among some customers that may be seen; what the run does not name, the record does."""
    rows = seen_rows(book, reading, codes, today)
    nameless = [code for code, row in rows.items() if not row["name"]]
    records = standings(book, TABLE, nameless, today) if nameless else {}
    return {code: row["name"] or records.get(code, {}).get("name") or code for code, row in rows.items()}


def _unmet(book: api.Book, reading: Reading, codes: list[str], today: date) -> dict[str, Row]:
    known = leading(reading.edition, codes) if codes else {}
    rest = [code for code in codes if code not in known]
    records = standings(book, TABLE, rest, today) if rest else {}
    return {
        code: unmet_row(one) for code, one in records.items() if one.get("name") and may_be_seen(reading, one)
    }


def may_be_seen(reading: Reading, record: Values) -> bool:
    """Whether a customer that no run has met is within reach: its record says who looks after it."""
    lead = {name: record.get(name) for name in ("owner", "backup", "team")}
    return reading.scope.covers(**lead, agent=record.get("agent_code"))


def unmet_row(record: Values) -> Row:
    """What a list shows of a customer that no run has met."""
    return {**dict.fromkeys((*_OF_A_RUN, *_RECORD)), **record, "unit": record["code"], "unmet": True}


def any_customer(reading: Reading, code: str) -> Row | None:
    """The row of a customer that may be seen, whether a run has met it or not."""
    row = reading.customer(code)
    if row is not None:
        return row | {"unmet": False}
    return _unmet(api.open_book(settings.BOOK), reading, [code], timezone.localdate()).get(code)


def fresh(reading: Reading) -> list[Row]:
    """Customers that people made and no run has met, as far as they may be seen; the newest first."""
    made = Change.objects.filter(table=TABLE, reason=CREATED, state__in=(WAITING, IN_BOOK))
    later = Q(state=WAITING) | Q(effective_on__gt=reading.edition.as_of)
    codes = list(dict.fromkeys(made.filter(later).values_list("key", flat=True)))
    if not codes:
        return []
    known = leading(reading.edition, codes)
    records = _records(api.open_book(settings.BOOK), [code for code in codes if code not in known])
    return [
        unmet_row(records[c])
        for c in codes
        if records.get(c, {}).get("name") and may_be_seen(reading, records[c])
    ]


def _records(book: api.Book, codes: list[str]) -> dict[str, Values]:
    """What is known of new customers today; lists ask on every page, and the book is read once for each version."""
    today = timezone.localdate()
    asked = (str(book.path), book.current().number, today, tuple(codes))
    found = _KNOWN.get(asked)
    if found is None:
        found = in_book(book, TABLE, codes, today)
        _KNOWN.clear()
        _KNOWN[asked] = found
    return with_waiting(found, TABLE, codes, today)
