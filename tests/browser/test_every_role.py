"""As each role, in a real browser: sign in, search, page, explanation, source rows, assessment, export; and what is refused."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from tests.browser.chromium import Chromium
from tests.browser.served import come_in
from tests.browser.test_work_to_grade import fill, press, sign_out
from tierwise_web.people import roles as may
from tierwise_web.people.roles import ROLES, Role

pytestmark = pytest.mark.browser
CARD = "realestate_scorecard"
LOADED = "document.readyState === 'complete'"
AREAS = {
    may.SEE_CUSTOMERS: "/customers",
    may.MANAGE_PEOPLE: "/people",
    may.READ_LOG: "/log",
    may.SEE_RUNS: "/runs",
    may.SEE_IMPORTS: "/imports",
    may.SEE_EDITS: "/changes",
    may.SEE_ASSESSMENTS: "/assessments",
    may.SEE_POOL: "/pool",
    may.SEE_SEGMENTS: "/segments",
}
"""Permission -> where it leads: everybody else is refused there."""
STEPS = {
    may.START_RUNS: "/runs/trial",
    may.APPROVE_RUNS: "/runs/run-000001/approve",
    may.HAND_OVER: "/changes/hand-over",
    may.TRANSFER_CUSTOMERS: "/customers/chosen/transfer",
    may.CLAIM_CUSTOMERS: "/pool/claim",
    may.UNDO_IMPORTS: "/imports/999/undo",
    may.ACCEPT_ASSESSMENTS: "/assessments/999999/decide",
}
"""Permission -> what is sent to do it; only that the others are refused is asked here."""
LANGS = ("zh", "en")
QUICK = [(code, LANGS[at % 2]) for at, code in enumerate(ROLES)]
"""Every role in one language, in turn; the other is among the slow tests."""


def status(page: Chromium, address: str, *, post: bool = False) -> int:
    token = "JSON.parse(document.body.getAttribute('hx-headers:inherited'))['X-CSRFToken']"
    how = f"{{method: 'POST', headers: {{'X-CSRFToken': {token}}}}}" if post else "{}"
    found: int = page.run(f"fetch({json.dumps(address)}, {how}).then(r => r.status)")
    return found


def find_customer(page: Chromium, site: str, role: Role) -> str:
    """By search, the customer within the reach of the role that buys most; its page is open then."""
    page.visit(site + "/customers?sort=sales")
    code: str = page.run("document.querySelector('.sheet tbody td.c-code').textContent")
    page.run(
        f"document.querySelector('#search').value = {json.dumps(code)}; document.querySelector('form.search').submit()"
    )
    page.wait_for(f"new URLSearchParams(location.search).get('q') === {json.dumps(code)} && {LOADED}")
    press(page, ".sheet tbody td.c-name a", f"location.pathname.includes({json.dumps(code)})")
    return code


def reads_why(page: Chromium, role: Role, lang: str) -> None:
    """The sentence that explains the grade, and the rows of a file behind a number."""
    told: str = page.run("document.querySelector('.tell').textContent")
    assert len(told) > 20
    assert ("级" in told) == (lang == "zh"), told  # names of customers are Chinese in both languages
    text: str = page.run("document.querySelector('main').textContent")
    shown = "客户利润" in text or "Customer profit" in text or "customer profit" in text
    assert shown == (may.SEE_PROFIT in role.may)
    page.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    press(page, "a[href*='/rows?of=net_sales']", "location.pathname.endsWith('/rows')")
    assert page.run("document.querySelectorAll('.sheet tbody tr').length") > 0
    assert page.run("/\\.csv/.test(document.querySelector('main').textContent)"), "the file is named"


def assesses(page: Chromium, site: str, role: Role, code: str) -> None:
    form = f"/customer/{code}/assess/{CARD}"
    if may.ASSESS not in role.may:
        assert status(page, form) == 403
        return
    page.visit(f"{site}/customer/{code}")
    page.wait_for("document.querySelector(\"#work a[href*='/assess/']\") !== null")
    press(page, f"a[href='{form}']", f"location.pathname === '{form}'")
    fill(page, "growth-evidence", "visit 拜访记录")
    press(page, "button[value=keep]", "/^\\/assessments\\/\\d+$/.test(location.pathname)")
    assert "visit 拜访记录" in page.run("document.querySelector('main').textContent")
    press(
        page,
        "form[action$='/withdraw'] button",
        "document.querySelector(\"form[action$='/withdraw']\") === null",
    )


def exports(page: Chromium, site: str, role: Role, code: str) -> None:
    page.visit(f"{site}/customers?q={code}")
    link = "document.querySelector(\"a[href*='/customers/export.csv']\")"
    if may.EXPORT_CUSTOMERS not in role.may:
        assert page.run(f"{link} === null")
        assert status(page, f"/customers/export.csv?q={code}") == 403
        return
    text: str = page.run(f"fetch({link}.href).then(r => r.text())")
    assert code in text
    assert ("利润" in text or "profit" in text) == (may.SEE_PROFIT in role.may)


def is_refused_elsewhere(page: Chromium, role: Role) -> None:
    for permission, address in AREAS.items():
        assert status(page, address) == (200 if permission in role.may else 403), address
    for permission, address in STEPS.items():
        if permission not in role.may:
            assert status(page, address, post=True) == 403, address


def walk(page: Chromium, site: str, role: Role, lang: str) -> None:
    sign_out(page, site)
    come_in(page, site, role.code.replace("_", "-"), lang=lang)
    page.said.clear()
    if may.SEE_CUSTOMERS in role.may:
        code = find_customer(page, site, role)
        assert unquote(page.run("location.pathname")) == f"/customer/{code}"
        reads_why(page, role, lang)
        assesses(page, site, role, code)
        exports(page, site, role, code)
    else:
        assert page.run("document.querySelector('#search') === null")
    is_refused_elsewhere(page, role)
    assert [line for line in page.said if "403" not in line] == []  # the browser notes what it was refused


@pytest.mark.parametrize(("role", "lang"), QUICK)
def test_each_role_goes_from_its_sign_in_to_its_export_and_is_refused_the_rest(
    web: Chromium, judged: str, role: str, lang: str
):
    walk(web, judged, ROLES[role], lang)


@pytest.mark.slow
@pytest.mark.parametrize(("role", "lang"), [(code, LANGS[1 - LANGS.index(lang)]) for code, lang in QUICK])
def test_each_role_does_the_same_in_the_other_language(web: Chromium, judged: str, role: str, lang: str):
    walk(web, judged, ROLES[role], lang)
