"""Which columns of the list somebody sees: allowed ones, as the address or the person's own choice says."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from tierwise_web.customers.choosing import known_columns
from tierwise_web.customers.columns import COLUMNS, Column
from tierwise_web.published.reading import Reading

COLUMNS_COOKIE = "tierwise_columns"
ALWAYS = "name"


def allowed_columns(reading: Reading) -> list[Column]:
    """The columns that this person may see."""
    hidden = reading.protected if reading.about.by_points else reading.protected | {"score"}
    return [column for column in COLUMNS if column.code not in hidden]


def seen_columns(reading: Reading, wanted: Sequence[str] = ()) -> list[Column]:
    """Those of them that are wanted, the usual ones if none is said; the name always."""
    return [
        column for column in allowed_columns(reading)
        if column.code == ALWAYS or (column.code in wanted if wanted else column.usual)
    ]  # fmt: skip


def liked_columns(request: HttpRequest) -> tuple[str, ...]:
    """What this browser remembers; none: the usual ones."""
    return known_columns(request.COOKIES.get(COLUMNS_COOKIE, "").split("."))
