"""A full disk of the server: told as what it is, and nothing half-written stays."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.web.conftest import AT, MakeUser
from tierwise import api
from tierwise.kernel.text import Text
from tierwise_web.common.mistakes import broken
from tierwise_web.people.models import User
from tierwise_web.published.editions import current_edition, folder, publish
from tierwise_web.published.models import Edition
from tierwise_web.workflow import running
from tierwise_web.workflow.jobs import KINDS, Kind, Task, enqueue, register
from tierwise_web.workflow.models import FAILED


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)


def test_a_publication_that_finds_no_room_says_so_and_leaves_the_old_pages(
    book: api.Book, edition: Edition, small_disk: Path, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(running, "BEAT_SECONDS", 3600.0)
    monkeypatch.setattr(settings, "DATA", small_disk / "data")
    folder().mkdir(parents=True)
    fill(small_disk)

    def work(task: Task) -> dict[str, str]:
        return {"file": publish(book, api.list_runs(book)[0], at=AT).file}

    register(Kind("test.publish", Text("publish", "发布"), work))
    job = enqueue("test.publish", user=make_user("ann", "analyst"), at=timezone.now())
    assert running.work_once("w")
    job.refresh_from_db()
    assert (job.state, [problem["code"] for problem in job.problems]) == (FAILED, ["web.disk-full"])
    assert all(problem["en"] and problem["zh"] for problem in job.problems)
    assert current_edition() == edition
    assert list(folder().iterdir()) == []
    KINDS.pop("test.publish")


def test_a_page_that_cannot_be_written_says_why_in_both_languages(small_disk: Path, rf: RequestFactory):
    with closing(sqlite3.connect(small_disk / "base.sqlite3")) as base:
        base.execute("CREATE TABLE t (a TEXT)")
        fill(small_disk)
        try:
            for _ in range(50):
                base.execute("INSERT INTO t VALUES (?)", ["x" * 100_000])
            base.commit()
            raise AssertionError("the disk was not full")
        except sqlite3.Error:
            answer = broken(rf.get("/"))
    assert answer.status_code == 503
    assert "disk of the server is full" in answer.content.decode()
    assert "磁盘已满" in answer.content.decode()
    assert re.search(r'<script src="[^"]*tierwise[^"]*\.js" defer>', answer.content.decode())
    assert "data-bs-theme" not in answer.content.decode()  # as the system says
    assert "data-unsaved" in answer.content.decode()  # what was typed stays in the tab


def test_a_list_that_cannot_be_written_says_so(
    edition: Edition, make_user: MakeUser, as_user: Callable[[User | None], Client], small_disk: Path
):
    client = as_user(make_user("ann", "executive"))
    client.raise_request_exception = False
    fill(small_disk)
    with patch.object(tempfile, "tempdir", str(small_disk)):
        answer = client.get("/customers/export.csv")
    assert answer.status_code in (500, 503)
    assert "No space left" in answer.content.decode() or "磁盘已满" in answer.content.decode()


def test_a_page_without_a_database_looks_and_begins_as_the_browser_remembers(rf: RequestFactory):
    asked = rf.get("/")
    asked.COOKIES = {"tierwise_theme": "dark", "tierwise_language": "zh"}
    page = broken(asked).content.decode()
    assert re.search(r'<html lang="zh-Hans"[^>]* data-bs-theme="dark">', page)
    assert "<h1>系统出错，已记录日志。</h1>" in page
    assert '<p lang="en">Something broke. It has been logged.</p>' in page
    assert re.search(r"<h1>Something broke", broken(rf.get("/")).content.decode())
