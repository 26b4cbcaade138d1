"""The worked examples hold on every engine: each that uses one runs on DuckDB, again on two engines at once, and on Spark."""

from __future__ import annotations

import pytest

from tests.engine.both import Both
from tests.engine.sparkling import engine_on

ENGINES = ("duckdb", "both")
_daily: set[str] = set()
"""Files of which an example runs on Spark every day: the first. The others do so in the long run."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if not any(hasattr(metafunc.module, name) for name in ("grade_tables", "metrics")):
        return
    name = metafunc.module.__name__
    marks = [pytest.mark.slow] if name in _daily else []
    _daily.add(name)
    metafunc.parametrize("engines", [*ENGINES, pytest.param("spark", marks=marks)], indirect=True)


@pytest.fixture(autouse=True)
def engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs where a test names no engine: DuckDB, both with every stage compared digit for digit, or Spark."""
    named = getattr(request, "param", "duckdb")
    if named == "duckdb":
        return
    given = request.getfixturevalue("postgres_uri" if named == "both" else "spark")
    opened = Both if named == "both" else engine_on
    for place in ("tests.support.DuckDBEngine", "tierwise.grading.memory.DuckDBEngine"):
        monkeypatch.setattr(place, lambda: opened(given))
