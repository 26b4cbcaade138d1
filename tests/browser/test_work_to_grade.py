"""From work to grade and back, in a real browser: somebody judges, somebody else accepts, a run moves the grade."""

from __future__ import annotations

import json

import pytest

from tests.browser.accessibility import check_with_axe
from tests.browser.chromium import Chromium
from tests.browser.served import come_in

pytestmark = pytest.mark.browser
CUSTOMER, CARD = "C000016", "realestate_scorecard"
FORM = f"/customer/{CUSTOMER}/assess/{CARD}"
POINTS = {
    "strength": 15,
    "growth": 15,
    "profit_contribution": 15,
    "relationship": 20,
    "strategic_importance": 20,
}
LOADED = "document.readyState === 'complete'"


def fill(page: Chromium, name: str, value: str) -> None:
    field = f"document.querySelector('[name=\"{name}\"]')"
    page.run(
        f"{field}.value = {json.dumps(value)}; {field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )


def press(page: Chromium, selector: str, until: str) -> None:
    found = page.run(f"document.querySelector({json.dumps(selector)}) !== null")
    assert found, page.run("location.href + ' ' + document.body.innerText")
    assert not page.run(f"Boolean({until})"), f"true before anything was pressed: {until}"
    page.run(f"document.querySelector({json.dumps(selector)}).click()")
    page.wait_for(f"{until} && {LOADED}")


def sign_out(page: Chromium, site: str) -> None:
    page.call("Network.deleteCookies", name="sessionid", url=site)


def judge(page: Chromium, site: str, lang: str, points: dict[str, int], level: str) -> str:
    """The national key account manager fills the form and submits it; the address of the assessment."""
    sign_out(page, site)
    come_in(page, site, "national-kam", lang=lang)
    page.visit(site + FORM)
    fill(page, "as_of", "2026-10-31")
    fill(page, "nature-level", level)
    fill(page, "nature-evidence", "registry 登记簿")
    for code, score in points.items():
        fill(page, f"{code}-score", str(score))
        fill(page, f"{code}-evidence", "visit 拜访记录")
    press(page, "button[value=submit]", "/^\\/assessments\\/\\d+$/.test(location.pathname)")
    address: str = page.run("location.pathname")
    sign_out(page, site)
    return address


def accept(page: Chromium, site: str, lang: str, address: str) -> None:
    come_in(page, site, "approver", lang=lang)
    page.visit(f"{site}/assessments")
    press(page, f"a[href='{address}']", f"location.pathname === '{address}'")
    press(page, "button[value=accept]", "document.querySelector('.state-done')")
    sign_out(page, site)


def run(page: Chromium, site: str, lang: str) -> None:
    come_in(page, site, "analyst", lang=lang)
    page.visit(f"{site}/runs")
    page.run(
        f"const form = document.querySelector(\"form[action='/runs/trial']\");"
        f"form.querySelector('[name=policy]').value = '{CARD}'; form.querySelector('[name=as_of]').value = '2026-10-31';"
        "form.querySelector('button.btn').click()"
    )
    page.wait_for("location.pathname.startsWith('/jobs/')")
    page.wait_for("document.querySelector('.state-done, .state-failed') !== null")
    assert page.run("document.querySelector('.state-done') !== null"), page.run("document.body.innerText")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_judgement_accepted_by_somebody_else_moves_grade_and_explanation(
    web: Chromium, judged: str, lang: str
):
    shown = []
    for points, level in ((dict.fromkeys(POINTS, 0), "private"), (POINTS, "government_or_soe")):
        accept(web, judged, lang, judge(web, judged, lang, points, level))
        run(web, judged, lang)
        web.visit(f"{judged}/customer/{CUSTOMER}")
        shown.append(
            web.run(
                "[document.querySelector('.title .grade').textContent, document.querySelector('.tell').textContent]"
            )
        )
    (low, why_low), (high, why_high) = shown
    assert (low, high) == ("C", "A")
    assert why_low != why_high
    assert "100" in why_high
    web.wait_for("document.querySelector('#work ul.rows') !== null")
    web.visit(f"{judged}/imports")
    assert web.run("document.querySelector(\"a[href*='handover=']\") !== null")
    assert web.said == []


def test_what_was_typed_stays_over_the_language_switch_and_the_end_of_the_session(web: Chromium, judged: str):
    come_in(web, judged, "national-kam")
    web.visit(judged + FORM)
    fill(web, "growth-evidence", "half a sentence")
    press(web, "button[name=language]", "document.documentElement?.lang === 'zh-Hans'")
    assert web.run("document.querySelector('[name=growth-evidence]').value") == "half a sentence"
    assert "已恢复" in web.run("document.querySelector('.kept').textContent")
    fill(web, "growth-score", "7.5")
    sign_out(web, judged)
    press(web, "button[value=keep]", "location.pathname === '/sign-in'")
    press(web, "button[value=national-kam]", f"location.pathname === '{FORM}'")
    assert web.run("document.querySelector('[name=growth-evidence]').value") == "half a sentence"
    assert web.run("document.querySelector('[name=growth-score]').value") == "7.5"
    press(web, "button[value=keep]", "location.pathname.startsWith('/assessments/')")
    web.visit(judged + FORM)
    assert web.run("document.querySelector('.kept')") is None
    assert web.run("document.querySelector('[name=growth-evidence]').value") == ""


@pytest.mark.parametrize(
    ("path", "lang", "theme", "width"),
    [
        (FORM, "zh", "light", 1360), (FORM, "en", "dark", 390), ("/assessments?show=due", "en", "light", 1360),
        ("/assessments?show=never", "zh", "dark", 390), ("/assessments?show=all", "zh", "light", 390),
        (f"/customer/{CUSTOMER}/work", "en", "dark", 1360), (f"/customer/{CUSTOMER}/edit", "zh", "dark", 390),
        (f"/customer/{CUSTOMER}/contacts/new", "en", "light", 390), (f"/customer/{CUSTOMER}/timeline", "zh", "light", 1360),
        (f"/customer/{CUSTOMER}/transfer", "en", "dark", 390),
        (f"/customer/{CUSTOMER}/dealings/new", "zh", "dark", 1360),
        (f"/customer/{CUSTOMER}/signals/new", "en", "dark", 390),
    ],
)  # fmt: skip
def test_the_pages_of_judging_are_accessible_and_fit(
    web: Chromium, judged: str, path: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "national-kam", lang=lang, theme=theme)
    web.said.clear()
    web.visit(judged + path, width)
    check_with_axe(web)
    assert web.run("document.documentElement.scrollWidth") <= width
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), [("zh", "light", 1360), ("en", "dark", 390)])
def test_the_pages_of_changes_are_accessible_and_fit(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "data-steward", lang=lang, theme=theme)
    for path in ("/changes", "/imports"):
        web.visit(judged + path, width)
        check_with_axe(web)
        assert web.run("document.documentElement.scrollWidth") <= width
