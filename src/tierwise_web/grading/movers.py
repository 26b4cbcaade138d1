"""Who moves by a run, for those who review it or try rules: names beside the counts. Source: spec 11 (W02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from django.core.paginator import Page, Paginator

from tierwise import api
from tierwise.kernel.errors import TierwiseError
from tierwise.movement.migration import movement_of
from tierwise.movement.moving import Movement, movement
from tierwise.movement.moving import movers as moved
from tierwise.movement.review import STAYS
from tierwise.movement.states import chain
from tierwise.movement.words import CAUSES, MOVEMENTS, NEAR, STATES
from tierwise_web.common.words import language
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_CUSTOMERS
from tierwise_web.published.editions import current_edition
from tierwise_web.published.reading import Reading

ROWS = 50
NOT_COMPARED = ("movement.other-scale", "movement.other-level")


@dataclass(frozen=True, slots=True)
class Movers:
    """A page of the customers that move, of one kind of movement or of all."""

    movement: str
    page: Page[int]
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Against:
    """What a trial would change of a published month, both as computed; null where scale or level is another."""

    month: api.CycleRun
    movement: Movement | None

    @property
    def counts(self) -> dict[str, int]:
        """How many customers go which way."""
        return dict(sorted(self.movement.matrix().kinds.items())) if self.movement else {}


def movers(review: api.Review, user: User, movement: str, page: str | None) -> Movers | None:
    """Those that move, in the order of their codes; ``None`` for who does not see all customers of the company."""
    if not _sees_all(user):
        return None
    kind = _kind(movement, review.movements)
    moving = review.movers
    if kind:
        moving = moving.filter(pc.equal(moving["movement"], kind))
    found = _page(len(moving), page)
    rows = moving.slice(found.start_index() - 1, ROWS).to_pylist() if len(moving) else []
    known = _names(user, rows)
    return Movers(kind, found, [_row(row, known) for row in rows])


def against_published(book: api.Book, record: api.RunRecord) -> Against | None:
    """A trial beside the last month that was published for its policy by then; ``None`` before the first."""
    there = chain(api.cycle_runs(book), record.policy_code)
    month = next((run for run in reversed(there) if run.as_of <= record.as_of), None)
    if month is None:
        return None
    try:
        return Against(month, _between(book.path, book.current().number, month.run_id, record.run_id))
    except TierwiseError as error:
        return Against(month, None) if error.code in NOT_COMPARED else None


@lru_cache(maxsize=8)
def _between(path: Path, version: int, month: str, trial: str) -> Movement:
    """Counted once for the pages of a trial: the runs stay, and who is merged changes with the version."""
    return movement(api.open_book(path), month, trial, computed=True, causes=False)


def movers_of_trial(
    book: api.Book, against: Against, user: User, movement: str, page: str | None
) -> Movers | None:
    """Those that a trial would move; ``None`` for who does not see all customers of the company."""
    if against.movement is None or not _sees_all(user):
        return None
    counts = against.counts
    kind = _kind(movement, counts)
    kinds = [kind] if kind else [code for code in counts if code not in STAYS]
    found = _page(sum(counts[code] for code in kinds), page)
    start = max(found.start_index() - 1, 0)
    rows = [
        _as_reviewed(row, against.movement)
        for row in moved(book, against.movement, kinds, start=start, rows=ROWS)
    ]
    known = _names(user, rows)
    return Movers(kind, found, [_row(row, known) for row in rows])


def _sees_all(user: User) -> bool:
    return user.may(SEE_CUSTOMERS) and user.scope.reach == "all"


def _kind(asked: str, counts: Mapping[str, int]) -> str:
    return asked if asked in counts and asked not in STAYS else ""


def _page(count: int, page: str | None) -> Page[int]:
    return Paginator(range(count), ROWS).get_page(page)


def _names(user: User, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Whoever came after the run that pages show is known by its code alone."""
    edition = current_edition()
    return Reading(edition, user.scope).names_of([row["customer_id"] for row in rows]) if edition else {}


def _as_reviewed(row: Mapping[str, Any], found: Movement) -> dict[str, Any]:
    """A row between two runs in the columns of a review; states beside the grades in words."""
    before, after = row["previous"], row["current"]
    return {
        "customer_id": row["customer_id"],
        "movement": movement_of(before, after, found.pair.scale),
        "previous": _state(before),
        "effective": _state(after),
        "cause": None,
        "near_cut": None,
    }


def _state(code: str) -> str:
    return STATES[code].in_lang(language()) if code in STATES else code


def _row(row: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    code = row["customer_id"]
    return {
        **row,
        "name": known.get(code),
        "movement": MOVEMENTS[row["movement"]],
        "cause": CAUSES.get(row["cause"]),
        "near": NEAR.get(row["near_cut"]),
    }
