"""A refused form begins with what has to be mended: every form of every page, found by itself."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

import tierwise_web
from tests.web.conftest import MakeUser
from tests.web.forms import Form, forms_of
from tests.web.objects import World, world
from tests.web.test_hostile_text import pages_of
from tierwise import api
from tierwise_web.common.refusing import Told, told
from tierwise_web.people.models import User
from tierwise_web.published.models import Edition

WRONG = "no such thing, " + "x" * 3000
"""No number, no day, no code, and longer than any field takes."""
WHO = ("national_kam", "data_steward", "admin", "analyst", "approver", "auditor")
REFUSED_AT_LEAST = {
    "edit", "transfer", "place", "contacts", "dealings", "signals", "customers", "segments", "assess", "people",
    "pair", "runs", "edit-here", "me", "log", "units",
}  # fmt: skip
"""Kinds of forms that the walk has to see refused."""
TEMPLATES = Path(tierwise_web.__file__).parent


class Page(HTMLParser):
    """Ids, the fields that are wrong, and the links of the summary."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wrong: list[dict[str, str]] = []
        self.summaries: list[dict[str, str]] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self._in = 0
        self._link = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.ids += [said["id"]] if "id" in said else []
        if said.get("aria-invalid") == "true":
            self.wrong.append(said)
        if said.get("class") == "refused":
            self.summaries.append(said)
            self._in = 1
        elif self._in and tag == "div":
            self._in += 1
        if self._in and tag == "a":
            self.links.append(said["href"])
            self.labels.append("")
            self._link = True

    def handle_endtag(self, tag: str) -> None:
        if self._in and tag == "div":
            self._in -= 1
        if tag == "a":
            self._link = False

    def handle_data(self, data: str) -> None:
        if self._in and self._link:
            self.labels[-1] += data


def check(text: str, about: Any) -> None:
    """One summary, to which the focus goes; every wrong field is in it, and says beside itself what is wrong."""
    page = Page(text)
    assert len(page.summaries) == 1, (about, page.wrong)
    (summary,) = page.summaries
    assert (summary["role"], summary["tabindex"], "autofocus" in summary) == ("alert", "-1", True), about
    assert page.links == [f"#{one.get('id', '?')}" for one in page.wrong], about
    for one in page.wrong:
        assert page.ids.count(one["id"]) == 1, (about, one)
        assert page.ids.count(one.get("aria-describedby", "?")) == 1, (about, one)
    assert all(label.strip() for label in page.labels), (about, page.labels)
    assert 'role="alert"' not in text.split('class="refused"')[0].rpartition("<form")[2], about


def wrongly(form: Form) -> dict[str, Any]:
    """What a browser would send if every field held something that cannot be."""
    sent: dict[str, Any] = {name: list(values) for name, values in form.values.items()}
    for name in {*form.typed, *form.dates, *form.choices} - {"next"}:
        sent[name] = [WRONG]
    hidden = {"csrfmiddlewaretoken", "next", "token", "version", "key", "a", "b", "seen"}
    for name in form.values.keys() - {*form.typed, *form.dates, *form.choices} - hidden:
        sent[name] = [WRONG]  # passwords, numbers, months
    if form.buttons:
        name, value = form.buttons[0]
        sent[name] = [value]
    return sent


def kind(action: str) -> set[str]:
    return set(re.split(r"[/?]", action))


@pytest.fixture
def people(book: api.Book, edition: Edition, make_user: MakeUser, tmp_path: Path) -> World:
    shutil.copytree(book.path, tmp_path / "own")
    settings.BOOK = tmp_path / "own"
    return world(edition, make_user)


def test_every_refused_form_of_every_page_begins_with_what_to_mend(people: World):
    refused: set[str] = set()
    for role in WHO:
        user = people.people[role]
        user.set_password("correct horse battery")
        user.save()
        browser = Client()
        browser.force_login(user)
        seen: set[str] = set()
        for address in [*pages_of(people, role), "/me/password", "/me/second-factor"]:
            answer = browser.get(address)
            if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
                continue
            for form in forms_of(answer.content.decode(), address):
                typed = {*form.typed, *form.dates, *form.values} - {"csrfmiddlewaretoken", "next", "seen"}
                name = re.sub(r"\d+", "#", form.action)
                if not typed or name in seen or re.search(r"/(theme|language|sign-out)$", form.action):
                    continue
                seen.add(name)
                back = getattr(browser, form.method)(form.action, wrongly(form))
                assert back.status_code < 500, form.action
                text = "" if back.streaming else back.content.decode()
                if back.status_code in (409, 422) and "<form" in text.partition("<main")[2]:
                    check(text, (role, form.action))
                    refused |= kind(form.action)
    client = Client()
    check(client.post("/sign-in", {"username": "x", "password": ""}).content.decode(), "sign-in")
    check(client.post("/sign-in", {"username": "x", "password": "y"}).content.decode(), "sign-in")
    assert refused >= REFUSED_AT_LEAST, REFUSED_AT_LEAST - refused


def test_an_assessment_that_is_sent_back_without_a_reason(people: World):
    browser = Client()
    browser.force_login(people.people["approver"])
    address = f"/assessments/{people.named['approver']['beside_assessment']}/decide"
    for lang, label in (("en", "Note; the reason where it is sent back"), ("zh", "备注；退回时须说明原因")):
        browser.post("/language", {"language": lang})
        text = browser.post(address, {"do": "reject", "version": "1", "note": ""}).content.decode()
        check(text, "decide")
        assert Page(text).labels == [label]


def test_the_set_up_page_too(client: Client):
    assert not User.objects.exists()
    for lang, label in (("en", "Your name"), ("zh", "姓名")):
        client.cookies["tierwise_language"] = lang
        text = client.post("/set-up", {"name": ""}).content.decode()
        check(text, "set-up")
        assert label in Page(text).labels


def test_every_form_that_takes_typing_is_drawn_by_the_one_macro():
    """By itself: a template with a field to type in, within a form that is sent, asks the macro."""
    lacking = []
    for file in TEMPLATES.rglob("templates/**/*.html"):
        text = file.read_text(encoding="utf-8")
        for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.S):
            typed = re.search(
                r'<textarea|{{ (ask|field)\(|<input(?![^>]*type="(hidden|checkbox|radio|submit))', form
            )
            if typed and "refusable(" not in text:
                lacking.append(file.name)
    # a refusal of these is a page of its own (the form is gone with its list), or is told by the passkeys' script
    assert set(lacking) <= {"promises.html", "list_part.html", "pool.html", "passkeys.html"}, lacking


def test_what_no_field_shows_is_said_of_the_whole():
    body = '<label for="f-a">A *</label><input id="f-a" name="a" aria-invalid="true" aria-describedby="h-a">'
    body += '<div class="hint wrong" id="h-a">not a number</div>'
    found = told(body, {"a": "not a number", "elsewhere": ["two", "three"], "": "one"})
    assert found == [Told("two"), Told("three"), Told("one"), Told("not a number", "f-a", "A")]
    assert told(body, {}) == []


def test_fields_of_one_label_are_told_with_what_they_are_of():
    one = '<section data-of="{0}"><p><label for="f-{0}">Why</label><input id="f-{0}" name="{0}" {1}></p></section>'
    wrong = 'aria-invalid="true"'
    body = "".join(one.format(name, wrong) for name in ("Size", "Growth"))
    body += f'<label for="f-z">Day</label><input id="f-z" name="z" {wrong}>'
    assert [one.label for one in told(body, {"z": "x"})] == ["Size · Why", "Growth · Why", "Day"]
