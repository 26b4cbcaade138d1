"""Three customers of the first block that stand under a second code, as careless clerks write a company twice.

Only the name and the credit code of the second record are changed: it keeps the orders, payments and people that a customer
of its number has, so that nothing else of the company moves.
"""

from __future__ import annotations

from collections.abc import Mapping

from tierwise.demo.company import names
from tierwise.demo.company.days import Days
from tierwise.demo.company.judgement import is_project_customer
from tierwise.demo.company.masters import Record, nature_of
from tierwise.demo.company.products import Product
from tierwise.demo.company.profile import MEDIAN_YEAR, Profile, profile_of

_WINDOWS = (range(101, 131), range(141, 171), range(181, 200))
"""Numbers among which each second record is looked for."""
_FIRST = 23
"""The first number that tells no story."""


def doubles_of(seed: int, days: Days, products: tuple[Product, ...]) -> dict[int, Profile]:
    """The number of each second record, and the customer that it is in truth."""
    last = _WINDOWS[-1].stop
    plain = {
        index: profile
        for index in range(_FIRST, last)
        if _plain(profile := profile_of(index, seed, days, products), seed)
    }
    found: dict[int, Profile] = {}
    for window in _WINDOWS:
        pairs = ((number, first) for number in window for first in _firsts(plain, number, found))
        for number, first in pairs:
            found[number] = first
            break
    return found


def _plain(profile: Profile, seed: int) -> bool:
    """An ordinary private company at home that buys a little still."""
    return (
        profile.role == "ordinary"
        and profile.kind == "existing"
        and profile.country == "CN"
        and nature_of(profile, seed) == "private"
        and not is_project_customer(profile)
    )


def _firsts(plain: Mapping[int, Profile], number: int, taken: Mapping[int, Profile]) -> list[Profile]:
    """Customers of the same region and trade with smaller numbers, of which a small one may be the second record."""
    mine = plain.get(number)
    if mine is None or mine.year_sales > MEDIAN_YEAR or mine.stop < mine.start + 700:
        return []
    known = {first.index for first in taken.values()}
    return [
        one
        for index, one in plain.items()
        if index < number
        and index not in known
        and (one.region, one.industry) == (mine.region, mine.industry)
        and one.stop == mine.stop
    ]


def as_double(record: Record, first: Profile, seed: int, place: int) -> Record:
    """A record under the name and credit code of another customer, carelessly written; ``place``: the how manieth."""
    name, short = names.firm_name(first, seed, "private")
    code = names.credit_code(first.index)
    where = names.brand_and_place(seed, first.index, first.region)[1]
    written = (
        (f"（{where}）{name.removeprefix(where)}", ""),
        (name.removesuffix("有限公司"), code),
        (f"{short}（{where}）", code.lower()),
    )[place % 3]
    return record | {"name": written[0], "short_name": short, "unified_credit_code": written[1]}
