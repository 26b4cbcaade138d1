"""What campaigns reach and bring, and how customers recommend us. Source: spec 5.9 (MKT-01 to MKT-04)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tierwise.insight.retention import pct
from tierwise.metrics.marketing import RESPONSES

Rows = Iterable[Mapping[str, Any]]
ATTRIBUTION_DAYS = 30
"""An order is brought by the last touch of its customer at most so many days before it (MKT-02)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What one channel did."""

    touches: int
    responses: int
    orders: int
    response_pct: Fraction | None


@dataclass(frozen=True, slots=True)
class Return:
    """What one campaign brought; ``return_pct`` is null if it cost nothing, or a margin is not known."""

    orders: int
    margin: Decimal
    """Of the orders whose margin is known."""
    cost: Decimal
    return_pct: Fraction | None
    unknown: int = 0
    """Orders whose margin is not known, for want of costs."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Referrals of a population in a year."""

    active: int
    given: int
    converted: int
    per_active: Fraction | None
    conversion_pct: Fraction | None


def reach(touches: Rows) -> dict[str, Reach]:
    """Channel -> touches, responses, orders. **Source** spec MKT-01."""
    groups: dict[str, list[str]] = defaultdict(list)
    for touch in touches:
        groups[touch["channel"]].append(touch["response"])
    return {channel: _reach(groups[channel]) for channel in sorted(groups)}


def _reach(responses: list[str]) -> Reach:
    answered = sum(1 for response in responses if response in RESPONSES)
    orders = responses.count("order")
    return Reach(len(responses), answered, orders, pct(answered, len(responses)))


def attributed(touches: Rows, orders: Rows, days: int = ATTRIBUTION_DAYS) -> dict[str, str]:
    """Order number -> the campaign that brought it; an order that a touch names is brought by that touch.

    Touches have ``customer_code``, ``campaign_code``, ``date``, ``number`` and ``order_number``; orders
    ``order_number``, ``customer_code`` and ``date``. Of touches of one day the one with the last number counts.
    """
    named: dict[str, str] = {}
    of_customer: dict[str, list[tuple[date, str, str]]] = defaultdict(list)
    for touch in sorted(touches, key=lambda t: (t["date"], t["number"])):
        if touch.get("order_number"):
            named[touch["order_number"]] = touch["campaign_code"]
        of_customer[touch["customer_code"]].append((touch["date"], touch["number"], touch["campaign_code"]))
    found: dict[str, str] = {}
    for order in orders:
        near = [t for t in of_customer[order["customer_code"]] if 0 <= (order["date"] - t[0]).days <= days]
        number = order["order_number"]
        if number in named or near:
            found[number] = named.get(number) or near[-1][2]
    return found


def campaign_returns(
    touches: Rows, orders: Rows, costs: Mapping[str, Decimal], days: int = ATTRIBUTION_DAYS
) -> dict[str, Return]:
    """Campaign -> attributed orders, their margin, and (margin - cost) / cost. **Source** spec MKT-02.

    Orders have ``margin``, or null, beside what ``attributed`` reads; campaigns are those with a cost.
    """
    all_orders = list(orders)
    brought = attributed(touches, all_orders, days)
    margins: dict[str, list[Decimal | None]] = defaultdict(list)
    for order in all_orders:
        margins[brought.get(order["order_number"], "")].append(order["margin"])
    return {campaign: _return(margins[campaign], cost) for campaign, cost in sorted(costs.items())}


def _return(margins: list[Decimal | None], cost: Decimal) -> Return:
    known = [margin for margin in margins if margin is not None]
    margin, unknown = sum(known, Decimal(0)), len(margins) - len(known)
    share = None if unknown else pct(margin - cost, cost)
    return Return(len(margins), margin, cost, share, unknown)


def mentions(rows: Rows, months: int = 12) -> Mentions:
    """Referrals per active customer and their conversion. **Source** spec MKT-03, MKT-04.

    Rows have ``orders_<n>m``, ``referrals_given_<n>m`` and ``referrals_converted_<n>m``; active is who ordered.
    """
    window = f"{months}m"
    active = given = converted = 0
    for row in rows:
        active += bool(row[f"orders_{window}"])
        given += row[f"referrals_given_{window}"]
        converted += row[f"referrals_converted_{window}"]
    per_year = Fraction(given * 12, active * months) if active else None
    return Mentions(active, given, converted, per_year, pct(converted, given))
