"""Choosing rows, correcting in the list, and what is done to many, in a real browser."""

from __future__ import annotations

import json

import pytest

from tests.browser.accessibility import violations
from tests.browser.chromium import Chromium
from tests.browser.served import come_in
from tests.browser.test_work_to_grade import fill, press, sign_out

pytestmark = pytest.mark.browser
BUTTON = "document.querySelector(\"[formaction$='chosen/transfer']\")"


def tick(page: Chromium, *numbers: int) -> None:
    for number in numbers:
        page.run(f"document.querySelectorAll('[name=code]')[{number}].click()")


def choose(page: Chromium, name: str, value: str) -> None:
    page.run(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")


@pytest.mark.parametrize(("lang", "theme", "width"), [("zh", "light", 1360), ("en", "dark", 390)])
def test_rows_are_chosen_transferred_and_taken_back(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "data-steward", lang=lang, theme=theme)
    web.visit(judged + "/customers", width)
    shown = "getComputedStyle(" + BUTTON + ").display"
    assert web.run(shown) == "none", "nothing is chosen yet"
    tick(web, 1, 3)
    assert web.run(shown) != "none"
    assert "2" in web.run("document.querySelector('[data-count]').textContent")
    violations(web)
    web.run(BUTTON + ".click()")
    web.wait_for("location.pathname.startsWith('/customers/bulk/') && document.readyState === 'complete'")
    violations(web)
    assert web.run("document.querySelectorAll('.names li').length") == 2
    fill(web, "note", "half a sentence")
    press(web, "button[name=language]", "document.querySelector('.kept') !== null")
    assert web.run("document.querySelector('[name=note]').value") == "half a sentence"
    choose(web, "backup", web.run("document.querySelector('#l-backup option').value"))
    choose(web, "reason", "reorganised")
    undo = "document.querySelector(\"form[action$='/undo']\")"
    press(web, ".does .btn", f"{undo} !== null")
    violations(web)
    press(web, "form[action$='/undo'] button", f"{undo} === null")
    assert web.run("document.documentElement.scrollWidth") <= width
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), [("en", "light", 1360), ("zh", "dark", 390)])
def test_a_row_is_corrected_in_the_list_and_what_was_typed_outlives_the_session(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "data-steward", lang=lang, theme=theme)
    web.visit(judged + "/customers?sort=sales", width)
    web.run("document.querySelectorAll('.c-edit')[2].click()")
    web.wait_for("document.querySelector('tr.here form') !== null")
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
    web.run("document.querySelector('tr.here [name=note]').focus()")
    fill(web, "note", "typed before the session ended")
    choose(web, "reason", "changed")
    fill(web, "segment", f"in the list {lang}")
    sign_out(web, judged)
    press(web, "tr.here .btn", "location.pathname === '/sign-in'")
    press(web, "button[value=data-steward]", "location.pathname.endsWith('/edit-here')")
    assert web.run("document.querySelector('[name=note]').value") == "typed before the session ended"
    assert web.run("document.querySelector('[name=segment]').value") == f"in the list {lang}"
    violations(web)
    press(web, ".does .btn", "location.pathname === '/customers'")
    assert web.run("document.querySelector('.waits') !== null")
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), [("zh", "dark", 1360), ("en", "light", 390)])
def test_the_pool_and_the_segments_are_accessible_and_fit(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "national-kam", lang=lang, theme=theme)
    for path in ("/pool", "/segments", "/segments/new", "/customer/C000016/edit-here"):
        web.visit(judged + path, width)
        violations(web)
        assert web.run("document.documentElement.scrollWidth") <= width
    assert web.said == []


def test_what_is_ticked_in_the_pool_is_counted(web: Chromium, judged: str):
    come_in(web, judged, "data-steward", lang="en", theme="light")
    web.visit(judged + "/customers?sort=sales")
    code = web.run("document.querySelectorAll('.sheet tbody td.c-code')[40].textContent")
    web.visit(f"{judged}/customer/{code}/transfer")
    for name in ("owner", "backup"):
        choose(web, name, "")
    choose(web, "reason", "reorganised")
    press(web, ".does .btn", f"location.pathname === '/customer/{code}'")
    web.visit(judged + "/pool")
    tick(web, 0)
    assert "1" in web.run("document.querySelector('[data-count]').textContent")
    violations(web)
    assert web.said == []
