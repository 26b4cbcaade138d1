"""The background worker, in a process of its own: ``python -m tierwise_web.config.worker``."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime

IDLE_SECONDS = 0.5
AWAY_SECONDS = 5.0
"""So long it waits for a database that is away, or whose disk is full."""


def main() -> None:
    """Does jobs until it is told to end, or until whoever started it is gone."""
    import django

    django.setup()
    from django.db import Error, close_old_connections, connection
    from django.utils import timezone

    from tierwise_web.workflow.duties import do_duties
    from tierwise_web.workflow.running import work_once

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells everybody; we are told by who started us
    parent, name = os.getppid(), f"{socket.gethostname()}-{os.getpid()}"
    done: dict[Callable[[datetime], None], datetime] = {}
    while not stop.is_set() and os.getppid() == parent:
        close_old_connections()  # as before each request: a file moved away, a server started again
        try:
            do_duties(done, timezone.now())
            rest = 0.0 if work_once(name) else IDLE_SECONDS
        except Error as error:
            logging.getLogger("tierwise.web.jobs").warning("the database cannot be used: %s", error)
            connection.close()
            rest = AWAY_SECONDS
        stop.wait(rest)


if __name__ == "__main__":
    main()
