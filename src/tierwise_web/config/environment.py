"""What the environment says, as settings."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

from tierwise.book.settings import Settings
from tierwise.book.store import Book
from tierwise.kernel.errors import TierwiseError, fail
from tierwise_web.common.addresses import parts_of
from tierwise_web.config.alone import in_folder
from tierwise_web.people.roles import ROLES

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
BUSY_SECONDS = 20
PATIENCE = {"connect_timeout": "10", "tcp_user_timeout": "10000"}
"""A PostgreSQL that a cut network hides is given up after ten seconds (the second is in milliseconds), not after minutes."""
FILE = "web.sqlite3"
KEY_FILE = "secret-key"


def book_folder(environ: Mapping[str, str]) -> Path:
    """The book that is served."""
    return Path(environ.get("TIERWISE_BOOK", "book"))


def data_folder(environ: Mapping[str, str]) -> Path:
    """The folder of what belongs to the application alone: beside the book, unless stated."""
    return Path(environ.get("TIERWISE_WEB_DATA", f"{book_folder(environ)}-web"))


def make_key(data: Path) -> None:
    """Makes the key that signs sessions, once, readable by nobody else."""
    with in_folder(data), suppress(FileExistsError):
        descriptor = os.open(data / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as written:
            written.write(secrets.token_urlsafe(48) + "\n")


def secret_key(environ: Mapping[str, str], data: Path) -> str:
    """The key that signs sessions: from the environment, else the one kept beside the database.

    Where there is none yet, one for this process alone: reading settings writes nothing.
    """
    try:
        return environ.get("TIERWISE_SECRET_KEY") or (data / KEY_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return secrets.token_urlsafe(48)


def time_zone(book: Path) -> str:
    """The time zone of the book, in which instants are shown; that of an empty book where there is none yet."""
    try:
        return Book.open(book).current().settings.time_zone
    except TierwiseError:
        return Settings(name="-").time_zone


def hosts(environ: Mapping[str, str]) -> list[str]:
    """The names under which the application may be asked for: this machine's own unless others are stated."""
    return [*LOOPBACK, *_words(environ, "TIERWISE_HOSTS")]


def trusted_origins(environ: Mapping[str, str]) -> list[str]:
    """The origins of forms when a proxy ends the encryption; ``.example.com`` is that name and every one below it."""
    return [f"https://{name}" for host in _words(environ, "TIERWISE_HOSTS") for name in _origins(host)]


def _origins(host: str) -> list[str]:
    return [host.removeprefix("."), f"*{host}"] if host.startswith(".") else [host]


def second_factor_roles(environ: Mapping[str, str]) -> list[str]:
    """Roles that come in with a second factor only, or ``all``. **Raises** ``web.unknown-role``."""
    asked = _words(environ, "TIERWISE_SECOND_FACTOR")
    for word in asked:
        if word != "all" and word not in ROLES:
            raise fail(
                "web.unknown-role",
                "TIERWISE_SECOND_FACTOR: there is no role {role}; roles: {roles}",
                "TIERWISE_SECOND_FACTOR：没有角色 {role}；可用角色：{roles}",
                role=word,
                roles=", ".join(ROLES),
            )
    return asked


def session_seconds(environ: Mapping[str, str]) -> int:
    """How long a sign-in lasts. **Raises** ``web.session-hours``."""
    said = environ.get("TIERWISE_SESSION_HOURS", "12")
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= 720:
        raise fail(
            "web.session-hours",
            "TIERWISE_SESSION_HOURS must be a whole number of hours from 1 to 720",
            "TIERWISE_SESSION_HOURS 应为 1 至 720 的整数（小时）",
        )
    return int(said) * 3600


MOST_CUSTOMERS = "500"


def most_customers(environ: Mapping[str, str]) -> int:
    """So many customers one account manager may come to by claiming; 0: no limit. **Raises** ``web.most-customers``."""
    said = environ.get("TIERWISE_MOST_CUSTOMERS", MOST_CUSTOMERS)
    if not said.isascii() or not said.isdigit() or len(said) > 7:
        raise fail(
            "web.most-customers",
            "TIERWISE_MOST_CUSTOMERS must be a whole number, 0 for no limit",
            "TIERWISE_MOST_CUSTOMERS 应为整数，0 表示不限",
        )
    return int(said)


def _words(environ: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in environ.get(name, "").split(",") if word.strip()]


def database(environ: Mapping[str, str], data: Path) -> dict[str, Any]:
    """SQLite beside the book, or what ``TIERWISE_DATABASE_URL`` names. **Raises** ``web.database-url``."""
    url = environ.get("TIERWISE_DATABASE_URL")
    return _postgres(url) if url else _sqlite(data / FILE)


def make_database(environ: Mapping[str, str], data: Path) -> None:
    """Makes the empty file of SQLite where none is: a server opens the one that is there and never makes one."""
    if not environ.get("TIERWISE_DATABASE_URL"):
        (data / FILE).touch()


def _sqlite(file: Path) -> dict[str, Any]:
    """A writer waits for its turn from its first word on and never fails in the middle of a transaction."""
    return {
        "ENGINE": "tierwise_web.common.sqlite",
        "NAME": file,
        "TEST": {"NAME": ":memory:"},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                "PRAGMA mmap_size=268435456;PRAGMA cache_size=-16000;"
            ),
        },
    }


OFF = ("off", "false", "no", "0")
PREPARE_AFTER = 5
"""What was asked so often on a connection is no longer planned anew: a small question takes a third of the time."""


def _options(query: str) -> dict[str, Any]:
    """What stands behind the name of the database; ``prepare_threshold=off`` for poolers without prepared statements."""
    said: dict[str, Any] = dict(parse_qsl(query))
    if (bound := said.get("server_side_binding")) is not None:
        said["server_side_binding"] = bound.lower() not in OFF
    if (often := said.get("prepare_threshold")) is not None:
        said["prepare_threshold"] = int(often) if often.isdecimal() else None
    return said


def _has_port(parts: SplitResult) -> bool:
    """Whether the port of an address is none or one that there is."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _postgres(url: str) -> dict[str, Any]:
    parts = parts_of(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/") or not _has_port(parts):
        raise fail(
            "web.database-url",
            "TIERWISE_DATABASE_URL must look like postgresql://user:password@host:5432/name",
            "TIERWISE_DATABASE_URL 应形如 postgresql://user:password@host:5432/name",
        )
    return {
        "ENGINE": "tierwise_web.common.postgres",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": PATIENCE
        | {"server_side_binding": True, "prepare_threshold": PREPARE_AFTER}
        | _options(parts.query),
    }
