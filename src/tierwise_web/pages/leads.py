"""Where a number of a customer's page leads: to the rows behind it, to the others among whom it stands, to its parts."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from tierwise.grading.pointing import CUT, FIELD, SCORE, Piece
from tierwise_web.pages.behind import has_rows
from tierwise_web.pages.record import Record
from tierwise_web.published.shape import KEYS, MEASURES

FIGURES = "#figures"
"""The table of figures of the same page, which opens for who comes to it."""
_ORDERS = {column: name for name, column in MEASURES.items() if name in KEYS}
Sentence = tuple[tuple[str, str | None], ...]
"""The parts of a sentence, each with the address to which it leads."""


def leads_to(record: Record, of: str | None, *, run: str | None = None) -> str | None:
    """The address behind a number, by what it is (see ``Piece``); ``run``: as an earlier run had it. ``None`` for words."""
    if not of:
        return None
    if of == SCORE:
        return FIGURES
    if of.startswith(CUT):
        return f"{reverse('customers:list')}?{urlencode({'grade': of.removeprefix(CUT)})}"
    if of.startswith(FIELD):
        return _among(record, of.removeprefix(FIELD).removeprefix(":"))
    return rows_address(record, of, run=run) if has_rows(record, of) else FIGURES


def rows_address(record: Record, of: str, *, run: str | None = None) -> str:
    """Where the source rows behind a metric or a criterion are; ``run``: as an earlier run read them."""
    asked = {"of": of, **({"run": run} if run and run != record.about.record.run_id else {})}
    return f"{reverse('customer-rows', args=[record.row['code']])}?{urlencode(asked)}"


def _among(record: Record, column: str) -> str:
    """The list in the order of a metric, where lists have one."""
    order = _ORDERS.get(column)
    shown = order is not None and (record.reading.scope.profit or order != "profit")
    return reverse("customers:list") + (f"?sort={order}" if shown else "")


def sentence(record: Record, pieces: Sequence[Piece]) -> Sentence:
    """A sentence of the explanation, its numbers with where they lead."""
    return tuple((piece.text, leads_to(record, piece.of)) for piece in pieces)
