"""Who moves by a run, for those who review it: names beside the counts. Source: spec 11 (W02)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
from django.core.paginator import Page, Paginator

from tierwise import api
from tierwise.movement.review import STAYS
from tierwise.movement.words import CAUSES, MOVEMENTS, NEAR
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

ROWS = 50


@dataclass(frozen=True, slots=True)
class Movers:
    """A page of the customers that move, of one kind of movement or of all."""

    movement: str
    page: Page[int]
    rows: list[dict[str, Any]]


def movers(review: api.Review, user: User, movement: str, page: str | None) -> Movers | None:
    """Those that move, in the order of their codes; ``None`` for who does not see all customers of the company."""
    if not user.may(SEE_CUSTOMERS) or user.scope.reach != "all":
        return None
    kind = movement if movement in review.movements and movement not in STAYS else ""
    moving = review.movers
    if kind:
        moving = moving.filter(pc.equal(moving["movement"], kind))
    found = Paginator(range(len(moving)), ROWS).get_page(page)
    rows = moving.slice(found.start_index() - 1, ROWS).to_pylist() if len(moving) else []
    edition = current_edition()
    codes = [row["customer_id"] for row in rows]
    # whoever came after the run that pages show is known by its code alone
    known = Reading(edition, user.scope).names_of(codes) if edition else {}
    return Movers(kind, found, [_row(row, known) for row in rows])


def _row(row: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    code = row["customer_id"]
    return row | {
        "name": known.get(code),
        "movement": MOVEMENTS[row["movement"]],
        "cause": CAUSES.get(row["cause"]),
        "near": NEAR.get(row["near_cut"]),
    }
