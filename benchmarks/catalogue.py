"""Every shipped method in one policy, and the full catalogue of metrics, beside the landing's policy.

``python -m benchmarks.catalogue landing|methods|metrics DATA MEMORY THREADS`` runs one of them as a process of its
own and prints one JSON object; ``python -m benchmarks --only catalogue`` compares them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from benchmarks.data import AS_OF
from benchmarks.meter import Meter
from benchmarks.ours import POLICY, open_engine
from tierwise.engine.duckdb import DuckDBEngine
from tierwise.engine.stages import Stages
from tierwise.grading.pipeline import grade
from tierwise.grading.streaming import between, in_order
from tierwise.metrics.compute import compute_metrics
from tierwise.metrics.report import measured as of_metrics
from tierwise.metrics.report import uses_named
from tierwise.metrics.scene import Scene
from tierwise.policy.load import list_policies, load_policy, parse_policy
from tierwise.policy.model import Policy

MONTHS = 12


def every_method() -> Policy:
    """The landing's policy and, as advisory ones, every method and way of scoring that another shipped policy has.

    Combinations are of the landing's methods, which have the same names there.
    """
    base = yaml.safe_load(load_policy(POLICY).text)
    methods = [base["leading"], *base["advisory"]]
    seen = {_kind(m) for m in methods}
    for shipped in list_policies():
        told = yaml.safe_load(load_policy(shipped.code).text)
        for m in (told["leading"], *told.get("advisory", ())):
            if _kind(m) not in seen:
                seen.add(_kind(m))
                own = {"grades": told["scale"]} if "scale" in told and m["method"] in SCALED else {}
                methods.append(own | m | {"id": f"m{len(methods)}"})
    base["code"], base["advisory"] = "every_method", methods[1:]
    return parse_policy(yaml.safe_dump(base, allow_unicode=True, sort_keys=False), "every_method.yaml")


def _kind(method: dict[str, Any]) -> tuple[Any, ...]:
    return (
        method["method"],
        method.get("scoring", "rank" if method["method"] == "rfm" else None),
        method.get("template"),
    )


SCALED = ("scorecard", "rfm", "quality_set", "attractiveness", "value_bands")
"""Methods that may have grades of their own."""


def graded(engine: DuckDBEngine, policy: Policy) -> int:
    """Rows of a graded population, sorted and streamed."""
    outcome = grade(Stages(engine), policy, Scene(AS_OF, policy.settings))
    return sum(batch.num_rows for batch in in_order(engine, outcome.part, outcome.customers))


def measured(engine: DuckDBEngine) -> int:
    """Rows of the full catalogue, sorted and streamed."""
    uses, stages = uses_named([], MONTHS), Stages(engine)
    compute_metrics(stages, uses, replace(Scene(AS_OF), financing_rate_pct=5))
    rows = of_metrics(stages, uses).rename(customer_id="unit")
    return sum(
        batch.num_rows for batch in in_order(engine, partial(between, rows), rows.select("customer_id"))
    )


WORK: dict[str, Callable[[DuckDBEngine], int]] = {
    "landing": lambda engine: graded(engine, load_policy(POLICY).policy),
    "methods": lambda engine: graded(engine, every_method()),
    "metrics": measured,
}


def main(what: str, folder: str, memory: str, threads: str) -> None:
    """Prints one JSON object."""
    with open_engine(Path(folder), memory or None, int(threads) if threads else None) as engine:
        with Meter() as meter:
            rows = WORK[what](engine)
        print(json.dumps({"rows": rows} | meter.figures()))


if __name__ == "__main__":
    main(*sys.argv[1:])
