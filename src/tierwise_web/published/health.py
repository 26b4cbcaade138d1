"""How sound the data behind a run is, gathered when its read model is built. Source: spec 8.1(4), 12.4."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from tierwise.book.batches import batches
from tierwise.book.checking import check
from tierwise.kernel.text import Lang

if TYPE_CHECKING:
    from tierwise.book.store import Book
    from tierwise.grading.record import RunRecord

IMPORTS = 12
"""So many of the last imports are shown."""
LANGS: tuple[Lang, Lang] = ("en", "zh")


def health(base: sqlite3.Connection, book: Book, record: RunRecord) -> dict[str, Any]:
    """Findings of the check, the last imports, why customers have no grade, and notes on those that have one."""
    version = book.version(record.book_version)
    issues = check(book, at=record.data_cutoff_at, version=version)
    return {
        "findings": [
            {
                "code": issue.code,
                "severity": issue.severity,
                "said": {lang: issue.say(lang) for lang in LANGS},
                "help": {lang: issue.advise(lang) for lang in LANGS},
            }
            for issue in issues
        ],
        "imports": [
            {
                "number": one.number,
                "table": one.table,
                "kind": one.kind,
                "at": one.at.isoformat(),
                "actor": one.actor,
                "files": [file["name"] for file in one.files],
                "rows": one.new + one.changed + one.same + one.corrected,
                "rejected": one.rejected,
            }
            for one in reversed(batches(book, version)[-IMPORTS:])
        ],
        "without_grade": _counts(base, "reason", "grade IS NULL AND unit = customer_id"),
        "flags": _flags(base),
    }


def _counts(base: sqlite3.Connection, column: str, condition: str) -> list[list[Any]]:
    asked = f"SELECT {column}, count(*) FROM results WHERE {condition} GROUP BY 1 ORDER BY 2 DESC, 1"
    return [list(row) for row in base.execute(asked)]


def _flags(base: sqlite3.Connection) -> list[list[Any]]:
    """How many graded units carry each flag."""
    found: dict[str, int] = {}
    for flags, count in _counts(base, "flags", "grade IS NOT NULL AND unit = customer_id"):
        for flag in (flags or "").split(";"):
            if flag:
                found[flag] = found.get(flag, 0) + count
    return [[flag, n] for flag, n in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))]
