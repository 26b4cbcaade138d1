"""The first lines of the installed program: an interrupt while it is still loading ends it without a traceback."""

from __future__ import annotations

import signal


def run() -> None:
    """Loads the program and runs it. Until it has a handler of its own, Ctrl-C simply ends the process: nothing has begun."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tierwise_cli.main import run as run_program

    run_program()
