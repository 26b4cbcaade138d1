"""Losses, visits and offers as the rows of a book tell them. Spec RET-06, SVC-05, MKT-05 to MKT-07."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.unit.book.bookkit import Kit
from tierwise.insight.cross_selling import rules
from tierwise.insight.offering import Offering, offering, peer_groups
from tierwise.insight.retention import regain_rates
from tierwise.insight.visiting import visiting, visits_made
from tierwise.insight.winning_back import Lost, lost_customers

AS_OF = date(2026, 6, 30)


def order(customer: str, on: str, **more: Any) -> dict[str, Any]:
    number = f"{customer}-{on}-{more.get('product_code', '')}"
    line = {
        "order_number": number,
        "line_no": 1,
        "customer_code": customer,
        "order_date": on,
        "posting_date": on,
    }
    return line | {"amount_ex_tax": 100, "currency": "CNY", "qty": 1} | more


def book_of(tmp_path: Path, codes: str) -> Kit:
    kit = Kit(tmp_path)
    kit.put("customers", *({"code": c, "name": c, "valid_from": "2020-01-01"} for c in codes.split()))
    return kit


@pytest.fixture
def lost(tmp_path: Path) -> tuple[Lost, ...]:
    kit = book_of(tmp_path, "BACK GONE SLOW ONCE")
    monthly = ("2025-01-01", "2025-01-31", "2025-03-02")
    kit.put(
        "order_lines",
        *(
            order("BACK", on) for on in (*monthly, "2025-08-01")
        ),  # 151 days of silence: lost, back on 1 August
        *(order("GONE", on) for on in monthly),
        *(
            order("SLOW", on) for on in ("2024-01-01", "2025-01-01", "2026-01-01")
        ),  # a yearly buyer is never lost
        order("ONCE", "2026-04-15"),  # silent for less than 90 days
    )
    kit.put(
        "interactions",
        {"number": "1", "customer_code": "BACK", "date": "2025-06-15", "kind": "call", "direction": "out"},
        {"number": "2", "customer_code": "GONE", "date": "2025-06-15", "kind": "call", "direction": "in"},
        {"number": "3", "customer_code": "GONE", "date": "2025-03-05", "kind": "call", "direction": "out"},
    )
    return lost_customers(kit.book, AS_OF)


def test_a_loss_is_dated_by_three_intervals_and_ninety_days(lost: tuple[Lost, ...]) -> None:
    day = date(2025, 3, 2) + timedelta(days=90)  # the median gap is 30 days: three of them are 90
    again = Lost("BACK", date(2025, 10, 30), False, None)
    assert lost == (Lost("BACK", day, True, date(2025, 8, 1)), Lost("GONE", day, False, None), again)


def test_half_a_day_of_three_intervals_makes_a_loss_a_day_later(tmp_path: Path) -> None:
    kit = book_of(tmp_path, "K")
    # gaps of 33 and 34 days: three times the median are 100 days and a half
    kit.put("order_lines", *(order("K", on) for on in ("2025-01-01", "2025-02-03", "2025-03-09")))
    day = date(2025, 3, 9) + timedelta(days=101)
    assert lost_customers(kit.book, day - timedelta(days=1)) == ()
    assert lost_customers(kit.book, day) == (Lost("K", day, False, None),)


def test_the_cohort_of_a_month_says_who_was_spoken_to_and_who_came_back(lost: tuple[Lost, ...]) -> None:
    cohorts = regain_rates([one.row() for one in lost], AS_OF)
    assert list(cohorts) == [date(2025, 5, 31), date(2025, 10, 31)]
    assert cohorts[date(2025, 10, 31)].open
    found = cohorts[date(2025, 5, 31)]
    assert (found.lost, found.contacted, found.regained) == (2, 1, 1)
    assert (found.of_lost_pct, found.of_contacted_pct, found.open) == (50, 100, False)


def test_what_comes_later_is_not_seen(tmp_path: Path) -> None:
    kit = book_of(tmp_path, "K")
    kit.put("order_lines", *(order("K", on) for on in ("2025-01-01", "2025-01-31", "2025-09-01")))
    [before] = lost_customers(kit.book, date(2025, 8, 31))
    [after] = lost_customers(kit.book, date(2025, 9, 1))
    assert (before.regained_on, after.regained_on) == (None, date(2025, 9, 1))
    assert before.lost_on == after.lost_on == date(2025, 5, 1)


def visit(number: str, customer: str, on: str, level: str = "", kind: str = "visit") -> dict[str, Any]:
    row = {"number": number, "customer_code": customer, "date": on, "kind": kind}
    return row | ({"visitor_level": level} if level else {})


def test_visits_are_held_against_the_rhythm_of_their_grade_and_visitor(tmp_path: Path) -> None:
    kit = book_of(tmp_path, "A1 A2 B1 C1")
    kit.put(
        "interactions",
        visit("1", "A1", "2026-05-01"),  # due again on 31 May, made on the day: in time
        visit("2", "A1", "2026-05-31"),  # due on 30 June, not made
        visit("3", "A1", "2026-06-20", "executive"),
        visit("4", "A2", "2026-06-29", kind="call"),  # a call is no visit
        visit("5", "B1", "2026-05-15", "supervisor"),
    )
    grades = {"A": ["A1", "A2"], "B": ["B1"], "C": ["C1"]}
    made = visiting(visits_made(kit.book, AS_OF), grades, AS_OF)
    found = {(r.grade, r.visitor): (r.due, r.compliance_pct, r.overdue, r.never) for r in made.rhythms}
    assert found == {
        ("A", "account_manager"): (3, Fraction(100, 3), 1, 1),
        ("A", "executive"): (1, 0, 1, 1),
        ("B", "account_manager"): (1, 0, 1, 1),
        ("B", "supervisor"): (0, None, 0, 0),
    }
    assert [(one.customer, one.visitor) for one in made.overdue] == [
        ("A2", "account_manager"), ("A2", "executive"), ("B1", "account_manager"),
    ]  # fmt: skip


def test_the_longest_overdue_stands_first_and_a_member_is_visited_for_its_unit(tmp_path: Path) -> None:
    kit = book_of(tmp_path, "K1 K2 SITE")
    kit.put("interactions", visit("1", "SITE", "2026-01-01"), visit("2", "K2", "2026-05-01"))
    visits = visits_made(kit.book, AS_OF, {"SITE": "K1"})
    late = [one for one in visiting(visits, {"A": ["K1", "K2"]}, AS_OF).overdue if one.last_on]
    assert [(one.customer, one.next.overdue_days) for one in late] == [("K1", 150), ("K2", 30)]


@pytest.fixture
def shop(tmp_path: Path) -> Kit:
    kit = book_of(tmp_path, "K1 K2 K3 K4 K5")
    kit.put(
        "products",
        *({"code": p, "name": p, "category": c, "standard_cost": 40, "valid_from": "2020-01-01"}
          for p, c in (("pump", "pumps"), ("seal", "seals"), ("oil", "oils"))),
    )  # fmt: skip
    early, late = "2026-02-01", "2026-05-01"
    kit.put(
        "order_lines",
        *(order(f"K{n}", early, product_code="pump") for n in (1, 2, 3, 4)),
        *(order(f"K{n}", early, product_code="seal") for n in (1, 2, 3)),
        order("K4", late, product_code="seal"),  # was to be recommended in March, and was ordered
        order("K5", early, product_code="oil"),
    )
    return kit


PEERS = {"A": ["K1", "K2", "K3", "K4", "K5"]}


@pytest.fixture
def offered(shop: Kit) -> Offering:
    return offering(shop.book, AS_OF, PEERS, frozenset(), "site")


def test_nothing_is_offered_over_an_open_complaint(shop: Kit) -> None:
    assert offering(shop.book, AS_OF, PEERS, frozenset({"K5"}), "site").offers == ()


def test_penetration_offers_and_hits_of_a_peer_group(offered: Offering) -> None:
    [group] = offered.groups
    assert dict(group.penetration) == {"pumps": 80, "seals": 80, "oils": 20}
    # in March: three of the four others of K4 had seals; all four, then three of the others of K5 both
    assert (group.recommended, group.hits_pct) == (3, Fraction(100, 3))
    assert [(o.customer, o.offer.product, o.offer.penetration_pct, o.offer.expected_margin) for o in offered.offers] == [
        ("K5", "pumps", 100, 60), ("K5", "seals", 100, 60),
    ]  # fmt: skip
    assert offered.by_category


def test_rules_are_those_that_lift(offered: Offering) -> None:
    [group] = offered.groups
    assert [(r.antecedent, r.consequent, r.found.lift) for r in group.rules] == [
        ("pumps", "seals", Fraction(5, 4)), ("seals", "pumps", Fraction(5, 4)),
    ]  # fmt: skip
    assert rules({f"K{n}": {"a", "b"} for n in range(4)} | {"K9": {"a"}}) == []  # everybody has a: no lift
    assert rules({"K1": {"a", "b"}, "K2": {"a", "b"}, "K3": {"c"}}) == []  # two customers are no rule


def test_small_segments_join_their_grade() -> None:
    grades = dict.fromkeys(("K1", "K2", "K3", "K4", "K5", "K6"), "A") | {"K7": "B"}
    segments = dict.fromkeys(("K1", "K2", "K3", "K4", "K5"), "food") | {"K6": "steel", "K7": "food"}
    assert peer_groups(grades, segments) == {
        "A · food": ["K1", "K2", "K3", "K4", "K5"], "A": ["K6"], "B": ["K7"],
    }  # fmt: skip
