"""One suite, every engine: what the worked examples and the properties say of metrics, grading and movement holds on Spark.

A test that did not would be a strict xfail that names its exception: there is none.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

ELSEWHERE = {
    "golden/test_backtest_real_data.py": "the tables of a page; backtests hold on Spark in golden/test_backtest.py",
    "golden/test_e14_migration.py": "plain Python; the engine counts E14 in unit/movement/test_movement.py",
    "golden/test_every_example.py": "reads tests, computes nothing",
    "golden/test_insight.py": "plain Python",
    "golden/test_onboarding_real_data.py": "importing stays embedded",
    "golden/test_rising_stars.py": "plain Python",
    "properties/test_oracle_self.py": "the oracle alone, plain Python",
    "properties/test_random_policies.py": "the oracle beside DuckDB; Spark beside DuckDB over the same facts in engine/test_spark.py",
}
"""Modules without a test on Spark, each with where that is shown, or why there is nothing to show."""


@cache
def collected(repo: Path) -> dict[str, list[str]]:
    """Module -> its tests, the slow and the long ones, too."""
    asked = ["tests/golden", "tests/properties", "--collect-only", "-q", "-m", "", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *asked]
    done = subprocess.run(command, cwd=repo, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    found = defaultdict(list)
    for module, name in re.findall(r"^tests/(\S+?\.py)::(.+)$", done.stdout, re.MULTILINE):
        found[module].append(name)
    return found


def on_spark(name: str) -> bool:
    """Whether a test names Spark, as a parameter or in words."""
    return "spark" in name


def test_every_module_of_examples_and_properties_runs_on_spark_or_says_where_else(repo: Path) -> None:
    without = {module for module, names in collected(repo).items() if not any(map(on_spark, names))}
    assert without == set(ELSEWHERE)


def test_where_a_test_names_an_engine_it_runs_on_both(repo: Path) -> None:
    """Nothing is left out quietly: beside every test on DuckDB stands the same one on Spark."""
    for module, names in collected(repo).items():
        here = {re.sub(r"\bduckdb\b", "spark", name) for name in names if re.search(r"\bduckdb\b", name)}
        assert here <= set(names), (module, sorted(here - set(names)))


def test_no_test_is_expected_to_fail_on_spark(repo: Path) -> None:
    """Whoever needs the first exception names it here, with its reason."""
    marked = [
        file.name
        for file in (repo / "tests").rglob("*.py")
        if re.search(r"mark\.xfail|pytest\.xfail\(", file.read_text(encoding="utf-8"))
    ]
    assert marked == []
