"""Which columns of the list somebody sees: allowed ones, as the address or the person's own choice says."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from tierwise_web.customers.choosing import known_columns
from tierwise_web.customers.columns import COLUMNS, Column
from tierwise_web.published.reading import PROTECTED, Reading

COLUMNS_COOKIE = "tierwise_columns"
ALWAYS = "name"


def allowed_columns(reading: Reading) -> list[Column]:
    """The columns that this person may see."""
    return [column for column in COLUMNS if reading.scope.profit or column.code not in PROTECTED]


def seen_columns(reading: Reading, wanted: Sequence[str] = ()) -> list[Column]:
    """Those of them that are wanted, all if none is said; the name always."""
    allowed = allowed_columns(reading)
    return [column for column in allowed if not wanted or column.code in wanted or column.code == ALWAYS]


def liked_columns(request: HttpRequest) -> tuple[str, ...]:
    """What this browser remembers; none: all."""
    return known_columns(request.COOKIES.get(COLUMNS_COOKIE, "").split("."))
