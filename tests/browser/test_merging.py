"""Two customers merged in a real browser, and taken apart again; every page on a phone, too, under the strict policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.accessibility import violations
from tests.browser.chromium import Chromium
from tests.browser.served import come_in, served

pytestmark = pytest.mark.browser
ONE, OTHER = "C000003", "C000004"
PAIR = f"/duplicates/pair?a={ONE}&b={OTHER}"
READY = "document.readyState === 'complete'"


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served company that these tests write to."""
    yield from served(tmp_path_factory.mktemp("merging"), "customer_value")


def fits(web: Chromium, address: str, width: int) -> None:
    """A page without violations, in its window."""
    web.visit(address, width)
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
    assert web.said == []


@pytest.mark.parametrize(
    ("lang", "theme", "width"), [("en", "light", 1360), ("zh", "dark", 390)], ids=["desk", "phone"]
)
def test_two_customers_are_looked_for_compared_merged_and_taken_apart(
    chromium: Chromium, own_site: str, lang: str, theme: str, width: int
) -> None:
    web = chromium
    web.call("Network.clearBrowserCookies")
    come_in(web, own_site, "data-steward", lang=lang, theme=theme)
    web.said.clear()
    fits(web, f"{own_site}/duplicates", width)
    web.run("document.querySelector('form[action=\"/duplicates/look\"] button').click()")
    web.wait_for(f"location.pathname.startsWith('/jobs/') && {READY}")
    web.wait_for("document.querySelector('a[href=\"/duplicates\"].tool, .state-done') !== null")
    fits(web, f"{own_site}/duplicates", width)
    fits(web, own_site + PAIR, width)
    web.run(f"document.querySelector('input[value={ONE}][name=survivor]').click()")
    web.run("document.querySelector('#f-reason').value = '同一公司 one company'")
    web.run("document.querySelector('form.assess .btn-primary').click()")
    web.wait_for(f"location.pathname === '/duplicates/merged' && {READY}")
    fits(web, f"{own_site}/duplicates/merged", width)
    assert OTHER in web.run("document.querySelector('main').textContent")
    web.run("document.querySelector('form[action=\"/duplicates/undo\"] [name=reason]').value = 'two'")
    web.run("document.querySelector('form[action=\"/duplicates/undo\"] button').click()")
    web.wait_for(f"document.querySelector('.empty') !== null && {READY}")
