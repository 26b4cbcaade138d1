"""Script, markup, a template and a formula in every text field of every form: nowhere are they anything but text."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client

from tests.web.conftest import MakeUser
from tests.web.forms import Form, forms_of
from tests.web.objects import World, world
from tests.web.test_who_may import TABLE
from tierwise import api
from tierwise_web.people.models import User
from tierwise_web.published.models import Edition

HOSTILE = '=1+1 "><img src=x onerror=alert(1)><script>alert(1)</script>{{7*191}}'
ALIVE = ("<script>alert(1)", "<img src=x", "1337", 'value="=1+1 "')
"""What a page would hold if the text had become markup, the end of an attribute, or the answer of a template."""
WHO = ("national_kam", "admin", "marketing", "analyst")
"""People who write …"""
READERS = ("data_steward", "approver", "auditor", "admin")
"""… and people who reach all that was written."""
LEADS_AWAY = re.compile(r"sign-out|second-factor|passkeys|/theme$|/language$")
INVALID = re.compile(r'name="([^"]+)"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*name="([^"]+)"')
KEPT = {"contacts", "dealings", "signals", "edit", "new", "views", "assess", "people", "bulk"}
"""Kinds of forms that have to take such a text and keep it: what is refused everywhere would prove little."""


@pytest.fixture
def people(book: api.Book, edition: Edition, make_user: MakeUser, tmp_path: Path) -> World:
    shutil.copytree(book.path, tmp_path / "own")
    settings.BOOK = tmp_path / "own"
    return world(edition, make_user)


def pages_of(people: World, role: str) -> list[str]:
    """Every address that gives a page, as somebody in a role asks for it."""
    found = []
    for row in TABLE.values():
        if row[0] == "get":
            things = [people.address(thing.address, role) for thing in row[3]] if len(row) == 4 else [row[1]]
            found += [address for address in things if not LEADS_AWAY.search(address)]
    # a new customer before somebody has the same name; what gives customers away after all else
    found.sort(key=lambda path: ("transfer" in path or "bulk" in path, "customers/new" not in path))
    return [*found, "/promises?whose=all", "/customers?q=%3Cscript%3E"]


def whole(answer: Any) -> str:
    """The text of an answer; that of a file, which is closed."""
    text = (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig", "replace")
    if answer.streaming:
        request_finished.disconnect(close_old_connections)  # the file is closed, and the database stays open
        answer.close()
        request_finished.connect(close_old_connections)
    return text


def shown(answer: Any) -> str:
    """The text of a page, checked: nothing hostile is alive in it. A file may hold it as it is."""
    text = whole(answer)
    for word in ALIVE if "html" in answer.headers.get("Content-Type", "") else ():
        assert word not in text, (word, text[max(text.find(word) - 300, 0) :][:600])
    return text


def filled(form: Form, spared: set[str]) -> dict[str, list[str]]:
    """What a browser would send with the hostile text in every field that is typed, but for some that refuse any text."""
    sent = {name: list(values) for name, values in form.values.items()}
    for name, options in form.choices.items():
        if not any(sent.get(name, [])) and any(options):
            sent[name] = [next(one for one in reversed(options) if one)]
    for name in form.dates:
        sent[name] = [form.values[name][0] or "2026-11-02"]
    for name in sent:
        if name.endswith("-score") and not any(sent[name]):  # what is said of a line asks for its score
            sent[name] = ["1"]
    for name in form.typed:
        sent[name] = [form.values[name][0] if name in spared else HOSTILE]
        if name == "owner" and name in spared and "/bulk/" in form.action:  # somebody has to be named there
            sent[name] = [User.objects.exclude(staff_name="").values_list("staff_name", flat=True)[0]]
    if form.buttons:
        name, value = form.buttons[0]
        sent[name] = [value]
    return sent


def send(browser: Client, form: Form) -> tuple[int, set[str]]:
    """Sends a form until it is taken, each time with less; the last status, and the fields that had held the text."""
    spared: set[str] = set()
    for _ in range(4):
        answer = getattr(browser, form.method)(form.action, filled(form, spared))
        assert answer.status_code < 500, (form.action, answer.content[:500])
        page = shown(answer)
        wrong = {one or other for one, other in INVALID.findall(page)} & set(form.typed)
        if answer.status_code not in (409, 422) or not wrong - spared:
            break
        spared |= wrong
    return answer.status_code, set(form.typed) - spared


def test_hostile_text_in_every_field_of_every_form_stays_text(
    people: World, caplog: pytest.LogCaptureFixture
):
    seen: set[tuple[str, str]] = set()
    taken: set[tuple[str, str]] = set()
    kept: set[str] = set()
    for role in WHO:
        browser = Client()
        browser.force_login(people.people[role])
        for address in pages_of(people, role):
            answer = browser.get(address)
            if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
                continue
            for form in forms_of(shown(answer), address):
                fields = {
                    (re.sub(r"[0-9a-f-]{8,}|\d+", "#", form.action.partition("?")[0]), name)
                    for name in form.typed
                }
                if fields - taken and not LEADS_AWAY.search(form.action):
                    status, held = send(browser, form)
                    seen |= fields
                    taken |= fields if status == 302 else set()
                    kept |= set(re.findall(r"\w+", form.action)) & KEPT if status == 302 and held else set()
    assert len(seen) > 60, sorted(seen)
    assert kept >= KEPT, (KEPT - kept, sorted(seen - taken))
    for role in READERS:  # and now that it stands in every record
        browser = Client()
        browser.force_login(people.people[role])
        for address in pages_of(people, role):
            shown(browser.get(address))
    assert "onerror" not in caplog.text
    exported_as_text(people)


def exported_as_text(people: World) -> None:
    """A file that is opened in a spreadsheet holds the promise that was typed, and no formula."""
    browser = Client()
    browser.force_login(people.people["data_steward"])
    answer = browser.get("/promises/export.csv?whose=all")
    text = whole(answer)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any(HOSTILE in cell for cell in cells), cells[:40]
    assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in cells)
