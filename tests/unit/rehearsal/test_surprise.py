"""The marks of a surprising move, against a plain computation over random customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from tests.properties.companies import hold
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.movement.causes import height
from tierwise.movement.migration import OUTSIDE
from tierwise.rehearsal.surprise import MARKS, POINTS, with_surprise

STATES = ("A", "B", "C", "UNGRADED", "INACTIVE")
KINDS = {
    "customer_id": "string",
    "previous": "string",
    "current": "string",
    "near_cut_before": "string",
    "flags_after": "string",
    "net_sales": "decimal(38,4)",
    "overdue": "decimal(38,4)",
    "sales_growth_pct": "decimal(38,10)",
}
Row = dict[str, Any]


def judged(rows: list[Row]) -> dict[str, tuple[int, str]]:
    """Points and marks as the engine gives them."""
    types = {
        "string": pa.string(),
        "decimal(38,4)": pa.decimal128(38, 4),
        "decimal(38,10)": pa.decimal128(38, 10),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in KINDS.items()])
    with DuckDBEngine(threads=1) as engine:
        engine.register("rows", pa.Table.from_pylist(rows, schema=schema))
        t = ibis.table(KINDS, name="rows")
        t = t.mutate(step=height(t.current, "ABC") - height(t.previous, "ABC"))
        found = engine.fetch(with_surprise(t)).to_pylist()
    return {row["customer_id"]: (row["surprise"], row["surprising"]) for row in found}


def plainly(rows: list[Row]) -> dict[str, tuple[int, str]]:
    """The same, one customer after the other."""
    total = sum((max(row["net_sales"], Decimal(0)) for row in rows), Decimal(0))
    above, pillars = Decimal(0), set()
    for row in sorted(rows, key=lambda r: (-r["net_sales"], r["customer_id"])):
        if row["net_sales"] > 0 and 2 * above < total:
            pillars.add(row["customer_id"])
        above += max(row["net_sales"], Decimal(0))
    found = {}
    for row in rows:
        was, now = row["previous"], row["current"]
        level = {"A": 3, "B": 2, "C": 1}
        step = level.get(now, 0) - level.get(was, 0)
        graded = was not in OUTSIDE and now not in OUTSIDE
        growth = row["sales_growth_pct"]
        flags = (row["flags_after"] or "").split(";")
        same = sum(r["previous"] == was and r["current"] == now for r in rows)
        marks = {
            "against_trend": growth is not None
            and ((step > 0 and growth <= -30) or (step < 0 and growth >= 30)),
            "two_grades": graded and abs(step) >= 2,
            "in_or_out": (was in OUTSIDE) != (now in OUTSIDE),
            "single_order": step > 0 and "single_order" in flags,
            "pillar_down": step < 0 and row["customer_id"] in pillars,
            "arrears_up": step > 0 and row["overdue"] > 0,
            "newcomer_up": step > 0 and "new_customer" in flags,
            "not_near": graded and row["near_cut_before"] not in ("up", "down", "both"),
            "few_go_there": same * 20 < sum(r["previous"] == was for r in rows),
        }
        up = [code for code in POINTS if marks[code]] if was != now else []
        found[row["customer_id"]] = sum(POINTS[c] for c in up), "".join(f"{c};" for c in up)
    return found


MONEY = st.integers(-50, 400).map(Decimal)
ROWS = st.lists(
    st.fixed_dictionaries({
        "previous": st.sampled_from(STATES),
        "current": st.sampled_from(STATES),
        "near_cut_before": st.sampled_from([None, "none", "up", "down", "both"]),
        "flags_after": st.sampled_from([None, "", "single_order", "new_customer;single_order", "not_single_order"]),
        "net_sales": MONEY,
        "overdue": st.sampled_from([Decimal(0), Decimal(1)]),
        "sales_growth_pct": st.none() | st.sampled_from(["-30", "-29.9999999999", "29.9999999999", "30", "0"]).map(Decimal),
    }),
    min_size=1, max_size=60,
)  # fmt: skip


@pytest.mark.engines
def test_the_engine_gives_every_move_the_marks_that_a_plain_reading_gives() -> None:
    def check(rows: list[Row]) -> None:
        named = [row | {"customer_id": f"C{at:03}"} for at, row in enumerate(rows)]
        assert judged(named) == plainly(named)

    hold(40, check, ROWS)


def test_every_mark_has_points_and_words_in_both_languages() -> None:
    assert set(POINTS) == set(MARKS)
    assert all(text.en and text.zh for text in MARKS.values())


def test_a_way_that_one_of_thirty_takes_is_an_odd_one() -> None:
    still = {
        "near_cut_before": "up",
        "flags_after": "",
        "net_sales": Decimal(1),
        "overdue": Decimal(0),
        "sales_growth_pct": None,
    }
    rows = [still | {"customer_id": f"C{n}", "previous": "C", "current": "C"} for n in range(29)]
    rows.append(still | {"customer_id": "X", "previous": "C", "current": "B"})
    assert judged(rows)["X"] == (1, "few_go_there;")
    assert judged(rows)["C1"] == (0, "")
