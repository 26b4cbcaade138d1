"""A worked example of our own: ten customers, two dimensions, two months, and the same grades throughout.

Orders of 100, 90, … 10 thousand, cost half of it, so the first (5 % of 10, rounded up) is A, the second (20 %) is B.
C01 to C05 are in the east; C03 moves to the south on 10 February. Large are C01, C02, C10.

| on 31 January | A | B | C | net sales | profit |
|---|---|---|---|---|---|
| east  | C01 | C02 | C03 C04 C05 | 100+90+80+70+60 = 400 | 200 |
| south |     |     | C06 C07 | 50+40 = 90 | 45 |
| none  |     |     | C08 C09 C10 | 30+20+10 = 60 | 30 |
| large | C01 | C02 | C10 | 100+90+10 = 200 | 100 |
| none  |     |     | seven others | 350 | 175 |
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.book.bookkit import AT, Kit, day
from tierwise.grading.run import grade_book, read_results
from tierwise.kernel.errors import TierwiseError
from tierwise.policy.load import load_policy
from tierwise.segmentation import applying
from tierwise.segmentation.cross import as_table, cross
from tierwise.segmentation.load import parse_rules

RULES = """
segments:
  - {code: east, title: {en: East, zh: 华东}, dimension: region, when: [{attribute: region, equals: 华东}]}
  - {code: south, title: {en: South, zh: 华南}, dimension: region, when: [{attribute: region, equals: 华南}]}
  - {code: large, title: {en: Large, zh: 大型}, dimension: size, when: [{attribute: employees, at_least: 500}]}
"""
JANUARY, FEBRUARY = day("2026-01-31"), day("2026-02-28")
REGION = {1: "华东", 2: "华东", 3: "华东", 4: "华东", 5: "华东", 6: "华南", 7: "华南", 8: "西北"}
LARGE = (1, 2, 10)


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    made = Kit(tmp_path)
    people = [
        {"code": f"C{n:02}", "name": f"Customer {n}", "region": REGION.get(n, ""), "valid_from": "2025-01-01",
         "employees": 500 if n in LARGE else 499}
        for n in range(1, 11)
    ]  # fmt: skip
    orders = [
        {"order_number": f"S{n}", "line_no": 1, "customer_code": f"C{n:02}", "order_date": "2025-12-15",
         "amount_ex_tax": 110_000 - 10_000 * n, "cost_amount": 55_000 - 5_000 * n}
        for n in range(1, 11)
    ]  # fmt: skip
    made.put("customers", *people, people[2] | {"region": "华南", "valid_from": "2026-02-10"})
    made.put("order_lines", *orders)
    return made


def graded(kit: Kit, as_of: str) -> None:
    grade_book(kit.book, load_policy("abc_sales"), day(as_of), actor="alice", at=AT)


def applied(kit: Kit, as_of: str) -> None:
    rules = parse_rules(RULES, "rules.yaml")
    applying.write(
        kit.book, rules, applying.plan(kit.book, rules, day(as_of)), name="rules.yaml", actor="alice", at=AT
    )


def cells(kit: Kit, as_of: str) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """(dimension, segment, grade) -> customers, sales and profit in thousands."""
    return {
        (c.dimension, c.segment, c.grade): (c.customers, int(c.net_sales / 1000), int(c.profit / 1000))
        for c in cross(kit.book, day(as_of)).cells
    }


def test_segments_stand_beside_grades_with_their_sales_and_profit(kit: Kit) -> None:
    graded(kit, "2026-01-31")
    applied(kit, "2026-01-31")
    assert cells(kit, "2026-01-31") == {
        ("region", "east", "A"): (1, 100, 50),
        ("region", "east", "B"): (1, 90, 45),
        ("region", "east", "C"): (3, 210, 105),
        ("region", "south", "C"): (2, 90, 45),
        ("region", "", "C"): (3, 60, 30),
        ("size", "large", "A"): (1, 100, 50),
        ("size", "large", "B"): (1, 90, 45),
        ("size", "large", "C"): (1, 10, 5),
        ("size", "", "C"): (7, 350, 175),
    }


def test_a_customer_that_moves_changes_its_segment_and_not_its_grade(kit: Kit) -> None:
    for as_of in ("2026-01-31", "2026-02-28"):
        graded(kit, as_of)
        applied(kit, as_of)
    january, february = cells(kit, "2026-01-31"), cells(kit, "2026-02-28")
    assert (january["region", "east", "C"], february["region", "east", "C"]) == ((3, 210, 105), (2, 130, 65))
    assert february["region", "south", "C"] == (3, 170, 85)
    assert january["region", "south", "C"] == (2, 90, 45)


def test_no_segment_ever_changes_a_grade(kit: Kit) -> None:
    graded(kit, "2026-01-31")
    applied(kit, "2026-01-31")
    graded(kit, "2026-01-31")
    before, after = (cross(kit.book, JANUARY, run).run for run in ("run-000001", "run-000002"))
    assert before.digest == after.digest
    assert read_results(kit.book, before).equals(read_results(kit.book, after))


def test_every_dimension_adds_up_to_all_customers_and_every_row_names_the_policy(kit: Kit) -> None:
    graded(kit, "2026-01-31")
    applied(kit, "2026-01-31")
    rows = as_table(cross(kit.book, JANUARY)).to_pylist()
    for dimension in ("region", "size"):
        own = [row for row in rows if row["dimension"] == dimension]
        assert sum(row["customers"] for row in own) == 10
        assert sum(row["net_sales"] for row in own) == Decimal(550_000)
    assert {row["policy"] for row in rows} == {"abc_sales v1"}


def test_without_a_run_of_the_day_or_without_segments_it_is_said(kit: Kit) -> None:
    for code, as_of, run in (
        ("segments.no-run", JANUARY, None),
        ("segments.none", JANUARY, None),
        ("segments.other-day", FEBRUARY, "latest"),
    ):
        with pytest.raises(TierwiseError) as caught:
            cross(kit.book, as_of, run)
        assert caught.value.code == code
        if code == "segments.no-run":
            graded(kit, "2026-01-31")
