"""A small demo and a browser for it; without Chromium the tests say so and are skipped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.browser.chromium import Chromium, browser
from tierwise.demo.run import run_demo


@pytest.fixture(scope="session")
def chromium():
    path = browser()
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)")
    opened = Chromium(path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    made = run_demo(folder, 60, months=2, at=datetime(2026, 11, 21, tzinfo=UTC), actor="test")
    return made.report_path.absolute().as_uri()


@pytest.fixture
def page(chromium, report):
    chromium.said.clear()
    chromium.requests.clear()
    return chromium
