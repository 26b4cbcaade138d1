"""One call of a command: language, clock and actor in; an answer for people or for programs out."""

from __future__ import annotations

import contextlib
import errno
import getpass
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.systems import why
from tierwise.kernel.text import Lang, Text
from tierwise_cli.plain import clean, document

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.engine.place import EngineName, Place
    from tierwise_cli.progress import Progress
    from tierwise_cli.screen import Screen

FAILED = 1
REFUSED = 2
INTERRUPTED = 128 + signal.SIGINT
BROKEN_PIPE = 141
"""What a shell reports for a program that a closed pipe ended."""


@dataclass(slots=True)
class Session:
    """What one start of the program knows before any command runs."""

    lang: Lang = "en"
    interrupted: bool = False
    watched: dict[Path, int] = field(default_factory=dict)
    """The books that were opened, with the version that they had."""


@dataclass(frozen=True, slots=True)
class Call:
    """The face of one command: who calls, when, in which language, and how the answer goes out."""

    session: Session
    lang: Lang
    json: bool
    actor: str
    at: datetime
    place: Place | None = None
    """Where to compute, if the call says so."""
    named: bool = True
    """Whether somebody said who acts; else it is whoever is logged in."""

    def say(self, en: str, zh: str, **slots: Any) -> str:
        """The sentence in the language of the call."""
        return Text(en, zh).fill(self.lang, **slots)

    def book(self, path: Path, *, judge: bool = True) -> Book:
        """The opened book; what waits in its ``book.yaml`` is said on standard error.

        **Raises** ``TierwiseError`` if there is none, and for mistakes in ``book.yaml`` unless ``judge`` is off.
        """
        from tierwise.book.store import Book

        book = Book.open(path, self.place)
        self.session.watched[path] = book.current().number
        pending = book.pending() if judge else None
        if pending is not None:
            report(tuple(pending.notices()), self.lang, json=False)
        return book

    def today(self, book: Book) -> date:
        """The day that it is where the book is kept."""
        return self.at.astimezone(book.current().settings.zone).date()

    def progress(self) -> Progress:
        """A callback for core functions, to be entered."""
        from tierwise_cli.progress import Progress

        return Progress(self.lang)

    def answer(self, data: Any, show: Callable[[Screen], None]) -> None:
        """One JSON document, or what ``show`` puts on the screen."""
        if self.json:
            sys.stdout.write(document(data, self.lang) + "\n")
            return
        from tierwise_cli.screen import Screen

        show(Screen(self.lang))


def call_of(
    session: Session,
    *,
    lang: Lang | None,
    json: bool,
    actor: str | None = None,
    at: str | None = None,
    engine: EngineName | None = None,
    spark: str | None = None,
) -> Call:
    """The call that the options and the environment describe. **Raises** ``TierwiseError`` for a bad clock."""
    session.lang = lang or session.lang
    said = at or os.environ.get("TIERWISE_NOW")
    # An empty option is a mistake (`--actor "$WHO"` without a WHO): it must not become somebody else's act.
    who = actor if actor is not None else os.environ.get("TIERWISE_ACTOR") or _login()
    return Call(
        session,
        session.lang,
        json,
        who,
        _instant(said) if said else datetime.now(UTC),
        _place(engine, spark),
        actor is not None or bool(os.environ.get("TIERWISE_ACTOR")),
    )


def _place(engine: EngineName | None, spark: str | None) -> Place | None:
    """Where the options say to compute. **Raises** ``engine.two-places``."""
    from tierwise.engine.place import Place

    return Place.asked(engine, spark)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "unknown"


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise fail(
            "cli.instant",
            "{text} is no instant; write it as 2026-03-10T09:30:00+08:00",
            "{text} 不是时刻；请写成 2026-03-10T09:30:00+08:00",
            text=text,
        ) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def guarded(session: Session, body: Callable[[], None], *, json: bool) -> None:
    """Runs a command and turns what is anticipated into sentences and exit codes; the rest goes through."""
    try:
        body()
    except TierwiseError as error:
        report(error.problems, session.lang, json=json)
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        _say_interrupted(session, json=json)
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        silence()
        raise typer.Exit(BROKEN_PIPE) from None
    except PermissionError as error:
        report((_forbidden(error),), session.lang, json=json)
        raise typer.Exit(REFUSED) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            report((_full(error),), session.lang, json=json)
            raise typer.Exit(REFUSED) from None
        if isinstance(error, OSError) and error.filename is not None:
            report((_refused(error),), session.lang, json=json)
            raise typer.Exit(REFUSED) from None
        if not session.interrupted:
            raise
        # The engine turns the interrupt of a running query into an error of its own.
        _say_interrupted(session, json=json)
        raise typer.Exit(INTERRUPTED) from None


def _forbidden(error: PermissionError) -> Problem:
    text = Text("the rights to this place do not suffice: {why}", "对该位置的权限不足：{why_zh}")
    place = None if error.filename is None else str(error.filename)
    return Problem("cli.forbidden", text, dict(why(error)), place)


def _refused(error: OSError) -> Problem:
    text = Text("the system refuses this place: {why}", "系统拒绝访问该位置：{why_zh}")
    return Problem("cli.place", text, dict(why(error)), str(error.filename))


def _full(error: OSError) -> Problem:
    text = Text("the disk is full: free some space and repeat the command", "磁盘已满：请腾出空间后重试")
    return Problem("cli.disk-full", text, {}, None if error.filename is None else str(error.filename))


def silence() -> None:
    """Keeps the interpreter from complaining about the closed pipe at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def report(problems: tuple[Problem, ...], lang: Lang, *, json: bool) -> None:
    """Each problem as ``file:line: field: sentence [code]`` on standard error, and as JSON if JSON was asked for."""
    for problem in problems:
        place = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
        said = f"{_field(problem, lang)}{problem.say(lang)} [{problem.code}]"
        sys.stderr.write(clean(f"{place}: {said}" if place else said) + "\n")
    if json:
        sys.stdout.write(document({"problems": list(problems)}, lang) + "\n")


def _field(problem: Problem, lang: Lang) -> str:
    """The path of a policy's field, or a column that the sentence does not name itself."""
    named = problem.column is not None and problem.column in problem.say(lang)
    return (
        f"{problem.column}: " if problem.column and (problem.code.startswith("policy.") or not named) else ""
    )


def _say_interrupted(session: Session, *, json: bool) -> None:
    changed = _changed(session)
    if changed is None:
        text = Text("interrupted; nothing was changed", "已中断，未作任何更改")
    else:
        text = Text(
            "interrupted after the book had moved to version {number}",
            "已中断，中断前账簿已更新至版本 {number}",
        )
    report((Problem("cli.interrupted", text, {"number": changed}),), session.lang, json=json)


def _changed(session: Session) -> int | None:
    """The version of a book that moved on since it was opened, if any did."""
    if not session.watched:
        return None
    from tierwise.book.store import Book

    for path, number in session.watched.items():
        now = Book.open(path).current().number
        if now != number:
            return now
    return None
