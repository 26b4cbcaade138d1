"""Every page of the web application as a picture: both languages, both themes, a desk and a phone."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from scripts.screenshots_pages import PAGES, made
from tests.browser.chromium import Chromium
from tests.browser.served import wait_for

REPO = Path(__file__).resolve().parent.parent
PROGRAM = """
import sys
from pathlib import Path
from tierwise_web.serve import run
run(Path(sys.argv[1]), lang="en", data=Path(sys.argv[2]), demo=True, port=int(sys.argv[3]))
"""
LANGS, THEMES, WIDTHS = ("en", "zh"), ("light", "dark"), (1360, 390)
README_PAGES = ("overview", "customer")
README_HEIGHT = 1100
TALLEST = 4000
DRAWN = """[...document.querySelectorAll("[data-chart]")].every((place) => {
  const drawing = place.querySelector("svg");
  return drawing && Math.abs(drawing.getBoundingClientRect().width - place.clientWidth) < 2;
})"""
"""Every chart is drawn as wide as its place: after a change of width this takes a moment."""


@contextmanager
def served(book: Path, data: str) -> Iterator[str]:
    """The address of a book while it is served as the demo, with a database of its own: nobody has chosen anything."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(book), data, str(free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(os.environ) | {"PYTHONPATH": str(REPO / "src"), "TIERWISE_LOG_LEVEL": "ERROR"},
    )
    assert started.stdout is not None
    try:
        said = started.stdout.readline()
        site = next(word for word in said.split() if word.startswith("http")).rstrip("/;")
        wait_for(f"{site}/health")
        yield site
    finally:
        started.terminate()
        started.communicate(timeout=60)


def free_port() -> int:
    """A port of its own: the usual one may be that of another who starts at the same moment."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def take_pages(book: Path, browser: str, out: Path) -> int:
    """Writes ``<page>-<lang>-<theme>-<width>.png`` of every page into a folder; how many there are."""
    out.mkdir(parents=True, exist_ok=True)
    page, count = Chromium(browser, "--hide-scrollbars"), 0
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    try:
        with tempfile.TemporaryDirectory() as data, served(book, data) as site:
            named = made(book, data)
            for lang in LANGS:
                for theme in THEMES:
                    count += _take(page, site, lang, theme, out, named)
    finally:
        page.close()
    return count


def _take(page: Chromium, site: str, lang: str, theme: str, out: Path, named: Mapping[str, str]) -> int:
    """All pages in one language and theme; ``named``: what stands in the place of names in their addresses."""
    count, inside = 0, ""
    _come_in(page, site, "", lang, theme)
    for name, (who, address) in PAGES.items():
        if who != inside:
            _come_in(page, site, who, lang, theme)
            inside = who
        for width in WIDTHS:
            page.visit(site + address.format(**named), width)
            page.wait_for(DRAWN)
            _picture(page, out / f"{name}-{lang}-{theme}-{width}.png", width, TALLEST)
            if name in README_PAGES and theme == "light" and width == WIDTHS[0]:
                _picture(page, out / f"readme-{name}-{lang}.png", width, README_HEIGHT)
            count += 1
    return count


def _come_in(page: Chromium, site: str, who: str, lang: str, theme: str) -> None:
    page.call("Network.clearBrowserCookies")
    for name, value in (("tierwise_language", lang), ("tierwise_theme", theme)):
        page.call("Network.setCookie", url=site, name=name, value=value)
    if who:
        page.visit(f"{site}/sign-in")
        page.run(f"document.querySelector('button[value={who}]').click()")
        page.wait_for("location.pathname === '/' && document.readyState === 'complete'")


def _picture(page: Chromium, file: Path, width: int, tallest: int) -> None:
    # a window keeps a place for its scroll bar; a picture has none
    page.run("document.documentElement.style.scrollbarGutter = 'auto'")
    page.wait_for(DRAWN)
    height = min(page.run("document.documentElement.scrollHeight"), tallest)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    found = page.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    file.write_bytes(base64.b64decode(found["data"]))
