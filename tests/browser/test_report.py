"""The report in a real browser: no error, no request, both languages, both themes, every width."""

from __future__ import annotations

import json
import re

import pytest

from tests.browser.accessibility import check_with_axe
from tests.browser.charts import use_every_chart

pytestmark = pytest.mark.browser
CHARTS = "[...document.querySelectorAll('.chart')]"


def boxes(page, selector):
    found = f"[...document.querySelectorAll('{selector}')].map(e => e.getBoundingClientRect()).map(r => [r.x, r.y, r.width, r.height])"
    return page.run(found)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn_hovered_and_clicked_without_an_error(page, report, lang, theme):
    address = f"{report}?lang={lang}&theme={theme}"
    page.open(address)
    assert page.run("document.documentElement.dataset.theme") == theme
    assert use_every_chart(page, lambda: page.open(address)) > 2
    assert page.run(f"{CHARTS}.every(chart => chart.querySelectorAll('path').length > 3)")
    assert page.said == []
    assert all(address.startswith(("file:", "data:")) for address in page.requests)


def test_a_tooltip_is_drawn_inside_the_chart(page, report):
    page.open(f"{report}?lang=en")
    page.run(
        "document.querySelector('[data-chart=whale]').scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    x, y, width, height = boxes(page, "[data-chart=whale]")[0]
    page.hover(x + width / 2, y + height / 2)
    page.wait_for("document.querySelector('[data-chart=whale] svg').textContent.includes('Customers')")
    assert page.run("document.querySelectorAll('[data-chart=whale] > div').length") <= 2


def test_the_language_switch_changes_texts_charts_and_title(page, report):
    page.open(f"{report}?lang=zh")
    assert "客户金字塔" in page.run("document.body.innerText")
    page.run("document.getElementById('lang').click()")
    shown = page.run("document.body.innerText")
    assert "Pyramid" in shown
    assert "客户金字塔" not in shown
    assert page.run("document.documentElement.lang") == "en"
    assert page.run("document.title") == "Customer value report"
    assert (
        page.run("document.querySelector('[data-chart=whale]').getAttribute('aria-label')")
        == "Profit whale curve"
    )


@pytest.mark.parametrize("width", [390, 768, 1360])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_is_wider_than_the_window(page, report, width, lang):
    page.open(f"{report}?lang={lang}", width=width)
    assert page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 1360])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_open_table_is_cut_on_a_desk(page, report, width, lang):
    page.open(f"{report}?lang={lang}", width=width)
    cut = page.run(
        "[...document.querySelectorAll('.scroll')].filter(e => !e.closest('details:not([open])'))"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 60))"
    )
    assert cut == []


@pytest.mark.parametrize(("lang", "sign"), [("en", r"\d %"), ("zh", r"\d%")])
def test_a_percentage_is_written_one_way(page, report, lang, sign):
    page.open(f"{report}?lang={lang}")
    shown = page.run(
        "document.body.innerText + [...document.querySelectorAll('svg text')].map(e => e.textContent)"
    )
    found = set(re.findall(r"\d[ \u00a0]?%", shown))
    assert found
    assert [one for one in found if not re.fullmatch(sign, one)] == []


def test_the_search_finds_by_code_and_a_grade_filters(page, report):
    page.open(f"{report}?lang=en")
    code = page.run("JSON.parse(document.getElementById('payload').textContent).people.at(-1)[1]")
    find = "document.getElementById('find')"
    page.run(f"{find}.value = {json.dumps(code)}; {find}.dispatchEvent(new Event('input'))")
    assert page.run("document.querySelectorAll('.list tbody tr').length") == 1
    page.run(f"{find}.value = ''; document.querySelector('.chips button').click()")
    grades = page.run("[...document.querySelectorAll('.list tbody td:nth-child(3)')].map(e => e.textContent)")
    assert set(grades) == {"A"}


def test_everything_can_be_reached_with_the_keyboard(page, report):
    page.open(f"{report}?lang=en")
    reached = set()
    for _ in range(80):
        page.key("Tab")
        reached.add(
            page.run("(e => e.id || e.className || e.tagName + ':' + e.textContent)(document.activeElement)")
        )
    assert {"skip", "lang", "theme", "print", "find", "scroll"} <= reached
    assert any("SUMMARY" in name for name in reached)


def test_reduced_motion_is_respected(page, report):
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    try:
        page.open(report)
        whale = "echarts.getInstanceByDom(document.querySelector('[data-chart=whale]'))"
        assert page.run(f"{whale}.getOption().animation") is False
        assert page.run("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    finally:
        page.call("Emulation.setEmulatedMedia", features=[])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_axe_finds_nothing(page, report, theme, width):
    page.open(f"{report}?lang=en&theme={theme}", width=width)
    check_with_axe(page)


def test_paper_gets_light_charts_that_fit_and_the_screen_its_theme_back(page, report):
    page.open(f"{report}?lang=zh&theme=dark")
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert page.run("document.documentElement.dataset.theme") == "light"
    assert page.run(f"{CHARTS}.every(c => c.querySelector('svg').getAttribute('viewBox'))")
    assert page.run(f"{CHARTS}.every(c => c.querySelectorAll('path').length > 3)")
    page.run("dispatchEvent(new Event('afterprint'))")
    assert page.run("document.documentElement.dataset.theme") == "dark"
    assert page.run(f"{CHARTS}.every(c => !c.querySelector('svg').getAttribute('viewBox'))")
    assert page.said == []
