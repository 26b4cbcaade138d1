"""The report of a day in a real browser: no error, no request, both languages, both themes, every width."""

from __future__ import annotations

import pytest

from tests.browser.accessibility import check_with_axe
from tests.browser.charts import use_every_chart
from tests.browser.test_report import CHARTS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn_hovered_and_clicked_without_an_error(page, day_report, lang, theme):
    address = f"{day_report}?lang={lang}&theme={theme}"
    page.open(address)
    assert use_every_chart(page, lambda: page.open(address)) > 2
    assert page.run(f"{CHARTS}.every(chart => chart.querySelectorAll('path').length > 3)")
    assert page.said == []
    assert all(address.startswith(("file:", "data:")) for address in page.requests)


@pytest.mark.parametrize("width", [390, 768, 1360])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_wider_than_the_window(page, day_report, width, lang):
    page.open(f"{day_report}?lang={lang}", width=width)
    assert page.run("document.documentElement.scrollWidth") <= width


def test_the_switch_changes_texts_charts_and_title(page, day_report):
    page.open(day_report)
    page.run("document.documentElement.dataset.lang === 'zh' && document.getElementById('lang').click()")
    assert page.run("document.title") == "Customer value on 2026-10-31"
    legend = "document.querySelector('[data-chart=pyramid]').textContent"
    assert "Hours" in page.run(legend)
    page.run("document.getElementById('lang').click()")
    assert "工时" in page.run(legend)
    assert (
        page.run("document.querySelector('[data-chart=pyramid]').getAttribute('aria-label')")
        == "客户金字塔与时间"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_axe_finds_nothing(page, day_report, theme, width):
    page.open(f"{day_report}?lang=en&theme={theme}", width=width)
    check_with_axe(page)
