"""The web application as it is served: no violation of the policy or of accessibility, usable by keyboard and phone."""

from __future__ import annotations

import pytest

from tests.browser.accessibility import violations
from tests.browser.chromium import Chromium
from tests.browser.served import come_in

pytestmark = pytest.mark.browser
FORMS = (("zh", "light", 1360), ("en", "dark", 390), ("zh", "dark", 1360), ("en", "light", 390))
FILTERED = (
    "/?region=%E5%8D%8E%E4%B8%9C",
    "/customers?grade=A&q=%E6%9C%89%E9%99%90",
    "/customers?q=zzzz",
    "/log",
)
"""Pages in a state of their own; each page as it stands: test_every_picture."""


@pytest.mark.parametrize(
    ("path", "lang", "theme", "width"), [(p, *FORMS[at]) for at, p in enumerate(FILTERED)]
)
def test_a_page_in_a_state_of_its_own_is_accessible_and_fits(
    web: Chromium, site: str, path: str, lang: str, theme: str, width: int
):
    come_in(web, site, "auditor", lang=lang, theme=theme)
    web.said.clear()
    web.visit(site + path, width)
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
    assert web.said == []


def test_a_slash_reaches_the_search_but_not_from_a_text_field(web: Chromium, site: str):
    come_in(web, site)
    web.visit(site + "/customers")
    press = "(to, more) => to.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true, ...more}))"
    web.run(f"({press})(document.body, {{isComposing: true}})")
    assert web.run("document.activeElement.id") != "search"
    web.run(f"({press})(document.body, {{}})")
    assert web.run("document.activeElement.id") == "search"
    web.run("window.slash = new KeyboardEvent('keydown', {key: '/', bubbles: true, cancelable: true})")
    assert web.run("document.getElementById('search').dispatchEvent(window.slash)") is True


def test_a_filter_changes_the_list_and_the_address_without_loading_the_page(web: Chromium, site: str):
    come_in(web, site)
    web.visit(site + "/customers")
    web.run("window.same = true; document.querySelector('input[name=grade][value=A]').click()")
    web.wait_for("location.search.includes('grade=A')")
    web.wait_for("document.querySelectorAll('.chips li').length > 0")
    assert web.run("window.same") is True
    grades = "[...new Set([...document.querySelectorAll('td.c-grade')].map(td => td.innerText.trim()))]"
    assert web.run(grades) == ["A"]
    web.run("history.back()")
    web.wait_for("!location.search.includes('grade=A')")
    web.wait_for("document.querySelectorAll('.chips li').length === 0")
    assert web.said == []


def test_the_count_comes_after_the_page(web: Chromium, site: str):
    come_in(web, site)
    web.visit(site + "/customers")
    web.wait_for("/^[0-9,]+/.test(document.querySelector('.head [hx-get]').innerText)")
    assert web.run("document.querySelector('.head [hx-get]').innerText") == "80"


def test_every_control_is_reached_and_seen_by_keyboard(web: Chromium, site: str):
    come_in(web, site)
    web.visit(site + "/customers")
    seen = []
    for _ in range(14):
        web.key("Tab")
        seen.append(
            web.run("[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]")
        )
    assert seen[0][0] == "A"  # the link past the navigation
    assert {tag for tag, _ in seen} >= {"A", "INPUT", "BUTTON", "SUMMARY"}
    assert all(style != "none" for tag, style in seen if tag != "INPUT")


def test_a_job_shows_its_steps_while_it_runs(web: Chromium, site: str):
    come_in(web, site)
    web.visit(site + "/runs")
    web.run("document.querySelector(\"form[action='/runs/trial'] button.btn\").click()")
    web.wait_for("location.pathname.startsWith('/jobs/')")
    web.wait_for("document.querySelector('.state-done, .state-failed') !== null")
    assert web.run("document.querySelector('.state').innerText") == "done"
    assert web.run("document.querySelectorAll('.steps li').length") >= 2
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), FORMS)
def test_every_menu_of_the_list_is_accessible_and_fits_when_it_alone_is_open(
    web: Chromium, site: str, lang: str, theme: str, width: int
):
    come_in(web, site, "data-steward", lang=lang, theme=theme)
    web.visit(site + "/customers", width)
    menus = web.run("document.querySelectorAll('details.filter').length")
    assert menus > 8
    for number in range(menus):
        web.run(f"document.querySelectorAll('details.filter').forEach((d, n) => d.open = n === {number})")
        box = f"document.querySelectorAll('details.filter')[{number}].querySelector('.drop').getBoundingClientRect()"
        left, right = web.run(f"[{box}.left, {box}.right]")
        assert left >= 0, (number, left)
        assert right <= width, (number, right)
        assert web.run("document.documentElement.scrollWidth") <= width
        if number > menus - 2 or number in (0, 1, 2):  # those of the head, and one of the filters
            violations(web)
    assert web.said == []
