"""Spark sessions: one application per process and address, and a session of its own for every engine. Decision 0017."""

from __future__ import annotations

import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tierwise.engine.duckdb import default_memory
from tierwise.engine.java import refuse_java, refuse_packages
from tierwise.kernel.errors import TierwiseError, fail

CONNECT, CONNECT_PORT = "sc://", 15_002
PATIENCE_SECONDS = 10
RETRIES = 7
"""Of a server that does not answer any more, each after four times the wait before, a minute at most: two minutes in all."""
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never a null
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # products keep all their places
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",  # the book's days are those of ISO 8601
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}
"""What makes Spark compute as the other engines do. They hold for the session, wherever driver and workers are."""
QUIET = {
    "spark.app.name": "tierwise",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.maxResultSize": "0",  # whoever asks for all rows gets them
    "spark.cleaner.periodicGC.interval": "3min",  # the rows of dropped stages are freed by the collector
}
LOCAL = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "16",  # of 200 most would be empty, in each of forty stages
}


def own_session(where: Any) -> tuple[Any, dict[str, str | None], bool]:
    """A session with the settings above: at a URL, beside a session that exists, or as Spark is configured.

    The second is what to restore afterwards: only a given session that cannot be had anew is used itself. The third
    says whether to stop it then: one of Spark Connect that is ours. Left open, it is closed at the end of the program,
    which then waits for threads that are gone.
    """
    base, given = (_started(where), False) if where is None or isinstance(where, str) else (where, True)
    connect = type(base).__module__.startswith("pyspark.sql.connect")
    again = getattr(base, "newSession", None)
    session = base if again is None or (connect and not given) else again()
    before = {name: session.conf.get(name, None) for name in SETTINGS} if given and session is base else {}
    for name, value in SETTINGS.items():
        session.conf.set(name, value)
    return session, before, connect and not (given and session is base)


def _started(url: str | None) -> Any:
    client = (url or os.environ.get("SPARK_REMOTE", "")).startswith(CONNECT)
    refuse_packages(client=client)
    if client:
        return _connected(url or os.environ["SPARK_REMOTE"])
    refuse_java()
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None and url in (None, active.sparkContext.master):
        return active
    return _launched(SparkSession.builder, url)


def _connected(url: str) -> Any:
    _refuse_silence(url)
    from pyspark.sql import SparkSession

    try:
        session = SparkSession.builder.remote(url).create()
        session.version  # noqa: B018 - the first question is what connects
    except Exception as error:
        raise _no_server(url, error) from error
    _give_up_sooner(session)
    return session


def _give_up_sooner(session: Any) -> None:
    """A server that ended in the middle is waited for some minutes: the client's own patience is ten and more."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])


def _refuse_silence(url: str) -> None:
    """**Raises** ``engine.no-server`` where nobody listens: the client itself would try again for ten minutes."""
    try:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname or "", parts.port or CONNECT_PORT), PATIENCE_SECONDS):
            return
    except (OSError, ValueError) as error:
        raise _no_server(url, error) from error


def _no_server(url: str, error: Exception) -> TierwiseError:
    return fail(
        "engine.no-server",
        "no Spark Connect server answers at {url}: {why}",
        "{url} 处没有 Spark Connect 服务器应答：{why}",
        url=url,
        why=first_line(error),
    )


def settings_of(url: str | None) -> dict[str, str]:
    """What we ask of a Spark that starts here, but for what ``spark-defaults.conf`` says: that is the user's word."""
    settings = dict(QUIET)
    if url is None or url.startswith("local"):
        settings |= LOCAL | {"spark.driver.memory": f"{default_memory() * 2 // 3 >> 20}m"}
    said = _said_by_the_user()
    return {name: value for name, value in settings.items() if name not in said}


def _said_by_the_user() -> set[str]:
    """The settings in the file that Spark itself would read."""
    import pyspark

    home = os.environ.get("SPARK_HOME") or str(Path(pyspark.__file__).parent)
    file = Path(os.environ.get("SPARK_CONF_DIR") or Path(home, "conf"), "spark-defaults.conf")
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()  # names are ASCII
    except OSError:
        return set()
    return {re.split(r"[\s=:]", line.strip(), maxsplit=1)[0] for line in lines}


def _launched(builder: Any, url: str | None) -> Any:
    """A Spark application of this process. What its JVM has to say goes to a file, not among our answers."""
    if url is not None:
        builder = builder.master(url)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for name, value in settings_of(url).items():
        builder = builder.config(name, value)
    with _told_to_a_file() as log:
        try:
            return builder.getOrCreate()
        except Exception as error:
            raise fail(
                "engine.no-start",
                "Spark does not start{at}: {why}; {log} has more",
                "Spark 无法启动{at}：{why}；详见 {log}",
                at=f" ({url})" if url else "",
                why=_said_by_java(log) or first_line(error),
                log=str(log),
            ) from error


def _said_by_java(log: Path) -> str | None:
    """What its JVM ended with; of a JVM that is gone, Spark itself knows only that."""
    said = log.read_text(encoding="utf-8", errors="replace")
    ends = re.findall(r'^(?:Exception in thread "[^"]*" [\w.$]+|Error): (.+)$', said, re.MULTILINE)
    return ends[-1].strip() if ends else None


@contextmanager
def _told_to_a_file() -> Iterator[Path]:
    """Lets programs that start in the block write their errors to a file."""
    file = Path(tempfile.gettempdir(), f"tierwise-spark-{os.getpid()}.log")
    sys.stderr.flush()
    ours = os.dup(2)
    try:
        with file.open("ab") as log:
            os.dup2(log.fileno(), 2)
        yield file
    finally:
        os.dup2(ours, 2)
        os.close(ours)
        with suppress(OSError):
            if file.stat().st_size == 0:
                file.unlink()


def first_line(error: BaseException) -> str:
    """What an error says first; one of gRPC says what happened in its details."""
    details = getattr(error, "details", None)
    said = str((details() if callable(details) else None) or error)
    return next((line.strip() for line in said.splitlines() if line.strip()), type(error).__name__)
