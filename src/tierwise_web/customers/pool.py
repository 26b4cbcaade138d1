"""The pool of customers that nobody looks after: who sees them, who may take one.

The rule: a customer of a team is for those who belong to the team or lead it; one without a team is for everybody who
looks after customers. Who reaches all customers sees all of the pool.
"""

from __future__ import annotations

from dataclasses import replace

from tierwise.kernel.errors import fail
from tierwise_web.customers import queries
from tierwise_web.customers.choosing import NOTHING, Choice
from tierwise_web.customers.unmet import Row, fresh
from tierwise_web.people.models import User
from tierwise_web.people.roles import SEE_POOL
from tierwise_web.people.scope import Scope
from tierwise_web.published.models import Edition
from tierwise_web.published.reading import Reading


def pool_reading(edition: Edition, user: User) -> Reading:
    """The edition as the pool is read: not by who looks after a customer, because nobody does, and without profit."""
    return Reading(edition, Scope("all") if user.may(SEE_POOL) else Scope("none"))


def pool_choice(user: User, choice: Choice, need: str = SEE_POOL) -> Choice:
    """A list narrowed to those of the pool that this person may see, or take."""
    scope = user.scope_for(need)
    filters = {name: v for name, v in choice.filters.items() if name not in ("owner", "team")}
    filters["owner"] = (NOTHING,)
    if scope.reach != "all":
        filters["team"] = (*_teams(user, scope), NOTHING)
    return replace(choice, filters=filters, active=True)


def led_by(edition: Edition, name: str) -> int:
    """How many customers somebody looks after today as account manager; no further than lists are counted."""
    choice = Choice(filters={"owner": (name,)}, active=True)
    return queries.counted(Reading(edition, Scope("all")), choice)


def refuse_too_many(edition: Edition, user: User, wanted: int, most: int) -> None:
    """**Raises** ``pool.too-many`` where a claim would give somebody more customers than one may look after."""
    have = led_by(edition, user.staff_name)
    if most and have + wanted > most:
        raise fail(
            "pool.too-many",
            "you look after {have} customers; with {wanted} more they would be above the limit of {most} for one account manager",
            "您现负责 {have} 个客户，再领取 {wanted} 个将超过每位客户经理 {most} 个的上限",
            have=have, wanted=wanted, most=most,
        )  # fmt: skip


def of_pool(edition: Edition, user: User, code: str) -> Row | None:
    """A customer of the pool that this person may see there: without profit; one that no run has met, too."""
    reading = pool_reading(edition, user)
    if queries.codes(reading, pool_choice(user, Choice(codes=(code,))), 1):
        row = reading.customer(code)
        return None if row is None else row | {"unmet": False}
    return next((row for row in fresh_in_pool(edition, user) if row["code"] == code), None)


def fresh_in_pool(edition: Edition, user: User) -> list[Row]:
    """New customers that nobody looks after and no run has met, of those that this person may see in the pool."""
    scope = user.scope_for(SEE_POOL)
    teams = _teams(user, scope)
    everywhere = scope.reach == "all"
    rows = fresh(pool_reading(edition, user))
    return [r for r in rows if not r["owner"] and (everywhere or not r["team"] or r["team"] in teams)]


def _teams(user: User, scope: Scope) -> tuple[str, ...]:
    """The person's own unit, and all below it for who leads them."""
    own = (user.org_unit.code,) if user.org_unit else ()
    return tuple(dict.fromkeys((*own, *scope.teams)))
