"""Which of many records are alike, without comparing each with each.

Near names are compared only within blocks: two names stand in one block if both hold a pair of characters that is rare
among all names. Large blocks are sorted, and each name meets its next neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from rapidfuzz import fuzz

from tierwise.merging.model import LEAST, MORE, OTHER_CODES, WORTH, Clue, ClueKind, Known, Pair
from tierwise.onboarding.duplicates import same_name

RARE = 3
"""So many of its rarest pairs of characters bring a name into blocks."""
SHORTEST = 4
"""Names of fewer characters are near to too many."""
NEAR = 85
"""From so much on, of 100, two names are near."""
TOGETHER = 12
"""In a block of so many every two are compared."""
NEIGHBOURS = 6
"""In a larger block each meets so many of the next."""
CROWD = 2_000
"""A pair of characters of more names than this says nothing."""
MANY = 8
"""What more records than this share, such as a switchboard, is no clue; names and credit codes are, by the first record."""
_DIGITS = re.compile(r"\d+")
_SIGN = re.compile(r"[^0-9A-Z]")
_NOT_DIGIT = re.compile(r"\D")
_PHONE_DIGITS = (7, 11)
Found = dict[tuple[int, int], list[Clue]]


def alike(
    records: Sequence[Known],
    phones: Iterable[tuple[str, str]],
    emails: Iterable[tuple[str, str]],
    *,
    apart: Callable[[str, str], bool] = lambda _a, _b: False,
) -> list[Pair]:
    """The pairs that may be one customer, the likeliest first.

    ``phones`` and ``emails`` are those of contacts, with the customer's code. ``apart`` says that two were found different.
    """
    found: Found = defaultdict(list)
    names = [same_name(one.name) for one in records]
    places = {one.code: at for at, one in enumerate(records)}
    _same(
        found,
        "credit_code",
        enumerate(plain_code(one.credit_code) for one in records),
        shown=_credit(records),
    )
    _same(found, "name", enumerate(names), shown=lambda at: records[at].name)
    for kind, told, plain in (("phone", phones, _plain_phone), ("email", emails, _plain_mail)):
        given = [(places[code], plain(text)) for code, text in told if code in places]
        _same(found, kind, given, most=MANY)  # type: ignore[arg-type]
    _near(found, records, names)
    pairs = (_pair(records[a], records[b], clues) for (a, b), clues in found.items())
    kept = (pair for pair in pairs if pair.score >= LEAST and not apart(*pair.codes))
    return sorted(kept, key=lambda pair: (-pair.score, pair.codes))


def _credit(records: Sequence[Known]) -> Callable[[int], str]:
    return lambda at: records[at].credit_code


def plain_code(text: str) -> str:
    """Letters and digits alone. What has no digit, or one sign over and over, says that there is no code."""
    kept = _SIGN.sub("", _narrow(text).upper())
    return kept if len(set(kept)) > 1 and _DIGITS.search(kept) else ""


def _narrow(text: str) -> str:
    """Wide letters and digits of Chinese typing as narrow ones."""
    return unicodedata.normalize("NFKC", text)


def _plain_phone(text: str) -> str:
    """The last eleven digits; fewer than seven are none."""
    least, most = _PHONE_DIGITS
    digits = _NOT_DIGIT.sub("", _narrow(text))[-most:]
    return digits if len(digits) >= least else ""


def _plain_mail(text: str) -> str:
    plain = _narrow(text).strip().casefold()
    return plain if "@" in plain else ""


def _same(
    found: Found,
    kind: ClueKind,
    told: Iterable[tuple[int, str]],
    *,
    most: int | None = None,
    shown: Callable[[int], str] | None = None,
) -> None:
    """Notes who shares a value. Of many with one name each is set beside the first."""
    by_value: dict[str, dict[int, None]] = defaultdict(dict)
    for at, value in told:
        if value:
            by_value[value][at] = None
    for value, them in by_value.items():
        group = sorted(them)
        if len(group) < 2 or (most is not None and len(group) > most):
            continue
        pairs = combinations(group, 2) if len(group) <= MANY else ((group[0], other) for other in group[1:])
        for a, b in pairs:
            found[a, b].append(Clue(kind, shown(a) if shown else value, WORTH[kind]))


def _near(found: Found, records: Sequence[Known], names: Sequence[str]) -> None:
    """Notes whose names are near, but for those that are the same and those that differ by a number."""
    seen: set[tuple[int, int]] = set()
    for a, b in _blocked(names):
        pair = (a, b) if a < b else (b, a)
        if pair in seen or names[a] == names[b]:
            continue
        seen.add(pair)
        how_near = fuzz.ratio(names[a], names[b], score_cutoff=NEAR)
        if not how_near or _DIGITS.findall(names[a]) != _DIGITS.findall(names[b]):
            continue
        if not _one_family(records[a], records[b]):
            worth = WORTH["near_name"] * int(how_near) // 100
            found[pair].append(Clue("near_name", records[pair[0]].name, worth))


def _one_family(a: Known, b: Known) -> bool:
    """Whether two stand in one group: branches of a company have names that are near, and are not one customer."""
    return bool(a.parent and a.parent == b.parent) or a.parent == b.code or b.parent == a.code


def _blocked(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of names that hold a rare pair of characters together."""
    counts = Counter(pair for name in names if len(name) >= SHORTEST for pair in _pairs(name))
    blocks: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        if len(name) >= SHORTEST:
            for pair in _rarest(name, counts):
                blocks[pair].append(at)
    for block in blocks.values():
        if len(block) <= TOGETHER:
            yield from combinations(block, 2)
            continue
        ordered = sorted(block, key=lambda at: names[at])
        for place, at in enumerate(ordered):
            yield from ((at, other) for other in ordered[place + 1 : place + 1 + NEIGHBOURS])


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)}


def _rarest(name: str, counts: Mapping[str, int]) -> list[str]:
    """Pairs of characters that others have, too, the rarest first."""
    shared = [pair for pair in _pairs(name) if 1 < counts[pair] <= CROWD]
    return sorted(shared, key=lambda pair: (counts[pair], pair))[:RARE]


def _pair(one: Known, other: Known, clues: list[Clue]) -> Pair:
    first, second = (one, other) if one.code < other.code else (other, one)
    ordered = sorted(clues, key=lambda clue: (-clue.worth, clue.kind))
    codes = {plain_code(first.credit_code), plain_code(second.credit_code)}
    unlike = "" not in codes and len(codes) > 1
    score = (
        ordered[0].worth + MORE * (len({clue.kind for clue in clues}) - 1) - (OTHER_CODES if unlike else 0)
    )
    return Pair(first, second, max(0, min(score, 100)), tuple(ordered))
