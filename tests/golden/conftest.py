"""The worked examples hold on every engine: each that uses one runs on DuckDB, and again on two engines at once."""

from __future__ import annotations

import pytest

from tests.engine.both import Both

ENGINES = ("duckdb", "both")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if any(hasattr(metafunc.module, name) for name in ("grade_tables", "metrics")):
        metafunc.parametrize("engines", ENGINES, indirect=True)


@pytest.fixture(autouse=True)
def engines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs where a test names no engine: DuckDB, or both with every stage compared digit for digit."""
    if getattr(request, "param", "duckdb") == "both":
        uri = request.getfixturevalue("postgres_uri")
        for place in ("tests.support.DuckDBEngine", "tierwise.grading.memory.DuckDBEngine"):
            monkeypatch.setattr(place, lambda: Both(uri))
