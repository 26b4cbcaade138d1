"""Wide selections at once give what ``select`` gives; a defined name is computed where it is read."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.picking import pick
from tierwise.engine.stages import Stages


@pytest.fixture
def engine():
    with DuckDBEngine() as own:
        own.register("sold", pa.table({"code": ["a", "b", "b"], "amount": [1, 2, 3]}))
        own.register("named", pa.table({"code": ["a", "b"], "name": ["A", None]}))
        yield own


SOLD = ibis.table({"code": "string", "amount": "int64"}, name="sold")
NAMED = ibis.table({"code": "string", "name": "string"}, name="named")


def rows(engine, expr):
    return sorted(engine.fetch(expr).to_pylist(), key=str)


def test_columns_new_names_and_expressions_of_a_table(engine):
    picked = pick(SOLD, "amount", unit="code", twice=SOLD.amount + SOLD.amount)
    plain = SOLD.select("amount", unit=SOLD.code, twice=SOLD.amount + SOLD.amount)
    assert picked.schema() == plain.schema()
    assert rows(engine, picked) == rows(engine, plain)


def test_columns_of_a_join_under_the_names_that_the_join_gives(engine):
    joined = SOLD.left_join(NAMED, "code")
    picked = pick(joined, "code", "amount", other="code_right", title="name")
    plain = joined.select("code", "amount", other=joined.code_right, title=joined.name)
    assert picked.schema() == plain.schema()
    assert rows(engine, picked) == rows(engine, plain)


def test_a_picked_join_is_a_table_that_can_be_picked_from(engine):
    beside = pick(SOLD.left_join(NAMED, "code"), "code", title="name")
    again = pick(beside, unit="code", known=beside.title.notnull())
    assert rows(engine, again) == [
        {"unit": "a", "known": True},
        {"unit": "b", "known": False},
        {"unit": "b", "known": False},
    ]


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(Exception, match="nothing"):
        pick(SOLD, "nothing").schema()


def test_a_defined_name_is_read_like_a_table_and_follows_its_source(engine):
    stages = Stages(engine)
    big = stages.define("big", SOLD.filter(SOLD.amount > 1))
    assert len(rows(engine, big)) == 2
    engine.register("sold", pa.table({"code": ["z"], "amount": [9]}))
    assert rows(engine, big) == [{"code": "z", "amount": 9}]
    stages.drop("big")
    with pytest.raises(KeyError):
        stages["big"]
