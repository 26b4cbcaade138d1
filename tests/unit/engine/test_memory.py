"""How much memory the embedded engine takes when nobody says."""

from __future__ import annotations

import os

from tierwise.engine.duckdb import DuckDBEngine, default_memory


def test_the_engine_leaves_at_least_two_fifths_of_the_memory_alone() -> None:
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < default_memory() <= max(whole * 6 // 10, 256 << 20)


def test_a_stated_limit_counts() -> None:
    with DuckDBEngine(memory="512MiB") as engine:
        row = engine.connection.execute("SELECT current_setting('memory_limit')").fetchone()
    assert row == ("512.0 MiB",)
