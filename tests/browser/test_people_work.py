"""Groups, new customers and promises in a real browser: both languages, both themes, a desk and a phone."""

from __future__ import annotations

import json

import pytest

from tests.browser.accessibility import violations
from tests.browser.chromium import Chromium
from tests.browser.served import come_in
from tests.browser.test_work_to_grade import fill, press

pytestmark = pytest.mark.browser
LOOKS = [("zh", "light", 1360), ("en", "dark", 390)]
TOP, MEMBER = "C000010", "C000011"
READY = "document.readyState === 'complete'"


def choose(page: Chromium, name: str, value: str) -> None:
    page.run(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")


def fits(page: Chromium, width: int) -> bool:
    return bool(page.run("document.documentElement.scrollWidth") <= width)


@pytest.mark.parametrize(("lang", "theme", "width"), LOOKS)
def test_a_member_is_found_put_below_and_taken_back(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "data-steward", lang=lang, theme=theme)
    web.visit(f"{judged}/customer/{TOP}/group", width)
    violations(web)
    fill(web, "find", MEMBER)
    press(web, "#add button", "document.querySelector('#add li a') !== null")
    violations(web)
    press(web, "#add li a", f"location.pathname === '/customer/{MEMBER}/place' && {READY}")
    assert web.run("document.querySelector('[name=parent_code]').value") == TOP
    violations(web)
    choose(web, "reason", "changed")
    press(web, ".does .btn", f"location.pathname === '/customer/{TOP}/group' && {READY}")
    assert web.run(f"document.querySelector('tbody').textContent.includes('{MEMBER}')")
    violations(web)
    assert fits(web, width)
    press(
        web,
        "form[action$='/take-back'] button",
        f"document.querySelectorAll('tbody tr').length === 1 && {READY}",
    )
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), LOOKS)
def test_a_new_customer_is_made_and_its_page_says_that_it_waits(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "account-manager", lang=lang, theme=theme)
    web.visit(f"{judged}/customers/new", width)
    violations(web)
    assert fits(web, width)
    fill(web, "name", f"苏州新星 {lang}")
    fill(web, "source", "trade fair")
    press(web, ".does .btn", f"location.pathname.startsWith('/customer/') && {READY}")
    web.wait_for("document.querySelector('#work') !== null")  # what people know and do, asked for by the page
    violations(web)
    assert fits(web, width)
    code = web.run("location.pathname.split('/')[2]")
    for address in ("/customers", "/prospects"):
        web.visit(judged + address, width)
        web.wait_for("document.querySelector('.fresh') !== null")
        assert code in web.run("document.querySelector('.fresh').textContent")
        violations(web)
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), LOOKS)
def test_a_promise_is_written_down_kept_from_the_list_and_undone(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "national-kam", lang=lang, theme=theme)
    code = web.run("fetch('/customers').then(r => r.text()).then(t => t.match(/customer\\/(C\\d+)/)[1])")
    web.visit(f"{judged}/customer/{code}/dealings/new", width)
    fill(web, "promise", f"send the price list {lang}")
    choose(web, "kind", "call")
    press(web, ".does .btn", f"location.pathname.endsWith('/timeline') && {READY}")
    web.visit(f"{judged}/promises?part=later", width)
    violations(web)
    assert fits(web, width)
    mine = (
        f"[...document.querySelectorAll('tbody tr')].find(r => r.textContent.includes('price list {lang}'))"
    )
    web.run(f"{mine}.querySelector('form[action$=kept] button').click()")
    web.wait_for(f"location.search.includes('did=') && document.querySelector('.kept') !== null && {READY}")
    violations(web)
    press(web, ".kept button", f"document.querySelector('.kept') === null && {READY}")
    assert web.run(f"{mine} !== undefined")
    web.visit(f"{judged}/", width)
    web.wait_for(
        "document.querySelectorAll('.promised a').length === 3"
    )  # the numbers come after the page stands
    violations(web)
    assert fits(web, width)
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), LOOKS)
def test_funnel_causes_criteria_and_steps_are_accessible_and_fit(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "analyst", lang=lang, theme=theme)
    customer = "/customer/C000016"
    for path in (
        "/prospects/funnel?by=month&step=entered",
        "/causes",
        f"{customer}/rows?of=scorecard.nature",
        f"{customer}/drivers",
        f"{customer}/group",
    ):
        web.visit(judged + path, width)
        web.wait_for(
            "document.querySelector('#funnel > section[hx-trigger]') === null"
        )  # counted by the worker
        violations(web)
        assert fits(web, width), path
    assert web.said == []
