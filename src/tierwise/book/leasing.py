"""The one writer of a book: a lock on a file, which a killed process frees by dying. Decision 0002."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tierwise.kernel.errors import TierwiseError, fail

_PAUSE_SECONDS = 0.05


@contextmanager
def lease(file: Path, *, actor: str, at: datetime, wait_seconds: float) -> Iterator[None]:
    """Holds the lease while the block runs.

    **Raises** ``TierwiseError`` ``book.busy``, naming the holder, if it is not free in time.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, file, wait_seconds)
        _sign(descriptor, {"pid": os.getpid(), "actor": actor, "at": at.isoformat()})
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, file: Path, wait_seconds: float) -> None:
    give_up = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= give_up:
                raise _busy(file) from None
            time.sleep(_PAUSE_SECONDS)


def _sign(descriptor: int, holder: dict[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder, ensure_ascii=False).encode(), 0)


def _busy(file: Path) -> TierwiseError:
    try:
        holder = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        holder = {}
    return fail(
        "book.busy",
        "another process is writing to this book: process {pid}, {actor}, since {at}; "
        "nothing was written: try again when it has ended (the lease ends with its process, however it ends)",
        "另一进程正在写入此账簿：进程 {pid}，{actor}，自 {at} 起；"
        "未写入任何内容，请待其结束后重试（进程无论如何结束，租约随之释放）",
        file=str(file.parent),
        pid=holder.get("pid", "?"),
        actor=holder.get("actor", "?"),
        at=holder.get("at", "?"),
    )
