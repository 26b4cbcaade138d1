"""Raw rows move between workers at most once: shown by the plans that Spark makes of every stage. Decision 0017.

Order lines do so where returns look for the cost of their sales; everything else adds up before it moves, and what is joined
to lines (products, units, costs of returns) goes to the lines as long as it is small.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.engine.companies import Company
from tests.engine.recorder import Recorder
from tests.engine.sparkling import engine_on
from tests.support import shipped
from tierwise.book.contract import TABLES, schema_of
from tierwise.engine.stages import Stages
from tierwise.grading.memory import scene_of
from tierwise.grading.pipeline import grade

MOVES = re.compile(r"^Exchange (hash|range|Single|Round)")
AGGREGATES = ("HashAggregate", "ObjectHashAggregate", "SortAggregate")


@dataclass
class Node:
    """One operator of a plan, with those that feed it."""

    text: str
    below: list[Node] = field(default_factory=list)


def tree_of(plan: str) -> Node:
    """The plan as a tree; the depth of a line is where its text begins."""
    root = Node("")
    open_: list[tuple[int, Node]] = [(-1, root)]
    for line in plan.splitlines():
        found = re.search(r"[A-Za-z*]", line)
        if not found or line.startswith("=="):
            continue
        while open_[-1][0] >= found.start():
            open_.pop()
        node = Node(re.sub(r"^\*\(\d+\) ", "", line[found.start() :]))
        open_[-1][1].below.append(node)
        open_.append((found.start(), node))
    return root


def scans(node: Node) -> list[str]:
    """The tables whose raw rows arrive here: scanned below, and not added up on the way."""
    if node.text.startswith(AGGREGATES) or "BroadcastExchange" in node.text:
        return []
    own = re.findall(r"/(\w+)\.parquet", node.text) if node.text.startswith("FileScan") else []
    return own + [name for child in node.below for name in scans(child)]


def moved(node: Node) -> list[str]:
    """The table of every exchange that moves raw rows."""
    own = [name for child in node.below for name in scans(child)] if MOVES.match(node.text) else []
    return own + [name for child in node.below for name in moved(child)]


class Planned(Recorder):
    """Counts the moves of every stage before it runs: later its inputs are gone."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self.moves: Counter[str] = Counter()
        self.read: set[str] = set()

    def _look(self, expr: Any) -> None:
        plan = self.engine.session.sql(f"EXPLAIN {self.engine.sql(expr)}").collect()[0][0]
        self.moves.update(set(moved(tree_of(plan))))
        self.read.update(re.findall(r"FileScan.*/(\w+)\.parquet", plan))

    def materialize(self, name: str, expr: Any) -> None:
        self._look(expr)
        super().materialize(name, expr)

    def fetch(self, expr: Any) -> Any:
        self._look(expr)
        return super().fetch(expr)


def test_the_raw_rows_of_a_table_move_in_one_stage_at_most(
    company: Company, spark: Any, tmp_path: Path
) -> None:
    policy = shipped("customer_value")
    with engine_on(spark, maxMetadataStringLength="2000") as engine:
        planned = Planned(engine)
        for table in TABLES:
            pq.write_table(company.tables[table], tmp_path / f"{table}.parquet")
            engine.read_files(table, [str(tmp_path / f"{table}.parquet")], schema_of(table))
        outcome = grade(Stages(planned), policy, scene_of(policy, company.as_of, company.settings))
        assert planned.fetch(outcome.results).num_rows > 0
    assert planned.read >= {
        "order_lines",
        "invoices",
        "allocations",
        "customers",
        "products",
        "service_costs",
    }
    assert set(planned.moves.values()) == {1}, planned.moves


def test_the_reading_of_plans_finds_a_move_of_raw_rows(spark: Any, tmp_path: Path) -> None:
    file = tmp_path / "order_lines.parquet"
    pq.write_table(pa.table({"a": ["x", "y"], "b": ["y", "z"], "n": [1, 2]}), file)
    with engine_on(spark, maxMetadataStringLength="2000", autoBroadcastJoinThreshold="-1") as engine:
        engine.read_files("order_lines", [str(file)], {"a": "string", "b": "string", "n": "int64"})
        for text, moves in (
            ("SELECT a, sum(n) AS n FROM order_lines GROUP BY a", []),
            ("SELECT l.a FROM order_lines l JOIN order_lines r ON l.a = r.b", ["order_lines"] * 2),
            (
                "SELECT a, row_number() OVER (PARTITION BY a ORDER BY n) AS k FROM order_lines",
                ["order_lines"],
            ),
        ):
            plan = engine.session.sql(f"EXPLAIN {text}").collect()[0][0]
            assert moved(tree_of(plan)) == moves, plan
