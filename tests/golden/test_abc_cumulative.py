"""E38: classes by cumulative share. Spec 6.2."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support import AS_OF, by_customer, customers, read_csv, sales, shipped, tables
from tierwise.grading.memory import grade_outcome


@pytest.mark.parametrize("case", ["1", "2", "3"])
def test_e38_the_customer_that_crosses_the_line_belongs_to_the_upper_class(examples: Path, case: str) -> None:
    rows = [row for row in read_csv(examples / "E38_abc_cumulative.csv") if row["case"] == case]
    values = {row["customer"]: Decimal(row["value"]) for row in rows}
    lines = sales(values)
    for line in lines:
        line["line_type"] = "sale" if line["amount_ex_tax"] >= 0 else "return"
    facts = tables(customers=customers(values), order_lines=lines)
    results, outcome = grade_outcome(facts, shipped("abc_cumulative"), AS_OF)
    got = by_customer(results)
    for row in rows:
        assert got[row["customer"]]["grade"] == row["expected_grade"], row
    codes = [warning["code"] for warning in outcome.warnings]
    assert codes == (["run.all-nonpositive"] if case == "3" else [])
    assert outcome.facts["cumulative"]["n"] == len(rows)


def test_e38_exactly_eighty_percent_before_a_customer_makes_it_b(examples: Path) -> None:
    values = {"A1": 500, "A2": 300, "B1": 100, "B2": 50, "C1": 50}  # before B1: 800 of 1000; before C1: 950
    facts = tables(customers=customers(values), order_lines=sales(values))
    got = by_customer(grade_outcome(facts, shipped("abc_cumulative"), AS_OF)[0])
    assert {code: row["grade"] for code, row in got.items()} == {
        "A1": "A",
        "A2": "A",
        "B1": "B",
        "B2": "B",
        "C1": "B",  # equal to B2, so it gets the grade of the first of them
    }
    assert [got[c]["cumulative_before"] for c in values] == [0, 500, 800, 900, 900]
    # no distances: with a value the total moves, and with it every share
    assert {row[name] for row in got.values() for name in ("gap_to_next", "cushion_down", "near_cut")} == {
        None
    }
