"""One grading of the benchmark company by Tierwise, timed per step: run as a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import ibis

from benchmarks.data import AS_OF, files_of
from benchmarks.meter import Meter
from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.pipeline import grade
from tierwise.grading.streaming import in_order
from tierwise.metrics.scene import Scene
from tierwise.policy.load import load_policy

POLICY = "customer_value"


def open_engine(folder: Path, memory: str | None, threads: int | None) -> DuckDBEngine:
    """An engine that sees the tables of a folder."""
    engine = DuckDBEngine(memory=memory, threads=threads)
    for table in TABLES:
        engine.read_files(table, files_of(folder, table), schema_of(table))
    return engine


def grade_and_stream(engine: DuckDBEngine) -> dict[str, object]:
    """Grades, streams the sorted results as Arrow batches, and says what took how long."""
    policy = load_policy(POLICY).policy
    engine.sql(
        ibis.table({"a": "int64"}, name="a").filter(ibis._.a > 0)
    )  # loads the compiler, as importing would
    steps: dict[str, float] = {}
    last = ["open", time.perf_counter()]

    def step(name: str) -> None:
        now = time.perf_counter()
        steps[last[0]] = steps.get(last[0], 0) + now - last[1]
        last[:] = [name, now]

    with Meter() as meter:
        outcome = grade(Stages(engine), policy, Scene(AS_OF, policy.settings), progress=step)
        step("stream")
        rows = sum(batch.num_rows for batch in in_order(engine, outcome.part, outcome.customers))
        step("done")
    steps.pop("open", None)
    return {"rows": rows, "population": outcome.population, "steps": steps} | meter.figures()


def main(folder: str, memory: str, threads: str) -> None:
    """Prints one JSON object."""
    with open_engine(Path(folder), memory or None, int(threads) if threads else None) as engine:
        print(json.dumps(grade_and_stream(engine)))


if __name__ == "__main__":
    main(*sys.argv[1:])
