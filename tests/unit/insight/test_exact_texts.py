"""What a face is told of a decimal is its every digit, also where it is written the quicker way."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.insight.showing import _said

WIDE = Decimal("1234567890123456789012345678.0123456789")
EDGES = (Decimal("99999999.9999999999"), Decimal(100_000_000), Decimal("100000000.0000000001"))


@pytest.mark.parametrize(("digits", "places"), [(38, 10), (38, 4), (38, 0), (18, 4), (12, 2)])
def test_decimals_are_told_with_every_digit(digits: int, places: int):
    unit = Decimal(1).scaleb(-places)
    edge = Decimal(10**18 - 1).scaleb(-places)
    known = [Decimal(0), unit, -unit, Decimal(7), Decimal(-12345)]
    if digits == 38:
        known += [edge, -edge, edge + unit, -edge - unit]
    known += [*EDGES, WIDE, -WIDE] if (digits, places) == (38, 10) else []
    values: list[Decimal | None] = [*known, None]
    with DuckDBEngine() as engine:
        engine.register("exact", pa.table({"value": pa.array(values, pa.decimal128(digits, places))}))
        t = ibis.table({"value": f"decimal({digits}, {places})"}, name="exact")
        told = engine.fetch(t.select(said=_said(t.value), exact=t.value)).to_pylist()
    for row in told:
        assert row["said"] == (None if row["exact"] is None else f"{row['exact']:f}")
