"""What the effective grade makes of members of a group, whose rows hold figures of their own."""

from __future__ import annotations

import pyarrow as pa

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.movement.effective_rows import NOW, of_run

BOUGHT = "net_sales_12m_status"
_NAMES = ("customer_id", "unit", "grade", "status", "reason", "near_cut", "flags", BOUGHT)
IDLE = ("not_in_population", "population.no-purchase")


def seen(*rows: tuple[str | None, ...]) -> dict[str, str]:
    with DuckDBEngine() as engine:
        columns = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
        engine.register(NOW, pa.table(dict(zip(_NAMES, columns, strict=True))))
        return {row["customer_id"]: row["seen"] for row in engine.fetch(of_run(BOUGHT)).to_pylist()}


def test_a_member_that_never_bought_goes_with_its_idle_group() -> None:
    found = seen(
        ("G", "G", None, *IDLE, None, "", "no_lines"),
        ("M", "G", None, *IDLE, None, "group_member", "no_history"),
        ("K", "K", None, *IDLE, None, "", "no_history"),
    )
    assert found == {"G": "no_purchase", "M": "no_purchase", "K": "none"}


def test_a_member_that_no_longer_inherits_has_left() -> None:
    found = seen(
        ("G", "G", "A", "graded", "abc.within-cut", "none", "", "ok"),
        ("M", "G", None, "not_in_population", "population.not-inherited", None, "group_member", "ok"),
    )
    assert found == {"G": "graded", "M": "left"}
