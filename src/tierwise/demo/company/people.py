"""Who looks after a customer, and since when."""

from __future__ import annotations

from tierwise.demo.company import words
from tierwise.demo.company.days import Days
from tierwise.demo.company.profile import Profile

_CHANGES_EVERY = 16
"""Every sixteenth customer got another account manager once."""


def handover_day(profile: Profile, days: Days) -> int | None:
    """The day on which another account manager took over, if one did."""
    if profile.index % _CHANGES_EVERY != 5 or days.months < 9:
        return None
    return days.closings[days.months - 2 - profile.index % (days.months - 4)] + 1


def team_of(profile: Profile) -> str:
    """The team of the customer's region."""
    return words.TEAMS[profile.region][0]


def owner_on(profile: Profile, days: Days, day: int) -> str:
    """The account manager on a day."""
    managers = words.TEAMS[profile.region][1]
    change = handover_day(profile, days)
    moved = 1 if change is not None and day >= change else 0
    return managers[(profile.index + moved) % len(managers)]
