"""Who looks after a customer, and since when; and who is without anybody."""

from __future__ import annotations

from random import Random

from tierwise.demo.company import words
from tierwise.demo.company.days import Days
from tierwise.demo.company.profile import MEDIAN_YEAR, Profile

_CHANGES_EVERY = 16
"""Every sixteenth customer got another account manager once."""
_RELEASED, _WITHOUT_TEAM = 0.05, 0.4
"""Of small customers and prospects: whom nobody took over when the account manager went; not even a team."""


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


def release_day(profile: Profile, seed: int, days: Days) -> tuple[int, bool] | None:
    """Since when nobody looks after a customer, if so, and whether it belongs to no team either."""
    rng = Random(f"tierwise-demo:{seed}:pool:{profile.index}")
    drawn, alone, back = rng.random() < _RELEASED, rng.random() < _WITHOUT_TEAM, rng.randint(15, 160)
    small = profile.kind == "prospect" or (profile.kind == "existing" and profile.year_sales < MEDIAN_YEAR)
    day = days.work(days.end - back)
    lives = profile.stop == days.end and profile.first_contact < day - 60
    if (
        not (drawn and small and lives)
        or profile.role != "ordinary"
        or handover_day(profile, days) is not None
    ):
        return None
    return day, alone
