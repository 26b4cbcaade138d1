"""Lifecycle: the limits of days, coming back, and what is remembered of it. Spec 3.1, RET-01."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.support import AS_OF, customers, metrics, tables


def seen(*days: date, as_of: date = AS_OF) -> dict[str, Any]:
    lines = [{"customer_code": "K", "order_date": on, "amount_ex_tax": 10} for on in days]
    return metrics(tables(customers=customers(["K"]), order_lines=lines), "lifecycle", as_of=as_of)["K"]


def every(days: int, count: int, last: date) -> list[date]:
    return [last - timedelta(days=days * i) for i in range(count)]


BACK = date(2025, 5, 1)
MONTHLY = every(30, 12, date(2024, 12, 31))
"""A monthly buyer that fell silent for 121 days before it came back on 1 May."""


def test_a_monthly_buyer_that_comes_back_after_four_months_is_regained() -> None:
    got = seen(*MONTHLY, BACK, as_of=BACK)
    assert (got["lifecycle"], got["regained_on"]) == ("regained", BACK)


@pytest.mark.parametrize(
    ("as_of", "wanted"),
    [
        (date(2025, 4, 30), "lost"),
        (date(2025, 5, 31), "regained"),
        (date(2025, 7, 1), "dormant"),
        (date(2025, 8, 15), "lost"),
    ],
)
def test_being_regained_never_hides_what_is_worse(as_of: date, wanted: str) -> None:
    assert seen(*MONTHLY, BACK, as_of=as_of)["lifecycle"] == wanted


def test_regained_lasts_six_months_and_the_customer_is_active_then() -> None:
    days = [*MONTHLY, *every(10, 22, BACK + timedelta(days=210)), BACK]
    assert seen(*days, as_of=date(2025, 10, 31))["lifecycle"] == "regained"
    later = seen(*days, as_of=date(2025, 11, 1))
    assert (later["lifecycle"], later["regained_on"], later["regained_on_status"]) == (
        "active",
        None,
        "not_regained",
    )


def test_one_order_after_ninety_days_of_silence_is_no_coming_back_for_a_half_yearly_buyer() -> None:
    assert seen(*every(180, 6, date(2025, 6, 1)))["lifecycle"] == "active"


def test_a_customer_was_not_lost_after_eighty_nine_days_of_silence() -> None:
    weekly = every(7, 20, date(2025, 1, 1))
    assert seen(*weekly, date(2025, 4, 1), as_of=date(2025, 4, 1))["lifecycle"] == "active"
    assert seen(*weekly, date(2025, 4, 2), as_of=date(2025, 4, 2))["lifecycle"] == "regained"


def test_the_interval_before_the_return_is_that_of_the_two_years_before_it() -> None:
    # two orders long ago and two in the window of 29 February: fewer than three there, so the last three count
    days = [date(2020, 1, 1), date(2022, 2, 27), date(2022, 2, 28), date(2023, 10, 1), date(2024, 2, 29)]
    got = seen(*days, as_of=date(2024, 2, 29))
    assert got["lifecycle"] == "active"  # median of 1 and 580 days: 151 days of silence are not three of them
    more = [*days, date(2022, 3, 1), date(2022, 3, 2)]
    assert seen(*more, as_of=date(2024, 2, 29))["lifecycle"] == "regained"  # a daily buyer in the window


def test_a_customer_with_one_order_comes_back_by_the_default_interval() -> None:
    first = date(2024, 10, 1)
    assert (
        seen(first, first + timedelta(days=181), as_of=first + timedelta(days=181))["lifecycle"] == "regained"
    )
    assert (
        seen(first, first + timedelta(days=180), as_of=first + timedelta(days=180))["lifecycle"] == "active"
    )
