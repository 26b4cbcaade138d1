"""Looking for duplicates among all customers: too long for a page, so a worker does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tierwise import api
from tierwise.kernel.text import Text
from tierwise.merging.candidates import candidates
from tierwise.merging.model import Pair
from tierwise_web.merging.models import Candidate
from tierwise_web.merging.queries import apart_waiting, standing_merges
from tierwise_web.workflow.jobs import Kind, Task, register

LOOK = "customers.duplicates"
AT_ONCE = 2_000
LONGEST = 1000


def register_all() -> None:
    """Makes the kind known."""
    register(Kind(LOOK, Text("Look for duplicate customers", "客户查重"), look, _page))


def _page(result: Mapping[str, Any]) -> str:
    return reverse("merging:duplicates")


def look(task: Task) -> dict[str, Any]:
    """Finds the pairs anew and puts them in the place of those of last time; done again it comes to the same."""
    book = api.open_book(settings.BOOK)
    task.progress("customers")
    found = candidates(book, timezone.localdate(task.at))
    task.progress("comparing")
    decided, apart = set(standing_merges(book)), apart_waiting()
    left = [p for p in found if decided.isdisjoint(p.codes) and p.codes not in apart]
    rows = (_row(pair, task) for pair in left)
    with transaction.atomic():
        Candidate.objects.all().delete()
        for some in _handfuls(rows):
            Candidate.objects.bulk_create(some)
    return {"pairs": len(left)}


def _handfuls(rows: Iterator[Candidate]) -> Iterator[list[Candidate]]:
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _row(pair: Pair, task: Task) -> Candidate:
    return Candidate(
        first=pair.first.code,
        second=pair.second.code,
        first_name=pair.first.name[:LONGEST],
        second_name=pair.second.name[:LONGEST],
        score=pair.score,
        kinds=f",{','.join(sorted({clue.kind for clue in pair.clues}))},",
        found_at=task.at,
    )
