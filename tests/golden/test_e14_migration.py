"""E14: kinds and rates of movement between two periods. Spec 8.3, RET-05."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support import read_csv
from tierwise.movement.migration import Migration, Move, migration, movement_of

SCALE = ("A", "B", "C")


def rounded(value: Fraction | None) -> float:
    assert value is not None
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return float(exact.quantize(Decimal("0.0001"), ROUND_HALF_UP))


@pytest.fixture
def rows(examples: Path) -> list[dict[str, str]]:
    return read_csv(examples / "E14_migration.csv")


@pytest.fixture
def found(rows: list[dict[str, str]]) -> Migration:
    return migration((Move(row["previous"], row["current"], Decimal(100)) for row in rows), SCALE)


def test_e14_every_customer_moves_as_stated(rows: list[dict[str, str]]) -> None:
    for row in rows:
        assert movement_of(row["previous"], row["current"], SCALE) == row["expected_movement"], row


def test_e14_the_matrix_and_the_rates_are_those_stated(found: Migration, examples: Path) -> None:
    wanted = json.loads((examples / "E14_expected.json").read_text("utf-8"))
    assert found.counts == wanted["counts"]
    assert {state: float(share) for state, share in found.row_pct("B").items()} == wanted["row_pct_B"]
    assert found.graded_in_both == wanted["graded_in_both"]
    kinds = {"upgrades": "upgrade", "downgrades": "downgrade", "stable": "stable"}
    kinds |= {"lost": "lost", "new": "new", "reactivated": "reactivated"}
    assert {name: found.kinds[kind] for name, kind in kinds.items()} == {name: wanted[name] for name in kinds}
    assert rounded(found.upgrade_pct) == wanted["upgrade_rate_pct"]
    assert rounded(found.downgrade_pct) == wanted["downgrade_rate_pct"]
    assert rounded(found.stability_pct) == wanted["stability_rate_pct"]
    assert rounded(found.loss_pct) == wanted["loss_rate_pct_of_previously_graded"]
    assert found.net_upgrade_pct == Fraction(100, 9)


def test_e14_sales_move_with_their_customers(found: Migration) -> None:
    assert found.net_sales["C"]["C"] == Decimal(200)
    assert sum(amount for row in found.net_sales.values() for amount in row.values()) == Decimal(1300)


def test_rates_of_nobody_are_null() -> None:
    nobody = migration([Move("NEW", "A"), Move("INACTIVE", "INACTIVE")], SCALE)
    assert nobody.upgrade_pct is None
    assert nobody.loss_pct is None
    assert nobody.kinds == {"new": 1, "inactive": 1}
