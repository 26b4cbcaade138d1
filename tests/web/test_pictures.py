"""Every page has its picture: an address that gives a page and has none fails."""

from __future__ import annotations

import re

from django.urls import resolve

from scripts.screenshots_pages import NO_PAGE, PAGES
from tests.web.test_who_may import TABLE

ASKED = {name for name, row in TABLE.items() if row[0] == "get"}


def view_of(path: str) -> str:
    """The name of an address, whatever stands in it."""
    return resolve(re.sub(r"{\w+}", "1", path.partition("?")[0])).view_name


def test_every_page_is_taken_as_a_picture():
    taken = {view_of(path) for name, (_, path) in PAGES.items() if name != "missing"}
    assert ASKED - taken == set(NO_PAGE)
    assert taken <= ASKED


def test_pictures_are_taken_by_people_whose_roles_allow_the_page():
    for name, (who, path) in PAGES.items():
        if who and name != "missing":
            assert who.replace("-", "_") in TABLE[view_of(path)][2], name
