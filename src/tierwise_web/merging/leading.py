"""From the old address of a merged customer to that of its survivor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tierwise import api
from tierwise.merging.deciding import survivor_of
from tierwise_web.published.reading import Reading

MERGED = "merged"


def goes_on_in(reading: Reading, row: Mapping[str, Any]) -> str | None:
    """The customer in which one goes on, once a run that pages show has read the merge; asked of merged records alone."""
    if row["who_status"] != MERGED:
        return None
    return survivor_of(api.open_book(settings.BOOK), str(row["code"]), reading.edition.as_of)


def merged_here(reading: Reading, code: str, survivor: str) -> str | None:
    """A code from which somebody was led here; null for anything else that an address says."""
    row = reading.customer(code) if code else None
    return code if row is not None and goes_on_in(reading, row) == survivor else None
