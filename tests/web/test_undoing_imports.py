"""Undoing an import in the browser: what is lost is counted first, why is asked, and the register keeps both."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.book.batches import Batch, batches
from tierwise_web.audit.models import Event

WHY = "the list of the wrong year"


def import_of(book: api.Book, table: str) -> Batch:
    return next(batch for batch in batches(book, book.current()) if batch.table == table)


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("table", ["customers", "order_lines"])
def test_what_an_import_takes_is_counted_before_it_is_undone(own_book: api.Book, sam: Client, table: str):
    batch, version = import_of(own_book, table), own_book.current().number
    page = text_of(sam, f"/imports/{batch.number}/undo")
    loss = api.undo_loss(own_book, batch.number)
    assert f'<span>Rows taken out</span><span class="end">{loss.removed:,}</span>' in page
    assert "Import the file again to bring it back." in page
    assert ("What loses its record" in page) == (table == "customers") == bool(loss.orphans.count)
    if table == "customers":
        assert f"{loss.orphans.count} codes have no record any more" in page
        assert all(code in page for code in loss.orphans.examples)
        assert (
            f'<span>order lines</span><span class="end">{loss.orphans.rows["order_lines"]:,}</span>' in page
        )
    assert own_book.current().number == version


def test_nothing_is_undone_without_a_reason(own_book: api.Book, sam: Client):
    version = own_book.current().number
    refused = sam.post("/imports/1/undo", {"reason": "  "})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert 'aria-invalid="true" aria-describedby="h-reason"' in page
    assert '<div class="hint wrong" id="h-reason">say why</div>' in page
    assert "What is taken back" in page
    assert api.open_book(settings.BOOK).current().number == version
    assert not Event.objects.filter(code="imports.undone").exists()


def test_the_register_says_who_undid_an_import_when_and_why(own_book: api.Book, sam: Client):
    number = import_of(own_book, "customers").number
    assert sam.post(f"/imports/{number}/undo", {"reason": WHY}).headers["Location"] == "/imports"
    event = Event.objects.get(code="imports.undone")
    assert (event.actor, event.slots["batch"], event.slots["reason"]) == ("sam", number, WHY)
    assert event.slots["rows"] > 0
    page = text_of(sam, "/imports")
    assert "undone by Sam, <time>" in page
    assert f": {WHY}</div>" in page
    assert f"undoes import {number}</td>" in page.replace(" </td>", "</td>")
    assert "Import the file of an undone import again to bring it back" in page
    assert f'href="/imports/{number}/undo"' not in page
    assert "was undone already" in text_of(sam, f"/imports/{number}/undo", 422)


def test_what_the_command_line_undid_is_told_without_a_reason(own_book: api.Book, sam: Client):
    api.undo_import(own_book, import_of(own_book, "customers").number, actor="root", at=AT)
    page = text_of(sam, "/imports")
    assert "undone by root, <time>2026-11-02</time> <time>17:00</time></div>" in page


def test_an_import_that_does_not_exist_is_not_found(own_book: api.Book, sam: Client):
    for sent in ({}, {"reason": WHY}):
        answer = sam.post("/imports/999/undo", sent)
        assert answer.status_code == 404
        assert "tierwise batches" not in answer.content.decode()
        assert Path(own_book.path).name not in answer.content.decode()
    text_of(sam, "/imports/999/undo", 404)


def test_who_may_not_undo_is_not_offered_it(own_book: api.Book, make_user: MakeUser, as_user):
    page = text_of(as_user(make_user("ann", "analyst")), "/imports")
    assert "/undo" not in page
    assert 'class="text-nowrap" data-label="When"' in page
