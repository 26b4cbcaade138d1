"""``tierwise serve``: web server, background worker and migrations in one command."""

from __future__ import annotations

import contextlib
import errno
import json as coder
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from tierwise.kernel.errors import fail
from tierwise.kernel.systems import why
from tierwise.kernel.text import Lang, Text, both

LOOPBACK, LOOPBACK_6, PORT = "127.0.0.1", "::1", 8000
STARTING_SECONDS = 0.1
LOOK_SECONDS = 0.5
ENDING_SECONDS = 10
_PREPARED = Text("Everything is prepared; the first visit goes to {url}.", "准备完成；首次访问地址 {url}。")
_READY = Text("Tierwise is at {url}; Ctrl-C ends.", "Tierwise 地址 {url}；按 Ctrl-C 结束。")


def register(app: typer.Typer) -> None:
    """Adds ``serve`` to the command line (entry point of group ``tierwise.commands``)."""
    words = both(
        "Serve a book as web application: server, background worker, migrations.",
        "以网页应用方式打开账簿：服务器、后台任务、数据库迁移一并启动。",
    )
    app.command("serve", help=words)(_serve)


def _serve(
    context: typer.Context,
    book: Annotated[
        Path, typer.Argument(metavar="BOOK", help=both("Folder of the book.", "账簿所在的文件夹。"))
    ],
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            min=1,
            max=65535,
            help=both("Port; 8000 or a free one.", "端口；缺省为 8000 或任一空闲端口。"),
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help=both("Address to listen on; this machine only by default.", "监听地址；缺省仅限本机。"),
        ),
    ] = LOOPBACK,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FOLDER",
            help=both(
                "Folder of the web database; BOOK-web by default.", "网页数据库所在文件夹；缺省为 BOOK-web。"
            ),
        ),
    ] = None,
    only: Annotated[
        bool,
        typer.Option(
            "--prepare",
            metavar="",
            help=both(
                "Prepare database and pages, say the first address, and end: where server and worker start apart.",
                "仅准备数据库与页面、给出首次地址后结束：用于服务器与后台任务分开启动。",
            ),
        ),
    ] = False,
    lang: Annotated[
        Literal["en", "zh"] | None,
        typer.Option(
            "--lang", metavar="en|zh", help=both("Language of what the terminal says.", "终端输出语言。")
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            metavar="",
            help=both("Say the address as one JSON document.", "以一个 JSON 文档给出地址。"),
        ),
    ] = False,
) -> None:
    session = context.find_root().obj
    run(book, lang=lang or session.lang, host=host, port=port, data=data, json=json, only=only)


def show_demo(book: Path, *, lang: Lang) -> None:
    """Serves the book of the sample company with one sign-in per role (entry point of group ``tierwise.shows``)."""
    run(book, lang=lang, demo=True, browser=True)


def run(
    book: Path,
    *,
    lang: Lang,
    host: str = LOOPBACK,
    port: int | None = None,
    data: Path | None = None,
    demo: bool = False,
    json: bool = False,
    browser: bool = False,
    only: bool = False,
) -> None:
    """Prepares database and people, serves and says the address once it listens, until it is told to end (not with ``only``)."""
    from tierwise.book.store import Book

    Book.open(book)  # whoever names no book learns it before anything is written
    prepare(book, data or Path(f"{book}-web"))
    _make_ready(demo=demo)
    chosen = _free(host, port) if not only else port or PORT
    address = _address(host, chosen)
    if only:
        _say(_PREPARED, address, lang, json=json)
        return

    def shown() -> None:
        import webbrowser

        _say(_READY, address, lang, json=json)
        if browser:
            webbrowser.open(address)

    _supervise(host, chosen, shown)


def _listens(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def prepare(book: Path, data: Path) -> None:
    """Puts into the environment what the settings read; processes that are started later read the same."""
    os.environ["TIERWISE_BOOK"] = str(book.resolve())
    os.environ["TIERWISE_WEB_DATA"] = str(data.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tierwise_web.config.settings"
    from tierwise_web.config.environment import make_database, make_key
    from tierwise_web.config.static import publish_static

    try:
        make_key(data)
        make_database(os.environ, data)
        publish_static(data)
    except OSError as error:
        raise fail(
            "web.folder",
            "the folder {folder} cannot be written: {why}; choose another with --data",
            "文件夹 {folder} 无法写入：{why_zh}；请用 --data 指定其他文件夹",
            folder=data, **why(error),
        ) from error  # fmt: skip


def _make_ready(*, demo: bool) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    from django.db import Error

    from tierwise_web.config import starting
    from tierwise_web.config.alone import alone

    try:
        with alone():
            call_command("migrate", verbosity=0, interactive=False)
            if demo:
                starting.people_of_the_demo_book()
                starting.look_for_duplicates_of_the_demo()
            starting.publish_newest()
    except Error as error:
        raise fail(
            "web.database",
            "the web database cannot be used: {why}",
            "无法使用网页数据库：{why}",
            why=str(error).strip().splitlines()[0],
        ) from error


def _address(host: str, port: int) -> str:
    """Where to go first."""
    named = {"0.0.0.0": LOOPBACK, "::": LOOPBACK_6}.get(host, host)
    return f"http://{f'[{named}]' if ':' in named else named}:{port}{_first_page()}"


def _first_page() -> str:
    """The set-up page with its code, until somebody exists."""
    from tierwise_web.people.models import User
    from tierwise_web.people.views import set_up_code

    return "/" if User.objects.exists() else f"/set-up?code={set_up_code()}"


def _say(words: Text, url: str, lang: Lang, *, json: bool) -> None:
    sys.stdout.write((coder.dumps({"url": url}) if json else words.fill(lang, url=url)) + "\n")
    sys.stdout.flush()


def _free(host: str, port: int | None) -> int:
    """The asked port, else the usual one, else any. **Raises** ``web.port-taken``; ``web.address``."""
    for wanted in (PORT, 0) if port is None else (port,):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, wanted))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise fail(
                    "web.address",
                    "nobody can listen at {host} port {port}: {why}",
                    "无法在 {host} 的端口 {port} 上监听：{why_zh}",
                    host=host, port=wanted, **why(error),
                ) from error  # fmt: skip
            return int(tried.getsockname()[1])
    raise fail(
        "web.port-taken", "port {port} is taken; choose another", "端口 {port} 已被占用，请换一个", port=port
    )


def _supervise(host: str, port: int, up: Callable[[], None]) -> None:
    """Runs server and worker in fresh processes, because libraries that this one has used do not survive a fork.

    Calls ``up`` once the server takes connections. A worker that dies is started again; its job goes on.
    """
    server = _start("server", host, str(port))
    worker = _start("worker")
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    waiting = True
    with contextlib.suppress(KeyboardInterrupt):
        while server.poll() is None and not asked.is_set():
            if waiting and _listens(host, port):
                waiting = False
                up()
            if worker.poll() is not None:
                worker = _start("worker")
            time.sleep(STARTING_SECONDS if waiting else LOOK_SECONDS)
    ended = server.poll()
    for process in (server, worker):
        _end(process)
    if ended not in (None, 0, -signal.SIGTERM, -signal.SIGINT):
        raise fail(
            "web.ended",
            "the web server ended with code {number}",
            "网页服务器已退出，代码 {number}",
            number=ended,
        )


def _start(name: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", f"tierwise_web.config.{name}", *words])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process; a job that takes longer than our patience is taken up again by the next worker."""
    process.terminate()  # a terminal has told it already, a program that interrupts us has not
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
