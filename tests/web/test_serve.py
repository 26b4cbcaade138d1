"""One command starts everything, says where it is, and ends when it is told to."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tierwise import api

PROGRAM = "import sys; from tierwise_cli.start import run; sys.argv[0] = 'tierwise'; run()"
PATIENCE_SECONDS = 120  # a busy machine is slow, not wrong
HERE = Path(__file__).resolve().parent.parent.parent


class Serving:
    """A running ``tierwise serve``."""

    def __init__(self, *words: str, **more: str) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TIERWISE_", "DJANGO_"))}
        environment = kept | {"PYTHONPATH": str(HERE / "src"), "TIERWISE_LOG_LEVEL": "WARNING"} | more
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "serve", *words, "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.address = json.loads(self.process.stdout.readline())["url"]

    def get(self, path: str) -> tuple[int, str]:
        root = self.address.split("/set-up")[0].rstrip("/")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(root + path, timeout=20) as answer:
                    return answer.status, answer.read().decode()
            except ConnectionError:
                continue
            except urllib.error.URLError as error:
                if not isinstance(error.reason, ConnectionError):
                    raise
                signal.sigtimedwait([], 0.1)
        raise TimeoutError(path)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def served(book: api.Book, tmp_path: Path) -> Iterator[Serving]:
    shutil.copytree(book.path, tmp_path / "book")
    serving = Serving(str(tmp_path / "book"))
    yield serving
    if serving.process.poll() is None:
        serving.end(signal.SIGTERM)


def test_one_command_serves_a_book_and_an_interrupt_ends_it(served: Serving, tmp_path: Path):
    assert served.get("/health") == (200, '{"status": "ok", "database": "ok", "book": "ok"}')
    assert "/set-up?code=" in served.address
    status, page = served.get("/set-up" + served.address.split("/set-up")[1])
    assert status == 200
    assert "value=" in page
    names = {path.name for path in (tmp_path / "book-web").iterdir()}
    assert {"web.sqlite3", "secret-key", "static", "read"} <= names
    assert (tmp_path / "book-web" / "secret-key").stat().st_mode & 0o077 == 0
    port = int(served.address.split(":")[2].split("/")[0])
    assert served.end(signal.SIGINT) in (0, -signal.SIGINT, 130)
    with socket.socket() as tried:
        assert tried.connect_ex(("127.0.0.1", port)) != 0


def test_the_address_is_said_when_the_server_takes_connections_and_not_before(served: Serving):
    root = served.address.split("/set-up")[0]
    with urllib.request.urlopen(f"{root}/health", timeout=20) as answer:
        assert answer.status == 200


def test_it_listens_at_the_newer_kind_of_address_too(book: api.Book, tmp_path: Path):
    shutil.copytree(book.path, tmp_path / "book")
    serving = Serving(str(tmp_path / "book"), "--host", "::1")
    try:
        assert serving.address.startswith("http://[::1]:")
        assert serving.get("/health")[0] == 200
        assert serving.get("/set-up" + serving.address.split("/set-up")[1])[0] == 200
    finally:
        serving.end(signal.SIGTERM)


def test_a_request_to_end_is_heard_while_a_browser_keeps_its_connection(served: Serving):
    assert served.get("/health")[0] == 200
    port = int(served.address.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as kept:
        kept.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n")
        assert kept.recv(64).startswith(b"HTTP/1.1 200")
        assert served.end(signal.SIGTERM) == 0
    with socket.socket() as tried:
        assert tried.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("ends", [("", "-wal", "-shm"), ("",)])
def test_a_database_that_was_moved_away_is_told_and_a_copy_put_back_is_used_after_a_start(
    served: Serving, tmp_path: Path, ends: tuple[str, ...]
):
    form = "/set-up" + served.address.split("/set-up")[1]
    assert served.get(form)[0] == 200
    base, away, copy = (tmp_path / "book-web" / name for name in ("web.sqlite3", "moved", "copy"))
    with closing(sqlite3.connect(base)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
        with old:
            old.execute("CREATE TABLE later (said TEXT)")
            old.executemany("INSERT INTO later VALUES (?)", [("y" * 900,)] * 500)
    move(base, away, ends)
    assert tried(served, "/health") == (503, '{"status": "failing", "database": "failing", "book": "ok"}')
    status, page = tried(served, form)
    assert status == 503
    assert "The database cannot be reached" in page
    assert not base.exists()  # an empty one would look like a first visit
    move(away, base, ends)
    assert tried(served, form)[0] == 200, "the very same came back"
    move(base, away, ends)
    copy.rename(base)
    assert tried(served, "/health")[0] == 503
    status, page = tried(served, form)
    assert status == 503
    assert "until the server is started again" in page
    assert "重新启动服务器之前" in page
    journal = Path(f"{away if '-wal' in ends else base}-wal")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while journal.exists() and journal.stat().st_size:  # it went into the file to which it belongs
        assert time.monotonic() < deadline
        time.sleep(0.1)
    served.end(signal.SIGTERM)
    again = Serving(str(tmp_path / "book"))
    try:
        assert again.get("/health")[0] == 200
        assert (whole(base), whole(away)) == (False, True)
    finally:
        again.end(signal.SIGTERM)


def move(old: Path, new: Path, ends: tuple[str, ...]) -> None:
    for end in ends:
        if Path(f"{old}{end}").exists():
            Path(f"{old}{end}").rename(f"{new}{end}")


def whole(file: Path) -> bool:
    """Whether a file has what was written after the copy; it is sound in either case."""
    with closing(sqlite3.connect(file)) as there:
        assert there.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = there.execute("SELECT 1 FROM sqlite_master WHERE name = 'later'").fetchall()
        return bool(found) and there.execute("SELECT count(*) FROM later").fetchall() == [(500,)]


def tried(serving: Serving, path: str) -> tuple[int, str]:
    try:
        return serving.get(path)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_taken_port_is_told_with_what_to_do(book: api.Book, tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = [
            "serve",
            str(book.path),
            "--data",
            str(tmp_path / "web"),
            "--port",
            str(taken.getsockname()[1]),
        ]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, timeout=120, check=False,
            env={"PYTHONPATH": str(HERE / "src"), "PATH": os.environ["PATH"], "TIERWISE_LANG": "en"},
        )  # fmt: skip
    assert done.returncode == 2
    assert "[web.port-taken]" in done.stderr


REFUSED = {
    "web.folder": (["--data", "{file}/web"], {}),
    "web.address": (["--host", "203.0.113.9", "--port", "8199"], {}),
    "web.database": ([], {"TIERWISE_DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/x"}),
    "web.database-url": ([], {"TIERWISE_DATABASE_URL": "postgresql://u:hidden@127.0.0.1:99999/x"}),
    "web.database-url ": ([], {"TIERWISE_DATABASE_URL": "postgresql://u:hidden@[x/db"}),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_served_is_told_in_a_sentence(book: api.Book, tmp_path: Path, code: str, lang: str):
    (tmp_path / "file").touch()
    words, said = REFUSED[code]
    asked = [word.format(file=tmp_path / "file") for word in words]
    done = refused(["serve", str(book.path), "--data", str(tmp_path / "web"), *asked, "--lang", lang], **said)
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip().endswith(f"[{code.strip()}]"), done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr
    assert (max(done.stderr) > "\u4e00") == (lang == "zh")


def test_a_file_that_is_no_database_is_told_and_left_alone(book: api.Book, tmp_path: Path):
    base = tmp_path / "web" / "web.sqlite3"
    base.parent.mkdir()
    base.write_text("a letter, long enough to be taken for a database " * 20, encoding="utf-8")
    done = refused(["serve", str(book.path), "--data", str(base.parent), "--lang", "en"])
    assert (done.returncode, "[web.database]" in done.stderr, "not a database" in done.stderr) == (
        2,
        True,
        True,
    )
    assert base.read_text(encoding="utf-8").startswith("a letter")


def refused(words: list[str], **said: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(HERE / "src"), "PATH": os.environ["PATH"]} | said
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, timeout=120, check=False,
        env=environment,
    )  # fmt: skip
