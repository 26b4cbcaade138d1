"""A distance in a sentence and the lever of the same page are one number: rounded so that what it says is true."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tierwise.grading.distance import _Scale
from tierwise.grading.wording import money, number
from tierwise.movement.levers import less, more, step_of

SALES = "net_sales_12m"


def scale(column: str) -> _Scale:
    return _Scale(["A", "B", "C"], {}, True, column, "CNY", "en")


@pytest.mark.parametrize("apart", ["343106.4662", "343106.4612", "343106.4600", "0.0049", "0.0100"])
def test_what_may_be_lost_and_what_is_missing_are_those_of_the_levers(apart: str):
    low, high = Decimal("120000.0000"), Decimal("120000.0000") + Decimal(apart)
    spare, needed = less(high, low, step_of(SALES)), more(low, high, step_of(SALES))
    assert money(spare, "CNY") in scale(SALES).spare(high - low)
    assert money(needed, "CNY") in scale(SALES).needed(high - low)
    assert spare <= high - low <= needed


def test_points_are_rounded_alike():
    assert number(Decimal("1.23")) in scale("").spare(Decimal("1.2389"))
    assert number(Decimal("1.24")) in scale("").needed(Decimal("1.2311"))


def test_counts_stay_what_they_are():
    assert "3" in scale("orders_12m").spare(Decimal(3))
