"""Who looks after a customer today, where that is not what the edition says: a transfer shows at once, for both sides.

An edition is never changed, and the next run may be one of an earlier day; so what people transferred is laid over the
edition that is read, until one says the same. Sums of charts stay those of the edition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from tierwise_web.common.batches import batched
from tierwise_web.published.models import Moved

LEADING = ("owner", "backup", "team", "agent_code")
"""The columns that say who sees a customer."""
AMONG = "SELECT value FROM json_each(%s)"
"""One value that holds many: a statement takes only so many values."""
AT_ONCE = 500
Leading = Mapping[str, str | None]


@transaction.atomic
def settle(was: Mapping[str, Leading], now: Mapping[str, Leading]) -> None:
    """Notes who looks after some customers now and who does in the edition; forgets those of whom both say the same."""
    moved = [
        Moved(code=code, **dict(lead), **{f"was_{name}": was[code][name] for name in LEADING})
        for code, lead in now.items()
        if code in was and dict(lead) != {name: was[code][name] for name in LEADING}
    ]
    for some in batched(now.keys() - {one.code for one in moved}, AT_ONCE):
        Moved.objects.filter(code__in=some).delete()
    # two who note the same at once both succeed
    columns = [*LEADING, *(f"was_{name}" for name in LEADING)]
    Moved.objects.bulk_create(moved, update_conflicts=True, unique_fields=["code"], update_fields=columns)


def settled_again(was: Mapping[str, Leading]) -> None:
    """The same for all that moved, where another edition is read from now on."""
    settle(was, {code: _lead(one) for code, one in _moved(list(was)).items()})


def lead_now(codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Code -> who looks after it today, for those of some customers that moved."""
    return {code: _lead(one) for code, one in _moved(codes).items()}


def _moved(codes: Sequence[str]) -> dict[str, Moved]:
    found = (one for some in batched(codes, AT_ONCE) for one in Moved.objects.filter(code__in=some))
    return {one.code: one for one in found}


def _lead(one: Moved) -> dict[str, Any]:
    return {name: getattr(one, name) for name in LEADING}


def among(columns: Iterable[tuple[str, Sequence[str | None]]], before: str = "") -> Q:
    """Whether one of some columns has one of its values; ``before``: in the edition, ``was_``."""
    found = Q(pk__in=[])
    for name, values in columns:
        found |= Q(**{f"{before}{name}__in": [value for value in values if value is not None]})
        found |= Q(**{f"{before}{name}": None}) if None in values else Q(pk__in=[])
    return found


def displacements(columns: Sequence[tuple[str, Sequence[str | None]]]) -> tuple[list[str], list[str]]:
    """The codes of those that left the reach that some columns say, and of those that came into it."""
    now, was = among(columns), among(columns, "was_")
    out = Moved.objects.filter(was & ~now).values_list("code", flat=True)
    into = Moved.objects.filter(now & ~was).values_list("code", flat=True)
    return list(out), list(into)


def displaced(
    condition: str, values: Sequence[Any], columns: Sequence[tuple[str, Sequence[str | None]]]
) -> tuple[str, list[Any]]:
    """A condition on rows of ``customers`` that asks who looks after them, as it is answered today.

    Where nobody moved it is what it was, with its index.
    """
    (out, into), told = displacements(columns), [*values]
    if out:
        condition, told = f"({condition} AND customers.code NOT IN ({AMONG}))", [*told, json.dumps(out)]
    if into:
        condition, told = f"({condition} OR customers.code IN ({AMONG}))", [*told, json.dumps(into)]
    return condition, told
