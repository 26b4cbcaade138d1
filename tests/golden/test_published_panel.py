"""A published table of states, reproduced by the code of the matrix: 2,846 observations of 622 people (R package msm, `cav`).

The data are not among those that the folder brings; whoever has them puts `cav.csv` with the columns PTNUM, years and
state there. Source: RET-05, the manual of msm (`statetable.msm`).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.csv
import pytest

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.movement.migration import Move, migration
from tierwise.movement.moving import cells_of

PUBLISHED = {
    "1": {"1": 1367, "2": 204, "3": 44, "4": 148},
    "2": {"1": 46, "2": 134, "3": 54, "4": 48},
    "3": {"1": 4, "2": 13, "3": 107, "4": 55},
}
SUMS = ("sales_before", "sales_after", "profit_before", "profit_after")


def test_the_published_panel_table_comes_out(shared_data: Path) -> None:
    file = shared_data / "cav.csv"
    if not file.is_file():
        pytest.skip("cav.csv (R package msm: PTNUM, years, state) is not among the real data sets")
    seen = pyarrow.csv.read_csv(file).select(["PTNUM", "years", "state"])
    assert seen.num_rows == 2846
    nothing = pa.array([Decimal(0)] * seen.num_rows, pa.decimal128(38, 4))
    for name in SUMS:
        seen = seen.append_column(name, nothing)
    kinds = {"PTNUM": "int64", "years": "float64", "state": "int64"} | dict.fromkeys(SUMS, "decimal(38,4)")
    with DuckDBEngine() as engine:
        engine.register("panel", seen)
        t = ibis.table(kinds, name="panel")
        before = t.state.lag().over(ibis.window(group_by=t.PTNUM, order_by=t.years))
        pairs = t.mutate(previous=before.cast("string"), current=t.state.cast("string"))
        cells = cells_of(engine, pairs.filter(pairs.previous.notnull()))
    found = migration((Move(c.previous, c.current, c.sales_after, c.customers) for c in cells), "1234")
    assert found.counts == PUBLISHED
    assert found.kinds == {"stable": 1608, "upgrade": 63, "downgrade": 553}
