"""What comes between in a real browser: a session that ends, an earlier sign-in, a server that is away, a double click."""

from __future__ import annotations

import json

import pytest

from tests.browser.accessibility import violations
from tests.browser.chromium import Chromium
from tests.browser.served import come_in
from tests.browser.test_work_to_grade import CUSTOMER, FORM, fill, press, sign_out

pytestmark = pytest.mark.browser
HERE = f"/customer/{CUSTOMER}"
FORMS = (
    ("national-kam", FORM, "growth-evidence"),
    ("national-kam", f"{HERE}/contacts/new", "title"),
    ("national-kam", f"{HERE}/dealings/new", "summary"),
    ("national-kam", f"{HERE}/signals/new", "text"),
    ("national-kam", f"{HERE}/transfer", "note"),
    ("national-kam", f"{HERE}/place", "note"),
    ("data-steward", f"{HERE}/edit", "note"),
    ("data-steward", "/segments/new", "name_en"),
    ("account-manager", "/customers/new", "source"),
    ("admin", "/people/new", "staff_name"),
    ("admin", "/people", "name"),
)
"""Every kind of form into which somebody types: who, where, and a field of it; the last is sent to another address."""
TYPED = "half a sentence 半句话 👩🏽‍🚀"
STANDS = "document.readyState === 'complete' && document.getElementById('main') !== null"
TICKED = "[...document.querySelectorAll('input[form=chosen][name=code]')].filter(e => e.checked).length"


def field(name: str) -> str:
    return f"document.querySelector('form[data-keep] [name={json.dumps(name)}]')"


def send(page: Chromium, name: str) -> None:
    """Sends the form of a field whatever else it lacks: what comes between is not its content."""
    page.run(f"(f => {{ f.noValidate = true; f.requestSubmit() }})({field(name)}.form)")


@pytest.mark.parametrize(("at", "who", "path", "name"), [(at, *form) for at, form in enumerate(FORMS)])
def test_what_was_typed_is_there_again_after_the_session_ended_and_a_new_sign_in(
    web: Chromium, judged: str, at: int, who: str, path: str, name: str
):
    lang = ("zh", "en")[at % 2]
    come_in(web, judged, who, lang=lang)
    web.visit(judged + path)
    fill(web, name, TYPED)
    sign_out(web, judged)
    send(web, name)
    web.wait_for(f"location.pathname === '/sign-in' && {STANDS}")
    told = {"zh": "刚才的提交未执行", "en": "was not carried out"}[lang]
    notice = web.run("document.querySelector('.notice').innerText")
    assert told in notice
    assert {"zh": "保留在此标签页", "en": "kept in this tab"}[lang] in notice
    press(web, f"button[value={who}]", f"location.pathname === '{path}'")
    assert web.run(f"{field(name)}.value") == TYPED
    assert web.run(f"{field(name)}.closest('form').querySelector('.kept') !== null")
    assert web.said == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_those_who_were_chosen_in_the_list_are_chosen_again(web: Chromium, judged: str, lang: str):
    come_in(web, judged, "data-steward", lang=lang)
    web.visit(f"{judged}/customers?grade=A&grade=B")
    web.run(
        "document.querySelectorAll('input[form=chosen][name=code]').forEach((e, n) => n < 2 && e.click())"
    )
    sign_out(web, judged)
    press(web, "[formaction$='chosen/transfer']", "location.pathname === '/sign-in'")
    violations(web)
    press(web, "button[value=data-steward]", "location.search === '?grade=A&grade=B'")
    assert web.run(TICKED) == 2
    assert web.run("document.querySelector('[data-count]').innerText").count("2") == 1
    violations(web)
    press(web, "[formaction$='chosen/transfer']", "location.pathname.startsWith('/customers/bulk/')")
    web.visit(f"{judged}/customers?grade=A&grade=B")
    assert web.run(TICKED) == 0
    assert web.said == []


@pytest.mark.parametrize(("lang", "theme", "width"), [("zh", "light", 1360), ("en", "dark", 390)])
def test_a_form_of_an_earlier_sign_in_is_opened_again_with_what_was_typed(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "data-steward", lang=lang, theme=theme)
    web.visit(f"{judged}/segments/new", width)
    fill(web, "name", TYPED)
    web.cookie(judged, "csrftoken", "a" * 32)  # as a sign-in in another tab leaves it
    send(web, "name")
    web.wait_for(f"document.querySelector('[data-unsaved]') !== null && {STANDS}")
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
    press(web, "[data-unsaved] .btn", f"{field('name')} !== null")
    assert web.run("location.pathname") == "/segments/new"
    assert web.run(f"{field('name')}.value") == TYPED


def test_nothing_is_said_to_be_kept_of_a_form_that_keeps_nothing(web: Chromium, judged: str):
    come_in(web, judged, "admin", lang="en")
    web.visit(f"{judged}/people")
    web.run("sessionStorage.clear()")
    sign_out(web, judged)
    web.run(
        "(form => { form.removeAttribute('data-keep'); form.noValidate = true; form.requestSubmit() })"
        "(document.querySelector('form[action$=units]'))"
    )
    web.wait_for(f"location.pathname === '/sign-in' && {STANDS}")
    notice = web.run("document.querySelector('.notice').innerText")
    assert "not carried out" in notice
    assert "kept" not in notice


def test_what_was_saved_is_not_filled_in_once_more(web: Chromium, judged: str):
    come_in(web, judged, "admin", lang="en")
    web.visit(f"{judged}/people")
    fill(web, "code", "U77")
    send(web, "code")
    web.wait_for(f"document.querySelector('ul.tree')?.innerText.includes('U77') && {STANDS}")
    assert web.run("document.querySelector('.kept') === null")
    assert web.run(f"{field('code')}.value") == ""
    assert web.run("Object.keys(sessionStorage).filter(k => k.endsWith(':units'))") == []
    fill(web, "code", "U77")
    send(web, "code")
    web.wait_for(f"document.querySelector('.refused') !== null && {STANDS}")
    web.visit(f"{judged}/people")
    assert web.run(f"{field('code')}.value") == "U77", "what was refused is kept"


def test_who_comes_back_after_no_answer_finds_what_was_typed(web: Chromium, judged: str):
    come_in(web, judged, "admin", lang="en")
    web.visit(f"{judged}/people")
    fill(web, "code", TYPED)
    cut = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    web.call("Network.emulateNetworkConditions", offline=True, **cut)
    try:
        send(web, "code")
        web.wait_for("location.protocol === 'chrome-error:'")
    finally:
        web.call("Network.emulateNetworkConditions", offline=False, **cut)
    web.run("history.back()")
    web.wait_for(f"location.pathname === '/people' && {STANDS}")
    assert web.run(f"{field('code')}.value") == TYPED


def test_the_name_of_a_view_is_kept_for_its_own_list(web: Chromium, judged: str):
    come_in(web, judged, "data-steward", lang="en")
    query = "document.querySelector('form[data-keep] [name=query]:not(#chosen *)').value"
    web.visit(f"{judged}/customers?grade=A")
    fill(web, "name", "half a name")
    for grade, name in (("B", ""), ("A", "half a name")):
        web.visit(f"{judged}/customers?grade={grade}")
        web.run(f"{field('name')}.dispatchEvent(new Event('focusin', {{bubbles: true}}))")
        assert f"grade={grade}" in web.run(query)
        assert web.run(f"{field('name')}.value") == name


def test_a_choice_that_was_refused_survives_the_choice_of_a_language(web: Chromium, judged: str):
    come_in(web, judged, "analyst", lang="en")
    web.visit(f"{judged}/runs")
    trial = "document.querySelector('form[action$=trial]')"
    chosen = web.run(f"{trial}.elements.policy.selectedIndex = 3; {trial}.elements.policy.value")
    web.run(f"{trial}.noValidate = true; {trial}.elements.as_of.value = ''; {trial}.requestSubmit()")
    web.wait_for(f"document.querySelector('.refused') !== null && {STANDS}")
    press(web, "button[name=language]", "document.documentElement?.lang === 'zh-Hans'")
    assert web.run("location.pathname") == "/runs"
    assert web.run(f"{trial}.elements.policy.value") == chosen


def test_a_choice_of_language_keeps_the_filter_that_came_after_the_page(web: Chromium, judged: str):
    come_in(web, judged)
    web.visit(f"{judged}/customers")
    web.run("document.querySelector('input[name=grade][value=A]').click()")
    web.wait_for("location.search.includes('grade=A')")
    press(web, "button[name=language]", "document.documentElement?.lang === 'zh-Hans'")
    assert web.run("location.search") == "?grade=A"


@pytest.mark.parametrize(("lang", "theme", "width"), [("zh", "light", 390), ("en", "dark", 1360)])
def test_a_server_that_gives_no_answer_is_told_and_the_list_stays(
    web: Chromium, judged: str, lang: str, theme: str, width: int
):
    come_in(web, judged, "executive", lang=lang, theme=theme)
    web.visit(f"{judged}/customers", width)
    rows = "document.querySelectorAll('td.c-grade').length"
    before, filtered = web.run(rows), "document.querySelector('input[name=grade][value=A]').click()"
    cut = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    web.call("Network.emulateNetworkConditions", offline=True, **cut)
    try:
        web.run(filtered)
        web.wait_for("document.getElementById('trouble') !== null")
    finally:
        web.call("Network.emulateNetworkConditions", offline=False, **cut)
    assert {"zh": "服务器没有响应", "en": "no answer"}[lang] in web.run(
        "document.getElementById('trouble').innerText"
    )
    assert web.run(rows) == before
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
    web.run(filtered)
    web.wait_for("document.getElementById('trouble') === null")


def test_a_double_click_sends_once_and_a_later_click_again(web: Chromium, judged: str):
    come_in(web, judged, "analyst")
    web.visit(f"{judged}/runs")
    web.run(
        "window.sent = 0; addEventListener('submit', e => { if (!e.defaultPrevented) window.sent++; e.preventDefault() });"
        "window.press = () => document.querySelector('form[action$=trial] button.btn').click(); press(); press()"
    )
    assert web.run("window.sent") == 1
    assert web.run("new Promise(r => setTimeout(() => { press(); r(window.sent) }, 1100))") == 2


@pytest.mark.parametrize("scripts", [True, False])
def test_a_long_form_that_is_refused_on_a_phone_says_so_where_one_looks(
    web: Chromium, judged: str, scripts: bool
):
    come_in(web, judged, "data-steward", lang="zh")
    web.visit(f"{judged}{HERE}/edit", 390, 800)
    web.call("Emulation.setScriptExecutionDisabled", value=not scripts)
    try:
        web.visit(f"{judged}{HERE}/edit", 390, 800)
        fill(web, "annual_turnover", "abc")
        send(web, "annual_turnover")
        web.wait_for(f"document.querySelector('.refused') !== null && {STANDS}")
        web.wait_for("document.activeElement.className === 'refused'")
        top, bottom = web.run(
            "(r => [r.top, r.bottom])(document.querySelector('.refused').getBoundingClientRect())"
        )
        assert 0 < top < bottom < 800
        assert "年营业额" in web.run("document.querySelector('.refused').innerText")
        web.run("document.querySelector('.refused a').click()")
        web.wait_for("document.activeElement.name === 'annual_turnover'")
        field, header = web.run(
            "[document.querySelector('label[for=f-annual_turnover]'), document.querySelector('.top')]"
            ".map(e => e.getBoundingClientRect()).map((r, at) => at ? r.bottom : r.top)"
        )
        assert field >= header, "the label stands below the header"
        violations(web) if scripts else None
    finally:
        web.call("Emulation.setScriptExecutionDisabled", value=False)
