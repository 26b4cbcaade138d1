"""The background worker, in a process of its own: ``python -m tierwise_web.config.worker``."""

from __future__ import annotations

import os
import signal
import socket
import threading

IDLE_SECONDS = 0.5


def main() -> None:
    """Does jobs until it is told to end, or until whoever started it is gone."""
    import django

    django.setup()
    from tierwise_web.workflow.running import work_once

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells everybody; we are told by who started us
    parent, name = os.getppid(), f"{socket.gethostname()}-{os.getpid()}"
    while not stop.is_set() and os.getppid() == parent:
        if not work_once(name):
            stop.wait(IDLE_SECONDS)


if __name__ == "__main__":
    main()
