"""A passkey in Chromium's own virtual device: made, named, used to come in, removed, in both languages."""

from __future__ import annotations

import pytest

from tests.browser.accessibility import violations
from tests.browser.chromium import Chromium
from tests.browser.served import come_in

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def submit(web: Chromium, form: str) -> None:
    web.run(f"document.querySelector('{form}').requestSubmit()")


@pytest.mark.parametrize(
    ("lang", "theme", "width", "who"), [("zh", "light", 390, "auditor"), ("en", "dark", 1360, "finance")]
)
def test_a_passkey_is_made_used_and_removed(
    web: Chromium, site: str, lang: str, theme: str, width: int, who: str
):
    named = site.replace("127.0.0.1", "localhost")  # browsers keep passkeys for names, not for numbers
    web.call("WebAuthn.enable")
    device = web.call("WebAuthn.addVirtualAuthenticator", options=DEVICE)["authenticatorId"]
    try:
        come_in(web, named, who, lang=lang, theme=theme)
        web.said.clear()
        web.visit(f"{named}/me/passkeys", width)
        web.run("document.querySelector('#f-name').value = 'Ключ 钥匙 <b>'")
        submit(web, "form[data-passkey=create]")
        web.wait_for("document.querySelectorAll('.passkey-row').length === 1")
        assert web.read("document.querySelector('.passkey-row strong').textContent") == "Ключ 钥匙 <b>"
        assert web.read("document.querySelectorAll('.recovery code').length") == 10
        looked_at(web, width)
        web.visit(f"{named}/me/passkeys", width)
        submit(web, "details.who form")
        web.wait_for("document.querySelector('form[data-passkey=get]:not([hidden])') !== null")
        looked_at(web, width)
        submit(web, "form[data-passkey=get]")
        web.wait_for("location.pathname === '/' && document.querySelector('details.who') !== null")

        # a device that does not know who holds it: told on the page, and nobody comes in
        submit(web, "details.who form")
        web.wait_for("document.querySelector('form[data-passkey=get]:not([hidden])') !== null")
        web.call("WebAuthn.setUserVerified", authenticatorId=device, isUserVerified=False)
        submit(web, "form[data-passkey=get]")
        web.wait_for("document.querySelector('[data-told]').textContent !== ''")
        told = web.read("document.querySelector('[data-told]').textContent")
        assert (
            told == {"zh": "未能使用通行密钥，请重试。", "en": "The passkey was not shown. Try again."}[lang]
        )
        looked_at(web, width)
        web.call("WebAuthn.setUserVerified", authenticatorId=device, isUserVerified=True)
        submit(web, "form[data-passkey=get]")
        web.wait_for("location.pathname === '/' && document.querySelector('details.who') !== null")

        web.visit(f"{named}/me/passkeys", width)
        submit(web, ".passkey-row")
        web.wait_for("document.querySelectorAll('.passkey-row').length === 0")
        assert web.said == []
    finally:
        web.call("WebAuthn.removeVirtualAuthenticator", authenticatorId=device)
        web.call("WebAuthn.disable")


def looked_at(web: Chromium, width: int) -> None:
    """The page is accessible and fits."""
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
