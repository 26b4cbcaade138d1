"""What customers told the company: complaints with what became of them, and answers to its surveys.

They draw from streams of their own. Complaints follow the orders; a survey goes out twice a year and is
answered by about a third, worse by those who complained in the half-year before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tierwise.demo.company import words
from tierwise.demo.company.days import Days
from tierwise.demo.company.orders import Order
from tierwise.demo.company.profile import Profile

Row = tuple[str, ...]

COMPLAINT_COLUMNS = (
    "number", "customer_code", "received_on", "category", "severity", "channel", "text", "first_response_hours",
    "resolution_hours", "resolved_on", "repeat_of", "root_cause", "lesson", "compensation", "satisfied",
)  # fmt: skip
SURVEY_COLUMNS = (
    "number", "customer_code", "answered_on", "sent_on", "kind", "csat", "nps", "expectation_met", "comments",
)  # fmt: skip

_CHANCE = {
    "late_payer_excused": 0.12,
    "big_but_unprofitable": 0.05,
    "fading": 0.05,
    "lost_key": 0.04,
    "rising_star": 0.004,
}
"""Complaints per order of a story's customers: our own faults delay payment, and drive customers away."""
_USUAL, _HEAVY_CHANCE, _HEAVY = 0.012, 0.03, 0.2
_RESPONSE_HOURS = {1: 30.0, 2: 22.0, 3: 12.0, 4: 5.0}
"""Usual hours until the first response by severity: by the matter, not yet by who asks."""
_LOYAL = {
    "rising_star": 0.7,
    "small_but_perfect_payer": 0.5,
    "fading": -0.9,
    "lost_key": -1.1,
    "late_payer_excused": -0.7,
}
_SURVEY_MONTHS, _ANSWERED, _HALF_YEAR = (6, 12), 0.33, 182
_SURVEY = "半年度满意度调查"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint; days as ordinals, hours in tenths, null while it is still open."""

    number: int
    day: int
    matter: str
    severity: int
    channel: str
    first: int | None
    solved: int | None
    repeats: int | None
    compensation: int | None
    satisfied: bool


def complaints_of(profile: Profile, seed: int, days: Days, orders: list[Order]) -> list[Complaint]:
    """The complaints of a customer, by day."""
    rng = Random(f"tierwise-demo:{seed}:complaints:{profile.index}")
    usual = _HEAVY_CHANCE if profile.service_share > _HEAVY else _USUAL
    chance = _CHANCE.get(profile.role, usual)
    wrong = []
    for order in orders:
        draw, after = rng.random(), rng.randint(1, 25)
        if order.counts and draw < chance:
            wrong.append(days.work(order.posted + after))
    found: list[Complaint] = []
    for day in sorted(day for day in wrong if day <= days.end):
        found.append(_complaint(profile, rng, days, day, found))
    return found


def _complaint(profile: Profile, rng: Random, days: Days, day: int, before: list[Complaint]) -> Complaint:
    matter = _matter(profile, rng)
    severity = rng.choices((1, 2, 3, 4), (26, 44, 23, 7))[0]
    first = round(10 * _RESPONSE_HOURS[severity] * math.exp(rng.gauss(0.0, 0.7)))
    solved = first + round(10 * 60 * math.exp(rng.gauss(0.0, 0.8)))
    again = rng.random() < 0.2 and before and day - before[-1].day < 120
    paid = rng.randint(3, 40) * severity if rng.random() < 0.14 else None
    content = rng.random() < 0.86 - solved / 10_000
    done = day + solved // 240 <= days.end
    return Complaint(
        number=len(before) + 1, day=day, matter=before[-1].matter if again else matter, severity=severity,
        channel=rng.choice(("telephone", "telephone", "web", "field")),
        first=first if day + first // 240 <= days.end else None, solved=solved if done else None,
        repeats=before[-1].number if again else None, compensation=paid if done else None, satisfied=content,
    )  # fmt: skip


def _matter(profile: Profile, rng: Random) -> str:
    """What it is about; where payment is late for our faults, it is our invoices and deliveries."""
    matters = tuple(words.MATTERS)
    weights = (5, 5, 0, 0, 0) if profile.role == "late_payer_excused" else (34, 15, 27, 16, 8)
    return rng.choices(matters, weights)[0]


def complaint_rows(profile: Profile, days: Days, found: list[Complaint]) -> Iterator[Row]:
    """Rows of ``complaints``."""
    for one in found:
        told, cause, lesson = words.MATTERS[one.matter]
        done = one.solved is not None
        yield (
            _name(profile, one.number), profile.code, days.iso(one.day), one.matter, str(one.severity), one.channel, told,
            _hours(one.first), _hours(one.solved), days.iso(one.day + (one.solved or 0) // 240) if done else "",
            _name(profile, one.repeats) if one.repeats else "", cause if done else "",
            lesson if done and one.severity > 2 else "", f"{one.compensation}00.00" if one.compensation else "",
            ("true" if one.satisfied else "false") if done else "",
        )  # fmt: skip


def _name(profile: Profile, number: int) -> str:
    return f"TS{profile.code[1:]}-{number:03d}"


def _hours(tenths: int | None) -> str:
    return "" if tenths is None else f"{tenths // 10}.{tenths % 10}"


def survey_rows(
    profile: Profile, seed: int, days: Days, orders: list[Order], complaints: list[Complaint]
) -> Iterator[Row]:
    """Rows of ``surveys``: asked are those who ordered in the half-year before."""
    rng = Random(f"tierwise-demo:{seed}:surveys:{profile.index}")
    mood = rng.gauss(0.0, 0.6) + _LOYAL.get(profile.role, 0.0)
    number = 0
    for back, closing in zip(range(days.months - 1, -1, -1), days.closings, strict=True):
        if (days.end_month - 1 - back) % 12 + 1 not in _SURVEY_MONTHS:
            continue
        answers, after, swing = rng.random() < _ANSWERED, rng.randint(0, 18), rng.gauss(0.0, 0.5)
        sent = days.work(closing - 27)
        asked = any(order.counts and sent - _HALF_YEAR <= order.posted < sent for order in orders)
        answered = days.work(sent + after)
        if answers and asked and answered <= days.end:
            number += 1
            recent = sum(1 for one in complaints if sent - _HALF_YEAR <= one.day < sent)
            yield _survey_row(profile, days, number, (answered, sent), mood + swing - 0.6 * min(recent, 3))


def _survey_row(profile: Profile, days: Days, number: int, when: tuple[int, int], mood: float) -> Row:
    """Answers that agree with each other: satisfaction, recommendation, and what was expected."""
    csat = min(5, max(1, round(3.9 + mood)))
    nps = min(10, max(0, round(8.0 + 2.1 * mood)))
    met = min(2, max(-2, round(0.2 + 0.9 * mood)))
    told = words.PRAISE if csat == 5 else words.BLAME if csat <= 2 else ("",)
    days_written = (days.iso(when[0]), days.iso(when[1]))
    name = f"DC{profile.code[1:]}-{number:02d}"
    comment = told[(profile.index + number) % len(told)]
    return name, profile.code, *days_written, _SURVEY, str(csat), str(nps), str(met), comment
