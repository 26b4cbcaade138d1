"""What people did for a customer: hours by activity, and calls that reached the call centre.

Both are recorded since two years before the last day. They draw from a stream of their own, so that orders,
payments and costs stay what they are. Nobody is served by grade yet: who asks more gets more (spec 8.6).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from tierwise.demo.company import words
from tierwise.demo.company.days import Days
from tierwise.demo.company.orders import Order
from tierwise.demo.company.people import owner_on
from tierwise.demo.company.profile import Profile
from tierwise.demo.company.service import served_by_month

Row = tuple[str, ...]

TIME_COLUMNS = ("number", "customer_code", "date", "minutes", "user", "activity", "note")
CALL_COLUMNS = (
    "number", "customer_code", "date", "left_reason", "wait_seconds", "talk_seconds", "agent", "queue",
    "resolution",
)  # fmt: skip

RECORDED_MONTHS = 24
_COST_SHARE, _HOUR_CENTS = 0.06, 16_000
"""The share of the cost to serve that is work in the field, and what an hour costs."""
_LONGEST, _STEP, _WORTH_A_RECORD = 480, 15, 30
"""Minutes: a day's work, the smallest step, and below what nobody writes it down."""
_ACTIVITIES = (("selling", 45), ("service", 33), ("travel", 14), ("planning", 8))
_PROSPECT_HOURS, _HOT_PROSPECT_HOURS = 0.5, 5.0
_HEAVY, _PATIENCE_SECONDS, _TURNED_AWAY = 0.2, 75, 0.02
_QUEUES = (("订单与交期", 44), ("技术支持", 24), ("对账开票", 20), ("售后报修", 12))


def time_rows(profile: Profile, seed: int, days: Days, orders: list[Order]) -> Iterator[Row]:
    """Rows of ``time_logs``."""
    rng = Random(f"tierwise-demo:{seed}:hours:{profile.index}")
    served, waiting, number = served_by_month(profile, days, orders), 0.0, 0
    for back in range(min(days.months, RECORDED_MONTHS) - 1, -1, -1):
        closing = days.closings[days.months - 1 - back]
        waiting += _minutes(profile, rng, closing, served.get(back, 0))
        if waiting < _WORTH_A_RECORD:
            continue
        worked = days.working(max(days.first, closing - 27), closing)
        for activity, minutes in _split(rng, waiting):
            number += 1
            day = rng.choice(worked)
            yield _time_row(profile, days, number, day, activity, minutes)
        waiting = 0.0


def _minutes(profile: Profile, rng: Random, closing: int, sold: int) -> float:
    """The work of a month: what the cost to serve pays for, and the round that everybody gets."""
    spread = math.exp(rng.gauss(0.0, 0.45))
    if profile.kind == "prospect":
        hours = _HOT_PROSPECT_HOURS if profile.role == "hot_prospect" else _PROSPECT_HOURS
        return 60 * hours * spread if closing > profile.first_contact else 0.0
    if not profile.buys or not profile.start <= closing <= profile.stop + 90:
        return 0.0
    return (60 * sold * profile.service_share * _COST_SHARE / _HOUR_CENTS + 12) * spread


def _split(rng: Random, minutes: float) -> Iterator[tuple[str, int]]:
    """Records of a day's work at most, in steps of a quarter of an hour."""
    left = max(_STEP * 2, round(minutes / _STEP) * _STEP)
    while left > 0:
        piece = min(left, _LONGEST, _STEP * rng.randint(2, 32))
        yield _pick(rng, _ACTIVITIES), piece
        left -= piece


def _time_row(profile: Profile, days: Days, number: int, day: int, activity: str, minutes: int) -> Row:
    engineer = words.ENGINEERS[(profile.index + number) % len(words.ENGINEERS)]
    user = engineer if activity == "service" else owner_on(profile, days, day)
    note = words.WORK[activity][number % len(words.WORK[activity])]
    return (
        f"GS{profile.code[1:]}-{number:04d}", profile.code, days.iso(day), str(minutes), user, activity, note,
    )  # fmt: skip


def call_rows(profile: Profile, seed: int, days: Days, orders: list[Order]) -> Iterator[Row]:
    """Rows of ``calls``: questions about an order, within three weeks of it."""
    rng = Random(f"tierwise-demo:{seed}:calls:{profile.index}")
    first, number = days.closings[-min(days.months, RECORDED_MONTHS)] - 27, 0
    chance = 0.75 if profile.service_share > _HEAVY else 0.3
    for order in orders:
        draw, after = rng.random(), rng.randint(0, 20)
        day = days.work(order.ordered + after)
        if order.counts and draw < chance and first <= day <= days.end:
            number += 1
            yield _call_row(profile, rng, days, number, day)


def _call_row(profile: Profile, rng: Random, days: Days, number: int, day: int) -> Row:
    """One queue for all, in order of arrival: it grows with the season, not with who calls."""
    wait = round(11 * days.season(day) ** 4 * math.exp(rng.gauss(0.0, 0.9)))
    patience = round(rng.expovariate(1 / _PATIENCE_SECONDS)) + 5
    talk, queue = round(150 * math.exp(rng.gauss(0.0, 0.6))), _pick(rng, _QUEUES)
    agent = words.CALL_AGENTS[rng.randrange(len(words.CALL_AGENTS))]
    solved = "已解决" if rng.random() < 0.82 else "转专人跟进"
    name = f"TH{profile.code[1:]}-{number:04d}"
    common = (name, profile.code, days.iso(day))
    if rng.random() < _TURNED_AWAY:
        return (*common, "rejected_busy", "0", "", "", queue, "")
    if patience < wait:
        return (*common, "abandoned", str(patience), "", "", queue, "")
    return (*common, "answered", str(wait), str(talk), agent, queue, solved)


def _pick(rng: Random, weighted: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*weighted, strict=True)
    return str(rng.choices(names, weights)[0])
