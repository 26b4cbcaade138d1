"""A small demo and a browser for it; without Chromium the tests say so and are skipped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.browser.chromium import Chromium, browser
from tests.browser.served import judged, site, site_folder, web  # noqa: F401  (fixtures)
from tierwise.book.importing import ImportItem, import_batch
from tierwise.demo.run import run_demo
from tierwise.grading.run import find_run, read_results
from tierwise.policy.load import parse_policy
from tierwise.report.day.build import build
from tierwise.report.day.facts import gather
from tierwise.report.day.writing import write

AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="session")
def _chromium():
    path = browser()
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)")
    opened = Chromium(path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def chromium(_chromium):
    """The browser of all modules. A page left open would go on drawing and asking beside the tests of others."""
    yield _chromium
    _chromium.call("Page.navigate", url="about:blank")


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    made = run_demo(folder, 60, months=2, at=datetime(2026, 11, 21, tzinfo=UTC), actor="test")
    return made.report_path.absolute().as_uri()


@pytest.fixture(scope="session")
def day_report(tmp_path_factory) -> str:
    """The report of a day on a company of its own, with hours and complaints beside its sales."""
    folder = tmp_path_factory.mktemp("day")
    book = run_demo(folder / "demo", 60, months=1, at=AT, actor="test").book
    for table, line in (
        ("time_logs", "T{n},C{n:06},2026-05-05,60"),
        ("complaints", "B{n},C{n:06},2026-05-05,{n}"),
    ):
        head = {"time_logs": "number,customer_code,date,minutes"}.get(
            table, "number,customer_code,received_on,first_response_hours"
        )
        file = folder / f"{table}.csv"
        file.write_text("\n".join([head, *(line.format(n=n) for n in range(1, 40))]), encoding="utf-8")
        import_batch(book, [ImportItem(table, [file])], actor="test", at=AT)
    record = find_run(book, None)
    run = (record, parse_policy(record.policy_text, "x"), read_results(book, record))
    out = folder / "day.html"
    write(build(gather(book, record.as_of, run)), out, "en")
    return out.absolute().as_uri()


@pytest.fixture
def page(chromium, report):
    chromium.said.clear()
    chromium.requests.clear()
    return chromium
