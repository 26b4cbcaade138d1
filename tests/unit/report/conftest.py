"""A small demo, built once: two month ends of a company that tells every story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tierwise.demo.run import DemoResult, run_demo
from tierwise.report.facts import Facts
from tierwise.report.page import build_report


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> DemoResult:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    return run_demo(folder, 60, months=2, at=datetime(2026, 11, 21, tzinfo=UTC), actor="test")


@pytest.fixture(scope="session")
def facts(demo) -> Facts:
    return demo.facts


@pytest.fixture(scope="session")
def page(facts) -> str:
    return build_report(facts)
