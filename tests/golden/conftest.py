"""The worked examples hold on every engine: each that uses one runs on DuckDB, again on two engines at once, and on Spark."""

from __future__ import annotations

import pytest

from tests.engine.everywhere import run_on

IN_MEMORY = ("grade_tables", "grade_outcome", "metrics", "by_rows", "DuckDBEngine")
"""What opens an engine over tables in memory: three ways. The second engine of a pair knows these."""
FROM_A_BOOK = ("api", "grade_book", "backtest")
"""What asks a book for its engine: two ways."""
_daily: set[str] = set()
"""Files of which an example runs on Spark every day: the first. The others do so in the long run."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    in_memory = any(hasattr(metafunc.module, name) for name in IN_MEMORY)
    if not in_memory and not any(hasattr(metafunc.module, name) for name in FROM_A_BOOK):
        return
    name = metafunc.module.__name__
    marks = [pytest.mark.slow] if name in _daily else []
    _daily.add(name)
    others = ["duckdb", "both"] if in_memory else ["duckdb"]
    metafunc.parametrize("engines", [*others, pytest.param("spark", marks=marks)], indirect=True)


@pytest.fixture(autouse=True)
def engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs where a test names no engine: DuckDB, both with every stage compared digit for digit, or Spark."""
    run_on(getattr(request, "param", "duckdb"), request.module, request.getfixturevalue, monkeypatch)
