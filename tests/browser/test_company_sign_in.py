"""The company's own sign-in in a real browser, over real connections: away, back, in, and out at both places."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.accessibility import violations
from tests.browser.chromium import Chromium
from tests.browser.served import served
from tests.web.issuer import CLIENT, SECRET, Issuer

pytestmark = pytest.mark.browser


@pytest.fixture
def company(tmp_path: Path) -> Iterator[tuple[Issuer, str]]:
    """The company's sign-in, and the address of an application that knows it."""
    issuer = Issuer()
    issuer.person |= {"preferred_username": "nobody", "groups": ["crm"]}
    said = {"ISSUER": issuer.address, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "TITLE": "示例集团", "NEW": "1",
            "MAP": "groups:crm=role:analyst"}  # fmt: skip
    yield from (
        (issuer, site)
        for site in served(
            tmp_path, "customer_value", **{f"TIERWISE_OIDC_{name}": value for name, value in said.items()}
        )
    )
    issuer.end()


def test_somebody_new_comes_in_with_the_role_that_the_company_gives(
    web: Chromium, company: tuple[Issuer, str]
):
    issuer, site = company
    for lang, theme, width in (("zh", "dark", 390), ("en", "light", 1360)):
        web.cookie(site, "tierwise_language", lang)
        web.cookie(site, "tierwise_theme", theme)
        web.visit(f"{site}/sign-in?next=/customers", width)
        look(web, width)
        web.run("document.querySelector('a[href^=\\'/sign-in/company\\']').click()")
        web.wait_for("location.pathname === '/customers' && document.querySelector('tbody tr') !== null")
        assert "安娜 Anna" in web.read("document.querySelector('details.who summary').textContent")
        web.run("document.querySelector('details.who form').requestSubmit()")
        web.wait_for("location.pathname === '/signed-out'")
        look(web, width)
        end = web.read(f"document.querySelector('a[href^=\\'{issuer.address}\\']').href")
        assert end.startswith(f"{issuer.address}/end?client_id=tierwise&")
    assert web.said == []


def look(web: Chromium, width: int) -> None:
    """The page is accessible and fits its window."""
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
