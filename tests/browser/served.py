"""The sample company served by the application, and a browser that signs in as its people."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.browser.chromium import PATIENCE_SECONDS, Chromium
from tierwise import api
from tierwise.demo.company import write_company

AT = datetime(2026, 11, 21, tzinfo=UTC)
HERE = Path(__file__).resolve().parent.parent.parent
PROGRAM = """import sys; from pathlib import Path; from tierwise_web.serve import run
run(Path(sys.argv[1]), lang='en', demo=True, port=int(sys.argv[2]))"""


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the served sample company lies."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[str]:
    """The address of a served sample company."""
    yield from served(site_folder, "customer_value")


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the same company, graded by a scorecard that people fill; tests write to it."""
    yield from served(tmp_path_factory.mktemp("judged"), "realestate_scorecard")


def served(folder: Path, policy: str, **said: str) -> Iterator[str]:
    """Serves a sample company that was graded at two month ends."""
    company = write_company(folder / "files", customers=80, seed=3, last_month=date(2026, 10, 31))
    book = api.create_book(folder / "book", name="示例 Sample", actor="ann", at=AT, base_currency="CNY")
    api.import_batch(
        book, [api.ImportItem(t, f) for t, f in company.tables.items()], strict=True, actor="ann", at=AT
    )
    for day in (date(2026, 9, 30), date(2026, 10, 31)):
        api.grade(book, policy, as_of=day, actor="ann", at=AT)
    shutil.rmtree(folder / "files")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TIERWISE_", "DJANGO_"))}
    command = [sys.executable, "-c", PROGRAM, str(folder / "book"), str(_own_port())]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=kept | {"PYTHONPATH": str(HERE / "src"), "TIERWISE_LOG_LEVEL": "ERROR", **said}, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    address = next(word for word in said.split() if word.startswith("http")).rstrip("/;")
    wait_for(address + "/health")
    yield address
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def _own_port() -> int:
    """A port that nobody has: the usual one may be taken by the site of another worker in the same instant."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def wait_for(address: str) -> None:
    """Waits until an address answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=20).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(address)


@pytest.fixture
def web(chromium: Chromium, site: str) -> Iterator[Chromium]:
    # what a page still asks for would come with its cookies
    chromium.call("Page.navigate", url="about:blank")
    chromium.call("Network.clearBrowserCookies")
    chromium.said.clear()
    chromium.requests.clear()
    yield chromium
    chromium.call("Network.clearBrowserCookies")


def come_in(
    web: Chromium, site: str, who: str = "analyst", *, lang: str = "en", theme: str = "light"
) -> None:
    web.cookie(site, "tierwise_language", lang)
    web.cookie(site, "tierwise_theme", theme)
    web.visit(site + "/sign-in")
    web.run(f"document.querySelector('button[value={who}]').click()")
    here = "location.pathname === '/' && document.readyState === 'complete'"
    web.wait_for(here)
    spoken = f"document.documentElement?.lang === '{'zh-Hans' if lang == 'zh' else 'en'}'"
    # a choice of language stays with the person, and the site is that of the tests before
    if not web.read(spoken):
        web.run("document.querySelector('button[name=language]').click()")
        web.wait_for(f"{spoken} && {here}")
