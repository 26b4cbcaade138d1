"""The embedded engine works behind the caller's back, and yet in order and without hiding anything."""

from __future__ import annotations

import time

import duckdb
import ibis
import pyarrow as pa
import pytest

from tierwise.engine.duckdb import DuckDBEngine

T = ibis.table({"a": "int64"}, name="t")


@pytest.fixture
def engine():
    with DuckDBEngine(threads=1) as opened:
        opened.register("t", pa.table({"a": [1, 2, 3]}))
        yield opened


def test_what_is_asked_for_later_sees_what_was_asked_for_before(engine):
    engine.materialize("s", T.mutate(a=T.a * 10))
    engine.materialize("s2", ibis.table({"a": "int64"}, name="s").filter(ibis._.a > 10))
    engine.drop("s")
    assert sorted(engine.fetch(ibis.table({"a": "int64"}, name="s2")).column("a").to_pylist()) == [20, 30]


def test_a_name_can_be_given_again(engine):
    for factor in (2, 3):
        engine.materialize("s", T.mutate(a=T.a * factor))
    assert sorted(engine.fetch(ibis.table({"a": "int64"}, name="s")).column("a").to_pylist()) == [3, 6, 9]


def test_the_first_error_is_raised_by_the_next_answer_and_leaves_the_engine_usable(engine):
    absent = ibis.table({"a": "int64"}, name="absent")
    engine.materialize("first", absent)
    engine.materialize("second", ibis.table({"a": "int64"}, name="first"))
    with pytest.raises(duckdb.CatalogException, match="absent"):
        engine.fetch(T)
    assert len(engine.fetch(T)) == 3


def test_steps_are_told_when_they_begin_to_run(engine):
    told = []
    engine.materialize("s", T)
    engine.after(lambda: told.append("after s"))
    engine.fetch(T)
    assert told == ["after s"]


def test_closing_stops_what_is_under_way():
    engine = DuckDBEngine(threads=1)
    engine.register("n", pa.table({"a": list(range(20_000))}))
    n = ibis.table({"a": "int64"}, name="n")
    other, third = n.view(), n.view()
    engine.materialize("huge", n.cross_join(other, third).agg(total=ibis._.a.sum()))
    time.sleep(0.05)
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 20
