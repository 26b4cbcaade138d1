"""Closing the data of a period: what blocks it is named, then ``closed_through`` moves. Source: spec W02, 12.2, decision 0011."""

from __future__ import annotations

import re
import shutil
from datetime import date, datetime
from typing import TYPE_CHECKING

from tierwise.book.checking import blocking, check
from tierwise.book.room import room_for
from tierwise.book.settings import SETTINGS_FILE, Settings, dump_settings, load_settings
from tierwise.kernel.errors import Problem, TierwiseError, fail
from tierwise.kernel.files import part_beside
from tierwise.kernel.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from tierwise.book.findings import Issue
    from tierwise.book.store import Book

_LINE = re.compile(r"^closed_through:.*$", re.MULTILINE)
_BLOCKED = Text("the period cannot be closed: {issue} ({help})", "期间无法关账：{issue_zh}（{help_zh}）")


def checked(book: Book, *, at: datetime) -> list[Issue]:
    """What is doubtful in a book that may be closed. **Raises** ``cycle.blocked``, once for everything that blocks."""
    issues = check(book, at=at)
    found = [_problem(issue) for issue in blocking(issues)]
    if found:
        raise TierwiseError(found)
    return issues


def _problem(issue: Issue) -> Problem:
    named = ", ".join(issue.examples)
    slots = {
        "issue": issue.say("en") + (f": {named}" if named else ""),
        "issue_zh": issue.say("zh") + (f"：{named}" if named else ""),
        "help": issue.advise("en"),
        "help_zh": issue.advise("zh"),
    }
    return Problem("cycle.blocked", _BLOCKED, slots)


def close_through(book: Book, day: date | None, *, actor: str, at: datetime) -> bool:
    """Moves the end of the closed period to a day, as a person would in ``book.yaml``; whether it was another one.

    The file comes first and the next writer records it, so that a killed cycle finds it done. Decision 0002.
    """
    now = book.upcoming().settings
    if now.closed_through == day:
        recorded = book.pending() is None
    else:
        with room_for(book.path):
            _write(book.path / SETTINGS_FILE, now, now.model_copy(update={"closed_through": day}), day)
        recorded = False
    if recorded:
        return False
    with book.writer(actor=actor, at=at):
        return True


def _write(named: Path, old: Settings, new: Settings, day: date | None) -> None:
    file = named.resolve()  # a link stays one, and what it points to is written
    text = file.read_text(encoding="utf-8-sig") if file.exists() else dump_settings(old)
    line = f"closed_through: {day}" if day else ""
    if _LINE.search(text):
        edited = _LINE.sub(line, text)
    else:
        edited = f"{text.rstrip()}\n{line}\n"
    part = part_beside(file)
    try:
        part.write_text(edited, encoding="utf-8")
        if _read(part) != new:
            raise fail(
                "cycle.book-yaml",
                "closed_through cannot be written into this file as it is; write `closed_through: {day}` on a line of its own",
                "无法在此文件中写入 closed_through；请单独写一行 `closed_through: {day}`",
                file=str(named),
                day=day or "",
            )
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _read(file: Path) -> Settings | None:
    try:
        return load_settings(file)
    except TierwiseError:
        return None
