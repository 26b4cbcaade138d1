"""Dashboard and customer page in a real browser, under the strict policy: charts, both languages, themes and widths."""

from __future__ import annotations

import json

import pytest

from tests.browser.accessibility import check_with_axe
from tests.browser.charts import CHARTS, LEAVING, box, click
from tests.browser.chromium import Chromium
from tests.browser.served import come_in

pytestmark = pytest.mark.browser
CUSTOMER, ROWS = "/customer/C000016?grade=A", "/customer/C000016/rows?of=customer_profit_12m"


@pytest.fixture
def inside(web: Chromium, site: str) -> Chromium:
    """A browser in which an executive is signed in."""
    come_in(web, site, "executive")
    web.said.clear()
    return web


def test_a_click_on_every_chart_of_the_dashboard_leads_to_a_list(inside: Chromium, site: str):
    inside.open(f"{site}/")
    count = inside.run(f"{CHARTS}.length")
    assert count == 8
    for number in range(count):
        inside.open(f"{site}/")
        assert _clicked_through(inside, number), inside.run(f"{CHARTS}[{number}].ariaLabel")
        assert inside.run("document.querySelector('#list') !== null")
    assert inside.said == []


def _clicked_through(page: Chromium, number: int) -> bool:
    """Clicks here and there on a chart until the page is left for the list, however slowly the list comes."""
    page.run(LEAVING)
    for down in (0.2, 0.5, 0.8, 0.9, 0.1):
        for across in (0.5, 0.9, 0.12, 0.3, 0.7):
            if click(page, number, across, down):
                page.wait_for("location.pathname === '/customers' && document.readyState === 'complete'")
                return True
    return False


def test_the_tooltip_is_drawn_in_the_chart_and_no_element_is_added(inside: Chromium, site: str):
    inside.open(f"{site}/")
    number = inside.run(f"{CHARTS}.findIndex(c => JSON.parse(c.dataset.chart).whale)")
    place = box(inside, number)
    assert place is not None
    x, y, width, height = place
    inside.hover(x + width / 2, y + height / 2)
    inside.wait_for(f"/customers ·|家客户 ·/.test({CHARTS}[{number}].querySelector('svg').textContent)")
    assert inside.run(f"{CHARTS}[{number}].children.length") <= 2


@pytest.mark.parametrize("address", ["/", CUSTOMER, ROWS])
def test_axe_finds_nothing_in_what_is_folded_away(inside: Chromium, site: str, address: str):
    inside.visit(site + address)
    check_with_axe(inside)


def test_words_keep_their_contrast_while_a_part_of_the_page_is_asked_for(inside: Chromium, site: str):
    inside.visit(site + CUSTOMER)
    inside.run(
        "document.querySelectorAll('main .tool, main section').forEach(e => e.classList.add('htmx-request'))"
    )
    check_with_axe(inside)


def test_previous_and_next_stay_in_the_list_from_which_one_came(inside: Chromium, site: str):
    inside.visit(f"{site}/customers?grade=B&sort=sales")
    inside.run("document.querySelector('td.c-name a').click()")
    inside.wait_for("location.pathname.startsWith('/customer/') && document.readyState === 'complete'")
    first = inside.run("location.pathname")
    assert inside.run("document.querySelector('[rel=prev]')") is None
    inside.run("document.querySelector('[rel=next]').click()")
    inside.wait_for(f"location.pathname !== {json.dumps(first)} && document.readyState === 'complete'")
    assert "grade=B" in inside.run("location.search")
    assert inside.run("document.querySelector('.title .grade').textContent") == "B"
    inside.run("document.querySelector('[rel=prev]').click()")
    inside.wait_for(f"location.pathname === {json.dumps(first)}")


def test_from_the_number_to_the_line_of_the_file_it_is_one_click(inside: Chromium, site: str):
    inside.open(site + CUSTOMER)
    inside.run("document.querySelector('.pairs a[href*=net_sales]').click()")
    inside.wait_for("location.pathname.endsWith('/rows') && document.readyState === 'complete'")
    assert inside.run("/\\.csv:\\d+/.test(document.querySelector('main').textContent)")


def test_a_filter_changes_every_chart_and_can_be_cleared(inside: Chromium, site: str):
    inside.open(f"{site}/")
    before = inside.run(f"{CHARTS}.map(c => c.dataset.chart)")
    inside.run("document.querySelector('.filter summary').click()")
    inside.run("document.querySelector('.filter[open] input[type=checkbox]').click()")
    inside.run("document.querySelector('.filter[open] button').click()")
    inside.wait_for("location.search.length > 1 && document.readyState === 'complete'")
    after = inside.run(f"{CHARTS}.map(c => c.dataset.chart)")
    assert len(after) == len(before)
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert inside.run("[...document.querySelectorAll('.filters a')].some(a => a.textContent === 'Clear all')")


FIGURES = "document.querySelector('details.behind #figures')"


def test_a_number_that_its_parts_add_up_to_opens_their_table_as_often_as_it_is_pressed(
    inside: Chromium, site: str
):
    inside.open(site + CUSTOMER)
    fold, link = f"{FIGURES}.closest('details')", "document.querySelector('a.num[href=\"#figures\"]')"
    assert not inside.run(f"{fold}.open")
    for _ in range(2):
        inside.run(f"{link}.click()")
        inside.wait_for(f"{fold}.open && document.activeElement === {FIGURES}")
        assert inside.run(f"(r => r.top < innerHeight && r.bottom > 0)({FIGURES}.getBoundingClientRect())")
        inside.run(f"{fold}.open = false")
    inside.open(f"{site}{CUSTOMER}#figures")
    inside.wait_for(f"{fold}.open")
    assert inside.said == []
