"""Whom one knows at a customer: many at the large ones, somebody at most others.

They draw from a stream of their own. Who decides on a purchase, and how they stand to us, is noted of large customers
alone. Telephone numbers begin as no subscriber's does, mail goes to a domain that nobody can own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tierwise.demo.company import talk
from tierwise.demo.company.days import Days
from tierwise.demo.company.masters import nature_of
from tierwise.demo.company.profile import MEDIAN_YEAR, Profile
from tierwise.demo.company.talk import Position

Row = tuple[str, ...]

COLUMNS = (
    "code", "customer_code", "name", "title", "department", "level", "roles", "stance", "influence", "phone", "email",
    "language", "active", "successor_code", "valid_from",
)  # fmt: skip

LARGE, MIDDLE = 4.0, 0.8
"""From so many times the median customer's sales on."""
_MIDDLE_SECOND, _SMALL_KNOWN, _PROSPECT_KNOWN, _LEAVES = 0.45, 0.45, 0.6, 0.1
_STANCE = {"rising_star": 0.9, "regained": 0.3, "late_payer_excused": -0.8, "fading": -1.1, "lost_key": -1.5}
"""How the people of a story's customers stand to us, beside the others."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a customer; days as ordinals. ``left``: when somebody else took over."""

    number: int
    name: str
    position: Position
    since: int
    left: int | None = None
    stance: int | None = None
    influence: int | None = None

    def there(self, day: int) -> bool:
        """Whether the person was known and in place on a day."""
        return self.since <= day and (self.left is None or day < self.left)


def size_of(profile: Profile) -> float:
    """Yearly sales in multiples of the median customer's; a prospect with a large need counts as large."""
    return LARGE if profile.role == "hot_prospect" else profile.year_sales / MEDIAN_YEAR


def contact_code(profile: Profile, number: int) -> str:
    """The code of a customer's contact."""
    return f"LX{profile.code[1:]}-{number}"


def contacts_of(profile: Profile, seed: int, days: Days) -> list[Contact]:
    """The people known at a customer, in the order in which one got to know them."""
    rng = Random(f"tierwise-demo:{seed}:contacts:{profile.index}")
    positions = _positions(profile, rng, nature_of(profile, seed))
    names = _names(profile, rng, len(positions) + 1)
    found, latest = [], max(profile.first_contact, days.end - 20)
    for number, position in enumerate(positions, 1):
        after = 0 if number == 1 else rng.randint(20, 900)
        since = min(profile.first_contact + after, latest)
        found.append(_contact(profile, rng, number, names[number - 1], position, since))
    leaves, back = rng.random() < _LEAVES, rng.randint(40, 300)
    if leaves and len(found) > 2 and found[0].since < days.end - back:
        gone = days.work(days.end - back)
        found[0] = _until(found[0], gone)
        found.append(_contact(profile, rng, len(found) + 1, names[-1], found[0].position, gone))
    return found


def _positions(profile: Profile, rng: Random, nature: str) -> tuple[Position, ...]:
    known, second, more = rng.random(), rng.random(), rng.randint(3, 5)
    small = rng.choice(talk.SMALL_BUYERS)
    if profile.kind not in ("existing", "prospect") or (
        profile.kind == "prospect" and profile.role == "ordinary" and known >= _PROSPECT_KNOWN
    ):
        return ()
    if nature == "individual":
        return (talk.SHOPKEEPER,)
    first = talk.OFFICIAL if nature == "government" else talk.BUYER
    if size_of(profile) >= LARGE:
        return (first, *talk.POSITIONS[1:more])
    if size_of(profile) >= MIDDLE:
        return (first, small) if second < _MIDDLE_SECOND else (first,)
    return (small,) if known < _SMALL_KNOWN else ()


def _names(profile: Profile, rng: Random, count: int) -> list[str]:
    """Different people; abroad they have the names of their country."""
    if profile.country in talk.FOREIGNERS:
        there = talk.FOREIGNERS[profile.country][1]
        found = rng.sample(there, len(there))
        return [*found, *_chinese(rng, max(0, count - len(found)))]
    return _chinese(rng, count)


def _chinese(rng: Random, count: int) -> list[str]:
    return [
        a + b for a, b in zip(rng.sample(talk.SURNAMES, count), rng.sample(talk.GIVEN, count), strict=True)
    ]


def _contact(
    profile: Profile, rng: Random, number: int, name: str, position: Position, since: int
) -> Contact:
    mood = rng.gauss(0.4 + _STANCE.get(profile.role, 0.0), 0.8)
    weight = rng.choice((-1, 0, 0, 0, 1))
    if size_of(profile) < LARGE:
        return Contact(number, name, position, since)
    influence = min(5, max(1, 6 - position.level + weight))
    return Contact(number, name, position, since, None, min(2, max(-2, round(mood))), influence)


def _until(one: Contact, day: int) -> Contact:
    return Contact(one.number, one.name, one.position, one.since, day, one.stance, one.influence)


def contact_rows(profile: Profile, days: Days, contacts: Sequence[Contact]) -> Iterator[Row]:
    """Rows of ``contacts``; who left has a second one, with the successor."""
    for one in contacts:
        yield _row(profile, days, one, one.since, "true", "")
        if one.left is not None:
            successor = next(other for other in contacts if other.since == one.left and other is not one)
            yield _row(profile, days, one, one.left, "false", contact_code(profile, successor.number))


def _row(profile: Profile, days: Days, one: Contact, since: int, active: str, successor: str) -> Row:
    large = one.stance is not None
    position, language = one.position, talk.FOREIGNERS.get(profile.country, ("", ()))[0]
    digits = f"{profile.index:07d}{one.number % 10}"
    return (
        contact_code(profile, one.number), profile.code, one.name, position.title, position.department, str(position.level),
        position.roles if large else "", str(one.stance) if large else "", str(one.influence) if large else "",
        f"100 {digits[:4]} {digits[4:]}", f"{position.mailbox}{one.number}@{profile.code.lower()}.example",
        language, active, successor, days.iso(since),
    )  # fmt: skip
