"""One page at a time within a process: threads that compute at once only take the interpreter from each other.

A page takes a few milliseconds. Four threads that make four of them at once spend a fifth and more of the processor on
handing the interpreter round, so each waits for its turn, as long as the one before it is as quick as pages are. What has
taken longer than ``PATIENCE`` (an export, a form that waits for a lock) is passed by all others at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

PATIENCE = 0.05
"""Seconds after which a request that has its turn no longer keeps others waiting."""
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def in_turn(application: Application) -> Application:
    """The same application, its pages made one after the other."""
    turn, begun = threading.Lock(), [monotonic()]

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        mine = turn.acquire(timeout=max(0.0, begun[0] + PATIENCE - monotonic()))
        if mine:
            begun[0] = monotonic()
        try:
            return application(environ, start)
        finally:
            if mine:
                turn.release()

    return answer
