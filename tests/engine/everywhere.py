"""Tests that name no engine, run on another one: what opens an engine opens that one. Decision 0017."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests import support
from tests.engine.both import Both
from tests.engine.sparkling import engine_on
from tests.properties import companies
from tests.unit.movement import chains
from tierwise.engine.place import Place
from tierwise.engine.spark import SparkEngine
from tierwise.grading import memory

DOORS = (support, memory, chains)
"""What opens an engine over tables in memory, beside the module of the test itself."""
TRIES_ON_SPARK = 12
"""How often a property is tried there, where each time takes seconds."""


def run_on(name: str, module: ModuleType, fixture: Callable[[str], Any], patch: pytest.MonkeyPatch) -> None:
    """Lets a module open ``spark``, or ``both`` DuckDB and PostgreSQL with every stage compared; else DuckDB."""
    if name == "duckdb":
        return
    given = fixture("postgres_uri" if name == "both" else "spark")
    opened = Both if name == "both" else engine_on
    for door in (*DOORS, module):
        patch.setattr(door, "DuckDBEngine", lambda **_: opened(given), raising=False)
    if name == "spark":
        patch.setattr(Place, "open", lambda _, scratch=None: SparkEngine(given, scratch))
        patch.setattr(companies, "most", TRIES_ON_SPARK)
