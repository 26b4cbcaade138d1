"""The address of a source, and how it is shown: without user and password."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from tierwise.kernel.errors import TierwiseError, fail

Kind = Literal["sqlite", "postgresql"]
_KINDS: dict[str, Kind] = {"sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}
_OWN = ("table",)
"""Parameters of the address that are ours and not the driver's."""


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A database and what to read of it. ``url`` may hold a password and is never shown; ``name`` is."""

    kind: Kind
    url: str
    table: str | None
    query: str | None
    name: str
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Address({self.name})"

    def hidden(self, text: object) -> str:
        """A text of the driver without the password and the address that holds it."""
        said = str(text)
        for secret in (self.url, *self.secrets):
            said = said.replace(secret, "***")
        return " ".join(said.split())


def address_of(url: str, *, table: str | None = None, query: str | None = None) -> Address:
    """The address in a URL such as ``sqlite:///shop.db?table=orders``.

    **Raises** ``TierwiseError`` (``source.*``) for another kind of source, or unless one of table and query is given.
    """
    parts = urlsplit(url)
    kind = _KINDS.get(parts.scheme)
    if kind is None:
        raise fail(
            "source.kind",
            "a source begins with sqlite:/// or postgresql://, not {scheme}",
            "来源须以 sqlite:/// 或 postgresql:// 开头，而非 {scheme}",
            scheme=parts.scheme or "–",
        )
    own = dict(parse_qsl(parts.query))
    table = table or own.get("table")
    if (table is None) == (query is None):
        raise fail(
            "source.table-or-query",
            "give either a table (--table-name, or ?table= in the address) or a --query",
            "须给出表（--table-name 或地址中的 ?table=）与 --query 之一，且只能给一个",
        )
    place = _place(url)
    rest = urlencode([(key, value) for key, value in parse_qsl(parts.query) if key not in _OWN])
    driver = urlunsplit((parts.scheme, parts.netloc, parts.path, rest, ""))
    path = unquote(parts.path.removeprefix("/")) if kind == "sqlite" else driver
    said = [value for key, value in parse_qsl(parts.query) if "pass" in key.lower()]
    written = re.findall(r"pass\w*=([^&#]+)", parts.query, re.IGNORECASE)
    known = {text for text in (parts.password, _password(parts.netloc), *said, *written) if text}
    secrets = tuple(sorted({*known, *map(unquote, known)}, key=len, reverse=True))
    return Address(kind, path, table, query, _name(kind, place + parts.path, table, query), secrets)


def _place(url: str) -> str:
    """Host and port. **Raises** ``TierwiseError`` where the address is not what it seems, without showing it."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise _unclear() from None
    if parts.fragment or "@" in parts.path:
        raise _unclear()
    return (parts.hostname or "") + (f":{port}" if port else "")


def _unclear() -> TierwiseError:
    return fail(
        "source.address",
        "the address cannot be read; marks such as # / ? @ : in a user name or password are written as %23 %2F %3F %40 %3A",
        "无法解析该地址；用户名或密码中的 # / ? @ : 等须写作 %23 %2F %3F %40 %3A",
    )


def _password(netloc: str) -> str | None:
    """The password as it is written in the address, with its escapes."""
    user, at, _ = netloc.rpartition("@")
    return user.partition(":")[2] if at else None


def _name(kind: Kind, place: str, table: str | None, query: str | None) -> str:
    asked = f"table={table}" if table else f"query={hashlib.sha256((query or '').encode()).hexdigest()[:12]}"
    return f"{kind}://{place}?{asked}"
