"""One page at a time within a process: threads that compute at once only take the interpreter from each other.

A page takes a few milliseconds. Four threads that make four of them at once spend a fifth and more of the processor on
handing the interpreter round, so each waits for its turn, as long as the one before it is as quick as pages are; what is
slow (an export, a long upload) keeps nobody waiting longer than ``PATIENCE``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

PATIENCE = 0.05
"""Seconds that a request waits for its turn before it goes on beside the others."""
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def in_turn(application: Application) -> Application:
    """The same application, its pages made one after the other."""
    turn = threading.Lock()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        mine = turn.acquire(timeout=PATIENCE)
        try:
            return application(environ, start)
        finally:
            if mine:
                turn.release()

    return answer
