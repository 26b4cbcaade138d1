"""The page of a backtest in a real browser: charts, both languages and themes, every width, axe."""

from __future__ import annotations

from datetime import date

import pytest

from tests.browser.accessibility import check_with_axe
from tests.browser.charts import use_every_chart
from tests.browser.conftest import AT
from tests.browser.test_report import CHARTS
from tierwise.demo.run import run_demo
from tierwise.insight.backtest.model import Request
from tierwise.insight.backtest.run import backtest
from tierwise.policy.load import load_policy
from tierwise.report.backtest.build import build
from tierwise.report.day.writing import write

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def proven(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("backtest")
    book = run_demo(folder / "demo", 60, months=1, at=AT, actor="test").book
    policies = tuple(map(load_policy, ("customer_value", "rfm_rank")))
    out = folder / "backtest.html"
    write(build(backtest(book, Request(policies, date(2026, 4, 30), 6, rolling=2, resamples=20))), out, "en")
    return out.absolute().as_uri()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn_hovered_and_clicked_without_an_error(page, proven, lang, theme):
    address = f"{proven}?lang={lang}&theme={theme}"
    page.open(address)
    assert use_every_chart(page, lambda: page.open(address)) > 2
    assert page.run(f"{CHARTS}.every(chart => chart.querySelectorAll('path').length > 3)")
    assert page.said == []
    assert all(address.startswith(("file:", "data:")) for address in page.requests)


@pytest.mark.parametrize("width", [390, 768, 1360])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_wider_than_the_window(page, proven, width, lang):
    page.open(f"{proven}?lang={lang}", width=width)
    assert page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_axe_finds_nothing(page, proven, theme, width):
    page.open(f"{proven}?lang=en&theme={theme}", width=width)
    check_with_axe(page)
