"""Every page that is taken as a picture, in a real browser: axe, width, no shift, the strict policy, its charts in use.

The pages are those of ``make screenshots``, and an address that gives a page and has no picture fails a test; so a new
page is looked at here by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from scripts.screenshots_pages import PAGES, made
from tests.browser.accessibility import violations
from tests.browser.charts import DRAWN, use_every_chart
from tests.browser.chromium import Chromium
from tests.browser.served import come_in

pytestmark = pytest.mark.browser
FORMS = (("zh", "light", 1360), ("en", "dark", 390), ("zh", "dark", 1360), ("en", "light", 390))
TURNS = [(name, *FORMS[at % len(FORMS)]) for at, name in enumerate(PAGES)]
"""Every page in one form, the forms in turn; all of all are among the slow tests."""
OTHERS = sorted(set(product(PAGES, ("zh", "en"), ("light", "dark"), (1360, 768, 390))) - set(TURNS))
SHIFT = """new Promise((told) => {
  let sum = 0;
  const add = (list) => list.getEntries().forEach((entry) => { sum += entry.value; });
  new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => told(sum), 100);
})"""


def opposite(lang: str, theme: str, width: int) -> tuple[str, str, int]:
    """The form that shares nothing with one."""
    return (
        "en" if lang == "zh" else "zh",
        "light" if theme == "dark" else "dark",
        390 if width == 1360 else 1360,
    )


@pytest.fixture(scope="module")
def named(site: str, site_folder: Path) -> dict[str, str]:
    """What stands for the names in addresses: a record of each kind, made through the forms."""
    book = site_folder / "book"
    return made(book, f"{book}-web", customer="C000016", other="C000011")


def look(web: Chromium, site: str, path: str, width: int) -> None:
    """Opens a page; it stands still, is accessible, fits, and asks for nothing elsewhere."""
    web.visit(site + path, width)
    web.wait_for(DRAWN)
    assert web.run(SHIFT) < 0.001
    web.run("document.querySelectorAll('details.behind').forEach(d => d.open = true)")
    violations(web)
    assert web.run("document.documentElement.scrollWidth") <= width
    assert all(address.startswith((site, "data:")) for address in web.requests)


def enter(web: Chromium, site: str, name: str, lang: str, theme: str) -> None:
    """Whoever looks at a page comes in; the page of the sign-in is looked at by nobody."""
    come_in(web, site, PAGES[name][0] or "executive", lang=lang, theme=theme)
    if not PAGES[name][0]:
        web.call("Network.deleteCookies", name="sessionid", url=site)
    web.said.clear()
    web.requests.clear()


@pytest.mark.parametrize(("name", "lang", "theme", "width"), TURNS)
def test_every_page_stands_still_is_accessible_and_fits_and_its_charts_are_used(
    web: Chromium, site: str, named: dict[str, str], name: str, lang: str, theme: str, width: int
):
    path = PAGES[name][1].format(**named)
    enter(web, site, name, lang, theme)
    look(web, site, path, width)
    use_every_chart(web, lambda: web.visit(site + path, width))
    if name != "missing":  # the browser notes the status of that one
        assert web.said == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lang", "theme", "width"), OTHERS)
def test_every_page_in_every_other_form(
    web: Chromium, site: str, named: dict[str, str], name: str, lang: str, theme: str, width: int
):
    enter(web, site, name, lang, theme)
    look(web, site, PAGES[name][1].format(**named), width)
    if name != "missing":
        assert web.said == []


@contextmanager
def slow(web: Chromium) -> Iterator[None]:
    """A processor and a line of six times less: the page comes in parts, and scripts come late."""
    line = {"offline": False, "latency": 20, "downloadThroughput": 200_000, "uploadThroughput": 100_000}
    web.call("Network.emulateNetworkConditions", **line)
    web.call("Emulation.setCPUThrottlingRate", rate=6)
    try:
        yield
    finally:
        web.call("Emulation.setCPUThrottlingRate", rate=1)
        web.call(
            "Network.emulateNetworkConditions",
            **line | {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
        )


@pytest.mark.parametrize("name", ["overview", "customers", "rows", "runs"])
def test_nothing_moves_while_a_page_arrives_slowly(
    web: Chromium, site: str, named: dict[str, str], name: str
):
    enter(web, site, name, "zh", "light")
    with slow(web):
        web.visit(site + PAGES[name][1].format(**named), 1360)
        web.wait_for(DRAWN)
        moved = web.run(SHIFT)
    assert moved == 0


CHARTED = ("overview", "causes", "funnel", "customer")


@pytest.mark.parametrize(
    ("name", "lang", "theme", "width"), [(name, *opposite(*form)) for name, *form in TURNS if name in CHARTED]
)
def test_charts_are_used_in_more_than_one_form(
    web: Chromium, site: str, named: dict[str, str], name: str, lang: str, theme: str, width: int
):
    path = PAGES[name][1].format(**named)
    enter(web, site, name, lang, theme)
    web.visit(site + path, width)
    use_every_chart(web, lambda: web.visit(site + path, width))
    assert web.said == []
    assert all(address.startswith((site, "data:")) for address in web.requests)
