"""The pool of customers that nobody looks after: who sees them, who may take one.

The rule: a customer of a team is for those who belong to the team or lead it; one without a team is for everybody who
looks after customers. Who reaches all customers sees all of the pool.
"""

from __future__ import annotations

from dataclasses import replace

from tierwise_web.customers.choosing import NOTHING, Choice
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


def _teams(user: User, scope: Scope) -> tuple[str, ...]:
    """The person's own unit, and all below it for who leads them."""
    own = (user.org_unit.code,) if user.org_unit else ()
    return tuple(dict.fromkeys((*own, *scope.teams)))
