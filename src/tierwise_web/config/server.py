"""The web server, in a process of its own: ``python -m tierwise_web.config.server ADDRESS PORT``."""

from __future__ import annotations

import sys

from granian.constants import Interfaces
from granian.server import Server

KILL_SECONDS = 5
"""A browser that keeps its connection open must not keep the server from ending."""


def main(host: str, port: int) -> None:
    """Serves until it is told to end; a worker that dies is started again."""
    Server(
        "tierwise_web.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        workers_kill_timeout=KILL_SECONDS,
        log_enabled=False,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
