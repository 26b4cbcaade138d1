"""What an expression uses twice is written once, and means the same."""

from __future__ import annotations

from fractions import Fraction

import ibis
import pyarrow as pa
import pytest

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.kernel.ratio import quotient, sticky, whole

T = ibis.table({"a": "decimal(38,0)", "b": "decimal(38,0)"}, name="t")


@pytest.fixture
def engine():
    with DuckDBEngine() as opened:
        wide = pa.decimal128(38, 0)
        opened.register("t", pa.table({"a": pa.array([1, 22, -7], wide), "b": pa.array([3, 7, 9], wide)}))
        yield opened


def test_a_ratio_of_ratios_stays_short_and_exact(engine):
    once = quotient(T.a, T.b)
    again = quotient((once * whole(10**10)).cast("decimal(38,0)"), whole(7 * 10**10))
    expr = T.select("a", "b", once=once, again=again)
    assert len(engine.sql(expr)) * 10 < len(ibis.to_sql(expr, dialect="duckdb"))
    for row in engine.fetch(expr).to_pylist():
        exact = sticky(Fraction(int(row["a"]), int(row["b"])))
        assert row["once"] == exact
        assert row["again"] == sticky(Fraction(exact) / 7)


def test_values_of_a_join_and_of_a_window_are_shared_too(engine):
    other = T.select(a=T.a, c=T.b + 1)
    joined = T.join(other, "a")
    place = ibis.rank().over(ibis.window(order_by=[joined.a.desc()]))
    ratio = quotient(joined.c, whole(place + 1))
    rows = engine.fetch(joined.select(joined.a, ratio=ratio, place=place)).to_pylist()
    assert {int(r["a"]): r["place"] for r in rows} == {22: 0, 1: 1, -7: 2}
    assert {int(r["a"]): r["ratio"] for r in rows} == {22: 8, 1: 2, -7: sticky(Fraction(10, 3))}


def test_columns_keep_their_names_order_and_types(engine):
    twice = (T.a + T.b) * (T.a - T.b) * whole(3)
    expr = T.select(z=twice + twice, a=T.a, y=twice)
    assert engine.fetch(expr).schema.names == ["z", "a", "y"]
