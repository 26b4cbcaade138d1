"""A merge that waits for the next run, as the pages of both customers tell it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from tierwise import api
from tierwise_web.customers.unmet import names_in_reach
from tierwise_web.customers.waiting import merge_steps
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_DUPLICATES
from tierwise_web.published.reading import Reading


def merges_waiting(user: User, reading: Reading, code: str) -> dict[str, Any]:
    """Which customers go on in one another with the next run, as far as the person sees the other."""
    found = [step for step in merge_steps() if code in step[:2]]
    if not found:
        return {"waiting_merges": [], "sees_merges": False}
    others = {(survivor if code == merged else merged) for merged, survivor, _ in found}
    names = names_in_reach(api.open_book(settings.BOOK), reading, others, timezone.localdate())
    told = [
        {"other": other, "name": names[other], "here": code == survivor, "apart": apart}
        for merged, survivor, apart in found
        if (other := survivor if code == merged else merged) in names
    ]
    return {"waiting_merges": told, "sees_merges": user.may(SEE_DUPLICATES)}
