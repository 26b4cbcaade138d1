"""Result rows in parts are the rows at once."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from tests.support import AS_OF, customers, policy, sales, tables
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading import streaming
from tierwise.grading.memory import register_tables
from tierwise.grading.pipeline import Outcome, grade
from tierwise.metrics.scene import Scene

ONE = pa.record_batch({"customer_id": ["C1"]})
CODES = [f"K{n:03}" for n in range(57)] + ["甲", "乙", "k 1", "_"]


@pytest.fixture(scope="module", params=["site", "group"])
def outcome(request):
    records = customers(CODES)
    for record in records[1:9]:
        record["parent_code"] = records[0]["code"]
    facts = tables(customers=records, order_lines=sales({code: n + 1 for n, code in enumerate(CODES)}))
    chosen = policy({"method": "abc_rank"})
    chosen = chosen.model_copy(
        update={"population": chosen.population.model_copy(update={"level": request.param})}
    )
    with DuckDBEngine() as engine:
        register_tables(engine, facts)
        yield engine, grade(Stages(engine), chosen, Scene(AS_OF))


def rows(engine: DuckDBEngine, outcome: Outcome) -> pa.Table:
    return streaming.in_order(engine, outcome.part, outcome.customers).read_all()


@pytest.mark.parametrize("cells", [1, 40, 300, 1_000])
def test_parts_of_any_size_give_the_same_rows_in_the_same_order(outcome, monkeypatch, cells):
    whole = rows(*outcome)
    monkeypatch.setattr(streaming, "CELLS_AT_ONCE", cells)
    assert rows(*outcome).equals(whole)
    assert whole.column("customer_id").to_pylist() == sorted(CODES)


class Waiting:
    """A source whose second batch comes when it is interrupted, and an engine that interrupts it."""

    def __init__(self) -> None:
        self.interrupted = threading.Event()

    def interrupt(self) -> None:
        self.interrupted.set()

    def batches(self):
        yield ONE
        assert self.interrupted.wait(20)
        raise RuntimeError("interrupted")


def test_who_gives_up_in_the_middle_does_not_wait_for_the_rest():
    waiting = Waiting()
    reader = streaming.ahead(waiting, pa.RecordBatchReader.from_batches(ONE.schema, waiting.batches()))
    taken = iter(reader)
    assert next(taken).equals(ONE)
    del reader, taken
    assert waiting.interrupted.wait(20)


def test_what_goes_wrong_while_fetching_ahead_is_raised_where_the_rows_are_read():
    waiting = Waiting()
    waiting.interrupt()
    reader = streaming.ahead(waiting, pa.RecordBatchReader.from_batches(ONE.schema, waiting.batches()))
    with pytest.raises(RuntimeError, match="interrupted"):
        reader.read_all()
