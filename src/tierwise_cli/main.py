"""The program ``tierwise``: builds the commands, runs one, ends with its exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Any

import typer
from typer.main import get_command

from tierwise.kernel.errors import TierwiseError
from tierwise.kernel.text import Lang, both
from tierwise_cli import (
    backtesting,
    book,
    characteristics,
    comparing,
    cycling,
    demo,
    doctoring,
    effective,
    explaining,
    grading,
    importing,
    levering,
    listing,
    mapping,
    merging,
    metrics,
    moving,
    onboarding,
    overriding,
    plugins,
    policy,
    rehearsing,
    reporting,
    segments,
    selecting,
    sources,
)
from tierwise_cli.call import BROKEN_PIPE, INTERRUPTED, REFUSED, Session, report, silence
from tierwise_cli.language import choose, language_of
from tierwise_cli.options import flag, option
from tierwise_cli.usage import show_usage, speak

PROGRAM = "tierwise"
FAMILIES = (
    importing,
    mapping,
    onboarding,
    sources,
    book,
    policy,
    metrics,
    grading,
    cycling,
    effective,
    overriding,
    moving,
    levering,
    listing,
    rehearsing,
    explaining,
    characteristics,
    segments,
    merging,
    selecting,
    comparing,
    backtesting,
    reporting,
    doctoring,
    demo,
)


def application() -> typer.Typer:
    """All commands of this package, without those of plug-ins."""
    app = typer.Typer(
        name=PROGRAM,
        help=both(
            "Customer value grading that is exact, explained and replayable. First steps: tierwise demo.",
            "客户价值分级：精确、可解释、可重现。初次使用：tierwise demo。",
        ),
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    for family in FAMILIES:
        family.register(app)
    return app


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        flag("--version", "The version.", "版本号。", is_eager=True, callback=_version),
    ] = False,
    lang: Annotated[
        str | None,
        option(
            "--lang",
            "[en|zh]",
            "Language; else TIERWISE_LANG, else LANG.",
            "语言；缺省取 TIERWISE_LANG，再取 LANG。",
        ),
    ] = None,
) -> None:
    """What stands before the command; the language has been read already."""


def build(lang: Lang) -> Any:
    """The whole command tree in one language, plug-ins included."""
    app = application()
    plugins.join(app, lang)
    tree = get_command(app)
    choose(tree, lang)
    return tree


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program and returns its exit code."""
    if argv is None:
        # A process of our own is short, and expressions make many objects and no garbage.
        gc.set_threshold(500_000, 20, 20)
    words = list(sys.argv[1:] if argv is None else argv)
    lang = language_of(words, os.environ)
    _open_streams()
    session = Session(lang)
    with _interruptible(session):
        try:
            return _run(words, session)
        except KeyboardInterrupt:
            return INTERRUPTED
        except BrokenPipeError:
            silence()
            return BROKEN_PIPE


def _run(words: Sequence[str], session: Session) -> int:
    tree = build(session.lang)
    groups = [name for name, child in tree.commands.items() if hasattr(child, "commands")]
    speak(session.lang, words, groups)
    try:
        code = tree.main(
            args=list(words) or ["--help"], prog_name=PROGRAM, standalone_mode=False, obj=session
        )
    except TierwiseError as error:  # of a plug-in; commands of this package are guarded themselves
        report(error.problems, session.lang, json="--json" in words)
        return REFUSED
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return show_usage(error, session.lang, json="--json" in words)
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


@contextlib.contextmanager
def _interruptible(session: Session) -> Any:
    """Notes an interrupt, so that an error that it causes inside an engine is known for what it is."""

    def note(number: int, frame: FrameType | None) -> None:
        session.interrupted = True
        signal.default_int_handler(number, frame)

    try:
        before = signal.signal(signal.SIGINT, note)
    except ValueError:  # not the main thread: nobody interrupts here
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _open_streams() -> None:
    """Characters that the terminal cannot show are escaped; they stop nothing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def run() -> None:
    """The entry point of the installed program."""
    code = main()
    if code == INTERRUPTED:
        # Everything is closed by now but for threads that native libraries were still running; ending the
        # interpreter under them can abort the process, and the exit code would be lost.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)
