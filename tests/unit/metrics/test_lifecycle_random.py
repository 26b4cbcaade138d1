"""Lifecycle of random histories, against the rule written in plain Python. Spec 3.1, SAL-15, RET-01."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from random import Random
from statistics import median

import pytest

from tests.support import customers, metrics, tables
from tierwise.kernel.periods import add_months

DAY = timedelta(days=1)
STEPS = (1, 1, 3, 7, 7, 10, 30, 30, 31, 45, 91, 92, 120, 200, 400)


def interval(days: list[date], as_of: date) -> Fraction:
    """SAL-15: of the last 24 months, with fewer than three days there of the last three of all time; one day: 60."""
    recent = [d for d in days if d >= add_months(as_of + DAY, -24)]
    used = recent if len(recent) >= 3 else days[-3:]
    if len(days) == 1:
        return Fraction(60)
    return Fraction(median(Fraction((b - a).days) for a, b in pairwise(used)))


def plain(days: list[date], as_of: date) -> str:
    """RET-01 without memory of coming back."""
    known = [d for d in days if d <= as_of]
    if not known:
        return "never_bought"
    silent = (as_of - known[-1]).days
    q = Fraction(silent) / interval(known, as_of)
    for code, times, least in (("lost", 3, 90), ("dormant", 2, 14), ("at_risk", Fraction(3, 2), 7)):
        if q >= times and silent >= least:
            return code
    return "active"


def lifecycle(days: list[date], as_of: date) -> str:
    """RET-01 with coming back: an order of the last six months on whose eve the customer was lost."""
    now = plain(days, as_of)
    fresh = [d for d in days if add_months(as_of + DAY, -6) <= d <= as_of]
    back = any(plain(days, d - DAY) == "lost" for d in fresh)
    return "regained" if now == "active" and back else now


def history(random: Random, as_of: date) -> list[date]:
    last, days = (
        as_of - timedelta(days=random.choice([-3, 0, 0, 1, 5, 8, 15, 30, 60, 89, 90, 95, 200])),
        set(),
    )
    usual = random.sample(STEPS, random.choice([1, 2, 3]))
    for _ in range(random.choice([0, 1, 2, 3, 4, 8, 20])):
        days.add(last)
        last -= timedelta(days=random.choice([*usual, *usual, *usual, random.choice(STEPS)]))
    return sorted(days)


@pytest.mark.engines
@pytest.mark.parametrize(
    "as_of", [date(2025, 6, 30), date(2024, 2, 29), date(2026, 2, 28), date(2025, 1, 15)]
)
def test_four_hundred_random_histories_agree(as_of: date) -> None:
    random = Random(as_of.toordinal())
    histories = {f"K{i:03d}": history(random, as_of) for i in range(400)}
    lines = [
        {"customer_code": code, "order_date": day, "order_number": f"{code}-{i}", "amount_ex_tax": 10}
        for code, days in histories.items()
        for i, day in enumerate(days)
    ]
    got = metrics(tables(customers=customers(histories), order_lines=lines), "lifecycle", as_of=as_of)
    wanted = {code: lifecycle(days, as_of) for code, days in histories.items()}
    assert {code: got[code]["lifecycle"] for code in histories} == wanted
    assert set(wanted.values()) == {"never_bought", "active", "at_risk", "dormant", "lost", "regained"}
