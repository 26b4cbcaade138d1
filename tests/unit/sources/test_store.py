"""Files of an object store, from an S3 server on this machine: real requests, credentials and refusals. Decision 0010."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest
from pyarrow import fs

from tierwise.book.settings import Settings
from tierwise.book.sources import remote
from tierwise.book.sources.remote import import_remote
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError


def _command() -> str | None:
    """The S3 server of moto, in an environment of its own: its packages and ours want different versions of one."""
    own = Path(__file__).resolve().parents[3] / ".venv-s3" / "bin" / "moto_server"
    return os.environ.get("TIERWISE_S3_SERVER") or (str(own) if own.exists() else None)


COMMAND = _command()
pytestmark = pytest.mark.skipif(COMMAND is None, reason="there is no S3 server: make s3-server sets one up")

WHO: dict[str, Any] = {"actor": "ann", "at": datetime(2026, 3, 10, 2, tzinfo=UTC)}
HEAD = "order_number,line_no,customer_code,order_date,amount_ex_tax\n"
LINES = (HEAD + "S1,1,C1,2024-01-05,12\n").encode()
OTHER = LINES.replace(b",12", b",99")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert COMMAND is not None
    made = subprocess.Popen([COMMAND, "-H", "127.0.0.1", "-p", str(port)], stdout=DEVNULL, stderr=DEVNULL)
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        made.terminate()
        made.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the S3 server did not start within a minute")


@pytest.fixture
def put(server: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Writes the file of the bucket; keys and address come from the environment, as the library documents it."""
    for name, value in (("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret-of-the-store"),
                        ("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_ENDPOINT_URL", f"http://{server}"),
                        ("AWS_EC2_METADATA_DISABLED", "true")):  # fmt: skip
        monkeypatch.setenv(name, value)
    store = fs.S3FileSystem(endpoint_override=server, scheme="http", allow_bucket_creation=True)
    store.create_dir("shop")

    def write(content: bytes) -> None:
        with store.open_output_stream("shop/2024/lines.csv") as stream:
            stream.write(content)

    write(LINES)
    return write


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book.create(tmp_path / "book", Settings(name="S3"), **WHO)


def refused(book: Book, url: str) -> TierwiseError:
    before = book.current().number
    with pytest.raises(TierwiseError) as error:
        import_remote(book, "order_lines", url, **WHO)
    assert book.current().number == before
    for problem in error.value.problems:
        assert problem.say("en") != problem.say("zh")
        assert "secret" not in problem.say("en")
    return error.value


def test_a_file_of_a_bucket_is_imported_and_only_once(put: Callable[[bytes], None], book: Book) -> None:
    assert import_remote(book, "order_lines", "s3://shop/2024/lines.csv", **WHO).new == 1
    assert import_remote(book, "order_lines", "s3://shop/2024/lines.csv", **WHO).batch is None
    put(OTHER)
    assert import_remote(book, "order_lines", "s3://shop/2024/lines.csv", **WHO).changed == 1


def test_the_address_may_name_the_server(
    put: Callable[[bytes], None], book: Book, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    where = f"endpoint_override={server}&scheme=http&region=us-east-1"
    assert import_remote(book, "order_lines", f"s3://shop/2024/lines.csv?{where}", **WHO).new == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [("s3://shop/2024/none.csv", "file.not-found"), ("s3://nowhere/2024/lines.csv", "source.no-bucket"),
     ("s3://shop/2024", "file.not-found")],
)  # fmt: skip
def test_a_missing_file_and_a_missing_bucket_are_told_apart(
    put: Callable[[bytes], None], book: Book, url: str, code: str
) -> None:
    assert refused(book, url).code == code


def test_keys_that_may_not_read_are_told(put: Callable[[bytes], None], book: Book, server: str) -> None:
    def ask_for_keys(calls: bytes) -> None:
        plain = {"Content-Type": "text/plain"}
        asked = urllib.request.Request(f"http://{server}/moto-api/reset-auth", data=calls, headers=plain)
        urllib.request.urlopen(asked).close()

    ask_for_keys(b"0")  # from now on the server knows nobody
    try:
        assert refused(book, "s3://shop/2024/lines.csv").code == "source.forbidden"
    finally:
        ask_for_keys(b"1000000")


def test_a_store_that_does_not_answer_is_told(put: Callable[[bytes], None], book: Book) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = f"endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
    assert refused(book, f"s3://shop/2024/lines.csv?{where}").code == "source.no-network"


def test_a_file_that_is_replaced_while_it_is_read_is_refused(
    put: Callable[[bytes], None], book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same second and with the same size: only the entity tag tells."""

    def copy_and_replace(source: Any, target: Any, size: int) -> None:
        put(OTHER)
        target.write(source.read())

    put(LINES)
    monkeypatch.setattr(remote, "shutil", type("Copies", (), {"copyfileobj": staticmethod(copy_and_replace)}))
    assert refused(book, "s3://shop/2024/lines.csv").code == "file.changed"
    monkeypatch.setattr(remote, "shutil", shutil)
    assert import_remote(book, "order_lines", "s3://shop/2024/lines.csv", **WHO).new == 1
