"""E39: rising stars, their conditions and their order. Spec 8.4."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support import read_csv
from tierwise.insight.rising_stars import Candidate, median_sales, rising_stars


def known(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def candidate(row: dict[str, str]) -> Candidate:
    return Candidate(
        row["customer"],
        row["grade"],
        known(row["net_sales"]),
        known(row["momentum_pct"]),
        known(row["growth_pct"]),
        known(row["gap_pct_of_cut"]),
        known(row["on_time_pct"]),
        row["attractiveness"] or None,
    )


@pytest.fixture
def rows(examples: Path) -> list[dict[str, str]]:
    return read_csv(examples / "E39_rising_stars.csv")


def test_e39_who_is_a_star_and_in_which_order(rows: list[dict[str, str]]) -> None:
    medians = {row["grade"]: Decimal(row["median_of_grade"]) for row in rows}
    found = [star.customer for star in rising_stars(map(candidate, rows), medians)]
    wanted = {int(row["expected_order"]): row["customer"] for row in rows if row["expected_star"] == "yes"}
    assert found == [wanted[place] for place in sorted(wanted)]


def test_the_median_of_a_grade_leaves_out_who_has_no_sales_known(rows: list[dict[str, str]]) -> None:
    field = [*map(candidate, rows), Candidate("R0", "B", None, None, None, None, None)]
    assert median_sales(field) == {"A": 900_000, "B": 90_000, "C": 6_000}
