"""Visits, calls and meetings with customers, what was promised there, and what was noticed: of the last year.

They draw from streams of their own. Large customers are seen often, small ones hardly. Most promises are kept; of those
that are due, some lie open still on the last day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from tierwise.demo.company import talk
from tierwise.demo.company.contacts import LARGE, MIDDLE, Contact, contact_code, size_of
from tierwise.demo.company.days import Days
from tierwise.demo.company.people import owner_on, release_day
from tierwise.demo.company.profile import Profile, weighted
from tierwise.demo.company.stories import place_of
from tierwise.demo.company.talk import Notice, Talk

Row = tuple[str, ...]

COLUMNS = (
    "number", "customer_code", "date", "kind", "contact_code", "channel", "direction", "by", "visitor_level", "minutes",
    "summary", "outcome", "next_step", "promise", "promise_due_on", "promise_state",
)  # fmt: skip
SIGNAL_COLUMNS = (
    "number", "customer_code", "seen_on", "kind", "severity", "text", "source", "owner", "state", "action",
)  # fmt: skip

RECORDED_MONTHS = 12
_A_YEAR = {"large": 6.0, "middle": 2.0, "small": 0.4, "prospect": 0.8}
_HOT_A_YEAR, _AFTER_THE_LAST_ORDER = 9.0, 180
_OPEN_SINCE = 75
"""Days after which nobody leaves a promise open: it was broken, and is noted so."""
_ENDS: tuple[tuple[str, int], ...] = (("kept", 76), ("late", 12), ("broken", 8), ("withdrawn", 4))
_LEFT_OPEN, _KEPT_EARLY, _NOTICED = 0.3, 0.12, 0.14
_BY_LEVEL: tuple[tuple[str, int], ...] = (("account_manager", 84), ("supervisor", 12), ("executive", 4))
_NEW, _ASSESSED, _ACTED = 21, 60, 150


def visit_rows(profile: Profile, seed: int, days: Days, contacts: Sequence[Contact]) -> Iterator[Row]:
    """Rows of ``interactions``."""
    rng = Random(f"tierwise-demo:{seed}:interactions:{profile.index}")
    a_month, number = _a_year(profile) / 12, 0
    released = release_day(profile, seed, days)
    until = released[0] if released else profile.stop + _AFTER_THE_LAST_ORDER
    for closing in days.closings[-RECORDED_MONTHS:]:
        times, worked = int(a_month + rng.random()), days.working(max(days.first, closing - 27), closing)
        for day in sorted(rng.choice(worked) for _ in range(times)):
            if profile.first_contact < day <= until:
                number += 1
                yield _visit(profile, rng, days, number, day, contacts)


def _a_year(profile: Profile) -> float:
    """How often a customer is seen in a year."""
    if profile.role == "hot_prospect":
        return _HOT_A_YEAR
    if profile.kind == "prospect":
        return _A_YEAR["prospect"]
    if profile.kind != "existing":
        return 0.0
    size = size_of(profile)
    return _A_YEAR["large" if size >= LARGE else "middle" if size >= MIDDLE else "small"]


def _visit(
    profile: Profile, rng: Random, days: Days, number: int, day: int, contacts: Sequence[Contact]
) -> Row:
    kind = weighted(talk.WEIGHTS, rng.random())
    said, whom = rng.choice(talk.TALKS[kind]), [one for one in contacts if one.there(day)]
    level, (least, most) = weighted(_BY_LEVEL, rng.random()), talk.LASTS.get(kind, (0, 0))
    minutes = 5 * rng.randint(least // 5, most // 5)
    seen = rng.choice(whom) if whom else None
    return (
        f"JC{profile.code[1:]}-{number:03d}", profile.code, days.iso(day), kind,
        contact_code(profile, seen.number) if seen else "", talk.CHANNEL.get(kind, ""),
        said.direction, owner_on(profile, days, day),
        level if kind in ("visit", "meeting") and size_of(profile) >= LARGE else "account_manager",
        str(minutes) if minutes else "", said.summary, said.outcome, said.next_step,
        *_promise(said, kind, rng, days, day),
    )  # fmt: skip


def _promise(said: Talk, kind: str, rng: Random, days: Days, day: int) -> tuple[str, str, str]:
    """What was promised, until when, and what became of it by the last day."""
    due = days.work(day + rng.randint(*talk.DUE.get(kind, talk.DUE_SOON)))
    end, draw = weighted(_ENDS, rng.random()), rng.random()
    if not said.promise:
        return "", "", ""
    if due > days.end:
        state = "kept" if draw < _KEPT_EARLY else "open"
    else:
        state = "open" if draw < _LEFT_OPEN and due > days.end - _OPEN_SINCE else end
    return said.promise, days.iso(due), state


def signal_rows(profile: Profile, seed: int, days: Days, contacts: Sequence[Contact]) -> Iterator[Row]:
    """Rows of ``signals``: what the stories give away, who left, and what is noticed at large customers."""
    rng = Random(f"tierwise-demo:{seed}:signals:{profile.index}")
    told, noticed, any_notice = rng.randint(5, 120), rng.random(), rng.choice(talk.NOTICES)
    seen: list[tuple[int, Notice]] = []
    role = "group_head" if place_of(profile.index) == 0 else profile.role
    if role in talk.STORY_NOTICES:
        seen.append((days.end - told, talk.STORY_NOTICES[role]))
    elif profile.role == "ordinary" and profile.buys and size_of(profile) >= LARGE and noticed < _NOTICED:
        seen.append((days.end - told, any_notice))
    seen += [(one.left + 2, talk.LEFT) for one in contacts if one.left is not None]
    for number, (day, notice) in enumerate(sorted(seen), 1):
        yield _signal(profile, rng, days, number, days.work_by(day), notice)


def _signal(profile: Profile, rng: Random, days: Days, number: int, day: int, notice: Notice) -> Row:
    state = _state(days.end - day, rng.random())
    return (
        f"DX{profile.code[1:]}-{number:02d}", profile.code, days.iso(day), notice.kind, str(notice.severity), notice.text,
        rng.choice(talk.HEARD_FROM), owner_on(profile, days, day), state, notice.action if state != "new" else "",
    )  # fmt: skip


def _state(age: int, draw: float) -> str:
    """The older, the further: looked at, acted upon, closed."""
    if age <= _NEW:
        return "new"
    if age <= _ASSESSED:
        return "assessed" if draw < 0.7 else "new"
    return "closed" if age > _ACTED or draw < 0.3 else "acted"
