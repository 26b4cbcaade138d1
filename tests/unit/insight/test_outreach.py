"""What campaigns brought, from the rows of a book. Spec MKT-01, MKT-02, PRF-01."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import Kit
from tierwise.insight.outreach import Outreach, outreach

AS_OF = date(2026, 6, 30)


def sold(
    order: str, customer: str, on: str, amount: int, cost: int | None = None, **more: Any
) -> dict[str, Any]:
    line = {
        "order_number": order,
        "line_no": 1,
        "customer_code": customer,
        "order_date": on,
        "posting_date": on,
    }
    line |= {"amount_ex_tax": amount, "currency": "CNY", "qty": 1}
    return line | ({} if cost is None else {"cost_amount": cost}) | more


def touch(number: str, customer: str, campaign: str, on: str, **more: Any) -> dict[str, Any]:
    of = {"number": number, "customer_code": customer, "campaign_code": campaign, "date": on}
    return of | {"channel": "web", "response": "none"} | more


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Outreach:
    kit = Kit(Path(tmp_path_factory.mktemp("outreach")))
    kit.put("customers", *({"code": c, "name": c, "valid_from": "2024-01-01"} for c in "ABC"))
    kit.put("products", {"code": "P", "name": "P", "standard_cost": 30, "valid_from": "2024-01-01"})
    kit.put(
        "order_lines",
        sold("A1", "A", "2026-03-31", 100, 60),  # 30 days after the touch
        sold("A2", "A", "2026-04-01", 500, 1),  # 31 days after it
        sold("B1", "B", "2026-03-05", 200, product_code="P", qty=2),  # at standard cost: 140
        sold("B2", "B", "2026-03-20", 50, 20, line_type="return", amount_ex_tax=-50, cost_amount=-20,
             linked_order="B1", linked_line=1),
        sold("B3", "B", "2026-03-06", 70, 20),  # all of it came back: no order (SAL-06)
        sold("B4", "B", "2026-03-09", 70, line_type="return", amount_ex_tax=-70, cost_amount=0,
             linked_order="B3", linked_line=1),
        sold("C1", "C", "2026-06-20", 80),  # nobody knows what it cost
        sold("C2", "C", "2026-06-25", 10, 4),
    )  # fmt: skip
    kit.put(
        "campaigns",
        {"code": "M", "name": "March", "start_on": "2026-03-01", "cost": 100, "valid_from": "2026-01-01"},
        {"code": "J", "name": "June", "start_on": "2026-06-01", "cost": 5, "valid_from": "2026-01-01"},
        {"code": "E", "name": "End of June", "start_on": "2026-06-29", "cost": 5, "valid_from": "2026-01-01"},
        {"code": "O", "name": "Old", "start_on": "2025-01-01", "cost": 5, "valid_from": "2025-01-01"},
        {"code": "L", "name": "Later", "start_on": "2026-07-01", "cost": 5, "valid_from": "2026-01-01"},
    )
    kit.put(
        "touches",
        touch("1", "A", "M", "2026-03-01", response="answered"),
        touch("2", "B", "M", "2026-03-02", channel="telephone", response="order"),
        touch("3", "C", "J", "2026-06-15"),
        touch("4", "A", "O", "2025-01-10", response="order"),
        touch("5", "A", "J", "2026-07-01"),
    )
    return outreach(kit.book, AS_OF)


def test_touches_of_the_window_are_told_by_channel(sent: Outreach) -> None:
    assert sorted(sent.channels) == ["telephone", "web"]
    web = sent.channels["web"]
    assert (web.touches, web.responses, web.orders, web.response_pct) == (2, 1, 0, 50)


def test_a_campaign_brings_the_orders_of_thirty_days_less_what_they_cost_and_what_came_back(
    sent: Outreach,
) -> None:
    march = sent.campaigns[0]
    assert (march.code, march.touches, march.open) == ("M", 2, False)
    # A1: 100 - 60; B1: 200 - 2 x 30, and 50 of it back with a cost of 20
    assert march.brought.orders == 2
    assert march.brought.margin == Decimal(40) + Decimal(140) - Decimal(30)
    assert march.brought.return_pct == Fraction(50)


def test_without_a_cost_an_order_has_no_margin_and_its_campaign_no_return(sent: Outreach) -> None:
    june = sent.campaigns[1]
    assert (june.brought.orders, june.brought.margin, june.brought.unknown) == (2, 6, 1)
    assert june.brought.return_pct is None
    assert june.open


def test_a_campaign_that_has_reached_nobody_yet_is_open_for_thirty_days(sent: Outreach) -> None:
    begun = sent.campaigns[2]
    assert (begun.code, begun.touches, begun.open) == ("E", 0, True)


def test_only_campaigns_that_began_in_the_window_and_by_the_day_are_told(sent: Outreach) -> None:
    assert [campaign.code for campaign in sent.campaigns] == ["M", "J", "E"]
